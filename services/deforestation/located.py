"""Where the plots of a chunk lie: the frame of each on the grid of the first layer that is there, or why it gets none."""

from dataclasses import replace
from math import ceil, floor
from typing import Final

import numpy as np
import shapely

from services.deforestation.asked import Asked
from services.deforestation.pixels import greatest_error_m, pixel_deg
from services.deforestation.rules import CUT_OFF, Thresholds
from services.deforestation.windows import FRAME_SIDE, Sites, margins, reaches
from shared.columns import taken
from shared.errors import Refused, Unavailable
from shared.rasters.reader import Rasters
from shared.rasters.sampling import Bounds
from shared.zonal.grid import Grid

GRIDS: Final = (
    "jrc_gfc2020.map",
    "hansen_gfc.lossyear",
    "hansen_gfc.treecover2000",
    f"jrc_tmf.AnnualChange_{CUT_OFF.year}",
    "jrc_tmf.DeforestationYear",
)
"""Bands whose grid may be the analysis grid of a plot, the first that is there."""


def located(asked: Asked, rasters: Rasters, give_up: bool, rules: Thresholds) -> tuple[Sites, dict[int, str]]:
    """The plots that can be judged, and of the others the code of the reason by their place in the chunk.

    Raises Unavailable when a layer does not read now; with `give_up` the next layer is asked.
    """
    names = tuple(name for name in GRIDS if rasters.state(*name.split(".")) == "configured")
    index: list[int] = []
    under: list[tuple[str, Grid]] = []
    faults: dict[int, str] = {}
    for at, (geometry, bounds) in enumerate(zip(asked.geometry, shapely.bounds(asked.geometry).tolist(), strict=True)):
        try:
            under += [] if geometry is None else [_grid_under(rasters, names, tuple(bounds), give_up)]
            index += [] if geometry is None else [at]
        except Refused as refusal:
            faults[at] = refusal.code
        if geometry is None:
            faults[at] = "disc_area"
    frames = _frames(index, under, rules)
    widest = frames.widened(frames.margin)
    too_large = (widest.width * widest.height > rules.max_window_cells) | (np.maximum(widest.width, widest.height) >= FRAME_SIDE)
    faults |= dict.fromkeys(frames.index[too_large].tolist(), "plot_too_large")
    return taken(frames, np.flatnonzero(~too_large)), faults


def _frames(index: list[int], under: list[tuple[str, Grid]], rules: Thresholds) -> Sites:
    """From the grids of the cells of the plots' bounding boxes."""
    grids = np.array([(grid.west, grid.north, grid.dx, grid.dy) for _, grid in under]).reshape(-1, 4)
    sizes = np.array([(grid.width, grid.height) for _, grid in under], dtype=np.int64).reshape(-1, 2)
    layers, nothing = np.array([layer for layer, _ in under], dtype=object), np.zeros(len(index), dtype=np.int64)
    (west, north, dx, dy), (width, height) = grids.T, sizes.T
    tight = Sites(np.array(index, dtype=np.int64), layers, west, north, dx, dy, width, height, reach=nothing, margin=nothing)
    reach = reaches(tight, greatest_error_m(rules), pixel_deg("jrc_tmf"))
    frames = replace(tight.widened(reach), reach=reach)
    return replace(frames, margin=margins(frames, rules))


def _grid_under(rasters: Rasters, names: tuple[str, ...], bounds: Bounds, give_up: bool) -> tuple[str, Grid]:
    """The layer and its cells over the bounds. Raises Refused (`window_too_large`), and Unavailable unless `give_up`."""
    for name in names:
        layer, _, band = name.partition(".")
        try:
            grid = rasters.grid(layer, band, bounds, 0)
        except Unavailable:
            if not give_up:
                raise
            continue
        if grid is not None:
            return layer, grid
    return "none", _nominal_grid(bounds)


def _nominal_grid(bounds: Bounds) -> Grid:
    """Cells to ask the layers with where none has a raster: what they answer is why."""
    step = pixel_deg("hansen_gfc")
    west, south, east, north = bounds
    first, top = floor(west / step), ceil(north / step)
    return Grid(first * step, top * step, step, step, ceil(east / step) - first + 1, top - floor(south / step) + 1)
