"""Rows of single plots: the same wrong plot in every format that can say it, and the same unusual but good one."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.services.staging.corpus.case import Case, Kept, Outcome, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import Geometry, gathered, multipolygon, point, polygon, square
from tests.services.staging.corpus.writers import WRITERS, Plot

MAX_PLOTS = 50
MAX_VERTICES = 1000
"""Limits of the system that reads the corpus."""
X, Y = 10.123457, 5.123457
RING = square()["coordinates"][0]
NOT_JSON = Refused(400, "malformed_file", place=(("line", 1),))
LACKED = None
"""The format cannot say this."""


@dataclass(frozen=True)
class Row:
    """One kind of plot and what becomes of a file of it."""

    name: str
    plots: Sequence[Plot]
    outcome: Outcome
    otherwise: Mapping[str, Outcome | None] = field(default_factory=dict)
    """Formats in which the same plots get another answer; None where the format cannot hold them."""
    parameters: Mapping[str, str] = field(default_factory=dict)


def of(*geometries: Geometry, **properties: Any) -> list[Plot]:
    """Plots with ids P0, P1, …"""
    return [(geometry, {"plotid": f"P{number}", **properties}) for number, geometry in enumerate(geometries)]


def bad(name: str, geometry: Geometry, code: str, otherwise: Mapping[str, Outcome | None] | None = None, **properties: Any) -> Row:
    return Row(name, of(geometry, **properties), no_usable_plot(code), otherwise or {})


def without(*formats: str) -> dict[str, Outcome | None]:
    return dict.fromkeys(formats, LACKED)


def hexagon(x: float, y: float, radius: float, corners: int) -> dict[str, Any]:
    """A wavy closed ring, so that it looks walked."""
    ring = []
    for corner in range(corners):
        angle, reach = 2 * math.pi * corner / corners, radius * (1 + 0.2 * math.sin(5 * corner))
        ring.append([round(x + reach * math.cos(angle), 7), round(y + reach * math.sin(angle), 7)])
    return polygon([*ring, ring[0]])


BOWTIE = polygon([[X, Y], [X + 0.02, Y + 0.02], [X + 0.02, Y], [X, Y + 0.02], [X, Y]])
SPIKE = polygon([[X, Y], [X + 0.01, Y], [X + 0.01, Y + 0.01], [X + 0.03, Y + 0.03], [X + 0.01, Y + 0.01], [X, Y + 0.01], [X, Y]])
OUTSIDE = [[11.123457, 5.1], [11.1, 5.1], [11.1, 5.123457], [11.123457, 5.1]]
ACROSS = polygon([[179.912345, 5.1], [-179.912345, 5.1], [-179.912345, 5.2], [179.912345, 5.2], [179.912345, 5.1]])
NAN = polygon([[X, Y], [X + 0.01, Y], [math.nan, Y + 0.01], [X, Y]])
ENDLESS = polygon([[X, Y], [X + 0.01, Y], [math.inf, Y + 0.01], [X, Y]])
TEXTS_OF_NUMBERS = {"geojson": NOT_JSON, "ndjson": NOT_JSON}
LINE = {"type": "LineString", "coordinates": [[X, Y], [X + 0.01, Y + 0.02]]}
EVERYTHING_BUT_JSON = ("csv", "xlsx", "shapefile", "geoparquet", "geopackage", "kml", "kmz")
NUL = {"csv": no_usable_plot("csv_nul"), **without("xlsx", "shapefile", "kml", "kmz")}

BAD: tuple[Row, ...] = (
    bad("NaN ordinates", NAN, "non_finite_coordinate", TEXTS_OF_NUMBERS),
    bad("inf ordinates", ENDLESS, "non_finite_coordinate", TEXTS_OF_NUMBERS),
    bad("null ordinates", {"type": "Point", "coordinates": [None, Y]}, "non_finite_coordinate", without(*EVERYTHING_BUT_JSON)),
    bad("lat not in ±90", square(y=95.123457), "coordinate_out_of_range"),
    bad("lon not in ±180", square(x=181.123457), "coordinate_out_of_range"),
    Row(
        "ordinates exceed 360 (EPSG:3857 metres)",
        of(square(1126912.123457, 571234.123457, 1000.0)),
        Refused(422, "no_usable_plot", ("coordinate_out_of_range",), words="looks_projected"),
    ),
    bad("(0,0)", point(0.0, 0.0), "null_island"),
    bad("all identical points", polygon([[X, Y]] * 4), "degenerate_geometry"),
    bad("null geometry", None, "empty_geometry"),
    bad("empty geometry", {"type": "Polygon", "coordinates": []}, "empty_geometry"),
    bad("self-intersection", BOWTIE, "invalid_geometry"),
    bad("hole outside shell", polygon(RING, OUTSIDE), "invalid_geometry"),
    bad("spike", SPIKE, "invalid_geometry"),
    bad("< 4 positions", polygon([[X, Y], [X + 0.01, Y], [X, Y]]), "degenerate_geometry"),
    bad("zero area", polygon([[X, Y], [X + 0.01, Y + 0.01], [X + 0.03, Y + 0.03], [X, Y]]), "degenerate_geometry"),
    bad("GeometryCollection", gathered(square(), point()), "geometry_type_not_supported", without("shapefile")),
    bad("LineString", LINE, "geometry_type_not_supported"),
    bad("antimeridian crossing (jump > 180°)", ACROSS, "antimeridian"),
    bad("too many vertices in a plot", hexagon(X, Y, 0.01, MAX_VERTICES + 1), "too_many_vertices"),
    bad("area of a point is no number", point(), "invalid_area", area_ha="-3"),
    bad("point of more than 4 ha", point(), "point_needs_polygon", area_ha="4.5"),
    bad("less than one square metre", polygon([[X, Y], [X + 0.000005, Y], [X + 0.000005, Y + 0.000004], [X, Y]]), "area_too_small"),
    bad("in the sea", square(-20.123457, -30.123457), "in_the_sea"),
    bad("U+0000 in a property", square(), "nul_character", NUL, farmer="a\0b"),
    Row("0 features", [], Refused(422, "no_features")),
    Row("too many features", of(*(square(10 + number / 50) for number in range(MAX_PLOTS + 1))), Refused(413, "too_many_features")),
    Row(
        "duplicate explicit ids",
        [(square(10 + number / 50), {"code": "same"}) for number in range(2)],
        no_usable_plot("duplicate_plot_id", "duplicate_plot_id"),
        parameters={"plot_id_column": "code"},
    ),
    Row("no such id column", of(square()), Refused(422, "plot_id_column_missing"), parameters={"plot_id_column": "code"}),
    Row(
        "one bad plot, on_invalid = reject",
        of(square(), BOWTIE),
        Refused(422, "invalid_plots", ("invalid_geometry",)),
        parameters={"on_invalid": "reject"},
    ),
    Row("one bad plot, on_invalid = skip", of(square(), BOWTIE), Kept(1, ("invalid_geometry",))),
    Row("unclosed ring, repair = off", of(polygon(RING[:-1])), no_usable_plot("ring_not_closed"), parameters={"repair": "off"}),
)
"""What is refused, and what is left out."""

SWAPPED = [square(5.123457 + number / 50, 10.123457, 0.004) for number in range(3)]
GOOD: tuple[Row, ...] = (
    Row("unclosed ring", of(polygon(RING[:-1])), Kept(1, (), {"ring_closed": 1})),
    Row("Point", of(point()), Kept(1, (), {"point_plot": 1})),
    Row("MultiPolygon", of(multipolygon(square(), square(10.2))), Kept(1, (), {"several_parts": 1})),
    Row("mixed Point and Polygon", of(square(), point(10.2)), Kept(2, (), {"point_plot": 1}), without("shapefile")),
    Row("3D", of(polygon([[x, y, 7.5] for x, y in RING])), Kept(1, (), {"z_dropped": 1})),
    Row("clockwise shell", of(polygon(RING[::-1])), Kept(1)),
    Row("one-polygon collection", of(gathered(square())), Kept(1, (), {"collection_unwrapped": 1}), without("shapefile")),
    Row("duplicate plots (same geometry)", of(square(), square()), Kept(2, (), {"duplicate_geometry": 2})),
    Row("overlapping plots", of(square(), square(X + 0.004)), Kept(2, (), {"overlap": 2})),
    Row("polar", of(square(15.623457, 78.223457, 0.012)), Kept(1)),
    Row("huge (> 10,000 ha)", of(square(side=0.150011)), Kept(1, (), {"huge_area": 1})),
    Row(
        "antimeridian crossing, split at 180°",
        of(multipolygon(square(179.9), square(-180.0))),
        Kept(1),
        parameters={"validate_locations": "false"},
    ),
    Row("lat/lon swapped but in range", of(*SWAPPED), Kept(3, (), {"likely_swapped_axes": 3}), parameters={"country": "Cameroon"}),
    Row(
        "wrong country",
        of(*(square(10 + number / 50, side=0.004) for number in range(3))),
        Kept(3, (), {"outside_declared_country": 3}, country="CM"),
        parameters={"country": "Ghana"},
    ),
    Row("formula-like cell", of(square(), farmer='=HYPERLINK("x")'), Kept(1)),
)
"""What is taken, and what is then said."""


def cases() -> Iterator[Case]:
    for row in (*BAD, *GOOD):
        for name, write in WRITERS.items():
            outcome = row.otherwise.get(name, row.outcome)
            if outcome is not None:
                yield Case(row.name, name, partial(write, row.plots), outcome, row.parameters)
