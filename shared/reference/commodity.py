"""Where windows are of the commodity of a run: by a mask of its crop, if one is configured."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.crops import crop_of
from shared.geo.areas import M2_PER_HA, geodesic_area_ha
from shared.rasters.catalogue import layer_of
from shared.rasters.opening import open_band
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class

OF_CROP: Final = 1
"""The class of every mask that means the crop."""
LEAST_SHARE: Final = 0.5
"""A window is of the commodity when the mask has at least this share of its ground. Evidence D."""


def masks_of(crop_type: str | int | None) -> tuple[str, ...]:
    """The bands that tell where the crop grows, the first one preferred; none for a crop without one, and for none."""
    crop = crop_of(crop_type)
    return () if crop is None else _masks().get(crop.name, ())


def mask_version(band: str) -> str:
    """Of the layer of a mask."""
    return layer_of(band.partition(".")[0]).version


def of_commodity(rasters: Any, band: str, geometries: NDArray[np.object_]) -> NDArray[np.bool_] | None:
    """Which polygons (valid, lon/lat, shape [n]) are of the commodity; None when the mask is not configured.

    What the mask does not know is not the crop. Raises Unavailable when it does not read now.
    """
    west, south, east, north = (float(value) for value in shapely.total_bounds(geometries))
    opened = open_band(rasters, band, (west, south, east, north))
    if opened.state == "not_configured":
        return None
    if opened.source is None:
        return np.zeros(len(geometries), dtype=np.bool_)
    area_m2 = zonal(geometries, {"mask": opened.source}, {"area": area_by_class("mask", Classes.of(OF_CROP))}, checked=True)["area"]
    whole_m2 = geodesic_area_ha(geometries) * M2_PER_HA
    return np.asarray(area_m2[:, 0] >= LEAST_SHARE * whole_m2)


@cache
def _masks() -> dict[str, tuple[str, ...]]:
    table = tomllib.loads(files("shared.reference").joinpath("masks.toml").read_text())["masks"]
    return {row["crop"]: tuple(row["bands"]) for row in table}
