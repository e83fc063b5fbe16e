"""What a chunk asks for: outlines with points made discs, the crop, and what is known of where each plot lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biomass.rules import Rules
from shared.crops import Crop, crop_of
from shared.geo.discs import with_points_drawn
from shared.outcome import Plots, Terms


@dataclass(frozen=True, slots=True)
class Asked:
    """The plots of a chunk; aligned arrays of shape [n]."""

    plot_no: NDArray[np.int64]
    geometry: NDArray[np.object_]
    """Polygons; None where a point has no disc."""
    area_ha: NDArray[np.float64]
    is_point: NDArray[np.bool_]
    has_declared_area: NDArray[np.bool_]
    """False for points without one."""
    country: tuple[str | None, ...]
    crop: Crop | None

    def __len__(self) -> int:
        return len(self.plot_no)


def asked_for(plots: Plots, terms: Terms, rules: Rules) -> Asked:
    """The plots with each point made the disc of its declared area, or of the default."""
    geometry, area_ha = with_points_drawn(plots.geometry, plots.area_ha, plots.is_point, rules.point_default_area_ha)
    declared = ~np.isnan(plots.area_ha)
    countries = [None] * len(plots) if plots.country is None else plots.country.tolist()
    country = tuple(own or terms.country for own in countries)
    return Asked(plots.plot_no.astype(np.int64), geometry, area_ha, plots.is_point, declared, country, crop_of(terms.crop_type))
