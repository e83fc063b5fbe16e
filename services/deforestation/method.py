"""From the sums of one plot to its published result, its flags and its reasons."""

from dataclasses import dataclass
from datetime import date

from contracts.v1.results.eudr_deforestation import AlertClass, EudrDeforestation
from services.deforestation.context import NOT_AGRICULTURAL
from services.deforestation.fields import areas, context_fields, evidence, families, looked_at, rounded, sources
from services.deforestation.rules import Period, Thresholds
from services.deforestation.standing import Standing
from services.deforestation.sums import Sums
from services.deforestation.verdict import VERDICTS, Facts, alert_class, confidence, doubts, loss_class, worse


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
    own = alert_class(facts, period, rules)
    deciding, published = _deciding(standing, rows, (facts, own), patch, sums, period, rules)
    mismatch = published != own
    edge = facts.loss_ha > 0 and lo_ha == 0 and patch.total_ha - facts.loss_ha > rules.edge_patch_min_outside_share * patch.total_ha
    beside = context_fields(standing, rows.mid, sums)
    more_flags = {
        "edge_patch": edge,
        "hole_mismatch": mismatch,
        "unobserved_forest": sums.unobserved_forest[rows.mid] > 0,
        "weak_alert": sums.weak_alerts[rows.mid] > 0,
        "possible_non_agricultural_driver": beside.get("driver_class") in NOT_AGRICULTURAL,
    }
    values = EudrDeforestation.model_validate(
        {
            "alert_class": published,
            "verdict": VERDICTS[published],
            "confidence": confidence(deciding, sensitive, rules),
            "noncompliance_area_ha": mid_ha,
            "noncompliance_lo_ha": lo_ha,
            "noncompliance_hi_ha": hi_ha,
            "overlap": None if mid_ha is None else rounded(mid_ha / standing.plot_area_ha),
            **evidence(rows.mid, sums, looked_at(standing.shares, period), mid_ha is not None),
            **areas(standing, rows.mid, sums, rules),
            **families(rows.mid, sums, standing.families_available, mid_ha is not None),
            "observed_through": facts.observed_through,
            "window_start": period.first_day,
            "window_end": period.end_date,
            "boundary_sensitive": sensitive,
            "degradation_assessed": False,
            "layer_states": standing.layer_states,
            "flags": _flags(standing, facts, period, more_flags),
            **sources(standing, rows.mid, sums),
            **beside,
        }
    )
    return values, _reasons(standing, (facts, deciding), rows, period, rules)


def observed_through(standing: Standing, row: int, sums: Sums, period: Period, rules: Thresholds) -> date | None:
    """The last day to which one family has looked at enough of the outline, from 2021-01-01 without a gap."""
    needed_ha = rules.covered_min_share * sums.total[row]
    years = [
        last
        for last, seen in ((period.hansen_last, sums.hansen_observed), (period.tmf_last, sums.tmf_observed))
        if seen[row] >= needed_ha and seen[row] > 0
    ]
    return date(max(years), 12, 31) if years else None


def _deciding(
    standing: Standing, rows: Rows, own: tuple[Facts, AlertClass], patch: Patch, sums: Sums, period: Period, rules: Thresholds
) -> tuple[Facts, AlertClass]:
    """Facts and class of the plot, or of its outer ring where these give the worse class."""
    if rows.outer is None:
        return own
    outer = _facts(standing, rows.outer, standing.outer_area_ha, patch, sums, period, rules)
    outer_class = alert_class(outer, period, rules)
    return own if worse(own[1], outer_class) == own[1] else (outer, outer_class)


def _facts(standing: Standing, row: int, area_ha: float, patch: Patch, sums: Sums, period: Period, rules: Thresholds) -> Facts:
    return Facts(
        loss_ha=sums.loss[row],
        confirmed_loss_ha=sums.loss_confirmed[row],
        disputed_loss_ha=sums.loss_disputed[row],
        excluded_loss_ha=sums.loss_excluded[row],
        area_ha=area_ha,
        votes_forest_ha=sums.votes_forest[row],
        votes_valid_ha=sums.votes_valid[row],
        two_sensor_share=sums.loss_seen_twice[row] / sums.loss[row] if sums.loss[row] > 0 else 0.0,
        families_available=standing.families_available,
        families_watching=standing.families_watching,
        observed_through=observed_through(standing, row, sums, period, rules),
        recent_degradation_ha=sums.recent_degradation[row],
        has_gfc2020=standing.source == "jrc_gfc2020",
        subpixel=area_ha < standing.pixel_ha,
        is_point=standing.is_point,
        patch_below_pixel=patch.below_pixel,
        year_2021_only=sums.loss_alone_2021[row] > 0,
        failed_layers=standing.failed_layers,
    )


def _bounds(standing: Standing, rows: Rows, sums: Sums) -> tuple[float | None, float | None, float | None]:
    """Lower bound, value and upper bound; the rounding of coordinates may cross them, so they are put in order."""
    if not standing.loss_known:
        return None, None, None
    mid = min(sums.loss[rows.mid], standing.plot_area_ha)
    lo = None if rows.vanishes else min(mid, sums.loss[rows.lo] if rows.lo is not None else 0.0)
    hi = max(mid, sums.loss[rows.hi] if rows.hi is not None else 0.0)
    return None if lo is None else rounded(lo), rounded(mid), rounded(hi)


def _classes_by_area(standing: Standing, rows: Rows, sums: Sums, rules: Thresholds) -> list[AlertClass]:
    """Class by loss alone of the plot and its bounds, all over the original area."""
    outlines = [row for row in (rows.lo, rows.mid, rows.hi) if row is not None]
    return [loss_class(max(0.0, sums.loss[row] - sums.loss_disputed[row]), standing.plot_area_ha, rules) for row in outlines]


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
    own, deciding = judged_by
    doubted = {*doubts(own, period, rules), *(doubts(deciding, period, rules) if deciding is not own else ())}
    return tuple(sorted({*doubted, *standing.layer_reasons, *(("eroded_to_nothing",) if rows.vanishes else ())}))
