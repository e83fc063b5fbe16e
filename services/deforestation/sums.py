"""Areas of the evidence under outlines: every sum that the result and the verdict are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.deforestation.agreement import Agreement, agreements, family_sums
from services.deforestation.context import Context, context
from services.deforestation.dates import Dates, dates
from services.deforestation.entries import Entries
from services.deforestation.events import Events, Looks, first_event, year_index
from services.deforestation.extras import GLAD, MAIN_CLASSES
from services.deforestation.forest import Baseline, Reading, Votes
from services.deforestation.patches import Bits, Mask
from services.deforestation.rules import FIRST_YEAR, HANSEN_EPOCH, Period, Thresholds

Areas = NDArray[np.float64]
_ONGOING = 50
"""TMF's main class of deforestation or degradation that went on in its last three years."""


@dataclass(frozen=True, slots=True)
class Landscape:
    """Everything known of the cells of one window."""

    reading: Reading
    votes: Votes
    events: Events
    looks: Looks
    baseline: Baseline
    reaches: tuple[int, int]
    """One pixel of Hansen and of TMF in cells."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Areas in hectares by outline, [k]; series [k, years]."""

    total: Areas
    forest: Areas
    primary: Areas
    excluded: Areas
    loss: Areas
    loss_disputed: Areas
    loss_excluded: Areas
    loss_confirmed: Areas
    loss_seen_twice: Areas
    """Loss that two sensors saw."""
    loss_alone_2021: Areas
    disturbance: Areas
    recent_degradation: Areas
    unobserved_forest: Areas
    annual: Areas
    hansen_by_year: Areas
    tmf_degradation: Areas
    weak_alerts: Areas
    """Of the disturbance, what alerts show."""
    by_source: Mapping[str, Areas]
    """`hansen`, `tmf` (deforestation), alert systems and both of GLAD as `glad`, each alone on the baseline."""
    shown: Mapping[str, Areas]
    """Loss that a source shows, by source; like `by_source` without systems that show nothing in the window."""
    hansen_observed: Areas
    tmf_observed: Areas
    votes_forest: Areas
    votes_valid: Areas
    """Votes times area over the loss, or over the forest where there is no loss."""
    agreeing: Areas
    looking: Areas
    """Families that flag, and that look, times area over the loss."""
    dates: Dates
    context: Context


def share_under(entries: Entries, outlines: int, mask: Mask, total: Areas) -> Areas:
    """Share of each outline's area where `mask` (bool [height, width]) holds."""
    if mask.all() or not mask.any():
        return np.full(outlines, float(mask.flat[0]))
    under = entries.at(mask)
    covered = total if under.all() else entries.total_ha(outlines, under)
    return covered / np.where(total > 0, total, 1.0)


def measured(
    entries: Entries, outlines: int, excludes: Mapping[str, NDArray[np.bool_]], land: Landscape, period: Period, rules: Thresholds
) -> Sums:
    """All sums; `excludes` (bool [outlines], by layer): whether its plantations are left out of the baseline of that outline."""
    votes, happened, ground, looks = land.votes, land.events, land.baseline, land.looks
    excluded = _left_out(entries, excludes, votes, rules)
    is_forest = entries.at(ground.forest) & ~excluded
    forest, left_out = entries.some(is_forest), entries.some(excluded)
    counted = forest.at(happened.counted)
    is_lost = counted != 0
    lost, stands, event = forest.some(is_lost), ~is_lost, first_event(counted[is_lost])
    hansen_sees, tmf_sees = _sees(entries, forest, is_forest, looks)
    by_hansen, by_tmf = hansen_sees[is_forest], tmf_sees[is_forest]
    degraded, weak = forest.at(happened.degradation) & np.uint16(period.years), _weak(forest, happened)

    def told(some: Entries, chosen: NDArray[np.bool_] | None = None) -> Areas:
        return some.total_ha(outlines, chosen)

    voting = _voting(forest, outlines, is_lost, votes)
    agreement = agreements(lost, event, happened, land.reaches, rules)
    agreed, looking = family_sums(lost, outlines, {"hansen": by_hansen[is_lost], "tmf": by_tmf[is_lost]}, agreement)
    return Sums(
        total=told(entries),
        forest=told(forest),
        primary=told(entries, entries.at(votes.tmf_undisturbed)),
        excluded=told(left_out),
        loss=told(lost),
        loss_disputed=told(lost, lost.at(ground.disputed)),
        loss_excluded=told(left_out, left_out.at(happened.counted) != 0),
        loss_confirmed=told(lost, lost.at(happened.confirmed) != 0),
        loss_seen_twice=told(lost, agreement.two_sensors) if agreement.two_sensors is not None else np.zeros(outlines),
        loss_alone_2021=told(lost, _alone_2021(lost, happened, agreement)),
        disturbance=told(forest, ((degraded | weak) != 0) & stands),
        recent_degradation=told(forest, _undecided(forest, degraded, land, period, rules) & stands),
        unobserved_forest=told(forest, ~((by_hansen & looks.hansen_may_claim) | by_tmf) & stands),
        annual=_by_year(lost, outlines, event, period),
        hansen_by_year=_hansen_by_year(entries, outlines, land.reading, period),
        tmf_degradation=told(forest, degraded != 0),
        by_source=_by_source(forest, outlines, happened, period),
        weak_alerts=told(forest, (weak != 0) & stands),
        shown=_shown(lost, outlines, happened, period),
        hansen_observed=told(entries, hansen_sees & looks.hansen_may_claim),
        tmf_observed=told(entries, tmf_sees),
        votes_forest=voting[0],
        votes_valid=voting[1],
        agreeing=agreed,
        looking=looking,
        dates=dates(lost, outlines, event, happened),
        context=context(entries, lost, outlines, event, land.reading, rules),
    )


def _sees(entries: Entries, forest: Entries, is_forest: NDArray[np.bool_], looks: Looks) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether Hansen and TMF would see a loss, by entry; `forest` are the entries for which `is_forest` is true."""
    hansen, tmf = entries.at(looks.hansen_other), entries.at(looks.tmf_other)
    hansen[is_forest], tmf[is_forest] = forest.at(looks.hansen_forest), forest.at(looks.tmf_forest)
    return hansen, tmf


def _left_out(entries: Entries, excludes: Mapping[str, NDArray[np.bool_]], votes: Votes, rules: Thresholds) -> NDArray[np.bool_]:
    """Plantations that are left out: of a layer that covers enough of the outline's plot, or that enough layers agree on."""
    found = np.zeros(len(entries.cell), dtype=np.bool_)
    for layer, mask in votes.plantations.items():
        found |= excludes[layer][entries.outline] & entries.at(mask)
    if len(votes.plantations) >= rules.agreeing_plantation_layers:
        found |= entries.at(votes.agreed_plantations) >= rules.agreeing_plantation_layers
    return found


def _voting(forest: Entries, outlines: int, is_lost: Mask, votes: Votes) -> tuple[Areas, Areas]:
    """Votes for forest, and votes at all, times area: over the loss of outlines that have any, over the forest of others."""
    has_loss = np.bincount(forest.outline[is_lost], minlength=outlines) > 0
    asked = forest.some(is_lost | ~has_loss[forest.outline]) if has_loss.any() else forest
    sums = [np.zeros(outlines), np.zeros(outlines)]
    for voter in votes.voters:
        for position, mask in enumerate(voter):
            sums[position] = sums[position] + asked.total_ha(outlines, asked.at(mask))
    return sums[0], sums[1]


def _alone_2021(lost: Entries, happened: Events, agreement: Agreement) -> NDArray[np.bool_]:
    """Hansen's 2021 where no other family agrees."""
    alone = lost.at(happened.hansen_alone_2021)
    for family, agrees in agreement.families.items():
        if family != "hansen":
            alone &= ~agrees
    return alone


def _weak(some: Entries, happened: Events) -> Bits:
    """Years in the window with a weak alert."""
    found = np.zeros(len(some.cell), dtype=np.uint16)
    for trace in happened.alerts.traces:
        found |= some.at(trace.weak_in)
    return found


def _undecided(forest: Entries, degraded: Bits, land: Landscape, period: Period, rules: Thresholds) -> NDArray[np.bool_]:
    """Degradation whose first year in the period is among TMF's last years, and change that TMF says goes on."""
    first = year_index(first_event(degraded))
    late: NDArray[np.bool_] = (first >= 0) & (first > period.tmf_last - rules.recent_degradation_years - FIRST_YEAR)
    if MAIN_CLASSES in land.reading and period.years:
        main = land.reading[MAIN_CLASSES]
        late |= forest.at(main.valid) & (forest.at(main.values) == _ONGOING)
    return late


def _by_source(forest: Entries, outlines: int, happened: Events, period: Period) -> dict[str, Areas]:
    years = np.uint16(period.years)
    shown = {"hansen": forest.at(happened.hansen) & years, "tmf": forest.at(happened.tmf) & years}
    for trace in happened.alerts.traces:
        shown[trace.system.name] = forest.at(trace.loss_in)
        if trace.system.name in GLAD:
            shown["glad"] = shown["glad"] | shown[trace.system.name] if "glad" in shown else shown[trace.system.name]
    return {name: forest.total_ha(outlines, bits != 0) for name, bits in shown.items()}


def _shown(lost: Entries, outlines: int, happened: Events, period: Period) -> dict[str, Areas]:
    years, counted = np.uint16(period.years), lost.at(happened.counted)
    shown = {"hansen": lost.at(happened.hansen) & years, "tmf": (lost.at(happened.tmf) | lost.at(happened.degradation)) & years}
    shown |= {trace.system.name: lost.at(trace.loss_in) | (lost.at(trace.weak_in) & counted) for trace in happened.alerts.traces}
    return {name: lost.total_ha(outlines, bits != 0) for name, bits in shown.items()}


def _by_year(lost: Entries, outlines: int, event: Bits, period: Period) -> Areas:
    """By the year of the first event; [outlines, years]."""
    n_years = period.last_year - FIRST_YEAR + 1
    return _binned(lost.outline * n_years + year_index(event), lost.area_ha, outlines * n_years).reshape(outlines, n_years)


def _hansen_by_year(entries: Entries, outlines: int, reading: Reading, period: Period) -> Areas:
    """Loss from 2001 on, on forest of 2020 or not; [outlines, years]."""
    band, n_years = reading["hansen_gfc.lossyear"], period.hansen_last - HANSEN_EPOCH
    lost = entries.some(entries.at(band.values) > 0)
    code = lost.at(band.values).astype(np.int64)
    known = lost.at(band.valid) & (code >= 1) & (code <= n_years)
    slot = lost.outline[known] * n_years + code[known] - 1
    return _binned(slot, lost.area_ha[known], outlines * n_years).reshape(outlines, n_years)


def _binned(slot: NDArray[np.int64], area_ha: Areas, slots: int) -> Areas:
    return np.asarray(np.bincount(slot, weights=area_ha, minlength=slots), dtype=np.float64)
