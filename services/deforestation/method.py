"""From the sums of one plot to its published result, its flags and its reasons."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import AlertClass, EudrDeforestation, LayerState
from services.deforestation.evidence import BaselineSource
from services.deforestation.rules import CUT_OFF, FIRST_YEAR, Period, Thresholds
from services.deforestation.sums import Sums
from services.deforestation.verdict import VERDICTS, Facts, alert_class, confidence, doubts, loss_class, worse

TWO_SENSOR_SHARE = 0.0
"""Hansen and TMF both look through Landsat: no loss here is seen by two sensors, so confidence is never `high`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one plot before its sums: its kind, and what each layer gives there."""

    plot_area_ha: float
    outer_area_ha: float
    is_point: bool
    pixel_ha: float
    """The largest pixel of the families there."""
    analysis_grid: str
    source: BaselineSource | None
    valid_fraction: float
    hansen_share: float
    tmf_share: float
    """Share of the plot in which the family has data."""
    layer_states: dict[str, LayerState]
    remarks: tuple[str, ...]
    """Layers that cover a part, and bands that are not configured."""
    layer_reasons: tuple[str, ...]
    """Why layers are not available, and which bands they lack."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the outlines of one plot stand in the sums; None where an outline is missing."""

    mid: int
    outer: int | None
    lo: int | None
    hi: int | None
    vanishes: bool
    """Nothing is left of the plot when it is eroded."""


@dataclass(frozen=True, slots=True)
class Patch:
    """The loss patches that touch the plot, seen beyond its outline."""

    below_pixel: bool
    total_ha: float


def judged(
    standing: Standing, rows: Rows, patch: Patch, sums: Sums, period: Period, rules: Thresholds
) -> tuple[EudrDeforestation, tuple[str, ...]]:
    """The result of one plot and the sorted reasons for what could not be known."""
    facts = _facts(standing, rows.mid, standing.plot_area_ha, patch, sums, period, rules)
    lo_ha, mid_ha, hi_ha = _bounds(standing, rows, sums)
    sensitive = rows.vanishes or len(set(_classes_by_area(standing, rows, sums, rules))) > 1
    deciding = _deciding(standing, rows, facts, patch, sums, period, rules)
    published = alert_class(deciding, period, rules)
    mismatch = published != alert_class(facts, period, rules)
    edge = facts.loss_ha > 0 and lo_ha == 0 and patch.total_ha - facts.loss_ha > rules.edge_patch_min_outside_share * patch.total_ha
    more_flags = {"edge_patch": edge, "hole_mismatch": mismatch, "unobserved_forest": bool(sums.unobserved_forest[rows.mid] > 0)}
    values = EudrDeforestation.model_validate(
        {
            "alert_class": published,
            "verdict": VERDICTS[published],
            "confidence": confidence(deciding, sensitive, rules),
            "noncompliance_area_ha": mid_ha,
            "noncompliance_lo_ha": lo_ha,
            "noncompliance_hi_ha": hi_ha,
            "overlap": None if mid_ha is None else rounded(mid_ha / standing.plot_area_ha),
            **_evidence(rows.mid, sums, _looked_at(standing, period), mid_ha is not None),
            **_areas(standing, rows.mid, sums, rules),
            **_families(standing, rows.mid, sums, mid_ha is not None, rules),
            "observed_through": facts.observed_through,
            "window_start": period.first_day,
            "window_end": period.end_date,
            "boundary_sensitive": sensitive,
            "degradation_assessed": False,
            "layer_states": standing.layer_states,
            "flags": _flags(standing, facts, period, more_flags),
        }
    )
    return values, _reasons(standing, (facts, deciding), rows, period, rules)


def rounded(value: float) -> float:
    """Twelve significant digits: far below what a map knows, and equal sums print alike."""
    return float(f"{value:.12g}")


def observed_through(standing: Standing, row: int, sums: Sums, period: Period, rules: Thresholds) -> date | None:
    """The last day to which one family has looked at enough of the outline, from 2021-01-01 without a gap."""
    needed_ha = rules.covered_min_share * sums.total[row]
    years = [
        last
        for last, seen in ((period.hansen_last, sums.hansen_observed), (period.tmf_last, sums.tmf_observed))
        if seen[row] >= needed_ha and seen[row] > 0
    ]
    return date(max(years), 12, 31) if years else None


def _deciding(standing: Standing, rows: Rows, facts: Facts, patch: Patch, sums: Sums, period: Period, rules: Thresholds) -> Facts:
    """The facts of the plot, or of its outer ring where these give the worse class."""
    if rows.outer is None:
        return facts
    outer = _facts(standing, rows.outer, standing.outer_area_ha, patch, sums, period, rules)
    own_class, outer_class = alert_class(facts, period, rules), alert_class(outer, period, rules)
    return facts if worse(own_class, outer_class) == own_class else outer


def _facts(standing: Standing, row: int, area_ha: float, patch: Patch, sums: Sums, period: Period, rules: Thresholds) -> Facts:
    return Facts(
        loss_ha=float(sums.loss[row]),
        disputed_loss_ha=float(sums.loss_disputed[row]),
        excluded_loss_ha=float(sums.loss_excluded[row]),
        area_ha=area_ha,
        votes_forest_ha=float(sums.votes_forest[row]),
        votes_valid_ha=float(sums.votes_valid[row]),
        two_sensor_share=TWO_SENSOR_SHARE,
        families_available=_families_available(standing, rules),
        observed_through=observed_through(standing, row, sums, period, rules),
        recent_degradation_ha=float(sums.recent_degradation[row]),
        has_gfc2020=standing.source == "jrc_gfc2020",
        subpixel=area_ha < standing.pixel_ha,
        is_point=standing.is_point,
        patch_below_pixel=patch.below_pixel,
        year_2021_only=bool(sums.loss_alone_2021[row] > 0),
        failed_layers=tuple(layer for layer, state in standing.layer_states.items() if state == "failed"),
    )


def _families_available(standing: Standing, rules: Thresholds) -> int:
    return sum(share >= rules.covered_min_share for share in (standing.hansen_share, standing.tmf_share))


def _loss_known(standing: Standing) -> bool:
    return standing.source is not None and (standing.hansen_share > 0 or standing.tmf_share > 0)


def _bounds(standing: Standing, rows: Rows, sums: Sums) -> tuple[float | None, float | None, float | None]:
    """Lower bound, value and upper bound; the rounding of coordinates may cross them, so they are put in order."""
    if not _loss_known(standing):
        return None, None, None
    mid = min(float(sums.loss[rows.mid]), standing.plot_area_ha)
    lo = None if rows.vanishes else min(mid, float(sums.loss[rows.lo]) if rows.lo is not None else 0.0)
    hi = max(mid, float(sums.loss[rows.hi]) if rows.hi is not None else 0.0)
    return None if lo is None else rounded(lo), rounded(mid), rounded(hi)


def _classes_by_area(standing: Standing, rows: Rows, sums: Sums, rules: Thresholds) -> list[AlertClass]:
    """Class by loss alone of the plot and its bounds, all over the original area."""
    decisive_ha = np.maximum(sums.loss - sums.loss_disputed, 0.0)
    outlines = [row for row in (rows.lo, rows.mid, rows.hi) if row is not None]
    return [loss_class(float(decisive_ha[row]), standing.plot_area_ha, rules) for row in outlines]


def _looked_at(standing: Standing, period: Period) -> NDArray[np.bool_]:
    """For each year from 2021: it is asked about, and a family that is there has observed it."""
    lasts = ((period.hansen_last, standing.hansen_share), (period.tmf_last, standing.tmf_share))
    last = max((year for year, share in lasts if share > 0), default=CUT_OFF.year)
    years = np.arange(FIRST_YEAR, period.last_year + 1)
    asked: NDArray[np.bool_] = ((period.years >> (years - FIRST_YEAR)) & 1).astype(bool)
    return asked & (years <= last)


def _evidence(row: int, sums: Sums, looked_at: NDArray[np.bool_], known: bool) -> dict[str, object]:
    annual = sums.annual[row]
    years = FIRST_YEAR + np.flatnonzero(annual)
    has_loss = known and years.size > 0
    looking_ha, valid_ha = float(sums.looking[row]), float(sums.votes_valid[row])
    return {
        "agreement": rounded(float(sums.agreeing[row]) / looking_ha) if has_loss and looking_ha > 0 else None,
        "baseline_agreement": rounded(min(1.0, float(sums.votes_forest[row]) / valid_ha)) if valid_ha > 0 else None,
        "deforestation_start": date(int(years[0]), 1, 1) if has_loss else None,
        "deforestation_end": date(int(years[-1]), 12, 31) if has_loss else None,
        "date_precision": "year" if has_loss else None,
        "annual_defor_ha": _series(annual, looked_at) if known else None,
    }


def _areas(standing: Standing, row: int, sums: Sums, rules: Thresholds) -> dict[str, object]:
    tmf, known = standing.layer_states["jrc_tmf"] == "available", _loss_known(standing)
    hansen, based = standing.hansen_share > 0, standing.source is not None
    forest_ha, total_ha = float(sums.forest[row]), float(sums.total[row])
    pct = rounded(100 * forest_ha / total_ha) if based and standing.valid_fraction >= rules.value_min_share else None
    return {
        "plot_area_ha": rounded(standing.plot_area_ha),
        "cell_area_ha": rounded(total_ha),
        "forest_2020_ha": rounded(forest_ha) if based else None,
        "forest_2020_pct": pct,
        "primary_2020_ha": _known(tmf, sums.primary[row]),
        "excluded_commodity_ha": _known(tmf, sums.excluded[row]),
        "loss_on_excluded_ha": _known(tmf and known, sums.loss_excluded[row]),
        "loss_on_disputed_ha": _known(known, sums.loss_disputed[row]),
        "disturbance_ha": _known(tmf and based, sums.disturbance[row]),
        "hansen_loss_ha_by_year": _series(sums.hansen_by_year[row]) if hansen else None,
        "loss_hansen_ha": _known(hansen and based, sums.hansen[row]),
        "loss_tmf_def_ha": _known(tmf and based, sums.tmf_deforestation[row]),
        "loss_tmf_deg_ha": _known(tmf and based, sums.tmf_degradation[row]),
        "baseline_source": standing.source,
        "analysis_grid": standing.analysis_grid,
        "valid_fraction": rounded(standing.valid_fraction),
    }


def _families(standing: Standing, row: int, sums: Sums, known: bool, rules: Thresholds) -> dict[str, object]:
    flagging = int(sums.hansen_flagged[row] > 0) + int(sums.tmf_flagged[row] > 0)
    return {"families_available": _families_available(standing, rules), "families_flagging": flagging if known else 0}


def _flags(standing: Standing, facts: Facts, period: Period, more: dict[str, bool]) -> tuple[str, ...]:
    told = {
        **more,
        "point_buffer": facts.is_point,
        "subpixel": facts.subpixel,
        "year_2021_only": facts.year_2021_only,
        "loss_on_disputed": facts.disputed_loss_ha > 0,
        "loss_on_excluded": facts.excluded_loss_ha > 0,
        "recent_degradation": facts.recent_degradation_ha > 0,
        "not_observed_after": facts.observed_through is not None and facts.observed_through < period.end_date,
    }
    return tuple(sorted({*(code for code, is_so in told.items() if is_so), *standing.remarks}))


def _reasons(standing: Standing, judged_by: tuple[Facts, Facts], rows: Rows, period: Period, rules: Thresholds) -> tuple[str, ...]:
    doubted = {code for facts in judged_by for code in doubts(facts, period, rules)}
    return tuple(sorted({*doubted, *standing.layer_reasons, *(("eroded_to_nothing",) if rows.vanishes else ())}))


def _series(values: NDArray[np.float64], known: NDArray[np.bool_] | None = None) -> tuple[float | None, ...]:
    """The values, None where `known` is false: a year that was not asked about or not observed is not zero."""
    said = [True] * len(values) if known is None else known.tolist()
    return tuple((rounded(value) if value else 0.0) if one else None for value, one in zip(values.tolist(), said, strict=True))


def _known(known: bool, value: float) -> float | None:
    return rounded(float(value)) if known else None
