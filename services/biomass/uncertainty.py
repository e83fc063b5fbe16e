"""How sure the emissions are: errors of biomass that go together, and what else adds to them in quadrature."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biomass.factors import CARBON

Floats = NDArray[np.float64]
_HA_PER_KM2 = 100.0


def sd_of_mean(sd: Floats, sd_squared: Floats, area_ha: Floats, correlation_km: float) -> Floats:
    """Standard deviation of the mean of a map over `area_ha`, from the means over it of the cells' sd and of its square.

    Errors of two cells are one within `correlation_km` and independent beyond (methods 2.9: rho is not known, so rho = 1 inside
    1 km). Then `var = sum_ij w_i w_j s_i s_j rho_ij` is at most the mean sd squared, and at most `pi r^2 / A` times the mean
    square: no cell has more than a disc of radius r of others that err with it. The smaller of both; never `s / sqrt(n)`.
    """
    disc = np.pi * correlation_km**2 * _HA_PER_KM2 / np.where(area_ha > 0, area_ha, np.nan)
    return np.minimum(sd, np.sqrt(np.minimum(disc, 1.0) * sd_squared))


@dataclass(frozen=True, slots=True)
class Parts:
    """What the errors act on; t CO2e and ha, [plots]."""

    above: Floats
    """Biomass above ground with its dead wood and litter."""
    roots: Floats
    deducted: Floats
    soil: Floats
    other: Floats
    """Fire and peat, for which no error is stated."""
    area_ha: Floats
    """Of the loss."""


def sd_of_total(parts: Parts, agb_relative_sd: Floats, pixel_ha: Floats) -> Floats:
    """Standard deviation of the sum of the parts, t CO2e; nan where the error of biomass is not known and there is some; [plots].

    In quadrature: biomass by `agb_relative_sd` (roots go with it), roots by that of R, all biomass by that of the carbon
    fraction, soil by its own, and everything by the area, which is uncertain by one pixel of the loss map.
    """
    biomass = parts.above + parts.roots
    total = biomass - parts.deducted + parts.soil + parts.other
    area = np.minimum(1.0, pixel_ha / np.where(parts.area_ha > 0, parts.area_ha, np.inf))
    errors = (
        np.where(biomass > 0, biomass * agb_relative_sd, 0.0),
        parts.roots * CARBON["root_shoot_relative_sd"],
        biomass * CARBON["carbon_fraction_relative_sd"],
        parts.soil * CARBON["soil_relative_sd"],
        total * area,
    )
    return np.sqrt(sum(error**2 for error in errors))
