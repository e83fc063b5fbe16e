"""The land cover of plots and windows: the class that most of each has."""

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.rasters.catalogue import layer_of
from shared.rasters.opening import open_band
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class

LAYER: Final = "worldcover"
BAND: Final = f"{LAYER}.map"
CLASSES: Final = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
"""ESA WorldCover: tree cover, shrubland, grassland, cropland, built-up, bare, snow, water, wetland, mangrove, moss."""
UNKNOWN: Final = 0


def version() -> str:
    """Of the layer that land cover is read from."""
    return layer_of(LAYER).version


def dominant_cover(rasters: Any, geometries: NDArray[np.object_]) -> NDArray[np.int64] | None:
    """The class with the most ground in each polygon (valid, lon/lat, shape [n]), the lower one of equals; `UNKNOWN` where none is known.

    None when the layer is not configured. Raises Unavailable when it does not read now.
    """
    found = np.full(len(geometries), UNKNOWN, dtype=np.int64)
    if not len(geometries):
        return found
    west, south, east, north = (float(value) for value in shapely.total_bounds(geometries))
    opened = open_band(rasters, BAND, (west, south, east, north))
    if opened.state == "not_configured":
        return None
    if opened.source is None:
        return found
    areas = zonal(geometries, {"cover": opened.source}, {"area": area_by_class("cover", Classes.of(*CLASSES))}, checked=True)["area"]
    of_classes = areas[:, : len(CLASSES)]
    known = of_classes.sum(axis=1) > 0
    found[known] = np.array(CLASSES)[np.argmax(of_classes[known], axis=1)]
    return found


def commonest(cover: NDArray[np.int64], area_ha: NDArray[np.float64]) -> int | None:
    """The class that most of the area of some plots has (nan counts as nothing, the lower class of equals); None where none is known."""
    weight = {int(one): float(np.nansum(area_ha[cover == one])) for one in np.unique(cover) if one != UNKNOWN}
    return min(weight, key=lambda one: (-weight[one], one)) if weight else None
