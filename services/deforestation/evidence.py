"""What the layers say of every cell of one window: baseline forest, loss, disturbance, who looked and who agrees."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.deforestation.patches import Bits, Mask, forest_patches, spread
from services.deforestation.rules import CUT_OFF, FIRST_YEAR, HANSEN_EPOCH, Period, Thresholds
from shared.rasters.band import Band

Reading: TypeAlias = Mapping[str, Band]
"""Every band of the method by `layer.band`, on one window; a band that is not there has no valid cell."""
BaselineSource: TypeAlias = Literal["jrc_gfc2020", "hansen_gfc", "jrc_tmf"]

_M2_PER_HA = 10_000.0
_LAST_BEFORE = CUT_OFF.year - HANSEN_EPOCH
_UNDISTURBED, _DEGRADED, _DEFORESTED, _REGROWTH = 1, 2, 3, 4
_OLD_PLANTATIONS = (81, 82, 83, 84)
_PLANTATION_WITH_DATE = 85


@dataclass(frozen=True, slots=True)
class Votes:
    """Whose word makes a cell forest in 2020; all [height, width]."""

    gfc_forest: Mask
    gfc_valid: Mask
    hansen_forest: Mask
    hansen_valid: Mask
    tmf_forest: Mask
    tmf_valid: Mask
    primary: Mask
    plantation: Mask
    """Commodity plantation that stood before the cut-off, never on primary forest."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Forest of 2020 by one source; all [height, width]."""

    forest: Mask
    disputed: Mask
    undecided: Mask


@dataclass(frozen=True, slots=True)
class Events:
    """What happened after the cut-off, forest or not; sets of years have 2021 in bit 0; all [height, width]."""

    hansen: Bits
    tmf: Bits
    degradation: Bits
    counted: Bits
    """Years in the period in which a source counts a loss."""
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


def votes(reading: Reading, rules: Thresholds) -> Votes:
    """Votes on the forest of 2020 (methods 1.5, rules 1 and 2). Hansen abstains on gain, on earlier loss and off land."""
    gfc, cover, loss = (reading[band] for band in ("jrc_gfc2020.map", "hansen_gfc.treecover2000", "hansen_gfc.lossyear"))
    gain, annual = reading["hansen_gfc.gain"], reading[f"jrc_tmf.AnnualChange_{CUT_OFF.year}"]
    gained = gain.valid & (gain.values == 1)
    hansen_valid = cover.valid & _hansen_land(reading) & ~gained & ~_between(loss.values, 1, _LAST_BEFORE)
    primary = annual.valid & (annual.values == _UNDISTURBED)
    return Votes(
        gfc_forest=gfc.valid & (gfc.values == 1),
        gfc_valid=gfc.valid,
        hansen_forest=hansen_valid & (cover.values > rules.forest_min_cover_pct),
        hansen_valid=hansen_valid,
        tmf_forest=annual.valid & np.isin(annual.values, (_UNDISTURBED, _DEGRADED, _REGROWTH)),
        tmf_valid=annual.valid,
        primary=primary,
        plantation=_plantation(reading) & ~primary,
    )


def baseline(said: Votes, reading: Reading, source: BaselineSource, rules: Thresholds, row_area_m2: NDArray[np.float64]) -> Baseline:
    """Forest of 2020 and its 0.5 ha rule, before commodities are left out (which depends on the plot)."""
    count = said.hansen_forest.astype(np.uint8) + said.tmf_forest
    if source == "jrc_gfc2020":
        sure = said.gfc_forest | said.primary
        disputed = ~sure & ((count >= rules.votes_for_disputed_forest) | (~said.gfc_valid & (count > 0)))
        unknown = ~said.gfc_valid
    else:
        sure, disputed = said.hansen_forest | said.primary, np.zeros_like(said.primary)
        unknown = ~(reading["hansen_gfc.treecover2000"].valid | said.tmf_valid)
    patches = forest_patches(sure | disputed, unknown, row_area_m2, rules.forest_min_patch_ha * _M2_PER_HA)
    return Baseline(patches.kept, disputed & patches.kept, patches.undecided)


def events(reading: Reading, period: Period, hansen_reach: int) -> Events:
    """Loss and degradation after the cut-off (rule 3); `hansen_reach` is one Hansen pixel in cells."""
    loss, first = reading["hansen_gfc.lossyear"], reading["jrc_tmf.DeforestationYear"]
    hansen = _year_bits(loss.values, loss.valid, HANSEN_EPOCH)
    tmf = _year_bits(first.values, first.valid, 0) | _later_class(reading, period, (_UNDISTURBED, _DEGRADED, _REGROWTH), _DEFORESTED)
    in_2020 = (hansen == 1) & (tmf == 0) & first.valid & (first.values == CUT_OFF.year)
    hansen[in_2020] = 0
    degraded = reading["jrc_tmf.DegradationYear"]
    degradation = _year_bits(degraded.values, degraded.valid, 0) | _later_class(reading, period, (_UNDISTURBED,), _DEGRADED)
    years = np.uint16(period.years)
    confirmed = _confirmed(_lowest(degradation & years), tmf, hansen, hansen_reach)
    return Events(
        hansen=hansen,
        tmf=tmf,
        degradation=degradation,
        counted=(hansen | tmf | confirmed) & years,
        hansen_spent=loss.valid & (_between(loss.values, 1, _LAST_BEFORE) | in_2020),
        hansen_alone_2021=(hansen == 1) & (tmf == 0),
    )


def looks(reading: Reading, happened: Events, period: Period) -> Looks:
    """Which family would see a loss (rules 3 and 8): layers of one event, and layers that do not look at a class, do not."""
    mask, loss = reading["hansen_gfc.datamask"], reading["hansen_gfc.lossyear"]
    annual = [reading[f"jrc_tmf.AnnualChange_{year}"] for year in range(CUT_OFF.year, period.tmf_last + 1)]
    tmf = reading["jrc_tmf.DeforestationYear"].valid & reading["jrc_tmf.DegradationYear"].valid
    tmf = np.logical_and.reduce([tmf, *(band.valid for band in annual)])
    standing = np.isin(annual[0].values, (_UNDISTURBED, _DEGRADED, _REGROWTH))
    may_claim = mask.state != "not_configured"
    return Looks(
        hansen_forest=loss.valid & ((_hansen_land(reading) & ~happened.hansen_spent) | (happened.hansen != 0)),
        hansen_other=loss.valid & ((mask.valid & (mask.values != 0)) if may_claim else True),
        tmf_forest=tmf & (standing | (happened.tmf != 0)),
        tmf_other=tmf,
        hansen_may_claim=may_claim,
    )


def agreeing(bits: Bits, event: Bits, reach: int, rules: Thresholds) -> Mask:
    """Whether a family with events `bits` has one within `reach` cells and a year of each cell's first `event` (one bit or none)."""
    wanted = event.copy()
    for gap in range(1, rules.agreement_max_gap_years + 1):
        wanted |= (event << np.uint16(gap)) | (event >> np.uint16(gap))
    near: Mask = (spread(bits, reach) & wanted) != 0
    return near


def first_event(bits: Bits) -> Bits:
    """The earliest year of each set, as a set of one; the empty set stays empty."""
    return _lowest(bits)


def year_index(event: Bits) -> NDArray[np.intp]:
    """0 for 2021, 1 for 2022, ... for sets of one year; -1 for the empty set."""
    index: NDArray[np.intp] = np.where(event == 0, -1, np.bitwise_count(event - np.uint16(1))).astype(np.intp)
    return index


def _hansen_land(reading: Reading) -> Mask:
    """Where Hansen looked: land by its datamask, or everywhere when no datamask is configured."""
    mask, loss = reading["hansen_gfc.datamask"], reading["hansen_gfc.lossyear"]
    return loss.valid if mask.state == "not_configured" else loss.valid & mask.valid & (mask.values == 1)


def _plantation(reading: Reading) -> Mask:
    subtype, first = reading["jrc_tmf.TransitionMap_Subtypes"], reading["jrc_tmf.DeforestationYear"]
    before = first.valid & _between(first.values, 1, CUT_OFF.year)
    old = np.isin(subtype.values, _OLD_PLANTATIONS) | ((subtype.values == _PLANTATION_WITH_DATE) & before)
    found: Mask = subtype.valid & old
    return found


def _confirmed(start: Bits, tmf: Bits, hansen: Bits, hansen_reach: int) -> Bits:
    """Degradation that TMF later calls deforestation, or that Hansen calls loss within a pixel, from the year before on."""
    if not start.any():
        return start
    later = _at_or_after(start) & tmf
    near = _at_or_after(start | (start >> np.uint16(1))) & spread(hansen, hansen_reach)
    return np.where((later | near) != 0, start, np.uint16(0))


def _at_or_after(start: Bits) -> Bits:
    """Years from the lowest of each set on; none for the empty set."""
    low = _lowest(start)
    return np.where(low == 0, np.uint16(0), ~(low - np.uint16(1)))


def _later_class(reading: Reading, period: Period, before: tuple[int, ...], after: int) -> Bits:
    """The first year after 2020 in which a cell of class `before` in December 2020 has the class `after`."""
    start = reading[f"jrc_tmf.AnnualChange_{CUT_OFF.year}"]
    found = np.zeros(start.values.shape, dtype=np.uint16)
    if not start.valid.any():
        return found
    from_class = start.valid & np.isin(start.values, before)
    for year in range(period.tmf_last, CUT_OFF.year, -1):
        now = reading[f"jrc_tmf.AnnualChange_{year}"]
        found[from_class & now.valid & (now.values == after)] = 1 << (year - FIRST_YEAR)
    return found


def _year_bits(values: NDArray[np.generic], valid: Mask, epoch: int) -> Bits:
    """The year `values + epoch` as a set of one, for years after the cut-off; value 0 is no event."""
    table = np.zeros(65_536, dtype=np.uint16)
    table[FIRST_YEAR - epoch : FIRST_YEAR - epoch + 16] = 1 << np.arange(16)
    bits: Bits = table[values.astype(np.uint16, copy=False)]
    bits[~valid] = 0
    return bits


def _lowest(bits: Bits) -> Bits:
    lowest: Bits = bits & (~bits + np.uint16(1))
    return lowest


def _between(values: NDArray[np.generic], low: int, high: int) -> Mask:
    inside: Mask = (values >= low) & (values <= high)  # type: ignore[operator]
    return inside
