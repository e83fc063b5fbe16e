"""The result of `luc_emissions` for one plot: emissions of land-use change by pool, gas and year, how sure they are, and why."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from contracts.v1.results.cft import Cft
from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.result import Result

SUM: dict[str, Any] = {"aggregate": "sum"}
MEAN: dict[str, Any] = {"aggregate": "mean"}
COUNTS: dict[str, Any] = {"aggregate": "counts"}
LOSS_YEARS: dict[str, Any] = {"first_year": 2001, "aggregate": "sum_by_year"}


class LucEmissions(Result):
    """Emissions of land-use change of one plot, charged to a reporting year; the rules are ours (METHOD.md).

    A value that cannot be known is null; `flags` and the row's reasons say why. Pools are gross and whole: neither charged to years
    nor netted with removals. Lists by year start with the year in their `first_year`.
    """

    SCHEMA: ClassVar[str] = "1.0.0"
    PRODUCT: ClassVar[str | None] = "cft"

    luc_tco2eyear: float | None = Field(ge=0, description="Charged to the reporting year; t CO2e/yr", json_schema_extra=SUM)
    luc_tco2ehayear: float | None = Field(
        ge=0, description="The same per ha of the plot, of a region per ha of its crop; t CO2e/ha/yr", json_schema_extra=MEAN
    )
    annual_agb_tco2eha: tuple[float | None, ...] | None = Field(
        description="CO2 held in the mean biomass above ground, by year of a map; null without one; t CO2e/ha",
        json_schema_extra={"first_year": 2007},
    )
    luc_total_tco2e: float | None = Field(
        ge=0, description="All that was committed since 2001, not weighted; t CO2e", json_schema_extra=SUM
    )
    agb_before_tha: float | None = Field(ge=0, description="Mean biomass above ground of the forest before its loss; t/ha")
    agb_sd_tha: float | None = Field(ge=0, description="Standard deviation of that mean, errors within 1 km taken as one; t/ha")
    agb_tco2e: float | None = Field(ge=0, description="Biomass above ground that was lost; t CO2e", json_schema_extra=SUM)
    bgb_tco2e: float | None = Field(ge=0, description="Roots that were lost; t CO2e", json_schema_extra=SUM)
    dw_tco2e: float | None = Field(ge=0, description="Dead wood that was lost; t CO2e", json_schema_extra=SUM)
    litter_tco2e: float | None = Field(ge=0, description="Litter that was lost; t CO2e", json_schema_extra=SUM)
    soc_tco2e: float | None = Field(ge=0, description="Carbon that mineral soils lose within 20 years; t CO2e", json_schema_extra=SUM)
    peat_tco2e: float | None = Field(
        ge=0, description="Drained peat in the reporting year, never charged to other years; t CO2e/yr", json_schema_extra=SUM
    )
    fire_tco2e: float | None = Field(
        ge=0,
        description="CH4 and N2O of clearing fires, with peat burnt; null unless burning is taken for granted; t CO2e",
        json_schema_extra=SUM,
    )
    removals_tco2eyear: float | None = Field(
        le=0, description="Uptake by mineral soils, negative, in no other number; t CO2e/yr", json_schema_extra=SUM
    )
    luc_method: Literal["dLUC", "jdLUC", "sLUC"] = Field(
        description="From the plot's own history, from the crop within a region, or from its country", json_schema_extra=COUNTS
    )
    allocation: Literal["equal", "linear_midpoint", "linear_stepped"] = Field(description="How twenty years of losses are weighted")
    ef_source: str | None = Field(description="Maps and tables of the stock before the loss, joined by ' + '", json_schema_extra=COUNTS)
    uncertainty_lo_tco2e: float | None = Field(ge=0, description="Lower bound of luc_total_tco2e, 95 %; t CO2e")
    uncertainty_hi_tco2e: float | None = Field(ge=0, description="Upper bound of luc_total_tco2e, 95 %; t CO2e")
    luc_basis: Literal["polygon", "point_buffer", "region", "country"] = Field(json_schema_extra=COUNTS)
    luc_approach: Literal["loss_x_stock", "stock_change"] = Field(description="What luc_tco2eyear was made of", json_schema_extra=COUNTS)
    reporting_year: int | None = Field(description="The last year of the window that the loss layer has observed")
    first_loss_year: int | None = Field(description="First year whose losses are charged to the reporting year")
    luc_relative_sd: float | None = Field(ge=0, description="Standard deviation of luc_total_tco2e over it; 0 to 1 and more")
    luc_no_crop_carbon_tco2eyear: float | None = Field(
        ge=0, description="luc_tco2eyear if no carbon of the crop were deducted; t CO2e/yr", json_schema_extra=SUM
    )
    crop_carbon_tco2e: float | None = Field(
        ge=0, description="Carbon of the crop a year after, which is deducted from the lost biomass; t CO2e", json_schema_extra=SUM
    )
    som_n2o_tco2e: float | None = Field(ge=0, description="N2O from soil organic matter within 20 years; t CO2e", json_schema_extra=SUM)
    co2_tco2eyear: float | None = Field(ge=0, description="CO2 in luc_tco2eyear; t CO2e/yr", json_schema_extra=SUM)
    ch4_tco2eyear: float | None = Field(ge=0, description="CH4 in luc_tco2eyear; t CO2e/yr", json_schema_extra=SUM)
    n2o_tco2eyear: float | None = Field(ge=0, description="N2O in luc_tco2eyear; t CO2e/yr", json_schema_extra=SUM)
    committed_tco2e_by_year: tuple[float | None, ...] | None = Field(
        description="What the loss of each year commits; null after the reporting year; t CO2e", json_schema_extra=LOSS_YEARS
    )
    conversion_ha_by_year: tuple[float | None, ...] | None = Field(
        description="Forest converted, by year of loss; null after the reporting year; ha", json_schema_extra=LOSS_YEARS
    )
    conversion_ha: float | None = Field(ge=0, description="Forest converted since 2001; ha", json_schema_extra=SUM)
    peat_drained_ha: float | None = Field(ge=0, description="Of it on peat; ha", json_schema_extra=SUM)
    fire_if_burnt_tco2e: float | None = Field(
        ge=0, description="What fire_tco2e is if all burnt, fuel above ground (IPCC); t CO2e", json_schema_extra=SUM
    )
    fire_if_burnt_with_roots_tco2e: float | None = Field(
        ge=0, description="The same with roots as fuel (WRI); t CO2e", json_schema_extra=SUM
    )
    replanting_ha: float | None = Field(ge=0, description="Loss on plantations, not counted; ha", json_schema_extra=SUM)
    logging_ha: float | None = Field(ge=0, description="Loss by logging, not counted; ha", json_schema_extra=SUM)
    fire_loss_ha: float | None = Field(ge=0, description="Loss by wildfire, not counted; ha", json_schema_extra=SUM)
    natural_loss_ha: float | None = Field(ge=0, description="Loss by other natural causes, not counted; ha", json_schema_extra=SUM)
    other_use_ha: float | None = Field(ge=0, description="Loss to mining or settlements, not counted; ha", json_schema_extra=SUM)
    apart_tco2e: float | None = Field(
        ge=0, description="Biomass of the losses that are not counted, in no other number; t CO2e", json_schema_extra=SUM
    )
    stock_change_tco2eyear: float | None = Field(
        ge=0, description="luc_tco2eyear by the difference of maps, over 1,000 ha only; t CO2e/yr", json_schema_extra=SUM
    )
    stock_change_sd_tco2eyear: float | None = Field(ge=0, description="Its standard deviation; t CO2e/yr")
    gfw_gross_emissions_tco2e: float | None = Field(
        ge=0, description="Cross-check: gross emissions of Global Forest Watch, all years; t CO2e", json_schema_extra=SUM
    )
    plot_area_ha: float = Field(ge=0, description="Geodesic area on WGS84; ha", json_schema_extra=SUM)
    crop_area_ha: float | None = Field(ge=0, description="Mask of the crop in a region; ha", json_schema_extra=SUM)
    observed_fraction: float | None = Field(ge=0, description="Share of the plot in which the loss of forest is known; 0 to 1")
    stock_known_fraction: float | None = Field(ge=0, le=1, description="Share of conversion_ha with a stock; 1 without loss; 0 to 1")
    crop_kind: Literal["annual", "perennial", "paddy", "pasture", "wood"] | None
    climate_domain: Literal["tropical", "temperate", "boreal"] | None
    climate_zone: str | None = Field(description="FAO's ecological zone")
    climate_source: Literal["ecozone", "rain", "country", "latitude"] | None = Field(description="What told the climate")
    pools_included: tuple[str, ...] = Field(description="Pools that are in luc_total_tco2e and luc_tco2eyear")
    layer_states: dict[str, LayerState] = Field(description="State of every layer of the method at this plot")
    flags: tuple[str, ...] = Field(description="Remarks that change no number, sorted")
    cft: Cft | None = Field(default=None, description="Emissions beside biomass, when `non_biomass` asked for them")
