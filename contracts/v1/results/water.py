"""The result of `water` for one plot: stress of its basin, climate of its year, and water of its crop."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.result import Result

AridityClass = Literal["hyper_arid", "arid", "semi_arid", "dry_sub_humid", "humid"]
EtSource = Literal["wapor3", "mod16", "terraclimate", "ssebop"]
RainSource = Literal["chirps3", "terraclimate"]
SoilSource = Literal["smap_l4", "terraclimate"]
_MEAN: dict[str, Any] = {"aggregate": "mean"}
_COUNTS: dict[str, Any] = {"aggregate": "counts"}


class Water(Result):
    """Water stress, climate and crop water of one plot; the rules are ours (METHOD.md).

    A value that cannot be known is null; `flags` and the row's reasons say why. Indicators of a year are of the 12 months that
    `periods` gives. Most layers are far coarser than a plot: `spatial_support`, `n_cells` and `support_ratio` say how much.
    """

    SCHEMA: ClassVar[str] = "1.0.0"
    WORST_FIRST: ClassVar[Mapping[str, Sequence[str]]] = {
        # Arid basins of low water use (-1) score as high as extremely high stress.
        "bws_cat": ("4", "-1", "3", "2", "1", "0"),
        "aridity_class": ("hyper_arid", "arid", "semi_arid", "dry_sub_humid", "humid"),
    }

    water_stress_index: float | None = Field(
        ge=0, le=1, description="1 - ETa / ETp of et_source over its year, 0 to 1", json_schema_extra=_MEAN
    )
    p_pet_ratio: float | None = Field(ge=0, description="Rain over potential evapotranspiration of 12 months", json_schema_extra=_MEAN)
    soil_moisture_pct: float | None = Field(
        ge=0, le=100, description="Soil moisture among the same month of at least 10 years; percentile", json_schema_extra=_MEAN
    )
    et_anomaly_pct: float | None = Field(
        description="Evapotranspiration of 12 months against the same of earlier years; %", json_schema_extra=_MEAN
    )
    bws_score: float | None = Field(
        ge=0, le=5, description="Baseline water stress of the basins, mean by area; 0 to 5", json_schema_extra=_MEAN
    )
    bws_cat: int | None = Field(
        ge=-1, le=4, description="Category of most of the plot; 0 to 4, -1 arid and low water use", json_schema_extra=_COUNTS
    )
    bws_label: str | None = Field(description="The category in words")
    bwd_score: float | None = Field(ge=0, le=5, description="Baseline water depletion, mean by area; 0 to 5", json_schema_extra=_MEAN)
    iav_score: float | None = Field(
        ge=0, le=5, description="Interannual variability of supply, mean by area; 0 to 5", json_schema_extra=_MEAN
    )
    sev_score: float | None = Field(ge=0, le=5, description="Seasonal variability of supply, mean by area; 0 to 5", json_schema_extra=_MEAN)
    bws_known_share: float | None = Field(ge=0, description="Share of the plot in basins with a score; 0 to 1")
    aridity_index: float | None = Field(ge=0, description="p_pet_ratio of 30 years", json_schema_extra=_MEAN)
    aridity_class: AridityClass | None = Field(description="Class of aridity_index by UNEP", json_schema_extra=_COUNTS)
    et_mm_yr: float | None = Field(ge=0, description="Actual evapotranspiration; mm in the year", json_schema_extra=_MEAN)
    et_z: float | None = Field(description="et_anomaly in standard deviations of the earlier years", json_schema_extra=_MEAN)
    et_climatology_years: int | None = Field(ge=0, description="Earlier years that et_anomaly_pct and et_z stand on")
    pet_mm_yr: float | None = Field(ge=0, description="Potential evapotranspiration of et_source; mm in the year", json_schema_extra=_MEAN)
    precip_mm_yr: float | None = Field(ge=0, description="Rain; mm in the year", json_schema_extra=_MEAN)
    water_balance_mm: float | None = Field(description="Rain less evapotranspiration; mm in the year", json_schema_extra=_MEAN)
    climatic_deficit_mm: float | None = Field(
        ge=0, description="Sum over months of ETp less ETa where positive; mm in the year", json_schema_extra=_MEAN
    )
    lst_day_c: float | None = Field(description="Land surface temperature by day, mean of 12 months; degrees C", json_schema_extra=_MEAN)
    lst_anomaly_k: float | None = Field(description="The same against the same months of earlier years; K", json_schema_extra=_MEAN)
    crop: str | None = Field(description="Row of the crop coefficients")
    season_start: date | None = Field(description="First day of the season that is reckoned")
    season_days: int | None = Field(ge=0, description="Days of the season")
    etc_mm: float | None = Field(ge=0, description="Water that the crop needs in its season; mm", json_schema_extra=_MEAN)
    effective_rain_mm: float | None = Field(ge=0, description="Effective rain of the season; mm", json_schema_extra=_MEAN)
    deficit_mm: float | None = Field(ge=0, description="Need that effective rain does not cover, by month; mm", json_schema_extra=_MEAN)
    irrigated: bool | None = Field(description="As input_payload says")
    yield_t_ha: float | None = Field(gt=0, description="As input_payload says; t/ha")
    wf_green_m3_t: float | None = Field(ge=0, description="Green water footprint; m3 for a tonne of crop", json_schema_extra=_MEAN)
    wf_blue_m3_t: float | None = Field(ge=0, description="Blue water footprint; m3 for a tonne of crop", json_schema_extra=_MEAN)
    wf_grey_m3_t: float | None = Field(
        ge=0, description="Grey water footprint of nitrogen; m3 for a tonne of crop", json_schema_extra=_MEAN
    )
    wf_green_world_m3_t: float | None = Field(ge=0, description="Mean of the world 1996-2005, to compare with; m3/t")
    wf_blue_world_m3_t: float | None = Field(ge=0, description="Mean of the world 1996-2005, to compare with; m3/t")
    wf_grey_world_m3_t: float | None = Field(ge=0, description="Mean of the world 1996-2005, to compare with; m3/t")
    et_source: EtSource | None = Field(description="Of et_mm_yr, pet_mm_yr, water_stress_index, climatic_deficit_mm, water_balance_mm")
    et_anomaly_source: EtSource | None = Field(description="Of et_anomaly_pct and et_z")
    precip_source: RainSource | None = Field(description="Of precip_mm_yr, water_balance_mm")
    crop_source: str | None = Field(description="Rain and reference evapotranspiration of the crop's season, joined by a plus")
    soil_moisture_source: SoilSource | None = Field(description="Of soil_moisture_pct")
    periods: dict[str, str] = Field(description="First and last month that indicators stand for, by indicator: 2025-01/2025-12")
    et_gap_share: float | None = Field(
        ge=0, description="Share of the plot where MOD16 has no evapotranspiration; 0 to 1", json_schema_extra=_MEAN
    )
    et_gap_share_by_cause: dict[str, float] = Field(description="The same by cause, such as urban, water, barren; causes of more than 0")
    spatial_support: Literal["hybas6"] | None = Field(description="What bws values are of: HydroBASINS level 6 basins, not the plot")
    n_cells: int | None = Field(ge=0, description="Cells of et_source's evapotranspiration that the plot touches")
    support_ratio: float | None = Field(ge=0, description="plot_area_ha over the area of such a cell; below 1 neighbours dominate")
    n_cells_by_layer: dict[str, int] = Field(description="Cells that the plot touches, by layer")
    support_ratio_by_layer: dict[str, float] = Field(description="plot_area_ha over the area of a cell, by layer")
    plot_area_ha: float = Field(ge=0, description="Geodesic area on WGS84, 0 for a point without a declared area; ha")
    layer_states: dict[str, LayerState]
    flags: tuple[str, ...] = Field(description="Sorted remarks in snake_case, some with a layer after a colon")
