"""Rao's Q of the canopy in a window that moves over the plot (Rocchini et al. 2021)."""

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from services.biodiversity.neighbours import groups, near
from services.biodiversity.rules import Thresholds
from shared.errors import Refused
from shared.zonal.block import Source
from shared.zonal.grid import Grid
from shared.zonal.surroundings import Surroundings, surroundings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texture:
    """Mean over one plot of Rao's Q in the window round each of its cells."""

    rao_q: float
    """In units of the band; nan where no window has enough values."""
    area_m2: float
    """Ground area of the plot's cells that have a window."""


NO_TEXTURE = Texture(np.nan, 0.0)
TOO_LARGE = Texture(np.inf, 0.0)


def moving_rao_q(geometries: NDArray[np.object_], heights: Source, rules: Thresholds) -> list[Texture]:
    """The texture of each polygon (lon/lat, [n]): windows of `moving_window_cells` a side with `min_valid_pixels` known values.

    Windows read outside the plot; the mean is by ground area. Parts of a plot are looked at one by one, however far apart they
    are. A plot without cells, or with a part that is too large to be held, has none. Raises what the source raises.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    by_plot: list[list[Texture]] = [[] for _ in geometries]
    bounds = _reached(parts, heights, rules.moving_window_cells // 2)
    for group in groups(bounds, [heights], rules):
        here = near(heights, bounds[group.start : group.stop])
        for at in group:
            by_plot[owner[at]].append(_of_part(parts[at], here, rules.moving_window_cells, rules.min_valid_pixels))
    return [_joined(textures) for textures in by_plot]


def _reached(parts: NDArray[np.object_], heights: Source, reach: int) -> Floats:
    """Bounds (degrees, [n, 4]) of what is looked at of each part; as they are on grids that have no steps in degrees."""
    bounds: Floats = shapely.bounds(parts)
    if isinstance(heights.cells, Grid):
        bounds += reach * np.array([-heights.cells.dx, -heights.cells.dy, heights.cells.dx, heights.cells.dy])
    return bounds


def _of_part(part: shapely.Geometry, heights: Source, window_cells: int, least: int) -> Texture:
    try:
        around = next(surroundings(np.array([part], dtype=object), {"height": heights}, window_cells // 2, checked=True), None)
    except Refused:
        return TOO_LARGE
    return NO_TEXTURE if around is None else texture_of(around, heights.scale, heights.offset, window_cells, least)


def _joined(textures: list[Texture]) -> Texture:
    area = sum(one.area_m2 for one in textures)
    if TOO_LARGE in textures or not area > 0:
        return NO_TEXTURE
    return Texture(sum(one.rao_q * one.area_m2 for one in textures if one.area_m2 > 0) / area, area)


def texture_of(around: Surroundings, scale: float, offset: float, window_cells: int, least: int) -> Texture:
    """The texture of the plot in the middle of its surroundings; see `moving_rao_q`."""
    heights = around.values["height"] * scale + offset
    local = window_rao_q(heights, around.known["height"], around.share > 0, window_cells // 2, least)
    weight = np.where(np.isnan(local), 0.0, around.share * around.area_m2)
    area = float(weight.sum())
    return Texture(float((weight * np.nan_to_num(local)).sum()) / area, area) if area > 0 else NO_TEXTURE


def window_rao_q(heights: Floats, known: Mask, wanted: Mask, reach: int, least: int) -> Floats:
    """Rao's Q of the known values within `reach` rows and columns of each known and wanted cell; [rows, columns].

    nan for all other cells, and where fewer than `least` values are known. Cells of a window count alike: their areas
    differ by a millionth.
    """
    local = np.full(heights.shape, np.nan)
    _move(np.ascontiguousarray(heights, dtype=np.float64), known, wanted, reach, least, local)
    return local


@numba.njit("void(float64[:,::1], boolean[:,:], boolean[:,:], int64, int64, float64[:,::1])", nogil=True, cache=True)
def _move(heights: Floats, known: Mask, wanted: Mask, reach: int, least: int, local: Floats) -> None:
    rows, columns = heights.shape
    held = np.empty((2 * reach + 1) ** 2)
    for row in range(rows):
        for column in range(columns):
            if not (wanted[row, column] and known[row, column]):
                continue
            count = 0
            for r in range(max(0, row - reach), min(rows, row + reach + 1)):
                for c in range(max(0, column - reach), min(columns, column + reach + 1)):
                    if known[r, c]:
                        at, value = count, heights[r, c]
                        while at > 0 and held[at - 1] > value:
                            held[at] = held[at - 1]
                            at -= 1
                        held[at] = value
                        count += 1
            if count < least:
                continue
            apart = 0.0
            for k in range(1, count):
                apart += (held[k] - held[k - 1]) * k * (count - k)
            local[row, column] = 2.0 * apart / count**2
