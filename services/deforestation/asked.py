"""The plots of a chunk as the method asks about them: points are discs."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.errors import Refused
from shared.geo.areas import geodesic_area_ha
from shared.geo.discs import discs
from shared.outcome import Plots


@dataclass(frozen=True, slots=True)
class Asked:
    """The plots of a chunk with points made discs; aligned arrays of shape [n]."""

    plot_no: NDArray[np.int64]
    geometry: NDArray[np.object_]
    """None for a point of which no disc can be drawn."""
    area_ha: NDArray[np.float64]
    is_point: NDArray[np.bool_]


def asked_for(plots: Plots, default_ha: float) -> Asked:
    """The plots with each point made the disc of its declared area, or of the default."""
    geometry, area_ha = plots.geometry.copy(), plots.area_ha.astype(np.float64, copy=True)
    points = np.flatnonzero(plots.is_point)
    area_ha[points] = np.where(np.isnan(area_ha[points]), default_ha, area_ha[points])
    for index in points:
        at = np.array([shapely.get_x(geometry[index])]), np.array([shapely.get_y(geometry[index])])
        try:
            geometry[index] = discs(*at, area_ha[[index]])[0]
            area_ha[index] = geodesic_area_ha(geometry[[index]])[0]
        except Refused:
            geometry[index] = None
    return Asked(plots.plot_no.astype(np.int64), geometry, area_ha, plots.is_point)
