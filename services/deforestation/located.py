"""Where the plots of a chunk lie: the frame of each on the grid of the first layer that is there, or why it gets none."""

from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from services.deforestation.asked import Asked
from services.deforestation.pixels import greatest_error_m, pixel_deg
from services.deforestation.rules import CUT_OFF, Thresholds
from services.deforestation.windows import FRAME_SIDE, Sites, margins, reaches
from shared.columns import replaced, taken
from shared.errors import Unavailable
from shared.rasters.lattice import MAX_CELLS, Lattice
from shared.rasters.reader import Rasters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NO_LAYER: Final = "none"
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
    there = ~shapely.is_missing(asked.geometry)
    index = np.flatnonzero(there)
    tight = _tight(index, shapely.bounds(asked.geometry[index]), rasters, give_up)
    reach = reaches(tight, greatest_error_m(rules), pixel_deg("jrc_tmf"))
    frames = replace(tight.widened(reach), reach=reach)
    frames = replace(frames, margin=margins(frames, rules))
    widest = frames.widened(frames.margin)
    unreadable = (tight.layer != NO_LAYER) & (tight.width * tight.height > MAX_CELLS)
    too_large = (widest.width * widest.height > rules.max_window_cells) | (np.maximum(widest.width, widest.height) >= FRAME_SIDE)
    faults = dict.fromkeys(np.flatnonzero(~there).tolist(), "disc_area")
    faults |= dict.fromkeys(index[too_large].tolist(), "plot_too_large") | dict.fromkeys(index[unreadable].tolist(), "window_too_large")
    return taken(frames, np.flatnonzero(~too_large & ~unreadable)), faults


def _tight(index: Ints, bounds: Floats, rasters: Rasters, give_up: bool) -> Sites:
    """The cells that hold the bounds [n, 4] of the plots at these places of the chunk, on the first layer that has any there."""
    sites = _nominal(index, bounds)
    left = np.arange(len(index))
    for name in GRIDS:
        layer, _, band = name.partition(".")
        if rasters.state(layer, band) == "not_configured":
            continue
        for places, tiles in rasters.by_tiles(name, bounds[left]):
            try:
                for some, lattice in rasters.lattices(name, tiles, bounds[left[places]]):
                    at = left[places[some]]
                    sites = replaced(sites, at, _on(lattice, layer, index[at], bounds[at]))
            except Unavailable:
                if not give_up:
                    raise
        left = np.flatnonzero(sites.layer == NO_LAYER)
    return sites


def _on(lattice: Lattice, layer: str, index: Ints, bounds: Floats) -> Sites:
    column, row, width, height = lattice.spans(bounds)
    dx, dy = (np.full(len(index), step) for step in (lattice.dx, lattice.dy))
    layers, nothing = np.full(len(index), layer, dtype=object), np.zeros_like(index)
    return Sites(index, layers, lattice.west + column * dx, lattice.north - row * dy, dx, dy, width, height, nothing, nothing)


def _nominal(index: Ints, bounds: Floats) -> Sites:
    """Cells to ask the layers with where none has a raster: what they answer is why."""
    step = pixel_deg("hansen_gfc")
    west, south, east, north = bounds.T
    first, top = np.floor(west / step), np.ceil(north / step)
    width, height = np.ceil(east / step) - first + 1, top - np.floor(south / step) + 1
    steps, layers, nothing = np.full(len(index), step), np.full(len(index), NO_LAYER, dtype=object), np.zeros_like(index)
    sizes = width.astype(np.int64), height.astype(np.int64)
    return Sites(index, layers, first * step, top * step, steps, steps, *sizes, nothing, nothing)
