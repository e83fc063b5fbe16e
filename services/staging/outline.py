"""Read the outline of a plot from GeoJSON coordinates: structure, numbers and closed rings; where it lies is judged later."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Final

from services.staging.draft import Outline
from services.staging.faults import PlotFault

RING_POSITIONS: Final = 4
"""Fewest positions of a closed ring (RFC 7946, 3.1.6)."""
_SEQUENCES: Final = frozenset({list, tuple})
_NUMBERS: Final = frozenset({int, float})

Ordinates = Sequence[float]


def read_outline(geometry: Any, notes: Sequence[str]) -> Outline:
    """The outline of a decoded GeoJSON geometry, in the reading of which `notes` were taken; raises `PlotFault`."""
    outline = _read(geometry, inside_collection=False)
    outline.notes = sorted({*outline.notes, *notes})
    return outline


def _read(geometry: Any, inside_collection: bool) -> Outline:
    if geometry is None or geometry == {}:
        raise PlotFault("empty_geometry")
    if not isinstance(geometry, dict) or not isinstance(geometry.get("type"), str):
        raise PlotFault("malformed_geometry", reason="it is no object with a type")
    kind = geometry["type"]
    if kind == "GeometryCollection" and not inside_collection:
        return _unwrapped(geometry)
    reader = _READERS.get(kind)
    if reader is None:
        raise PlotFault("geometry_type_not_supported", geometry_type=kind)
    coordinates = geometry.get("coordinates")
    if coordinates is None or coordinates in ([], ()):
        raise PlotFault("empty_geometry")
    if type(coordinates) not in _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="its coordinates are no array")
    outline = Outline(kind)
    reader(outline, coordinates)
    return outline


def _unwrapped(collection: dict[str, Any]) -> Outline:
    members: Any = collection.get("geometries")
    if members in ([], ()):
        raise PlotFault("empty_geometry")
    if type(members) not in _SEQUENCES or len(members) != 1:
        raise PlotFault("geometry_type_not_supported", geometry_type="GeometryCollection")
    outline = _read(members[0], inside_collection=True)
    outline.notes.append("collection_unwrapped")
    return outline


def _read_point(outline: Outline, position: Any) -> None:
    xs, ys = _ordinates([position], outline)
    outline.x.extend(xs)
    outline.y.extend(ys)


def _read_polygon(outline: Outline, rings: Any) -> None:
    if type(rings) not in _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="a polygon is no array of rings")
    if not rings:
        raise PlotFault("empty_geometry")
    for positions in rings:
        xs, ys = _ring(positions, outline)
        outline.x.extend(xs)
        outline.y.extend(ys)
        outline.ring_sizes.append(len(xs))
    outline.part_rings.append(len(rings))


def _read_multipolygon(outline: Outline, polygons: Any) -> None:
    for rings in polygons:
        _read_polygon(outline, rings)


_READERS: Final[dict[str, Callable[[Outline, Any], None]]] = {
    "Point": _read_point,
    "Polygon": _read_polygon,
    "MultiPolygon": _read_multipolygon,
}


def _ring(positions: Any, outline: Outline) -> tuple[Ordinates, Ordinates]:
    if positions in ([], ()):
        raise PlotFault("empty_geometry")
    if type(positions) not in _SEQUENCES:
        raise PlotFault("malformed_geometry", reason="a ring is no array of positions")
    xs, ys = _ordinates(positions, outline)
    if xs[0] != xs[-1] or ys[0] != ys[-1]:
        xs, ys = [*xs, xs[0]], [*ys, ys[0]]
        outline.notes.append("ring_closed")
    if len(xs) < RING_POSITIONS:
        raise PlotFault("degenerate_geometry")
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
