"""Read the outline of a plot from GeoJSON coordinates: structure, numbers, range, and the mendings that move no vertex."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, Final

from services.staging.draft import Outline
from services.staging.faults import NOTES, PlotFault
from services.staging.rules import Rules

NULL_ISLAND_DEG: Final = 0.01
PROJECTED_ABOVE: Final = 360
"""No degree is larger than this: such coordinates are metres or feet."""
RING_POSITIONS: Final = 4
"""Fewest positions of a closed ring (RFC 7946, 3.1.6)."""
_SEQUENCES: Final = frozenset({list, tuple})
_NUMBERS: Final = frozenset({int, float})

Ordinates = Sequence[float]


def read_outline(geometry: Any, notes: Sequence[str], rules: Rules) -> Outline:
    """The outline of a decoded GeoJSON geometry, in the reading of which `notes` were taken; raises `PlotFault`."""
    outline = _read(geometry, rules, inside_collection=False)
    outline.notes = sorted({*outline.notes, *notes})
    if not rules.mend:
        for note in outline.notes:
            _refuse(note, geometry)
    return outline


def _refuse(note: str, geometry: Any) -> None:
    code = NOTES[note].rejects
    if code:
        raise PlotFault(code, geometry_type=geometry["type"])


def _read(geometry: Any, rules: Rules, inside_collection: bool) -> Outline:
    if geometry is None or geometry == {}:
        raise PlotFault("empty_geometry")
    if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        raise PlotFault("malformed_geometry", reason="it is no object with a type")
    kind = geometry["type"]
    if kind == "GeometryCollection" and not inside_collection:
        return _unwrapped(geometry, rules)
    reader = _READERS.get(kind)
    if reader is None:
        raise PlotFault("geometry_type_not_supported", geometry_type=kind)
    coordinates = geometry.get("coordinates")
    if coordinates is None or coordinates in ([], ()):
        raise PlotFault("empty_geometry")
    if type(coordinates) not in _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="its coordinates are no array")
    outline = Outline(kind)
    reader(outline, coordinates, rules)
    return outline


def _unwrapped(collection: dict[str, Any], rules: Rules) -> Outline:
    members: Any = collection.get("geometries")
    if members in ([], ()):
        raise PlotFault("empty_geometry")
    if type(members) not in _SEQUENCES or len(members) != 1:
        raise PlotFault("geometry_type_not_supported", geometry_type="GeometryCollection")
    outline = _read(members[0], rules, inside_collection=True)
    outline.notes.append("collection_unwrapped")
    return outline


def _read_point(outline: Outline, position: Any, rules: Rules) -> None:
    xs, ys = _ordinates([position], outline)
    _judge_place(xs, ys, rules)
    outline.x.extend(xs)
    outline.y.extend(ys)


def _read_polygon(outline: Outline, rings: Any, rules: Rules) -> None:
    if type(rings) not in _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="a polygon is no array of rings")
    if not rings:
        raise PlotFault("empty_geometry")
    for positions in rings:
        xs, ys = _ring(positions, outline, rules)
        outline.x.extend(xs)
        outline.y.extend(ys)
        outline.ring_sizes.append(len(xs))
    outline.part_rings.append(len(rings))


def _read_multipolygon(outline: Outline, polygons: Any, rules: Rules) -> None:
    for rings in polygons:
        _read_polygon(outline, rings, rules)


_READERS: Final[dict[str, Callable[[Outline, Any, Rules], None]]] = {
    "Point": _read_point,
    "Polygon": _read_polygon,
    "MultiPolygon": _read_multipolygon,
}


def _ring(positions: Any, outline: Outline, rules: Rules) -> tuple[Ordinates, Ordinates]:
    if positions in ([], ()):
        raise PlotFault("empty_geometry")
    if type(positions) not in _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="a ring is no array of positions")
    if len(outline.x) + len(positions) > rules.limits.max_vertices_per_plot:
        raise PlotFault("too_many_vertices", limit=rules.limits.max_vertices_per_plot)
    xs, ys = _ordinates(positions, outline)
    _judge_place(xs, ys, rules)
    if xs[0] != xs[-1] or ys[0] != ys[-1]:
        xs, ys = [*xs, xs[0]], [*ys, ys[0]]
        outline.notes.append("ring_closed")
    kept = [0, *(i for i in range(1, len(xs)) if xs[i] != xs[i - 1] or ys[i] != ys[i - 1])]
    if len(kept) < len(xs):
        xs, ys = [xs[i] for i in kept], [ys[i] for i in kept]
        outline.notes.append("repeated_vertices_removed")
    if len(xs) < RING_POSITIONS:
        raise PlotFault("degenerate_geometry")
    _judge_meridian(xs)
    return xs, ys


def _ordinates(positions: Sequence[Any], outline: Outline) -> tuple[Ordinates, Ordinates]:
    """Longitudes and latitudes of positions, all of them finite numbers."""
    if not {type(position) for position in positions} <= _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="a position is no array of numbers")
    lengths = {len(position) for position in positions}
    if min(lengths) < 2:
        raise PlotFault("malformed_geometry", reason="a position has fewer than two numbers")
    if max(lengths) > 2:
        outline.notes.append("z_dropped")
    columns = list(zip(*positions, strict=False))  # positions may have unequal lengths: those beyond two are dropped
    for ordinates in columns:
        _judge_numbers(ordinates)
    return columns[0], columns[1]


def _judge_numbers(ordinates: Sequence[Any]) -> None:
    kinds = {type(value) for value in ordinates}
    if type(None) in kinds:
        raise PlotFault("non_finite_coordinate")
    if not kinds <= _NUMBERS:
        raise PlotFault("non_numeric_coordinate", value=next(value for value in ordinates if type(value) not in _NUMBERS))
    if not all(map(isfinite, ordinates)):
        raise PlotFault("non_finite_coordinate")


def _judge_place(xs: Ordinates, ys: Ordinates, rules: Rules) -> None:
    west, east, south, north = min(xs), max(xs), min(ys), max(ys)
    if west < -180 or east > 180 or south < -90 or north > 90:
        _refuse_range(xs, ys)
    near = max(west, south) < NULL_ISLAND_DEG and min(east, north) > -NULL_ISLAND_DEG  # cheap, before looking at each
    if rules.null_island and near and any(abs(x) < NULL_ISLAND_DEG and abs(y) < NULL_ISLAND_DEG for x, y in zip(xs, ys, strict=True)):
        raise PlotFault("null_island")


def _refuse_range(xs: Ordinates, ys: Ordinates) -> None:
    x, y = next((x, y) for x, y in zip(xs, ys, strict=True) if abs(x) > 180 or abs(y) > 90)
    hint = ""
    if max(abs(x), abs(y)) > PROJECTED_ABOVE:
        hint = " (looks_projected: metres instead of degrees)"
    elif abs(x) <= 90:
        hint = " (latitude and longitude may be swapped)"
    raise PlotFault("coordinate_out_of_range", longitude=x, latitude=y, hint=hint)


def _judge_meridian(xs: Ordinates) -> None:
    if max(xs) - min(xs) > 180 and any(abs(b - a) > 180 for a, b in pairwise(xs)):
        raise PlotFault("antimeridian")
