"""From the sums of plots to their published results, flags and reasons: reckoned once for all plots that stand on one ground."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.deforestation import fields
from services.deforestation.context import NOT_AGRICULTURAL
from services.deforestation.fields import where
from services.deforestation.rules import Period, Thresholds
from services.deforestation.standing import GFC2020, Standing
from services.deforestation.sums import Sums
from services.deforestation.verdict import CONFIDENCES, VERDICTS, WORST_FIRST, Classes, Facts, alert_class, confidence, doubts, loss_class
from shared.columns import named, replaced, taken
from shared.rounding import all_rounded

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the outlines of plots stand in the sums, -1 where an outline is missing; aligned by plot."""

    mid: Ints
    outer: Ints
    lo: Ints
    hi: Ints
    vanishes: Mask
    """Nothing is left of the plot when it is eroded."""


@dataclass(frozen=True, slots=True)
class Patch:
    """The loss patches that touch plots, seen beyond their outlines; aligned by plot."""

    below_pixel: Mask
    total_ha: Floats


@dataclass(frozen=True, slots=True)
class Judged:
    """Plots with a result: their places in the chunk, the columns of the results, and their sorted reasons; aligned by plot."""

    index: Ints
    columns: Mapping[str, Sequence[Any]]
    reasons: Sequence[tuple[str, ...]]


def judged(index: Ints, standing: Standing, rows: Rows, patch: Patch, sums: Sums, period: Period, rules: Thresholds) -> Judged:
    """The plots at these places of the chunk; `sums` are of all outlines on their ground."""
    mine, known = taken(sums, rows.mid), standing.loss_known
    own = _facts(standing, mine, standing.area_ha, patch, period, rules)
    own_class = alert_class(own, period, rules)
    deciding, published = _deciding(own, own_class, standing, rows, patch, sums, period, rules)
    bounds = _bounds(standing, rows, sums)
    sensitive = _is_sensitive(standing, rows, sums, rules)
    places = fields.places(standing, mine)
    masks = _flags(standing, own, period) | {
        "edge_patch": _on_edge(bounds["noncompliance_lo_ha"], mine.loss, patch, rules),
        "hole_mismatch": published != own_class,
        "unobserved_forest": mine.unobserved_forest > 0,
        "weak_alert": mine.weak_alerts > 0,
        "possible_non_agricultural_driver": np.array([driver in NOT_AGRICULTURAL for driver in places["driver_class"]], dtype=np.bool_),
    }
    classes = [WORST_FIRST[place] for place in published.tolist()]
    words = {
        "alert_class": classes,
        "verdict": [VERDICTS[one] for one in classes],
        "confidence": [CONFIDENCES[place] for place in confidence(deciding, sensitive, rules).tolist()],
        "boundary_sensitive": sensitive.tolist(),
        "observed_through": own.observed_through.tolist(),
        "flags": named(dict(sorted(masks.items())), len(index)),
        **fields.dates(mine, known),
        **fields.series(standing, mine, known, period),
        **fields.who_shows(standing, mine, known),
        **places,
    }
    labels = {"window_start": period.first_day, "window_end": period.end_date, "degradation_assessed": False}
    columns = _numbers(standing, mine, bounds, known, rules) | words | {name: [value] * len(index) for name, value in labels.items()}
    return Judged(index, columns, _reasons(standing, (own, deciding), rows, period, rules))


def observed_through(sums: Sums, period: Period, rules: Thresholds) -> NDArray[np.datetime64]:
    """The last day to which one family has looked at enough of each outline, from 2021-01-01 without a gap; NaT without any."""
    needed_ha = rules.covered_min_share * sums.total
    families = ((period.hansen_last, sums.hansen_observed), (period.tmf_last, sums.tmf_observed))
    last = np.maximum.reduce([np.where((seen >= needed_ha) & (seen > 0), year, 0) for year, seen in families])
    day = (last - 1969).astype("datetime64[Y]").astype("datetime64[D]") - 1
    return np.where(last > 0, day, np.datetime64("NaT", "D"))


def _facts(standing: Standing, sums: Sums, area_ha: Floats, patch: Patch, period: Period, rules: Thresholds) -> Facts:
    """Of outlines of the plots, aligned with them."""
    return Facts(
        loss_ha=sums.loss,
        confirmed_loss_ha=sums.loss_confirmed,
        disputed_loss_ha=sums.loss_disputed,
        excluded_loss_ha=sums.loss_excluded,
        area_ha=area_ha,
        votes_forest_ha=sums.votes_forest,
        votes_valid_ha=sums.votes_valid,
        two_sensor_share=np.nan_to_num(fields.ratio(sums.loss_seen_twice, sums.loss, sums.loss > 0)),
        families_available=standing.families_available,
        families_watching=standing.families_watching,
        observed_through=observed_through(sums, period, rules),
        recent_degradation_ha=sums.recent_degradation,
        has_gfc2020=standing.source == GFC2020,
        subpixel=area_ha < standing.pixel_ha,
        is_point=standing.is_point,
        patch_below_pixel=patch.below_pixel,
        year_2021_only=sums.loss_alone_2021 > 0,
        failed_layers=standing.failed_layers,
    )


def _deciding(
    own: Facts, own_class: Classes, standing: Standing, rows: Rows, patch: Patch, sums: Sums, period: Period, rules: Thresholds
) -> tuple[Facts, Classes]:
    """Facts and classes of the plots, or of their outer rings where these give the worse class."""
    holed = np.flatnonzero(rows.outer >= 0)
    if not len(holed):
        return own, own_class
    there = taken(standing, holed)
    outer = _facts(there, taken(sums, rows.outer[holed]), there.outer_area_ha, taken(patch, holed), period, rules)
    outer_class = alert_class(outer, period, rules)
    worse = np.flatnonzero(outer_class < own_class[holed])
    facts = replaced(own, holed[worse], taken(outer, worse))
    return facts, np.minimum(own_class, replaced(own_class, holed, outer_class))


def _bounds(standing: Standing, rows: Rows, sums: Sums) -> dict[str, Floats]:
    """Lower bound, value and upper bound; the rounding of coordinates may cross them, so they are put in order."""
    mid = np.minimum(sums.loss[rows.mid], standing.area_ha)
    lo = np.minimum(mid, _at(sums.loss, rows.lo))
    hi = np.maximum(mid, _at(sums.loss, rows.hi))
    known = standing.loss_known
    return {
        "noncompliance_lo_ha": where(known & ~rows.vanishes, lo),
        "noncompliance_area_ha": where(known, mid),
        "noncompliance_hi_ha": where(known, hi),
    }


def _is_sensitive(standing: Standing, rows: Rows, sums: Sums, rules: Thresholds) -> Mask:
    """Whether the class by loss alone differs between a plot and its bounds, all over the original area, or the plot vanishes."""
    decisive = np.maximum(0.0, sums.loss - sums.loss_disputed)
    mid, lo, hi = (loss_class(_at(decisive, outline), standing.area_ha, rules) for outline in (rows.mid, rows.lo, rows.hi))
    sensitive: Mask = rows.vanishes | ((rows.lo >= 0) & (lo != mid)) | ((rows.hi >= 0) & (hi != mid))
    return sensitive


def _on_edge(lo_ha: Floats, loss_ha: Floats, patch: Patch, rules: Thresholds) -> Mask:
    """Loss in the plot, none in its lower bound, and nearly all of the patch outside."""
    outside = patch.total_ha - loss_ha > rules.edge_patch_min_outside_share * patch.total_ha
    edge: Mask = (loss_ha > 0) & (lo_ha == 0) & outside
    return edge


def _numbers(standing: Standing, sums: Sums, bounds: Mapping[str, Floats], known: Mask, rules: Thresholds) -> dict[str, Sequence[Any]]:
    """Numbers with twelve significant digits: far below what a map knows, and equal sums print alike."""
    numbers = {
        **bounds,
        **fields.areas(standing, sums, known, rules),
        **fields.shares(standing, sums, known),
        **fields.sources(standing, sums, known),
        **fields.lands(standing, sums),
    }
    told: dict[str, Sequence[Any]] = dict(zip(numbers, all_rounded(np.array(list(numbers.values()))), strict=True))
    lost_ha = np.array(told["noncompliance_area_ha"], dtype=np.float64)
    return told | {"overlap": all_rounded(lost_ha / standing.area_ha)}


def _flags(standing: Standing, facts: Facts, period: Period) -> dict[str, Mask]:
    """Where each flag is set that facts of the plot itself, or its layers, tell."""
    return {
        "point_buffer": facts.is_point,
        "subpixel": facts.subpixel,
        "year_2021_only": facts.year_2021_only,
        "loss_on_disputed": facts.disputed_loss_ha > 0,
        "loss_on_excluded": facts.excluded_loss_ha > 0,
        "recent_degradation": facts.recent_degradation_ha > 0,
        "not_observed_after": facts.observed_through < np.datetime64(period.end_date),
        **standing.remarks,
    }


def _reasons(standing: Standing, judged_by: tuple[Facts, Facts], rows: Rows, period: Period, rules: Thresholds) -> list[tuple[str, ...]]:
    """Why each plot is not clear, and what could not be known."""
    own, deciding = (doubts(facts, period, rules) for facts in judged_by)
    masks = {"eroded_to_nothing": rows.vanishes, **standing.layer_reasons}
    for code in own.keys() | deciding.keys():
        masks[code] = masks.get(code, np.False_) | own[code] | deciding[code]
    return named(dict(sorted(masks.items())), len(standing))


def _at(column: Floats, row: Ints) -> Floats:
    """The column at the rows of outlines, 0 where there is none."""
    return np.where(row >= 0, column[row], 0.0)
