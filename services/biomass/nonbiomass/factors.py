"""The factor tables of emissions beside biomass, as `factors.toml` has them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Climate = Literal["wet", "dry", "aggregated"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gwp(_Table):
    """Warming over 100 years, kg CO2e per kg."""

    ch4: float
    n2o: float


class N2oColumn(_Table):
    """One column of the N2O factors; kg N2O-N per kg N, and shares."""

    ef1_synthetic: float
    ef1_other: float
    ef4: float
    ef5: float
    frac_leach: float


class Product(_Table):
    """What a fertiliser is."""

    n_pct: float | None = None
    volatilised: str
    carbonate: Literal["limestone", "dolomite", "urea"] | None = None
    organic: bool


class ResidueFactors(_Table):
    """Burning of residues; share that burns, grams of gas per kg of dry matter burnt."""

    combustion: float
    ch4_g_per_kg: float
    n2o_g_per_kg: float


class RiceFactors(_Table):
    """Methane of flooded rice: kg CH4 per ha and day, and scaling factors."""

    organic_exponent: float
    baseline_kg_ch4_ha_day: dict[str, float]
    water_regime: dict[str, float]
    pre_season: dict[str, float]
    amendment: dict[str, float]


class FuelFactors(_Table):
    """A fuel; None where it is known by its energy only."""

    kgco2_per_mj: float
    mj_per_kg: float | None = None
    kg_per_l: float | None = None


class Factors(_Table):
    """All tables of one version."""

    version: str
    gwp: Gwp
    n2o: dict[Climate, N2oColumn]
    n2o_rice: dict[str, float]
    volatilised: dict[str, float]
    carbonates: dict[str, float] = Field(description="t C per t")
    products: dict[str, Product]
    residue: ResidueFactors
    rice: RiceFactors
    fuels: dict[str, FuelFactors]
    transport: dict[str, float]


@cache
def factors() -> Factors:
    """The tables of `factors.toml`."""
    return Factors.model_validate(tomllib.loads((files(__package__) / "factors.toml").read_text("utf-8")))
