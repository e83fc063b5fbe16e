"""Judge the vertices of a slice of plots: type, number, range, closed and plain rings, all plots at once."""

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from services.staging.columns import Columns
from services.staging.crs import reproject
from services.staging.faults import NOTES
from services.staging.rules import NULL_ISLAND_DEG, Rules
from services.staging.shapes import Judged

PROJECTED_ABOVE: Final = 360
"""No degree is larger than this: such coordinates are metres or feet."""
RING_POSITIONS: Final = 4
"""Fewest positions of a closed ring (RFC 7946, 3.1.6)."""
_PLOTS: Final = (GeometryType.POINT, GeometryType.POLYGON, GeometryType.MULTIPOLYGON)

Rows = NDArray[np.intp]


def judge_vertices(columns: Columns, rules: Rules) -> Judged:
    """The plots of a slice in two-dimensional longitude and latitude, with the first fault of each that has one."""
    settled = np.empty(0, dtype=np.intp) if columns.plain is None else columns.plain.rows
    judged = Judged(columns.geometry.copy(), dict(columns.faults), {row: list(notes) for row, notes in columns.notes.items()}, settled)
    _judge_types(judged)
    _drop_heights(judged)
    _judge_numbers(judged, rules.limits.max_vertices_per_plot)
    if columns.crs is not None:
        rows = judged.good()
        judged.geometries[rows], lost = reproject(judged.geometries[rows], columns.crs)
        judged.refuse(rows[lost], "coordinate_outside_crs", crs=columns.crs.name)
        judged.note(rows[~lost], columns.crs.note)
    _judge_range(judged, rules.null_island)
    _judge_rings(judged)
    if not rules.mend:
        _refuse_mended(judged)
    return judged


def _judge_types(judged: Judged) -> None:
    rows = judged.good()
    for row in rows[shapely.get_type_id(judged.geometries[rows]) == GeometryType.GEOMETRYCOLLECTION]:
        _unwrap(judged, row)
    rows = judged.good()
    types = shapely.get_type_id(judged.geometries[rows])
    for row in rows[~np.isin(types, (GeometryType.MISSING, *_PLOTS))]:
        judged.refuse([row], "geometry_type_not_supported", geometry_type=judged.geometries[row].geom_type)
    judged.refuse(rows[(types == GeometryType.MISSING) | shapely.is_empty(judged.geometries[rows])], "empty_geometry")
    rows = judged.good()
    parts, owner = shapely.get_parts(judged.geometries[rows], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    hollow = np.concatenate((owner[shapely.is_empty(parts)], owner[part[shapely.is_empty(rings)]]))
    judged.refuse(rows[np.unique(hollow)], "empty_geometry")
    short = owner[part[shapely.get_num_coordinates(rings) < RING_POSITIONS]]  # WKB may hold such rings, closed
    judged.refuse(rows[np.unique(short)], "degenerate_geometry")


def _unwrap(judged: Judged, row: int) -> None:
    members = shapely.get_parts(judged.geometries[row])
    if len(members) == 0:
        judged.refuse([row], "empty_geometry")
    elif len(members) == 1:
        judged.geometries[row] = members[0]
        judged.note([row], "collection_unwrapped")


def _drop_heights(judged: Judged) -> None:
    rows = judged.good()
    high = rows[shapely.has_z(judged.geometries[rows]) | shapely.has_m(judged.geometries[rows])]
    judged.geometries[high] = shapely.force_2d(judged.geometries[high])
    judged.note(high, "z_dropped")


def _judge_numbers(judged: Judged, max_vertices: int) -> None:
    rows = judged.good()
    judged.refuse(rows[shapely.get_num_coordinates(judged.geometries[rows]) > max_vertices], "too_many_vertices", limit=max_vertices)
    rows, xy, owner = _coordinates(judged)
    judged.refuse(np.unique(rows[owner[~np.isfinite(xy).all(axis=1)]]), "non_finite_coordinate")


def _judge_range(judged: Judged, null_island: bool) -> None:
    rows, xy, owner = _coordinates(judged)
    outside = np.flatnonzero((np.abs(xy) > (180, 90)).any(axis=1))
    plots, first = np.unique(owner[outside], return_index=True)
    for plot, vertex in zip(plots, outside[first], strict=True):
        x, y = map(float, xy[vertex])
        judged.refuse([rows[plot]], "coordinate_out_of_range", longitude=x, latitude=y, hint=_hint(x, y))
    if null_island:
        judged.refuse(np.unique(rows[owner[(np.abs(xy) < NULL_ISLAND_DEG).all(axis=1)]]), "null_island")


def _hint(x: float, y: float) -> str:
    if max(abs(x), abs(y)) > PROJECTED_ABOVE:
        return " (looks_projected: metres instead of degrees)"
    return " (latitude and longitude may be swapped)" if abs(x) <= 90 else ""


def _judge_rings(judged: Judged) -> None:
    """Rings are closed here, as no reader can build an open one."""
    rows = judged.good()
    parts, owner = shapely.get_parts(judged.geometries[rows], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    plot = rows[owner[part]]
    inside = ring[1:] == ring[:-1]
    repeated = ring[1:][inside & (xy[1:] == xy[:-1]).all(axis=1)]
    sizes = np.bincount(ring, minlength=len(rings)) - np.bincount(repeated, minlength=len(rings))
    judged.refuse(np.unique(plot[sizes < RING_POSITIONS]), "degenerate_geometry")
    judged.refuse(np.unique(plot[ring[1:][inside & (np.abs(np.diff(xy[:, 0])) > 180)]]), "antimeridian")
    mended = np.intersect1d(plot[repeated], judged.good())
    judged.note(mended, "repeated_vertices_removed")
    judged.geometries[mended] = shapely.remove_repeated_points(judged.geometries[mended], 0.0)


def _refuse_mended(judged: Judged) -> None:
    for row, notes in judged.notes.items():
        code = next((NOTES[note].rejects for note in sorted(notes) if NOTES[note].rejects), None)
        if code:
            judged.refuse([row], code, geometry_type="GeometryCollection")


def _coordinates(judged: Judged) -> tuple[Rows, NDArray[np.float64], Rows]:
    """Rows without fault (k of them), their vertices, and for each vertex which of the k rows it belongs to."""
    rows = judged.good()
    xy, owner = shapely.get_coordinates(judged.geometries[rows], return_index=True)
    return rows, xy, owner
