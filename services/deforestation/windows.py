"""Windows of cells round plots: the frame of each plot, and groups of frames that are read together."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from services.deforestation.patches import Windows
from services.deforestation.rules import Thresholds
from shared.columns import taken
from shared.geo.areas import M2_PER_HA
from shared.zonal.grid import Grid, row_areas_m2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
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
class Sites:
    """Plots and the frames round them, which depend on each plot and the layers alone; aligned by plot."""

    index: Ints
    """Place of the plot in the chunk."""
    layer: NDArray[np.object_]
    """The layer whose cells these are."""
    west: Floats
    """Degrees, as the next three: the corner and the steps of the frame, which is the plot's bounding box and `reach` cells more."""
    north: Floats
    dx: Floats
    dy: Floats
    width: Ints
    """Columns of the frame, and its rows."""
    height: Ints
    reach: Ints
    margin: Ints
    """Cells round the frame that the plot's wide window has: see `margins`."""

    def __len__(self) -> int:
        return len(self.index)

    @property
    def middle_lat(self) -> Floats:
        """Latitude of the middle of each frame."""
        return (self.north - self.height * self.dy + self.north) / 2

    def widened(self, extra: Ints | int) -> "Sites":
        """With `extra` cells more on each side of the frames."""
        return replace(
            self,
            west=self.west - extra * self.dx,
            north=self.north + extra * self.dy,
            width=self.width + 2 * extra,
            height=self.height + 2 * extra,
        )

    def grid(self, at: int) -> Grid:
        """The frame of one plot."""
        west, north, dx, dy = (float(column[at]) for column in (self.west, self.north, self.dx, self.dy))
        return Grid(west, north, dx, dy, int(self.width[at]), int(self.height[at]))


@dataclass(frozen=True)
class Group:
    """Sites that are read as one window; `row` and `column` are where the frame of each begins in it."""

    sites: Sites
    grid: Grid
    row: Ints
    column: Ints
    extra: Ints
    """Cells round the frame of each that belong to its own window."""

    @cached_property
    def frame_rows(self) -> tuple[Ints, Floats]:
        """First row of each frame among the rows of all, and the area in ha of a cell of each row, by its frame's own place."""
        sites = self.sites
        first = np.concatenate([[0], np.cumsum(sites.height)[:-1]])
        owner = np.repeat(np.arange(len(sites)), sites.height)
        rows = np.arange(len(owner)) - first[owner]
        return first, row_areas_m2(sites.north[owner], sites.dx[owner], sites.dy[owner], rows) / M2_PER_HA

    def windows(self, extra: Ints | int = 0) -> Windows:
        """First row, row behind the last, first column and column behind the last of each frame with `extra` cells round it."""
        sites, grid = self.sites, self.grid
        top, bottom = np.maximum(self.row - extra, 0), np.minimum(self.row + sites.height + extra, grid.height)
        left, right = np.maximum(self.column - extra, 0), np.minimum(self.column + sites.width + extra, grid.width)
        return np.column_stack([top, bottom, left, right])


def reaches(tight: Sites, distance_m: float, pixel_deg: float) -> Ints:
    """Cells that `distance_m` and then one pixel of `pixel_deg` span on the cells of each, and one more."""
    south = tight.north - tight.height * tight.dy
    lat = np.minimum(89.0, np.maximum(np.abs(south), np.abs(tight.north)) + distance_m / _M_PER_DEG_LEAST)
    cell_m = np.minimum(tight.dx * np.cos(np.radians(lat)), tight.dy) * _M_PER_DEG_LEAST
    cells = np.ceil(distance_m / cell_m) + np.ceil(pixel_deg / np.minimum(tight.dx, tight.dy)) + 1
    return cells.astype(np.int64)


def cell_m2(lat: Floats | float, dx: float, dy: float) -> Floats:
    """Ground area in m2 of a small cell of `dx` x `dy` degrees at latitudes on WGS84, by the radii of curvature (within 1e-6)."""
    w2 = 1 - _E2 * np.sin(np.radians(lat)) ** 2
    return np.asarray(_A_M**2 * (1 - _E2) / w2**2 * np.cos(np.radians(lat)) * np.radians(dx) * np.radians(dy))


def margins(frames: Sites, rules: Thresholds) -> Ints:
    """Cells within which a patch that reaches from a frame to its border exceeds 0.5 ha, by the smallest cell (methods 1.5)."""
    south = frames.north - frames.height * frames.dy
    bands = np.ceil(np.maximum(np.abs(south), np.abs(frames.north)) * _BANDS_PER_DEG).astype(np.int64)
    limit_m2 = rules.forest_min_patch_ha * M2_PER_HA
    asked = zip(bands.tolist(), frames.dx.tolist(), frames.dy.tolist(), strict=True)
    return np.array([_patch_cells(band, dx, dy, limit_m2) for band, dx, dy in asked], dtype=np.int64)


@lru_cache(maxsize=1024)
def _patch_cells(band: int, dx: float, dy: float, limit_m2: float) -> int:
    """The margin of all grids that reach into one band of latitude and not beyond it."""
    cells = 0
    for _ in range(3):  # the margin itself leads to smaller cells
        cells = ceil(limit_m2 / cell_m2(min(89.0, band / _BANDS_PER_DEG + cells * dy), dx, dy))
    return cells


def grouped(sites: Sites, wide: bool, rules: Thresholds) -> list[Group]:
    """The sites in their order, put together as long as the common window stays small and wastes little.

    `wide` adds the margin of each round its frame.
    """
    extra = sites.margin if wide else np.zeros_like(sites.margin)
    groups, first = [], 0
    while first < len(sites):
        at = np.arange(first, first + _joined(taken(sites.widened(extra), slice(first, None)), rules))
        groups.append(_group(taken(sites, at), extra[at]))
        first += len(at)
    return groups


def widened(group: Group, rules: Thresholds) -> Group | None:
    """The group of frames in the wide windows of its sites, where these cost little more; else None."""
    wide = _group(group.sites, group.sites.margin)
    worth = max(rules.free_group_cells, _WIDE_AT_ONCE * group.grid.width * group.grid.height)
    return wide if wide.grid.width * wide.grid.height <= worth else None


def _joined(windows: Sites, rules: Thresholds) -> int:
    """How many of the windows, from the first on, are read together."""
    left, top, right, bottom, aligned = _placed(windows)
    wide = np.maximum.accumulate(right) - np.minimum.accumulate(left)
    high = np.maximum.accumulate(bottom) - np.minimum.accumulate(top)
    # Reading many layers of a window costs something whatever its size, so small common windows may waste all they like.
    worth = np.maximum(rules.free_group_cells, rules.max_group_waste * np.cumsum(windows.width * windows.height))
    apart = ~aligned | (wide * high > np.minimum(rules.max_group_cells, worth))
    apart[0] = False
    return int(apart.argmax()) if apart.any() else len(windows)


def _placed(windows: Sites) -> tuple[Ints, Ints, Ints, Ints, NDArray[np.bool_]]:
    """Where windows lie in the cells of the first (left, top, right and bottom), and whether they have its cells at all."""
    dx, dy = windows.dx[0], windows.dy[0]
    right, down = (windows.west - windows.west[0]) / dx, (windows.north[0] - windows.north) / dy
    left, top = np.rint(right), np.rint(down)
    same_step = np.maximum(np.abs(windows.dx / dx - 1), np.abs(windows.dy / dy - 1)) < _PHASE_SHARE / FRAME_SIDE
    aligned = same_step & (np.maximum(np.abs(right - left), np.abs(down - top)) < _PHASE_SHARE)
    left, top = left.astype(np.int64), top.astype(np.int64)
    return left, top, left + windows.width, top + windows.height, aligned


def _group(sites: Sites, extra: Ints) -> Group:
    windows = sites.widened(extra)
    left, top, right, bottom, _ = _placed(windows)
    west, north, dx, dy = float(windows.west.min()), float(windows.north.max()), float(sites.dx[0]), float(sites.dy[0])
    grid = Grid(west, north, dx, dy, int(right.max() - left.min()), int(bottom.max() - top.min()))
    row, column = np.rint((north - sites.north) / dy), np.rint((sites.west - west) / dx)
    return Group(sites, grid, row.astype(np.int64), column.astype(np.int64), extra)
