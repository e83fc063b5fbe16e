"""What the layers give under the plots of a group before any sum: their shares, and which baseline each plot stands on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.deforestation.alerts import Alerts
from services.deforestation.entries import Entries
from services.deforestation.events import Looks
from services.deforestation.extras import SYSTEMS, Extras
from services.deforestation.forest import BaselineSource, Reading
from services.deforestation.patches import Mask
from services.deforestation.rules import CUT_OFF, Thresholds, required_bands
from services.deforestation.states import AVAILABLE, Shares, States
from services.deforestation.sums import share_under

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SOURCES: Final[tuple[BaselineSource, ...]] = ("jrc_gfc2020", "hansen_gfc", "jrc_tmf")
GFC2020, HANSEN, TMF = range(len(SOURCES))
NO_SOURCE: Final = -1
_BASELINE_BANDS: Final = ("jrc_gfc2020.map", "hansen_gfc.treecover2000", f"jrc_tmf.AnnualChange_{CUT_OFF.year}")
"""Of each source, the band that says where it has a value."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of plots before their sums: their kind, and what each layer gives there; aligned by plot."""

    area_ha: Floats
    outer_area_ha: Floats
    """Without holes; 0 for plots that have none."""
    is_point: Mask
    pixel_ha: Floats
    """The largest pixel of the families there."""
    grid: NDArray[np.object_]
    """The layer whose cells are compared."""
    source: Ints
    """Place in `SOURCES`, or `NO_SOURCE`."""
    valid_fraction: Floats
    shares: Shares
    """Share of the plot in which a family, or an alert system that is none, has data; without those that are not configured."""
    states: States
    remarks: Mapping[str, Mask]
    """Where layers cover a part, and bands are not configured."""
    layer_reasons: Mapping[str, Mask]
    """Where layers are not available, and lack bands."""
    failed_layers: Mapping[str, Mask]
    """Where a layer failed that is more than context."""
    families_available: Ints
    families_watching: Ints
    """Of these, those whose silence is an observation. A raster of alerts does not tell where it looked from where it did not."""

    def __len__(self) -> int:
        return len(self.area_ha)

    def has(self, name: str) -> Mask:
        """Where the family or system has data."""
        there: Mask = self.shares[name] > 0 if name in self.shares else np.zeros(len(self), dtype=np.bool_)
        return there

    def available(self, *layers: str) -> Mask:
        """Where any of the layers is available."""
        there: Mask = np.any([self.states[layer] == AVAILABLE for layer in layers], axis=0)
        return there

    @property
    def is_based(self) -> Mask:
        """Where there is a baseline."""
        mask: Mask = self.source != NO_SOURCE
        return mask

    @property
    def loss_known(self) -> Mask:
        """Where there is a baseline, and anything that could show a loss."""
        mask: Mask = self.is_based & np.any([share > 0 for share in self.shares.values()], axis=0)
        return mask


def valid_shares(
    under: Entries, outlines: int, plots: int, reading: Reading, looks: Looks, alerts: Alerts, more: Extras, tmf_last: int
) -> dict[str, Floats]:
    """Share of each plot's area in which a band has a value, by band; the same of families and of optional layers by their id.

    For each needed layer, the share of the band that it has least of.
    """
    total = under.total_ha(outlines)
    masks = {band: held.valid for band, held in reading.items()}
    masks |= {"hansen": reading["hansen_gfc.lossyear"].valid, "tmf": looks.tmf_other}
    for system in SYSTEMS:
        for mask, _ in alerts.known.get(system.name, ()):
            _join(masks, system.family or system.name, mask)
    for layer, sets in more.read.items():
        for bands in sets:
            _join(masks, layer, np.logical_and.reduce([reading[band].valid for band in bands]))
    shares = _shares_of(masks, lambda mask: share_under(under, outlines, mask, total)[:plots])
    return shares | {layer: np.minimum.reduce([shares[band] for band in bands]) for layer, bands in required_bands(tmf_last).items()}


def baseline_source(shares: Shares, rules: Thresholds) -> Ints:
    """GFC2020 where it covers enough of the plot, else Hansen's vote, else TMF's undisturbed forest, else nothing."""
    gfc, cover, undisturbed = (shares[band] for band in _BASELINE_BANDS)
    enough = gfc >= rules.covered_min_share
    voted = np.minimum(cover, shares["hansen_gfc.lossyear"]) > 0
    return np.select([enough, voted, undisturbed > 0], [GFC2020, HANSEN, TMF], NO_SOURCE)


def baseline_share(shares: Shares, source: Ints) -> Floats:
    """Share of each plot in which the baseline of its source has a value."""
    covered = np.minimum(1.0, [shares[band] for band in _BASELINE_BANDS])
    return np.where(source == NO_SOURCE, 0.0, covered[source, np.arange(len(source))])


def _shares_of(masks: Mapping[str, Mask], share_of: Callable[[Mask], Floats]) -> dict[str, Floats]:
    """The share of each mask; of those that are equal, as most bands of a layer are, it is reckoned once."""
    shares: dict[str, Floats] = {}
    alike: dict[int, list[str]] = {}
    for name, mask in masks.items():
        others = alike.setdefault(int(np.count_nonzero(mask)), [])
        same = next((other for other in others if np.array_equal(masks[other], mask)), None)
        if same is None:
            others.append(name)
        shares[name] = share_of(mask) if same is None else shares[same]
    return shares


def _join(masks: dict[str, Mask], name: str, mask: Mask) -> None:
    masks[name] = masks[name] | mask if name in masks else mask
