"""Windows of cells round plots: the frame of each plot, and groups of frames that are read together."""

from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from math import ceil, cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from services.deforestation.rules import Thresholds
from shared.geo.areas import M2_PER_HA
from shared.zonal.grid import Grid, row_areas_m2

_A_M = 6_378_137.0
_E2 = (2 - 1 / 298.257223563) / 298.257223563
_M_PER_DEG_LEAST = 110_574.0
"""Metres in a degree of latitude at the equator, where it is shortest."""
FRAME_BITS = 14
FRAME_SIDE = 1 << FRAME_BITS
"""Side of the square in which coverage is computed: a constant, so that a plot gets the same bits in every group."""
_PHASE_SHARE = 1e-3
_BANDS_PER_DEG = 10
"""Bands of latitude whose margins are told once."""
_WIDE_AT_ONCE = 2.0
"""Wide windows that are no larger than this multiple of the frames are read at once: to read them after these costs more."""


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
        return first, row_areas_m2(north, dx, dy, np.arange(len(owner)) - first[owner]) / M2_PER_HA


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
    return _patch_cells(band, grid.dx, grid.dy, rules.forest_min_patch_ha * M2_PER_HA)


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
