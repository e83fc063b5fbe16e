"""Emissions of a plot beside biomass (`cft` of `luc_emissions`): what farm practices and the making of the product emit in a year."""

from typing import Literal

from pydantic import Field

from contracts.envelope import Frozen


class Cft(Frozen):
    """Tier 1 emissions of one plot and year in kg CO2e; a category is null when its inputs were not given (`not_computed` says which).

    The formulas are those of IPCC 2019, volume 4; METHOD.md of the biomass service has them, with the factors' sources.
    """

    non_biomass_kgco2e_fertiliser: float | None = Field(ge=0, description="N2O of nitrogen applied, and making of fertilisers if known")
    non_biomass_kgco2e_lime: float | None = Field(ge=0, description="CO2 of limestone and dolomite")
    non_biomass_kgco2e_urea: float | None = Field(ge=0, description="CO2 of urea")
    non_biomass_kgco2e_residue: float | None = Field(ge=0, description="CH4 and N2O of residues: burnt, or left on or in the soil")
    non_biomass_kgco2e_energy: float | None = Field(ge=0, description="Fuels and electricity of the farm, irrigation included")
    non_biomass_kgco2e_rice: float | None = Field(ge=0, description="CH4 of flooded rice")
    non_biomass_kgco2e_pesticide: float | None = Field(ge=0, description="Making of pesticides")
    non_biomass_kgco2e_processing: float | None = Field(ge=0, description="Energy of processing and storage")
    non_biomass_kgco2e_transport: float | None = Field(ge=0, description="Transport of the product")
    non_biomass_kgco2e_total: float | None = Field(ge=0, description="Sum of what was computed; null when nothing was")
    product_t: float | None = Field(ge=0, description="Yield of the plot in a year; t")
    non_biomass_kgco2e_per_t_product: float | None = Field(ge=0, description="Total over product_t")
    product_kgco2e_per_t: float | None = Field(
        ge=0, description="(farm / yield_ratio + processing) x allocation_share + transport, per t of the finished product"
    )
    climate: Literal["wet", "dry", "aggregated"] = Field(description="Column of the N2O factors")
    climate_source: Literal["stated", "layer", "none"] = Field(description="What chose the column")
    factors_version: str = Field(description="Version of the factor tables")
    not_computed: tuple[str, ...] = Field(description="Inputs by path that are absent, or that lack what their formula needs, sorted")
