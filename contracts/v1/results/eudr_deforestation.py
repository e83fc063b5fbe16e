"""The result of `eudr_deforestation` for one plot: areas, dates, agreement, class and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.v1.results.result import Result

LayerState = Literal["available", "not_covered", "failed", "not_configured"]
AlertClass = Literal["critical", "critical_unconfirmed", "non_critical", "inconclusive", "none"]
Verdict = Literal["critical", "not assessed", "deforestation-free"]
Confidence = Literal["high", "medium", "low"]
WhispAnswer = Literal["yes", "no"] | None
WhispRisk = Literal["low", "more_info_needed", "high"] | None


class EudrDeforestation(Result):
    """Deforestation evidence for one plot under Regulation (EU) 2023/1115; the rules are ours (METHOD.md).

    A value that cannot be known is null; `flags` and the row's reasons say why. Lists by year start with
    the year in their `first_year`.
    """

    SCHEMA: ClassVar[str] = "1.1.0"
    WORST_FIRST: ClassVar[Mapping[str, Sequence[str]]] = {
        "alert_class": ("critical", "critical_unconfirmed", "non_critical", "inconclusive", "none"),
        "verdict": ("critical", "not assessed", "deforestation-free"),
        "confidence": ("low", "medium", "high"),
        **dict.fromkeys(("whisp_risk_pcrop", "whisp_risk_acrop", "whisp_risk_timber", "whisp_risk"), ("high", "more_info_needed", "low")),
    }

    alert_class: AlertClass = Field(json_schema_extra={"aggregate": "counts"})
    verdict: Verdict = Field(json_schema_extra={"aggregate": "counts"})
    confidence: Confidence = Field(json_schema_extra={"aggregate": "counts"})
    noncompliance_area_ha: float | None = Field(
        ge=0, description="Loss after the cut-off on forest of 2020; ha", json_schema_extra={"aggregate": "sum"}
    )
    noncompliance_lo_ha: float | None = Field(
        ge=0, description="The same for the plot eroded by its position error; ha", json_schema_extra={"aggregate": "sum"}
    )
    noncompliance_hi_ha: float | None = Field(
        ge=0, description="The same for the plot dilated by its position error; ha", json_schema_extra={"aggregate": "sum"}
    )
    overlap: float | None = Field(ge=0, description="noncompliance_area_ha / plot_area_ha; 0 to 1", json_schema_extra={"aggregate": "mean"})
    agreement: float | None = Field(
        ge=0,
        le=1,
        description="Families that flag the loss over families valid there; null without loss",
        json_schema_extra={"aggregate": "mean"},
    )
    baseline_agreement: float | None = Field(
        ge=0, le=1, description="Forest votes over valid votes, without GFC2020's own", json_schema_extra={"aggregate": "mean"}
    )
    deforestation_start: date | None = Field(
        description="Earliest possible day of the earliest event", json_schema_extra={"aggregate": "earliest"}
    )
    deforestation_end: date | None = Field(description="Latest possible day of the latest event", json_schema_extra={"aggregate": "latest"})
    date_precision: Literal["day", "year"] | None = Field(json_schema_extra={"aggregate": "counts"})
    annual_defor_ha: tuple[float | None, ...] | None = Field(
        description="Loss after the cut-off by year; null for a year outside the window or not observed; ha",
        json_schema_extra={"first_year": 2021, "aggregate": "sum_by_year"},
    )
    plot_area_ha: float = Field(ge=0, description="Geodesic area on WGS84; ha", json_schema_extra={"aggregate": "sum"})
    cell_area_ha: float | None = Field(
        ge=0, description="Sum of coverage times cell area on the analysis grid; ha", json_schema_extra={"aggregate": "sum"}
    )
    forest_2020_ha: float | None = Field(
        ge=0, description="Baseline forest after the 0.5 ha rule; ha", json_schema_extra={"aggregate": "sum"}
    )
    forest_2020_pct: float | None = Field(ge=0, description="forest_2020_ha of the plot; %", json_schema_extra={"aggregate": "mean"})
    primary_2020_ha: float | None = Field(ge=0, description="TMF undisturbed in December 2020; ha", json_schema_extra={"aggregate": "sum"})
    excluded_commodity_ha: float | None = Field(
        ge=0, description="Plantations of 2020 left out of the baseline; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_on_excluded_ha: float | None = Field(
        ge=0, description="Loss after the cut-off on those plantations; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_on_disputed_ha: float | None = Field(
        ge=0, description="Loss on forest that only votes call forest; ha", json_schema_extra={"aggregate": "sum"}
    )
    disturbance_ha: float | None = Field(
        ge=0, description="Degradation after the cut-off that is not counted as loss; ha", json_schema_extra={"aggregate": "sum"}
    )
    hansen_loss_ha_by_year: tuple[float, ...] | None = Field(
        description="Hansen loss of every year, not masked by forest or window; ha",
        json_schema_extra={"first_year": 2001, "aggregate": "sum_by_year"},
    )
    loss_hansen_ha: float | None = Field(
        ge=0, description="Hansen loss in the window on baseline forest; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_tmf_def_ha: float | None = Field(
        ge=0, description="TMF deforestation in the window on baseline forest; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_tmf_deg_ha: float | None = Field(
        ge=0, description="TMF degradation in the window on baseline forest; ha", json_schema_extra={"aggregate": "sum"}
    )
    families_available: int = Field(
        ge=0, description="Families of sources valid over at least 95 % of the plot", json_schema_extra={"aggregate": "mean"}
    )
    families_flagging: int = Field(ge=0, description="Families that flag loss in the plot")
    observed_through: date | None = Field(
        description="Day to which a family has observed at least 95 % of the plot without a gap",
        json_schema_extra={"aggregate": "earliest"},
    )
    window_start: date = Field(
        description="First day that counts: after the later of start_date and the cut-off", json_schema_extra={"aggregate": "earliest"}
    )
    window_end: date = Field(json_schema_extra={"aggregate": "latest"})
    baseline_source: Literal["jrc_gfc2020", "hansen_gfc", "jrc_tmf"] | None = Field(json_schema_extra={"aggregate": "counts"})
    analysis_grid: str | None = Field(description="Layer on whose grid the cells were compared", json_schema_extra={"aggregate": "counts"})
    valid_fraction: float | None = Field(
        ge=0, description="Share of the plot with a valid baseline; 0 to 1", json_schema_extra={"aggregate": "mean"}
    )
    boundary_sensitive: bool = Field(
        description="The class changes within the position error, or the plot vanishes", json_schema_extra={"aggregate": "counts"}
    )
    degradation_assessed: bool = Field(
        description="False: degradation by Article 2(7) is not assessed", json_schema_extra={"aggregate": "counts"}
    )
    layer_states: dict[str, LayerState] = Field(description="State of every layer of the method at this plot")
    flags: tuple[str, ...] = Field(description="Remarks that change no number, sorted")
    loss_radd_ha: float | None = Field(
        None, ge=0, description="RADD loss alerts in the window on baseline forest; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_glad_ha: float | None = Field(
        None, ge=0, description="GLAD loss alerts (Landsat or Sentinel-2) likewise; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_dist_ha: float | None = Field(
        None, ge=0, description="DIST alerts of half of the vegetation and more likewise; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_gfw_integrated_ha: float | None = Field(
        None, ge=0, description="GFW integrated alerts of high confidence likewise; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_unconfirmed_ha: float | None = Field(
        None, ge=0, description="Loss that only unconfirmed alerts show; ha", json_schema_extra={"aggregate": "sum"}
    )
    loss_two_sensors_ha: float | None = Field(
        None, ge=0, description="Loss that two sensors show; ha", json_schema_extra={"aggregate": "sum"}
    )
    sources_flagging: tuple[str, ...] = Field((), description="Sources that show loss in the plot")
    sensors_flagging: tuple[str, ...] = Field((), description="Their sensors: landsat, sentinel_1, sentinel_2")
    driver_class: str | None = Field(
        None, description="Driver of the largest share of the loss, by square kilometre", json_schema_extra={"aggregate": "counts"}
    )
    post_loss_landcover: str | None = Field(
        None,
        description="Land cover of the largest share of the loss that the map is late enough for",
        json_schema_extra={"aggregate": "counts"},
    )
    gft_primary_2020_ha: float | None = Field(
        None, ge=0, description="Primary forest of GFT2020; ha", json_schema_extra={"aggregate": "sum"}
    )
    gft_regenerating_2020_ha: float | None = Field(
        None, ge=0, description="Naturally regenerating forest of GFT2020; ha", json_schema_extra={"aggregate": "sum"}
    )
    gft_planted_2020_ha: float | None = Field(
        None, ge=0, description="Planted and plantation forest of GFT2020; ha", json_schema_extra={"aggregate": "sum"}
    )
    natural_forest_2020_ha: float | None = Field(
        None, ge=0, description="Natural forest of 2020 by its probability; ha", json_schema_extra={"aggregate": "sum"}
    )
    natural_lands_2020_ha: float | None = Field(
        None, ge=0, description="Natural classes of SBTN Natural Lands; ha", json_schema_extra={"aggregate": "sum"}
    )
    ind_01: WhispAnswer = Field(None, description="Whisp: tree cover in 2020")
    ind_02: WhispAnswer = Field(None, description="Whisp: commodities in 2020")
    ind_03: WhispAnswer = Field(None, description="Whisp: disturbance to the end of 2020")
    ind_04: WhispAnswer = Field(None, description="Whisp: disturbance after 2020")
    ind_05: WhispAnswer = Field(None, description="Whisp: primary forest in 2020")
    ind_06: WhispAnswer = Field(None, description="Whisp: naturally regenerating forest in 2020")
    ind_07: WhispAnswer = Field(None, description="Whisp: planted and plantation forest in 2020")
    ind_08: WhispAnswer = Field(None, description="Whisp: planted forest after 2020; Whisp has no layer, so it never fires")
    ind_09: WhispAnswer = Field(None, description="Whisp: tree cover after 2020")
    ind_10: WhispAnswer = Field(None, description="Whisp: agriculture after 2020")
    ind_11: WhispAnswer = Field(None, description="Whisp: logging concession")
    whisp_risk_pcrop: WhispRisk = Field(
        None,
        description="Risk by Whisp's tree for perennial crops; null where it is not settled",
        json_schema_extra={"aggregate": "counts"},
    )
    whisp_risk_acrop: WhispRisk = Field(
        None, description="Risk by Whisp's tree for annual crops; null where it is not settled", json_schema_extra={"aggregate": "counts"}
    )
    whisp_risk_timber: WhispRisk = Field(
        None, description="Risk by Whisp's tree for wood; null where it is not settled", json_schema_extra={"aggregate": "counts"}
    )
    whisp_tree: Literal["pcrop", "acrop", "timber"] | None = Field(None, description="Whisp's tree of the crop")
    whisp_risk: WhispRisk = Field(None, description="Risk by the tree of the crop", json_schema_extra={"aggregate": "counts"})
    whisp_version: str | None = Field(None, description="Version of Whisp whose rules these are")
