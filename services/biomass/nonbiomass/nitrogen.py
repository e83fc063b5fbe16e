"""N2O of nitrogen that is applied to soils, and CO2 of lime and urea: IPCC 2019, volume 4, chapter 11, Tier 1."""

from dataclasses import dataclass
from typing import Final

from services.biomass.nonbiomass.factors import Factors, N2oColumn

N2O_PER_N: Final = 44 / 28
CO2_PER_C: Final = 44 / 12


@dataclass(frozen=True, slots=True)
class Nitrogen:
    """Nitrogen applied in a year, kg per ha or per whatever the answer is wanted for."""

    synthetic: float = 0.0
    organic: float = 0.0
    residues: float = 0.0
    """In crop residues left on or in the soil."""
    mineralised: float = 0.0
    """Set free by loss of soil carbon."""
    volatilised_synthetic: float = 0.0
    """The part of `synthetic` that volatilises: kg N times its share."""
    volatilised_organic: float = 0.0


def n2o_kg(nitrogen: Nitrogen, column: N2oColumn, rice_ef1: float | None = None) -> tuple[float, float, float]:
    """N2O in kg: direct, after volatilising, and after leaching (equations 11.1, 11.9, 11.10).

    `rice_ef1` stands in the place of EF1 in a flooded field.
    """
    ef1_synthetic = column.ef1_synthetic if rice_ef1 is None else rice_ef1
    ef1_other = column.ef1_other if rice_ef1 is None else rice_ef1
    other = nitrogen.organic + nitrogen.residues + nitrogen.mineralised
    direct = nitrogen.synthetic * ef1_synthetic + other * ef1_other
    volatilised = (nitrogen.volatilised_synthetic + nitrogen.volatilised_organic) * column.ef4
    leached = (nitrogen.synthetic + other) * column.frac_leach * column.ef5
    return direct * N2O_PER_N, volatilised * N2O_PER_N, leached * N2O_PER_N


def carbonate_co2_kg(kind: str, mass_kg: float, tables: Factors) -> float:
    """CO2 in kg of limestone, dolomite or urea, all of whose carbon is set free (equations 11.12, 11.13)."""
    return mass_kg * tables.carbonates[kind] * CO2_PER_C
