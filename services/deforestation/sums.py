"""Areas of the evidence under outlines: every sum that the result and the verdict are made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from services.deforestation.agreement import Agreement, family_sums
from services.deforestation.context import Context, Under, context
from services.deforestation.dates import Dates, dates
from services.deforestation.events import Events, Looks, first_event, year_index
from services.deforestation.extras import GLAD, MAIN_CLASSES
from services.deforestation.forest import Baseline, Reading, Votes
from services.deforestation.patches import Bits, Mask
from services.deforestation.rules import FIRST_YEAR, HANSEN_EPOCH, Period, Thresholds
from services.deforestation.windows import Entries

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
    agreement: Agreement


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
    return _sum(entries, outlines, mask.ravel().take(entries.cell)) / np.where(total > 0, total, 1.0)


def total_area_ha(entries: Entries, outlines: int) -> Areas:
    """Area of all cells under each outline."""
    return _binned(entries.outline, entries.area_ha, outlines)


def measured(
    entries: Entries, outlines: int, excludes: Mapping[str, NDArray[np.bool_]], land: Landscape, period: Period, rules: Thresholds
) -> Sums:
    """All sums; `excludes` (bool [outlines], by layer): whether its plantations are left out of the baseline of that outline."""
    at, votes, happened, ground = entries.cell, land.votes, land.events, land.baseline
    counted = happened.counted.ravel().take(at)
    excluded = _left_out(entries, excludes, votes, rules)
    forest = ground.forest.ravel().take(at) & ~excluded
    lost = forest & (counted != 0)
    disturbed = forest & ~lost & (_disturbances(happened, period) != 0).ravel().take(at)
    hansen_sees, tmf_sees = _sees(land.looks, at, forest)
    claimed = hansen_sees & land.looks.hansen_may_claim

    def under(mask: NDArray[np.bool_]) -> Areas:
        return _sum(entries, outlines, mask)

    def where_lost(mask: Mask | None) -> Areas:
        return under(lost & mask.ravel().take(at)) if mask is not None else np.zeros(outlines)

    voting = _voting(entries, outlines, lost, forest, votes)
    agreed, looking = family_sums(under, at, lost, {"hansen": hansen_sees, "tmf": tmf_sees}, land.agreement)
    return Sums(
        total=total_area_ha(entries, outlines),
        forest=under(forest),
        primary=under(votes.tmf_undisturbed.ravel().take(at)),
        excluded=under(excluded),
        loss=under(lost),
        loss_disputed=where_lost(ground.disputed),
        loss_excluded=under(excluded & (counted != 0)),
        loss_confirmed=under(lost & (happened.confirmed.ravel().take(at) != 0)),
        loss_seen_twice=where_lost(land.agreement.two_sensors),
        loss_alone_2021=where_lost(_alone_2021(land)),
        disturbance=under(disturbed),
        recent_degradation=under(forest & ~lost & _undecided(land, period, rules).ravel().take(at)),
        unobserved_forest=under(forest & ~lost & ~claimed & ~tmf_sees),
        annual=_by_year(entries, outlines, lost, counted, period),
        hansen_by_year=_hansen_by_year(entries, outlines, land.reading, period),
        tmf_degradation=under(forest & ((happened.degradation & np.uint16(period.years)) != 0).ravel().take(at)),
        by_source=_by_source(under, at, forest, happened, period),
        weak_alerts=_weak_alerts(under, at, forest & ~lost, happened),
        shown=_shown(under, at, lost, happened, period),
        hansen_observed=under(claimed),
        tmf_observed=under(tmf_sees),
        votes_forest=voting[0],
        votes_valid=voting[1],
        agreeing=agreed,
        looking=looking,
        dates=dates(entries, outlines, lost, counted, happened),
        context=context(under, at, land.reading, lost, first_event(counted), rules),
    )


def _sum(entries: Entries, outlines: int, mask: NDArray[np.bool_]) -> Areas:
    """Added in the order of the entries, which is (outline, cell): equal input gives equal bits."""
    areas_ha = np.zeros(outlines)
    if mask.any():
        _add_where(entries.outline, entries.area_ha, mask, areas_ha)
    return areas_ha


@numba.njit("void(int64[::1], float64[::1], boolean[::1], float64[::1])", nogil=True, cache=True)
def _add_where(outline: NDArray[np.int64], area_ha: Areas, mask: NDArray[np.bool_], total_ha: Areas) -> None:
    for at in range(len(outline)):
        if mask[at]:
            total_ha[outline[at]] += area_ha[at]


def _binned(slot: NDArray[np.int64], area_ha: Areas, slots: int) -> Areas:
    return np.asarray(np.bincount(slot, weights=area_ha, minlength=slots), dtype=np.float64)


def _sees(looks: Looks, cell: NDArray[np.int64], forest: Mask) -> tuple[Mask, Mask]:
    """Whether Hansen and TMF would see a loss, by entry."""
    hansen = np.where(forest, looks.hansen_forest.ravel().take(cell), looks.hansen_other.ravel().take(cell))
    return hansen, np.where(forest, looks.tmf_forest.ravel().take(cell), looks.tmf_other.ravel().take(cell))


def _left_out(entries: Entries, excludes: Mapping[str, NDArray[np.bool_]], votes: Votes, rules: Thresholds) -> NDArray[np.bool_]:
    """Plantations that are left out: of a layer that covers enough of the outline's plot, or that enough layers agree on."""
    found = np.zeros(len(entries.cell), dtype=np.bool_)
    for layer, mask in votes.plantations.items():
        found |= excludes[layer][entries.outline] & mask.ravel().take(entries.cell)
    if len(votes.plantations) >= rules.agreeing_plantation_layers:
        found |= votes.agreed_plantations.ravel().take(entries.cell) >= rules.agreeing_plantation_layers
    return found


def _voting(entries: Entries, outlines: int, lost: Mask, forest: Mask, votes: Votes) -> tuple[Areas, Areas]:
    has_loss = np.bincount(entries.outline[lost], minlength=outlines) > 0
    where = np.where(has_loss[entries.outline], lost, forest)
    sums = [np.zeros(outlines), np.zeros(outlines)]
    for voter in votes.voters:
        for position, mask in enumerate(voter):
            sums[position] = sums[position] + _sum(entries, outlines, where & mask.ravel().take(entries.cell))
    return sums[0], sums[1]


def _alone_2021(land: Landscape) -> Mask | None:
    """Hansen's 2021 where no other family agrees."""
    alone = land.events.hansen_alone_2021
    if not alone.any():
        return None
    for family, agrees in land.agreement.families.items():
        if family != "hansen":
            alone = alone & ~agrees
    return alone


def _disturbances(happened: Events, period: Period) -> Bits:
    """Years in the window with degradation or a weak alert."""
    found = happened.degradation & np.uint16(period.years)
    for trace in happened.alerts.traces:
        found = found | trace.weak_in
    return found


def _undecided(land: Landscape, period: Period, rules: Thresholds) -> Mask:
    """Degradation whose first year in the period is among TMF's last years, and change that TMF says goes on."""
    first = year_index(first_event(land.events.degradation & np.uint16(period.years)))
    late: Mask = (first >= 0) & (first > period.tmf_last - rules.recent_degradation_years - FIRST_YEAR)
    if MAIN_CLASSES in land.reading and period.years:
        main = land.reading[MAIN_CLASSES]
        late |= main.valid & (main.values == _ONGOING)
    return late


def _by_source(under: Under, cell: NDArray[np.int64], forest: Mask, happened: Events, period: Period) -> dict[str, Areas]:
    years = np.uint16(period.years)
    shown = {"hansen": happened.hansen & years, "tmf": happened.tmf & years}
    for trace in happened.alerts.traces:
        shown[trace.system.name] = trace.loss_in
        if trace.system.name in GLAD:
            shown["glad"] = shown["glad"] | trace.loss_in if "glad" in shown else trace.loss_in
    return {name: under(forest & (bits != 0).ravel().take(cell)) for name, bits in shown.items()}


def _shown(under: Under, cell: NDArray[np.int64], lost: Mask, happened: Events, period: Period) -> dict[str, Areas]:
    years = np.uint16(period.years)
    shown = {"hansen": happened.hansen & years, "tmf": (happened.tmf | happened.degradation) & years}
    shown |= {trace.system.name: trace.loss_in | (trace.weak_in & happened.counted) for trace in happened.alerts.traces}
    return {name: under(lost & (bits != 0).ravel().take(cell)) for name, bits in shown.items()}


def _weak_alerts(under: Under, cell: NDArray[np.int64], standing: Mask, happened: Events) -> Areas:
    found = np.zeros(len(cell), dtype=np.bool_)
    for trace in happened.alerts.traces:
        found |= (trace.weak_in != 0).ravel().take(cell)
    return under(standing & found)


def _by_year(entries: Entries, outlines: int, lost: Mask, counted: NDArray[np.uint16], period: Period) -> Areas:
    n_years = period.last_year - FIRST_YEAR + 1
    index = year_index(first_event(counted[lost]))
    slot = entries.outline[lost] * n_years + index
    return _binned(slot, entries.area_ha[lost], outlines * n_years).reshape(outlines, n_years)


def _hansen_by_year(entries: Entries, outlines: int, reading: Reading, period: Period) -> Areas:
    band, n_years = reading["hansen_gfc.lossyear"], period.hansen_last - HANSEN_EPOCH
    code = np.where(band.valid, band.values, 0).ravel().take(entries.cell).astype(np.int64)
    lost = (code >= 1) & (code <= n_years)
    slot = entries.outline[lost] * n_years + code[lost] - 1
    return _binned(slot, entries.area_ha[lost], outlines * n_years).reshape(outlines, n_years)
