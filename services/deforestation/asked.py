"""The plots of a chunk as the method asks about them: points are discs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.geo.discs import with_points_drawn
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
    geometry, area_ha = with_points_drawn(plots.geometry, plots.area_ha, plots.is_point, default_ha)
    return Asked(plots.plot_no.astype(np.int64), geometry, area_ha, plots.is_point)
