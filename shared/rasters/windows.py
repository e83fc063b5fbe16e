"""The parts of a grid that lie in different tiles."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shared.rasters.tiles import Tile
from shared.zonal.grid import Grid


@dataclass(frozen=True, slots=True)
class TileWindow:
    """The rows and columns of a grid whose centres lie in one tile; no tile where one file stands for all."""

    tile: Tile | None
    rows: slice
    columns: slice


def tile_windows(lons: NDArray[np.float64], lats: NDArray[np.float64], size_deg: int) -> list[TileWindow]:
    """The tiles in which the centres of a grid lie (`lons` rising, `lats` falling), from the north-west by row.

    Tiles are half-open, [west, east) x (south, north], so that each centre lies in exactly one.
    """
    wests = np.floor(lons / size_deg).astype(int) * size_deg
    norths = np.ceil(lats / size_deg).astype(int) * size_deg
    return [TileWindow(Tile(int(north), int(west)), rows, columns) for north, rows in _runs(norths) for west, columns in _runs(wests)]


@lru_cache(maxsize=64)
def tiles_of_grid(grid: Grid, size_deg: int) -> tuple[TileWindow, ...]:
    """The same of all cells of a grid; remembered, since the bands of a layer are read on one grid one after the other."""
    return tuple(tile_windows(grid.lons(), grid.lats(), size_deg))


def _runs(values: NDArray[np.int_]) -> list[tuple[int, slice]]:
    starts = np.flatnonzero(np.diff(values, prepend=values[0] - 1))
    ends = [*starts[1:], len(values)]
    return [(int(values[start]), slice(int(start), int(end))) for start, end in zip(starts, ends, strict=True)]
