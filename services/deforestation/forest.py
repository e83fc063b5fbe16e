"""The forest of 2020 in one window: who votes for it, which of it counts, and the plantations that are left out of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.deforestation.extras import GFT, LAND_COVER_2020, PALM, Extras
from services.deforestation.patches import Mask, forest_patches
from services.deforestation.rules import CUT_OFF, HANSEN_EPOCH, Thresholds
from shared.geo.areas import M2_PER_HA
from shared.rasters.band import Band
from shared.rasters.catalogue import layer_of
from shared.rasters.encoding import event_dates

Reading: TypeAlias = Mapping[str, Band]
"""Every band that is read, by `layer.band`, on one window; a band that is not there has no valid cell."""
BaselineSource: TypeAlias = Literal["jrc_gfc2020", "hansen_gfc", "jrc_tmf"]

UNDISTURBED, DEGRADED, DEFORESTED, REGROWTH = 1, 2, 3, 4
STANDING = (UNDISTURBED, DEGRADED, REGROWTH)
"""TMF's classes of forest."""
GFT_NATURAL, GFT_PRIMARY, GFT_PLANTED = 1, 10, 20
LAST_BEFORE = CUT_OFF.year - HANSEN_EPOCH
_OLD_PLANTATIONS = (81, 82, 83, 84)
_PLANTATION_WITH_DATE = 85
_TREES, _MANGROVES = 10, 95
TMF_PLANTATIONS = "jrc_tmf.TransitionMap_Subtypes"


@dataclass(frozen=True)
class Votes:
    """Whose word makes a cell forest in 2020; all [height, width]."""

    gfc_forest: Mask
    gfc_valid: Mask
    hansen_forest: Mask
    hansen_valid: Mask
    others: tuple[tuple[Mask, Mask], ...]
    """Forest and valid of every other voter that is configured: TMF, WorldCover."""
    primary: Mask
    """TMF undisturbed of December 2020, or primary forest of GFT2020."""
    tmf_undisturbed: Mask
    tmf_valid: Mask
    plantations: Mapping[str, Mask]
    """Commodity plantations that stood before the cut-off by band, never on primary forest; without those of which there is none."""

    @cached_property
    def agreed_plantations(self) -> NDArray[np.uint8]:
        """How many plantation layers say so of each cell."""
        return _count(list(self.plantations.values()))

    @property
    def voters(self) -> tuple[tuple[Mask, Mask], ...]:
        """Forest and valid of every voter."""
        return ((self.hansen_forest, self.hansen_valid), *self.others)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Forest of 2020 by one source; all [height, width]."""

    forest: Mask
    disputed: Mask
    undecided: Mask


def votes(reading: Reading, more: Extras, rules: Thresholds) -> Votes:
    """Votes on the forest of 2020 (methods 1.5, rules 1 and 2). Hansen abstains on gain, on earlier loss and off land."""
    gfc, cover, loss = (reading[band] for band in ("jrc_gfc2020.map", "hansen_gfc.treecover2000", "hansen_gfc.lossyear"))
    gain, annual = reading["hansen_gfc.gain"], reading[f"jrc_tmf.AnnualChange_{CUT_OFF.year}"]
    gained = gain.valid & (gain.values == 1)
    hansen_valid = cover.valid & hansen_land(reading) & ~gained & ~between(loss.values, 1, LAST_BEFORE)
    undisturbed = annual.valid & (annual.values == UNDISTURBED)
    primary = undisturbed
    if GFT in reading:
        primary = undisturbed | (reading[GFT].valid & (reading[GFT].values == GFT_PRIMARY))
    others = [(annual.valid & one_of(annual.values, STANDING), annual.valid)]
    if LAND_COVER_2020 in reading:
        land = reading[LAND_COVER_2020]
        others.append((land.valid & one_of(land.values, (_TREES, _MANGROVES)), land.valid))
    return Votes(
        gfc_forest=gfc.valid & (gfc.values == 1),
        gfc_valid=gfc.valid,
        hansen_forest=hansen_valid & (cover.values > rules.forest_min_cover_pct),
        hansen_valid=hansen_valid,
        others=tuple(others),
        primary=primary,
        tmf_undisturbed=undisturbed,
        tmf_valid=annual.valid,
        plantations=_plantations(reading, more, ~primary),
    )


def baseline(said: Votes, reading: Reading, by_gfc2020: bool, rules: Thresholds, row_area_m2: NDArray[np.float64]) -> Baseline:
    """Forest of 2020, by GFC2020 or by the others, and its 0.5 ha rule, before commodities are left out (which depends on the plot)."""
    if by_gfc2020:
        count = _count([forest for forest, _ in said.voters])
        sure = said.gfc_forest | said.primary
        disputed = ~sure & ((count >= rules.votes_for_disputed_forest) | (~said.gfc_valid & (count > 0)))
        unknown = ~said.gfc_valid
    else:
        sure, disputed = said.hansen_forest | said.primary, np.zeros_like(said.primary)
        unknown = ~(reading["hansen_gfc.treecover2000"].valid | said.tmf_valid)
    patches = forest_patches(sure | disputed, unknown, row_area_m2, rules.forest_min_patch_ha * M2_PER_HA)
    return Baseline(patches.kept, disputed & patches.kept, patches.undecided)


def left_out(said: Votes, layers: Iterable[str], rules: Thresholds) -> Mask:
    """Plantations that are left out: of these `layers`, and where enough layers agree; [height, width]."""
    found: Mask = np.zeros_like(said.primary)
    for layer in layers:
        found |= said.plantations[layer]
    if len(said.plantations) >= rules.agreeing_plantation_layers:
        found |= said.agreed_plantations >= rules.agreeing_plantation_layers
    return found


def hansen_land(reading: Reading) -> Mask:
    """Where Hansen looked: land by its datamask, or everywhere when no datamask is configured."""
    mask, loss = reading["hansen_gfc.datamask"], reading["hansen_gfc.lossyear"]
    return loss.valid if mask.state == "not_configured" else loss.valid & mask.valid & (mask.values == 1)


def between(values: NDArray[np.generic], low: int, high: int) -> Mask:
    """Whether values lie within both ends."""
    inside: Mask = (values >= low) & (values <= high)  # type: ignore[operator]
    return inside


def one_of(values: NDArray[np.generic], codes: tuple[int, ...]) -> Mask:
    """Whether values are one of a few codes; several times as fast as `isin`."""
    found: Mask = values == codes[0]
    for code in codes[1:]:
        found |= values == code
    return found


def _count(masks: list[Mask]) -> NDArray[np.uint8]:
    """How many of the masks hold of each cell."""
    count = masks[0].astype(np.uint8)
    for mask in masks[1:]:
        count += mask
    return count


def _plantations(reading: Reading, more: Extras, outside_primary: Mask) -> dict[str, Mask]:
    found = {TMF_PLANTATIONS: _tmf_plantation(reading)}
    for name in more.plantations:
        found[name] = _planted_by_cut_off(reading[name]) if name == PALM else reading[name].valid & (reading[name].values == 1)
    kept = {name: mask & outside_primary for name, mask in found.items()}
    return {name: mask for name, mask in kept.items() if mask.any()}


def _tmf_plantation(reading: Reading) -> Mask:
    subtype, first = reading[TMF_PLANTATIONS], reading["jrc_tmf.DeforestationYear"]
    before = first.valid & between(first.values, 1, CUT_OFF.year)
    old = one_of(subtype.values, _OLD_PLANTATIONS) | ((subtype.values == _PLANTATION_WITH_DATE) & before)
    found: Mask = subtype.valid & old
    return found


def _planted_by_cut_off(band: Band) -> Mask:
    """Palms planted on or before the cut-off, by their day."""
    layer, _, name = PALM.partition(".")
    planted = np.zeros(band.values.shape, dtype=np.bool_)
    there = band.valid & (band.values != 0)
    planted[there] = event_dates(band.values[there], layer_of(layer).band(name)) <= np.datetime64(CUT_OFF, "D")
    return planted
