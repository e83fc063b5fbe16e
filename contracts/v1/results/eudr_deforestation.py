"""The result of `eudr_deforestation` for one plot: areas, dates, agreement, class and why."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.v1.results.result import Result

LayerState = Literal["available", "not_covered", "failed", "not_configured"]
AlertClass = Literal["critical", "critical_unconfirmed", "non_critical", "inconclusive", "none"]
Verdict = Literal["critical", "not assessed", "deforestation-free"]
Confidence = Literal["high", "medium", "low"]


class EudrDeforestation(Result):
    """Deforestation evidence for one plot under Regulation (EU) 2023/1115; the rules are ours (METHOD.md).

    A value that cannot be known is null; `flags` and the row's reasons say why. Lists by year start with
    the year in their `first_year`.
    """

    SCHEMA: ClassVar[str] = "1.0.0"

    alert_class: AlertClass
    verdict: Verdict
    confidence: Confidence
    noncompliance_area_ha: float | None = Field(ge=0, description="Loss after the cut-off on forest of 2020; ha")
    noncompliance_lo_ha: float | None = Field(ge=0, description="The same for the plot eroded by its position error; ha")
    noncompliance_hi_ha: float | None = Field(ge=0, description="The same for the plot dilated by its position error; ha")
    overlap: float | None = Field(ge=0, description="noncompliance_area_ha / plot_area_ha; 0 to 1")
    agreement: float | None = Field(ge=0, le=1, description="Families that flag the loss over families valid there; null without loss")
    baseline_agreement: float | None = Field(ge=0, le=1, description="Forest votes over valid votes, without GFC2020's own")
    deforestation_start: date | None = Field(description="Earliest possible day of the earliest event")
    deforestation_end: date | None = Field(description="Latest possible day of the latest event")
    date_precision: Literal["day", "year"] | None
    annual_defor_ha: tuple[float | None, ...] | None = Field(
        description="Loss after the cut-off by year; null for a year outside the window or not observed; ha",
        json_schema_extra={"first_year": 2021},
    )
    plot_area_ha: float = Field(ge=0, description="Geodesic area on WGS84; ha")
    cell_area_ha: float | None = Field(ge=0, description="Sum of coverage times cell area on the analysis grid; ha")
    forest_2020_ha: float | None = Field(ge=0, description="Baseline forest after the 0.5 ha rule; ha")
    forest_2020_pct: float | None = Field(ge=0, description="forest_2020_ha of the plot; %")
    primary_2020_ha: float | None = Field(ge=0, description="TMF undisturbed in December 2020; ha")
    excluded_commodity_ha: float | None = Field(ge=0, description="Plantations of 2020 left out of the baseline; ha")
    loss_on_excluded_ha: float | None = Field(ge=0, description="Loss after the cut-off on those plantations; ha")
    loss_on_disputed_ha: float | None = Field(ge=0, description="Loss on forest that only votes call forest; ha")
    disturbance_ha: float | None = Field(ge=0, description="Degradation after the cut-off that is not counted as loss; ha")
    hansen_loss_ha_by_year: tuple[float, ...] | None = Field(
        description="Hansen loss of every year, not masked by forest or window; ha", json_schema_extra={"first_year": 2001}
    )
    loss_hansen_ha: float | None = Field(ge=0, description="Hansen loss in the window on baseline forest; ha")
    loss_tmf_def_ha: float | None = Field(ge=0, description="TMF deforestation in the window on baseline forest; ha")
    loss_tmf_deg_ha: float | None = Field(ge=0, description="TMF degradation in the window on baseline forest; ha")
    families_available: int = Field(ge=0, description="Families of sources valid over at least 95 % of the plot")
    families_flagging: int = Field(ge=0, description="Families that flag loss in the plot")
    observed_through: date | None = Field(description="Day to which a family has observed at least 95 % of the plot without a gap")
    window_start: date = Field(description="First day that counts: after the later of start_date and the cut-off")
    window_end: date
    baseline_source: Literal["jrc_gfc2020", "hansen_gfc", "jrc_tmf"] | None
    analysis_grid: str | None = Field(description="Layer on whose grid the cells were compared")
    valid_fraction: float | None = Field(ge=0, description="Share of the plot with a valid baseline; 0 to 1")
    boundary_sensitive: bool = Field(description="The class changes within the position error, or the plot vanishes")
    degradation_assessed: bool = Field(description="False: degradation by Article 2(7) is not assessed")
    layer_states: dict[str, LayerState] = Field(description="State of every layer of the method at this plot")
    flags: tuple[str, ...] = Field(description="Remarks that change no number, sorted")
