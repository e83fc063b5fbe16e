"""The arithmetic of carbon, soil, fire and nitrous oxide, from the factor tables: pure functions of numbers or arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biomass.factors import CARBON, SOIL

Number = float | NDArray[np.float64]
CO2_PER_C = CARBON["co2_per_c"]
N2O_PER_N = 44.0 / 28.0
_G_PER_KG = 1e-3


def co2_of(carbon_tc: Number) -> Number:
    """t CO2 of t C."""
    return carbon_tc * CO2_PER_C


def soil_loss_tc(soc_ref_tc: Number, flu: Number, fmg: float = SOIL["fmg"], fi: float = SOIL["fi"]) -> Number:
    """t C that a mineral soil of `soc_ref_tc` (t C, 0-30 cm) loses within twenty years of its new use; negative for a gain.

    `SOC_ref (1 - FLU FMG FI)` (IPCC 2006 Vol. 4 Eq. 2.25).
    """
    return soc_ref_tc * (1.0 - flu * fmg * fi)


def som_n2o_tco2e(soil_loss: Number) -> Number:
    """t CO2e of nitrous oxide from the nitrogen that goes with `soil_loss` t C; none from a gain."""
    return np.maximum(soil_loss, 0.0) / SOIL["c_to_n"] * SOIL["ef1"] * N2O_PER_N * CARBON["gwp_n2o"]


@dataclass(frozen=True, slots=True)
class Burning:
    """How forest burns: `cf` share of the fuel that burns; g of gas per kg of dry matter that burnt."""

    cf: float
    gef_ch4: float
    gef_n2o: float


def fire_ch4_tco2e(fuel_tdm: Number, burning: Burning) -> Number:
    """t CO2e of methane from `fuel_tdm` t of dry matter; its CO2 is part of the loss of biomass."""
    return fuel_tdm * burning.cf * burning.gef_ch4 * _G_PER_KG * CARBON["gwp_ch4"]


def fire_n2o_tco2e(fuel_tdm: Number, burning: Burning) -> Number:
    """The same of nitrous oxide."""
    return fuel_tdm * burning.cf * burning.gef_n2o * _G_PER_KG * CARBON["gwp_n2o"]
