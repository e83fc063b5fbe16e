"""Build the geometries of outlines, and judge geometries as a whole: width, validity, winding, repair."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from services.staging.draft import Geometries, Outline
from services.staging.faults import PlotFault
from services.staging.rules import MIN_WIDTH_DEG
from shared.geo.areas import geodesic_area_ha

Repair = Literal["off", "safe", "all"]

REPAIR_VERTICES: Final = 1000
"""make_valid needs seconds beyond this."""
REPAIR_AREA_SHARE: Final = 0.01
"""Largest change of area by a repair."""
_LOCATED: Final = re.compile(r"(.*)\[(\S+) (\S+)\]")


@dataclass(slots=True)
class Judged:
    """A slice of plots (n of them) and what was found: faults and notes by their position."""

    geometries: Geometries
    faults: dict[int, PlotFault] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)
    settled: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    """Positions of plain outlines, which need no judgement and have no geometry here."""

    def good(self) -> NDArray[np.intp]:
        """Positions of the other plots without fault."""
        rest = np.ones(len(self.geometries), dtype=bool)
        rest[self.settled] = False
        rest[list(self.faults)] = False
        return np.flatnonzero(rest)

    def refuse(self, rows: Iterable[int], code: str, **values: Any) -> None:
        """Each of `rows` has this fault, unless an earlier one was found."""
        for row in rows:
            self.faults.setdefault(int(row), PlotFault(code, **values))

    def note(self, rows: Iterable[int], code: str) -> None:
        """Each of `rows` was mended so."""
        for row in rows:
            self.notes.setdefault(int(row), []).append(code)


def judge_shapes(judged: Judged, repair: Repair) -> None:
    """Check and wind the plots that have no fault yet: shells counterclockwise, holes clockwise as RFC 7946 says."""
    _judge_width(judged)
    _judge_validity(judged, repair)
    rows = judged.good()
    wound = shapely.orient_polygons(judged.geometries[rows], exterior_cw=False)
    if repair == "off":
        judged.refuse(rows[~shapely.equals_identical(wound, judged.geometries[rows])], "wrong_winding")
    judged.geometries[rows] = wound


def build(outlines: Sequence[Outline]) -> Geometries:
    """Shapely geometries of outlines, one for each."""
    geometries: Geometries = np.empty(len(outlines), dtype=object)
    points = [row for row, outline in enumerate(outlines) if outline.kind == "Point"]
    if points:
        geometries[points] = shapely.points([(outlines[row].x[0], outlines[row].y[0]) for row in points])
    areas = [row for row, outline in enumerate(outlines) if outline.kind != "Point"]
    if areas:
        parts = _polygons([outlines[row] for row in areas])
        owner = np.repeat(areas, [len(outlines[row].part_rings) for row in areas])
        multi = np.array([outline.kind == "MultiPolygon" for outline in outlines])[owner]
        geometries[owner[~multi]] = parts[~multi]
        if multi.any():
            rows, position = np.unique(owner[multi], return_inverse=True)
            geometries[rows] = shapely.multipolygons(parts[multi], indices=position)
    return geometries


def _polygons(outlines: Sequence[Outline]) -> Geometries:
    x = np.concatenate([np.frombuffer(outline.x) for outline in outlines])
    y = np.concatenate([np.frombuffer(outline.y) for outline in outlines])
    sizes = np.fromiter(chain.from_iterable(outline.ring_sizes for outline in outlines), dtype=np.intp)
    rings_of = np.fromiter(chain.from_iterable(outline.part_rings for outline in outlines), dtype=np.intp)
    rings = shapely.linearrings(np.column_stack((x, y)), indices=np.repeat(np.arange(len(sizes)), sizes))
    polygons: Geometries = shapely.polygons(rings, indices=np.repeat(np.arange(len(rings_of)), rings_of))
    return polygons


def _judge_width(judged: Judged) -> None:
    """An outline whose hull has no width encloses nothing, however its numbers round."""
    rows = judged.good()
    geometries = judged.geometries[rows]
    is_area = shapely.get_dimensions(geometries) == 2
    thin = is_area & (2 * shapely.area(geometries) < MIN_WIDTH_DEG * shapely.length(geometries))
    hulls = shapely.convex_hull(geometries[thin])
    judged.refuse(rows[thin][2 * shapely.area(hulls) < MIN_WIDTH_DEG * shapely.length(hulls)], "degenerate_geometry")


def _judge_validity(judged: Judged, repair: Repair) -> None:
    rows = judged.good()
    for row in rows[~shapely.is_valid(judged.geometries[rows])]:
        geometry = judged.geometries[row]
        repaired = _repaired(geometry) if repair == "all" else None
        if repaired is None:
            hint = "" if repair == "all" else ", or send repair=all"
            judged.refuse([row], "invalid_geometry", reason=_reason(geometry), hint=hint)
        else:
            judged.geometries[row] = repaired
            judged.note([row], "geometry_repaired")


def _repaired(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """The valid form of a polygon, or None when that is another plot."""
    if shapely.get_num_coordinates(geometry) > REPAIR_VERTICES:
        return None
    mended = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    if mended.is_empty or mended.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    before_ha, after_ha = geodesic_area_ha(np.array([geometry, mended], dtype=object))
    return mended if abs(after_ha - before_ha) <= REPAIR_AREA_SHARE * before_ha else None


def _reason(geometry: shapely.Geometry) -> str:
    reason = shapely.is_valid_reason(geometry)
    located = _LOCATED.fullmatch(reason)
    return f"{located[1]} at longitude {located[2]}, latitude {located[3]}" if located else reason
