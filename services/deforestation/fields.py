"""The published fields of one plot from its sums: what is not known is None, and never zero."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from services.deforestation.context import largest
from services.deforestation.extras import FAMILY_OF, GLAD, ROLES, SENSOR_OF
from services.deforestation.rules import CUT_OFF, FIRST_YEAR, Period, Thresholds
from services.deforestation.standing import Standing
from services.deforestation.sums import Sums

_YEARLY = ("hansen", "tmf")
_NEARLY_ALL = 1 - 1e-9
"""Sums of the same cells in another order."""


def rounded(value: float) -> float:
    """Twelve significant digits: far below what a map knows, and equal sums print alike."""
    return float(f"{value:.12g}") if value else 0.0


def looked_at(shares: Mapping[str, float], period: Period) -> tuple[bool, ...]:
    """For each year from 2021: it is asked about, and Hansen or TMF is there and has observed it."""
    return _looked_at(shares.get("hansen", 0.0) > 0, shares.get("tmf", 0.0) > 0, period)


@cache
def _looked_at(hansen: bool, tmf: bool, period: Period) -> tuple[bool, ...]:
    last = max((year for year, there in ((period.hansen_last, hansen), (period.tmf_last, tmf)) if there), default=CUT_OFF.year)
    return tuple(year <= last and bool(period.years >> (year - FIRST_YEAR) & 1) for year in range(FIRST_YEAR, period.last_year + 1))


def evidence(row: int, sums: Sums, looked: Sequence[bool], known: bool) -> dict[str, object]:
    """Agreement, dates and the yearly series."""
    annual = sums.annual[row]
    has_loss = known and any(annual)
    looking_ha, valid_ha = sums.looking[row], sums.votes_valid[row]
    by_day = has_loss and sums.dates.by_day_ha[row] >= sums.loss[row] * _NEARLY_ALL
    return {
        "agreement": rounded(sums.agreeing[row] / looking_ha) if has_loss and looking_ha > 0 else None,
        "baseline_agreement": rounded(min(1.0, sums.votes_forest[row] / valid_ha)) if valid_ha > 0 else None,
        "deforestation_start": _day(sums.dates.first[row]) if has_loss else None,
        "deforestation_end": _day(sums.dates.last[row]) if has_loss else None,
        "date_precision": ("day" if by_day else "year") if has_loss else None,
        "annual_defor_ha": _series(annual, [seen or area > 0 for seen, area in zip(looked, annual, strict=True)]) if known else None,
    }


def areas(standing: Standing, row: int, sums: Sums, rules: Thresholds) -> dict[str, object]:
    """Areas of the plot, its baseline and its loss."""
    tmf, known = standing.layer_states["jrc_tmf"] == "available", standing.loss_known
    hansen, based = standing.share("hansen") > 0, standing.source is not None
    disturbed = tmf or any(share > 0 for name, share in standing.shares.items() if name not in _YEARLY)
    planted = tmf or any(standing.layer_states[layer] == "available" for layer, role in ROLES.items() if role == "plantation")
    forest_ha, total_ha = sums.forest[row], sums.total[row]
    pct = rounded(100 * forest_ha / total_ha) if based and standing.valid_fraction >= rules.value_min_share else None
    return {
        "plot_area_ha": rounded(standing.plot_area_ha),
        "cell_area_ha": rounded(total_ha),
        "forest_2020_ha": rounded(forest_ha) if based else None,
        "forest_2020_pct": pct,
        "primary_2020_ha": _known(tmf, sums.primary[row]),
        "excluded_commodity_ha": _known(planted, sums.excluded[row]),
        "loss_on_excluded_ha": _known(planted and known, sums.loss_excluded[row]),
        "loss_on_disputed_ha": _known(known, sums.loss_disputed[row]),
        "disturbance_ha": _known(disturbed and based, sums.disturbance[row]),
        "hansen_loss_ha_by_year": _series(sums.hansen_by_year[row]) if hansen else None,
        "loss_hansen_ha": _known(hansen and based, sums.by_source["hansen"][row]),
        "loss_tmf_def_ha": _known(tmf and based, sums.by_source["tmf"][row]),
        "loss_tmf_deg_ha": _known(tmf and based, sums.tmf_degradation[row]),
        "baseline_source": standing.source,
        "analysis_grid": standing.analysis_grid,
        "valid_fraction": rounded(standing.valid_fraction),
    }


def families(row: int, sums: Sums, available: int, known: bool) -> dict[str, object]:
    """How many families there are, and how many flag."""
    flagging = {FAMILY_OF[name] for name, area in sums.shown.items() if name in FAMILY_OF and area[row] > 0}
    return {"families_available": available, "families_flagging": len(flagging) if known else 0}


def sources(standing: Standing, row: int, sums: Sums) -> dict[str, object]:
    """What each alert system shows by itself, and which sources and sensors show the loss; null where a system has no data."""
    loss_ha = sums.loss[row]
    if not loss_ha and len(standing.shares) <= len(_YEARLY):
        quiet = _known(standing.loss_known, 0.0)
        return {"loss_unconfirmed_ha": quiet, "loss_two_sensors_ha": quiet}
    based, known = standing.source is not None, standing.loss_known

    def alone(name: str, *layers: str) -> float | None:
        there = based and any(standing.layer_states[layer] == "available" for layer in layers)
        return _known(there, sums.by_source[name][row] if name in sums.by_source else 0.0)

    shown = [name for name, area in sums.shown.items() if area[row] > 0] if known else []
    return {
        "loss_radd_ha": alone("radd", "radd"),
        "loss_glad_ha": alone("glad", *GLAD),
        "loss_dist_ha": alone("dist", "dist_alert", "dist_ann"),
        "loss_gfw_integrated_ha": alone("gfw_integrated", "gfw_integrated"),
        "loss_unconfirmed_ha": _known(known, max(0.0, loss_ha - sums.loss_confirmed[row])),
        "loss_two_sensors_ha": _known(known, sums.loss_seen_twice[row]),
        "sources_flagging": tuple(shown),
        "sensors_flagging": tuple(sorted({SENSOR_OF[name] for name in shown if name in SENSOR_OF})),
    }


def context_fields(standing: Standing, row: int, sums: Sums) -> dict[str, object]:
    """What is said beside the loss: driver, land cover after it, forest types and natural land."""
    if not sums.context.lands and not sums.context.drivers and not sums.context.land_cover:
        return {}
    has_loss = sums.loss[row] > 0
    lands = {name: float(area[row]) for name, area in sums.context.lands.items()}
    states = standing.layer_states

    def land(name: str, layer: str) -> float | None:
        return _known(states[layer] == "available" and name in lands, lands.get(name, 0.0))

    return {
        "driver_class": largest(sums.context.drivers, row) if has_loss else None,
        "post_loss_landcover": largest(sums.context.land_cover, row) if has_loss else None,
        "gft_primary_2020_ha": land("primary_gft", "jrc_gft2020"),
        "gft_regenerating_2020_ha": land("regenerating_gft", "jrc_gft2020"),
        "gft_planted_2020_ha": land("planted_gft", "jrc_gft2020"),
        "natural_forest_2020_ha": land("natural_forest", "natural_forest"),
        "natural_lands_2020_ha": land("natural_lands", "sbtn_natural"),
    }


def _day(days: int) -> date:
    return CUT_OFF + timedelta(days=days)


def _series(values: Sequence[float], known: Sequence[bool] | None = None) -> tuple[float | None, ...]:
    """The values, None where `known` is false: a year that was not asked about or not observed is not zero."""
    if known is None:
        return tuple(rounded(value) for value in values) if any(values) else (0.0,) * len(values)
    return tuple(rounded(value) if one else None for value, one in zip(values, known, strict=True))


def _known(known: bool, value: float) -> float | None:
    return rounded(value) if known else None
