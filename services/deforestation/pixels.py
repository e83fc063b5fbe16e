"""Pixels of the layers that show loss: their size in degrees, in cells and on the ground, and the errors of outlines beside them."""

from collections.abc import Mapping
from functools import cache
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.deforestation.agreement import FAMILIES
from services.deforestation.extras import SYSTEMS
from services.deforestation.outlines import M_PER_DEG
from services.deforestation.rules import Thresholds
from services.deforestation.windows import cell_m2
from shared.rasters.catalogue import layer_of
from shared.zonal.grid import Grid

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
NAMES: Final = {"hansen_gfc": "hansen", "jrc_tmf": "tmf"} | {layer: s.family or s.name for s in SYSTEMS for layer in s.layers}
"""By layer that shows loss, the name under which its share of a plot is known."""
TOLERANCE: Final = 1e-3
"""The rows of a patch lie at other latitudes than the middle of the plot."""


@cache
def pixel_deg(layer: str) -> float:
    """Step of a family's pixels in degrees."""
    return layer_of(layer).resolution_deg


@cache
def greatest_error_m(rules: Thresholds) -> float:
    """The largest position error that bounds are drawn with, in metres."""
    return max(rules.position_accuracy_m, *map(_half_m, NAMES))


def reach_cells(grid: Grid, layer: str) -> int:
    """Cells of the grid that one pixel of a layer spans."""
    return ceil(pixel_deg(layer) / min(grid.dx, grid.dy) - TOLERANCE)


def error_m(there: Mapping[str, Mask], rules: Thresholds) -> Floats:
    """Half a pixel of the coarsest layer that is `there` (bool [plots], by layer), and at least the accuracy of a GPS outline."""
    halves = [np.where(is_so, _half_m(layer), 0.0) for layer, is_so in there.items()]
    widest: Floats = np.maximum(rules.position_accuracy_m, np.max(halves, axis=0))
    return widest


def largest_m2(lat: Floats, there: Mapping[str, Mask]) -> Floats:
    """The largest pixel of the layers of families that are there, in the middle of each plot; 0 where there is none."""
    families = {layer: is_so for layer, is_so in there.items() if NAMES[layer] in FAMILIES}
    largest: Floats = np.max([np.where(is_so, _pixel_m2(lat, layer), 0.0) for layer, is_so in families.items()], axis=0)
    return largest


def smallest_m2(lat: Floats, there: Mapping[str, Mask]) -> Floats:
    """The smallest pixel of Hansen, TMF and the layers that are there, in the middle of each plot."""
    always = [_pixel_m2(lat, layer) for layer in ("hansen_gfc", "jrc_tmf")]
    more = [np.where(is_so, _pixel_m2(lat, layer), np.inf) for layer, is_so in there.items()]
    smallest: Floats = np.min([*always, *more], axis=0)
    return smallest


def _half_m(layer: str) -> float:
    return pixel_deg(layer) * M_PER_DEG / 2


def _pixel_m2(lat: Floats, layer: str) -> Floats:
    return cell_m2(lat, pixel_deg(layer), pixel_deg(layer))
