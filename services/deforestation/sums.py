"""Areas of the evidence under outlines: every sum that the result and the verdict are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.deforestation.evidence import Baseline, Events, Looks, Reading, Votes, agreeing, first_event, year_index
from services.deforestation.patches import Mask
from services.deforestation.rules import FIRST_YEAR, HANSEN_EPOCH, Period, Thresholds
from services.deforestation.windows import Entries

Areas = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Landscape:
    """Everything known of the cells of one window."""

    reading: Reading
    votes: Votes
    events: Events
    looks: Looks
    baseline: Baseline
    hansen_agrees: Mask
    tmf_agrees: Mask


@dataclass(frozen=True, slots=True)
class Sums:
    """Areas in hectares by outline, shape [k]; series [k, years]."""

    total: Areas
    forest: Areas
    primary: Areas
    excluded: Areas
    loss: Areas
    loss_disputed: Areas
    loss_excluded: Areas
    loss_alone_2021: Areas
    disturbance: Areas
    recent_degradation: Areas
    unobserved_forest: Areas
    annual: Areas
    hansen_by_year: Areas
    hansen: Areas
    tmf_deforestation: Areas
    tmf_degradation: Areas
    hansen_flagged: Areas
    tmf_flagged: Areas
    hansen_observed: Areas
    tmf_observed: Areas
    votes_forest: Areas
    votes_valid: Areas
    """Votes times area over the loss, or over the forest where there is no loss."""
    agreeing: Areas
    looking: Areas
    """Families that flag, and that look, times area over the loss."""


def agreements(events: Events, reaches: tuple[int, int], rules: Thresholds) -> tuple[Mask, Mask]:
    """Where Hansen and where TMF agree with the first counted event of a cell; `reaches` are one pixel of each in cells."""
    event = first_event(events.counted)
    if not event.any():
        nowhere = np.zeros(event.shape, dtype=np.bool_)
        return nowhere, nowhere
    tmf = events.tmf | (events.degradation & events.counted)
    return agreeing(events.hansen, event, reaches[0], rules), agreeing(tmf, event, reaches[1], rules)


def share_under(entries: Entries, outlines: int, mask: Mask, total: Areas) -> Areas:
    """Share of each outline's area where `mask` (bool [height, width]) holds."""
    if mask.all() or not mask.any():
        return np.full(outlines, float(mask.flat[0]))
    return _sum(entries, outlines, mask.ravel()[entries.cell]) / np.where(total > 0, total, 1.0)


def total_area_ha(entries: Entries, outlines: int) -> Areas:
    """Area of all cells under each outline."""
    return _binned(entries.outline, entries.area_ha, outlines)


def measured(entries: Entries, outlines: int, excludes: NDArray[np.bool_], land: Landscape, period: Period, rules: Thresholds) -> Sums:
    """All sums; `excludes` (bool [outlines]): whether plantations are left out of the baseline of that outline."""
    at, votes, happened = entries.cell, land.votes, land.events
    counted = happened.counted.ravel()[at]
    excluded = excludes[entries.outline] & votes.plantation.ravel()[at]
    forest = land.baseline.forest.ravel()[at] & ~excluded
    lost = forest & (counted != 0)
    years = np.uint16(period.years)
    degraded = forest & ((happened.degradation.ravel()[at] & years) != 0)
    hansen_sees = np.where(forest, land.looks.hansen_forest.ravel()[at], land.looks.hansen_other.ravel()[at])
    tmf_sees = np.where(forest, land.looks.tmf_forest.ravel()[at], land.looks.tmf_other.ravel()[at])
    hansen_in = forest & ((happened.hansen.ravel()[at] & years) != 0)
    tmf_in = forest & ((happened.tmf.ravel()[at] & years) != 0)

    def under(mask: NDArray[np.bool_]) -> Areas:
        return _sum(entries, outlines, mask)

    voting = _voting(entries, outlines, lost, forest, votes)
    agreed, looking = _families(entries, outlines, lost, hansen_sees, tmf_sees, land)
    return Sums(
        total=total_area_ha(entries, outlines),
        forest=under(forest),
        primary=under(votes.primary.ravel()[at]),
        excluded=under(excluded),
        loss=under(lost),
        loss_disputed=under(lost & land.baseline.disputed.ravel()[at]),
        loss_excluded=under(excluded & (counted != 0)),
        loss_alone_2021=under(lost & happened.hansen_alone_2021.ravel()[at] & ~land.tmf_agrees.ravel()[at]),
        disturbance=under(degraded & ~lost),
        recent_degradation=under(degraded & ~lost & _starts_late(happened, period, rules).ravel()[at]),
        unobserved_forest=under(forest & ~lost & ~(hansen_sees & land.looks.hansen_may_claim) & ~tmf_sees),
        annual=_by_year(entries, outlines, lost, counted, period),
        hansen_by_year=_hansen_by_year(entries, outlines, land.reading, period),
        hansen=under(hansen_in),
        tmf_deforestation=under(tmf_in),
        tmf_degradation=under(degraded),
        hansen_flagged=under(lost & hansen_in),
        tmf_flagged=under(lost & (tmf_in | degraded)),
        hansen_observed=under(hansen_sees & land.looks.hansen_may_claim),
        tmf_observed=under(tmf_sees),
        votes_forest=voting[0],
        votes_valid=voting[1],
        agreeing=agreed,
        looking=looking,
    )


def _sum(entries: Entries, outlines: int, mask: NDArray[np.bool_]) -> Areas:
    return _binned(entries.outline[mask], entries.area_ha[mask], outlines)


def _binned(slot: NDArray[np.int64], area_ha: Areas, slots: int) -> Areas:
    """Added in the order of the entries, which is (outline, cell): equal input gives equal bits."""
    return np.asarray(np.bincount(slot, weights=area_ha, minlength=slots), dtype=np.float64)


def _voting(entries: Entries, outlines: int, lost: Mask, forest: Mask, votes: Votes) -> tuple[Areas, Areas]:
    at = entries.cell
    has_loss = np.bincount(entries.outline[lost], minlength=outlines) > 0
    where = np.where(has_loss[entries.outline], lost, forest)
    sums = [
        _sum(entries, outlines, where & one.ravel()[at]) + _sum(entries, outlines, where & other.ravel()[at])
        for one, other in ((votes.hansen_forest, votes.tmf_forest), (votes.hansen_valid, votes.tmf_valid))
    ]
    return sums[0], sums[1]


def _families(entries: Entries, outlines: int, lost: Mask, hansen_sees: Mask, tmf_sees: Mask, land: Landscape) -> tuple[Areas, Areas]:
    """A family that flags looks, by definition: so no more agree than look."""
    hansen, tmf = (lost & flags.ravel()[entries.cell] for flags in (land.hansen_agrees, land.tmf_agrees))
    agreed = _sum(entries, outlines, hansen) + _sum(entries, outlines, tmf)
    looking = _sum(entries, outlines, lost & (hansen_sees | hansen)) + _sum(entries, outlines, lost & (tmf_sees | tmf))
    return agreed, looking


def _starts_late(happened: Events, period: Period, rules: Thresholds) -> Mask:
    """Degradation whose first year in the period is among TMF's last years."""
    first = year_index(first_event(happened.degradation & np.uint16(period.years)))
    late: Mask = first > period.tmf_last - rules.recent_degradation_years - FIRST_YEAR
    return late


def _by_year(entries: Entries, outlines: int, lost: Mask, counted: NDArray[np.uint16], period: Period) -> Areas:
    n_years = period.last_year - FIRST_YEAR + 1
    index = year_index(first_event(counted[lost]))
    slot = entries.outline[lost] * n_years + index
    return _binned(slot, entries.area_ha[lost], outlines * n_years).reshape(outlines, n_years)


def _hansen_by_year(entries: Entries, outlines: int, reading: Reading, period: Period) -> Areas:
    band, n_years = reading["hansen_gfc.lossyear"], period.hansen_last - HANSEN_EPOCH
    code = np.where(band.valid, band.values, 0).ravel()[entries.cell].astype(np.int64)
    lost = (code >= 1) & (code <= n_years)
    slot = entries.outline[lost] * n_years + code[lost] - 1
    return _binned(slot, entries.area_ha[lost], outlines * n_years).reshape(outlines, n_years)
