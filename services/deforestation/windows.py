"""Windows of cells round plots: the frame of each plot, groups of frames that are read together, and the cells plots cover."""

from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from math import ceil, cos, radians, sin
from typing import TypeVar

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from services.deforestation.rules import Thresholds
from shared.zonal.coverage import coverage
from shared.zonal.grid import Grid, row_areas_m2

_M2_PER_HA = 10_000.0
_A_M = 6_378_137.0
_E2 = (2 - 1 / 298.257223563) / 298.257223563
_M_PER_DEG_LEAST = 110_574.0
"""Metres in a degree of latitude at the equator, where it is shortest."""
_FRAME_BITS = 14
FRAME_SIDE = 1 << _FRAME_BITS
"""Side of the square in which coverage is computed: a constant, so that a plot gets the same bits in every group."""
_PHASE_SHARE = 1e-3
_BANDS_PER_DEG = 10
"""Bands of latitude whose margins are told once."""
_WIDE_AT_ONCE = 2.0
"""Wide windows that are no larger than this multiple of the frames are read at once: to read them after these costs more."""

_Indices = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Cell = TypeVar("_Cell", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Site:
    """One plot and its own window, which depends on the plot and the layers alone."""

    index: int
    """Position of the plot in the chunk."""
    layer: str
    """The layer whose grid it is."""
    frame: Grid
    """The cells of the plot's bounding box and `reach` more on each side."""
    reach: int
    margin: int
    """Cells round the frame that its wide window has: see `patch_cells`."""

    def window(self, extra: int) -> Grid:
        """The frame with `extra` cells more on each side."""
        return widened_by(self.frame, extra)


@dataclass(frozen=True)
class Group:
    """Sites that are read as one window; `row` and `column` are where the frame of each begins in it."""

    sites: tuple[Site, ...]
    grid: Grid
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    extra: tuple[int, ...]
    """Cells round the frame of each that belong to its own window."""

    @cached_property
    def frame_rows(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """First row of each frame among the rows of all, and the area in ha of a cell of each row, by its frame's own place."""
        frames = [site.frame for site in self.sites]
        heights = np.array([frame.height for frame in frames], dtype=np.int64)
        first = np.concatenate([[0], np.cumsum(heights)[:-1]])
        owner = np.repeat(np.arange(len(frames)), heights)
        north, dx, dy = np.array([(frame.north, frame.dx, frame.dy) for frame in frames]).T[:, owner]
        return first, row_areas_m2(north, dx, dy, np.arange(len(owner)) - first[owner]) / _M2_PER_HA


@dataclass(frozen=True, slots=True)
class Entries:
    """The cells that each outline covers, sorted by (outline, cell); aligned arrays."""

    outline: NDArray[np.int64]
    cell: NDArray[np.int64]
    """Flat index in the group's window."""
    area_ha: NDArray[np.float64]

    def at(self, window: NDArray[_Cell]) -> NDArray[_Cell]:
        """What an array of the window [height, width] holds in the cell of each entry."""
        return window.ravel().take(self.cell)

    def some(self, chosen: NDArray[np.bool_]) -> "Entries":
        """The entries for which `chosen` is true, in their order."""
        count = np.count_nonzero(chosen)
        some = Entries(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count))
        _pick(self.outline, self.cell, self.area_ha, chosen, some.outline, some.cell, some.area_ha)
        return some

    def total_ha(self, outlines: int, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Area of each of the outlines, of the entries for which `chosen` is true.

        Added in the order of the entries, which is (outline, cell): equal input gives equal bits.
        """
        totals_ha = np.zeros(outlines)
        _add_chosen(self.outline, self.area_ha, np.ones(len(self.outline), dtype=np.bool_) if chosen is None else chosen, totals_ha)
        return totals_ha


@numba.njit("void(int64[::1], int64[::1], float64[::1], boolean[::1], int64[::1], int64[::1], float64[::1])", nogil=True, cache=True)
def _pick(
    outline: _Indices,
    cell: _Indices,
    area_ha: _Floats,
    chosen: NDArray[np.bool_],
    some_outline: _Indices,
    some_cell: _Indices,
    some_ha: _Floats,
) -> None:
    """The three in one pass."""
    to = 0
    for at in range(len(chosen)):
        if chosen[at]:
            some_outline[to], some_cell[to], some_ha[to] = outline[at], cell[at], area_ha[at]
            to += 1


@numba.njit("void(int64[::1], float64[::1], boolean[::1], float64[::1])", nogil=True, cache=True)
def _add_chosen(outline: _Indices, area_ha: _Floats, chosen: NDArray[np.bool_], totals_ha: _Floats) -> None:
    at = 0
    while at < len(outline):
        owner, total_ha = outline[at], 0.0
        while at < len(outline) and outline[at] == owner:
            total_ha += area_ha[at] * chosen[at]  # no branch: nothing to guess wrong
            at += 1
        totals_ha[owner] += total_ha


def widened_by(grid: Grid, extra: int) -> Grid:
    """The grid with `extra` cells more on each side."""
    return Grid(
        grid.west - extra * grid.dx, grid.north + extra * grid.dy, grid.dx, grid.dy, grid.width + 2 * extra, grid.height + 2 * extra
    )


def reach_cells(grid: Grid, distance_m: float, pixel_deg: float) -> int:
    """Cells that `distance_m` and then one pixel of `pixel_deg` span on this grid, and one more."""
    _, south, _, north = grid.bounds
    lat = min(89.0, max(abs(south), abs(north)) + distance_m / _M_PER_DEG_LEAST)
    cell_m = min(grid.dx * cos(radians(lat)), grid.dy) * _M_PER_DEG_LEAST
    return ceil(distance_m / cell_m) + ceil(pixel_deg / min(grid.dx, grid.dy)) + 1


def cell_m2(lat: float, dx: float, dy: float) -> float:
    """Ground area in m2 of a small cell of `dx` x `dy` degrees at a latitude on WGS84, by the radii of curvature (within 1e-6)."""
    w2 = 1 - _E2 * sin(radians(lat)) ** 2
    return _A_M**2 * (1 - _E2) / w2**2 * cos(radians(lat)) * radians(dx) * radians(dy)


def patch_cells(grid: Grid, rules: Thresholds) -> int:
    """Margin within which a patch that reaches from the grid to its border exceeds 0.5 ha, by the smallest cell (methods 1.5)."""
    _, south, _, north = grid.bounds
    band = ceil(max(abs(south), abs(north)) * _BANDS_PER_DEG)
    return _patch_cells(band, grid.dx, grid.dy, rules.forest_min_patch_ha * _M2_PER_HA)


@lru_cache(maxsize=1024)
def _patch_cells(band: int, dx: float, dy: float, limit_m2: float) -> int:
    """The margin of all grids that reach into one band of latitude and not beyond it."""
    cells = 0
    for _ in range(3):  # the margin itself leads to smaller cells
        cells = ceil(limit_m2 / cell_m2(min(89.0, band / _BANDS_PER_DEG + cells * dy), dx, dy))
    return cells


def grouped(sites: list[Site], extra: int | None, rules: Thresholds) -> list[Group]:
    """The sites in their order, put together as long as the common window stays small and wastes little.

    `extra` cells are added round each frame; None adds the margin of each.
    """
    groups: list[list[tuple[Site, int]]] = []
    grids: list[Grid] = []
    common: Grid | None = None
    own_cells = 0
    for site in sites:
        margin = extra if extra is not None else site.margin
        window = site.window(margin)
        joined = _union(common, window) if common is not None and _aligned(common, window) else None
        own_cells += window.width * window.height
        if joined is not None and joined.width * joined.height <= _allowed_cells(own_cells, rules):
            groups[-1].append((site, margin))
            common = joined
        else:
            groups.append([(site, margin)])
            common, own_cells = window, window.width * window.height
        grids[len(groups) - 1 :] = [common]
    return [_group(members, grid) for members, grid in zip(groups, grids, strict=True)]


def widened(group: Group, rules: Thresholds) -> Group | None:
    """The group of frames in the wide windows of its sites, where these cost little more; else None."""
    margins = [site.margin for site in group.sites]
    grid = reduce(_union, [site.window(margin) for site, margin in zip(group.sites, margins, strict=True)])
    worth = max(rules.free_group_cells, _WIDE_AT_ONCE * group.grid.width * group.grid.height)
    return _group(list(zip(group.sites, margins, strict=True)), grid) if grid.width * grid.height <= worth else None


def entries(outlines: NDArray[np.object_], owner: NDArray[np.int64], group: Group) -> Entries:
    """Cells and ground areas of the outlines (lon/lat, shape [k]) of the group's sites (`owner`: position in the group).

    Coverage is computed in cells from the corner of the owner's frame, and areas by the frame's rows: neither depends
    on the group. Raises Refused (`invalid_geometry`).
    """
    found = coverage(_in_frames(outlines, owner, group), Grid(0.0, float(FRAME_SIDE), 1.0, 1.0, FRAME_SIDE, FRAME_SIDE))
    row, column = found.cell >> _FRAME_BITS, found.cell & (FRAME_SIDE - 1)
    outline = found.plot.astype(np.int64)
    first, row_area_ha = group.frame_rows
    corner = group.row * group.grid.width + group.column
    cell = corner[owner].take(outline) + row * group.grid.width + column
    return Entries(outline, cell, found.fraction * row_area_ha.take(first[owner].take(outline) + row))


def _in_frames(outlines: NDArray[np.object_], owner: NDArray[np.int64], group: Group) -> NDArray[np.object_]:
    """Outlines in columns from the west and rows from the north of their frames, drawn in the square of `FRAME_SIDE`."""
    lonlat, which = shapely.get_coordinates(outlines, return_index=True)
    west, north, dx, dy = np.array([(s.frame.west, s.frame.north, s.frame.dx, s.frame.dy) for s in group.sites])[owner[which]].T
    columns, rows = (lonlat[:, 0] - west) / dx, (north - lonlat[:, 1]) / dy
    drawn: NDArray[np.object_] = shapely.set_coordinates(shapely.force_2d(outlines).copy(), np.column_stack([columns, FRAME_SIDE - rows]))
    return drawn


def _allowed_cells(own_cells: int, rules: Thresholds) -> float:
    """Reading many layers of a window costs something whatever its size, so small common windows may waste all they like."""
    return min(rules.max_group_cells, max(rules.free_group_cells, rules.max_group_waste * own_cells))


def _aligned(common: Grid, window: Grid) -> bool:
    offsets = (window.west - common.west) / common.dx, (window.north - common.north) / common.dy
    same_step = abs(window.dx / common.dx - 1) < _PHASE_SHARE / FRAME_SIDE and abs(window.dy / common.dy - 1) < _PHASE_SHARE / FRAME_SIDE
    return same_step and all(abs(offset - round(offset)) < _PHASE_SHARE for offset in offsets)


def _group(members: list[tuple[Site, int]], grid: Grid) -> Group:
    sites = tuple(site for site, _ in members)
    row = np.rint([(grid.north - s.frame.north) / grid.dy for s in sites]).astype(np.int64)
    column = np.rint([(s.frame.west - grid.west) / grid.dx for s in sites]).astype(np.int64)
    return Group(sites, grid, row, column, tuple(margin for _, margin in members))


def _union(one: Grid, other: Grid) -> Grid:
    west, north = min(one.west, other.west), max(one.north, other.north)
    width = max(round((one.west - west) / one.dx) + one.width, round((other.west - west) / one.dx) + other.width)
    height = max(round((north - one.north) / one.dy) + one.height, round((north - other.north) / one.dy) + other.height)
    return Grid(west, north, one.dx, one.dy, width, height)
