"""What happened to every cell of one window after the cut-off: loss, disturbance, who looked and who agrees."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.deforestation.alerts import Alerts
from services.deforestation.forest import DEFORESTED, DEGRADED, LAST_BEFORE, STANDING, UNDISTURBED, Reading, between, hansen_land, one_of
from services.deforestation.patches import Bits, Mask, bits_near
from services.deforestation.rules import CUT_OFF, FIRST_YEAR, HANSEN_EPOCH, MAX_YEARS, Period, Thresholds


@dataclass(frozen=True, slots=True)
class Events:
    """What happened after the cut-off, forest or not; sets of years have 2021 in bit 0; all [height, width]."""

    hansen: Bits
    tmf: Bits
    degradation: Bits
    alerts: Alerts
    counted: Bits
    """Years in the period in which a source counts a loss."""
    confirmed: Bits
    """Of these, the years in which a source does so that is no unconfirmed alert."""
    hansen_spent: Mask
    """Hansen's one event lies before the cut-off: it cannot show another."""
    hansen_alone_2021: Mask


@dataclass(frozen=True, slots=True)
class Looks:
    """Which family sees a loss at a cell if there is one; all [height, width]."""

    hansen_forest: Mask
    hansen_other: Mask
    tmf_forest: Mask
    tmf_other: Mask
    hansen_may_claim: bool
    """Without the datamask, a zero of Hansen may be a place that was never seen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One family or system as the rule of disturbance sees it."""

    family: str | None
    reach: int
    loss: Bits
    confirmed: Bits
    weak: Bits
    weak_in: Bits


def events(reading: Reading, alerts: Alerts, period: Period, reaches: tuple[int, int]) -> Events:
    """Loss and degradation after the cut-off (rule 3); `reaches` are one pixel of Hansen and of TMF in cells."""
    loss, first = reading["hansen_gfc.lossyear"], reading["jrc_tmf.DeforestationYear"]
    hansen = _year_bits(loss.values, loss.valid, HANSEN_EPOCH)
    tmf = _year_bits(first.values, first.valid, 0) | _later_class(reading, period, STANDING, DEFORESTED)
    alone = hansen == 1
    if alone.any():
        alone &= tmf == 0
        for trace in alerts.traces:
            alone &= (trace.loss | trace.weak) == 0
    in_2020 = alone & first.valid & (first.values == CUT_OFF.year)
    if alerts.late_2020 is not None:
        in_2020 |= alone & alerts.late_2020
    hansen.ravel()[np.flatnonzero(in_2020)] = 0
    degraded = reading["jrc_tmf.DegradationYear"]
    degradation = _year_bits(degraded.values, degraded.valid, 0) | _later_class(reading, period, (UNDISTURBED,), DEGRADED)
    years = np.uint16(period.years)
    shown = _shown(hansen, tmf, degradation, years, alerts, reaches)
    counted, confirmed = (hansen | tmf) & years, (hansen | tmf) & years
    for trace in alerts.traces:
        counted, confirmed = counted | trace.loss_in, confirmed | trace.confirmed_in
    for one in shown:
        if one.weak_in.any():
            cells = np.flatnonzero(one.weak_in)
            sure, all_told = _promoted(one, cells, shown, tmf, period.wood)
            counted.ravel()[cells] |= all_told
            confirmed.ravel()[cells] |= sure
    return Events(
        hansen=hansen,
        tmf=tmf,
        degradation=degradation,
        alerts=alerts,
        counted=counted,
        confirmed=confirmed,
        hansen_spent=loss.valid & (between(loss.values, 1, LAST_BEFORE) | in_2020),
        hansen_alone_2021=alone & ~in_2020,
    )


def looks(reading: Reading, happened: Events, period: Period) -> Looks:
    """Which family would see a loss (rules 3 and 8): layers of one event, and layers that do not look at a class, do not."""
    mask, loss = reading["hansen_gfc.datamask"], reading["hansen_gfc.lossyear"]
    annual = [reading[f"jrc_tmf.AnnualChange_{year}"] for year in range(CUT_OFF.year, period.tmf_last + 1)]
    tmf = reading["jrc_tmf.DeforestationYear"].valid & reading["jrc_tmf.DegradationYear"].valid
    for band in annual:
        tmf &= band.valid
    may_claim = mask.state != "not_configured"
    return Looks(
        hansen_forest=loss.valid & ((hansen_land(reading) & ~happened.hansen_spent) | (happened.hansen != 0)),
        hansen_other=loss.valid & ((mask.valid & (mask.values != 0)) if may_claim else True),
        tmf_forest=tmf & (one_of(annual[0].values, STANDING) | (happened.tmf != 0)),
        tmf_other=tmf,
        hansen_may_claim=may_claim,
    )


def agreeing(bits: Bits, cells: NDArray[np.int64], event: Bits, reach: int, rules: Thresholds) -> Mask:
    """Whether a family with events `bits` has one within `reach` cells and a year of the first `event` (one bit) of each of the cells."""
    wanted = event.copy()
    for gap in range(1, rules.agreement_max_gap_years + 1):
        wanted |= (event << np.uint16(gap)) | (event >> np.uint16(gap))
    near: Mask = (bits_near(bits, cells, reach) & wanted) != 0
    return near


def first_event(bits: Bits) -> Bits:
    """The earliest year of each set, as a set of one; the empty set stays empty."""
    lowest: Bits = bits & (~bits + np.uint16(1))
    return lowest


def year_index(event: Bits) -> NDArray[np.intp]:
    """0 for 2021, 1 for 2022, ... for sets of one year; -1 for the empty set."""
    index: NDArray[np.intp] = np.bitwise_count(event - np.uint16(1)).astype(np.intp)
    index[event == 0] = -1
    return index


def _shown(hansen: Bits, tmf: Bits, degradation: Bits, years: np.uint16, alerts: Alerts, reaches: tuple[int, int]) -> list[Shown]:
    nothing = np.zeros((1, 1), dtype=np.uint16)
    return [
        Shown("hansen", reaches[0], hansen, hansen, nothing, nothing),
        Shown("tmf", reaches[1], tmf, tmf, degradation, degradation & years),
        *(Shown(t.system.family, t.reach, t.loss, t.confirmed, t.weak, t.weak_in) for t in alerts.traces),
    ]


def _promoted(weak: Shown, cells: NDArray[np.int64], shown: list[Shown], tmf: Bits, wood: bool) -> tuple[Bits, Bits]:
    """Years of disturbances at flat cells that count as loss: by a confirmed one, and by any; each set is of one year, the first.

    TMF later calls the cell deforested, or another family shows something within its pixel from the year before on. For
    wood TMF's degradation counts by itself.
    """
    start = first_event(weak.weak_in.ravel()[cells])
    if wood and weak.family == "tmf":
        return start, start
    later = _at_or_after(start) & tmf.ravel()[cells]
    open_years = _at_or_after(start | (start >> np.uint16(1)))
    sure, any_sign = later != 0, np.zeros(start.shape, dtype=np.bool_)
    for other in _other_families(weak, shown):
        sure |= (open_years & bits_near(other.confirmed, cells, other.reach)) != 0
        any_sign |= (open_years & bits_near(other.loss | other.weak, cells, other.reach)) != 0
    return np.where(sure, start, np.uint16(0)), np.where(sure | any_sign, start, np.uint16(0))


def _other_families(weak: Shown, shown: list[Shown]) -> Iterator[Shown]:
    """A mixture of systems is no family: it confirms nobody, and any family confirms it."""
    return (one for one in shown if one.family not in (None, weak.family) and one.loss.any() | one.weak.any())


def _at_or_after(start: Bits) -> Bits:
    """Years from the lowest of each set on; none for the empty set."""
    low = first_event(start)
    return np.where(low == 0, np.uint16(0), ~(low - np.uint16(1)))


def _later_class(reading: Reading, period: Period, before: tuple[int, ...], after: int) -> Bits:
    """The first year after 2020 in which a cell of class `before` in December 2020 has the class `after`."""
    start = reading[f"jrc_tmf.AnnualChange_{CUT_OFF.year}"]
    found = np.zeros(start.values.shape, dtype=np.uint16)
    if not start.valid.any():
        return found
    from_class = start.valid & one_of(start.values, before)
    for year in range(period.tmf_last, CUT_OFF.year, -1):
        now = reading[f"jrc_tmf.AnnualChange_{year}"]
        found.ravel()[np.flatnonzero((now.values == after) & now.valid & from_class)] = 1 << (year - FIRST_YEAR)
    return found


def _year_bits(values: NDArray[np.generic], valid: Mask, epoch: int) -> Bits:
    """The year `values + epoch` as a set of one, for years after the cut-off; value 0 is no event."""
    bits = np.zeros(values.shape, dtype=np.uint16)
    first = FIRST_YEAR - epoch
    cells = np.flatnonzero(between(values, first, first + MAX_YEARS - 1) & valid)
    bits.ravel()[cells] = 1 << (values.ravel()[cells].astype(np.int64) - first)
    return bits
