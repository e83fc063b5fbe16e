"""What each layer gives under each plot before any sum: its share, its state, and which baseline the plot stands on."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from contracts.v1.results.eudr_deforestation import LayerState
from services.deforestation.alerts import Alerts
from services.deforestation.entries import Entries
from services.deforestation.events import Looks
from services.deforestation.extras import MAIN_CLASSES, ROLES, SYSTEMS, Extras
from services.deforestation.forest import BaselineSource, Reading
from services.deforestation.patches import Mask
from services.deforestation.rules import CUT_OFF, OPTIONAL_BANDS, Thresholds, required_bands
from services.deforestation.sums import share_under

StateAlone = Callable[[str, int], LayerState]
"""State of one band under the plot at that position of the group, read for it alone: no neighbour may change it."""
Shares = Mapping[str, list[float]]
"""By name and plot."""

_NOT_CONFIGURED: dict[str, LayerState] = dict.fromkeys(ROLES, "not_configured")
_WORST_FIRST: tuple[LayerState, ...] = ("failed", "not_configured", "not_covered", "available")


@dataclass(frozen=True)
class Standing:
    """What is known of one plot before its sums: its kind, and what each layer gives there."""

    plot_area_ha: float
    outer_area_ha: float
    is_point: bool
    pixel_ha: float
    """The largest pixel of the families there."""
    analysis_grid: str
    source: BaselineSource | None
    valid_fraction: float
    shares: Mapping[str, float]
    """Share of the plot in which a family, or an alert system that is none, has data; without those that are not configured."""
    layer_states: dict[str, LayerState]
    remarks: tuple[str, ...]
    """Layers that cover a part, and bands that are not configured."""
    layer_reasons: tuple[str, ...]
    """Why layers are not available, and which bands they lack."""

    families_available: int
    families_watching: int
    """Of these, those whose silence is an observation. A raster of alerts does not tell where it looked from where it did not."""

    def share(self, name: str) -> float:
        """Share of the plot in which the family or system has data."""
        return self.shares.get(name, 0.0)

    @cached_property
    def failed_layers(self) -> tuple[str, ...]:
        """Layers that failed and are more than context."""
        if "failed" not in self.layer_states.values():
            return ()
        return tuple(layer for layer, state in self.layer_states.items() if state == "failed" and ROLES.get(layer) != "context")

    @cached_property
    def loss_known(self) -> bool:
        """Whether there is a baseline, and anything that could show a loss."""
        return self.source is not None and any(share > 0 for share in self.shares.values())


def valid_shares(
    under: Entries, outlines: int, plots: int, reading: Reading, looks: Looks, alerts: Alerts, more: Extras, tmf_last: int
) -> dict[str, list[float]]:
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
    shares = _shares_of(masks, lambda mask: share_under(under, outlines, mask, total)[:plots].tolist())
    return shares | {
        layer: [min(of_plot) for of_plot in zip(*(shares[band] for band in bands), strict=True)]
        for layer, bands in required_bands(tmf_last).items()
    }


def layer_states(
    shares: Shares, position: int, failing: frozenset[str], more: Extras, tmf_last: int, alone: StateAlone, rules: Thresholds
) -> dict[str, LayerState]:
    """State of every layer under one plot: the worst of the bands that it needs, and `failed` when any configured band failed.

    `failing` are the bands that failed somewhere in the window.
    """
    states: dict[str, LayerState] = {}
    for layer, bands in required_bands(tmf_last).items():
        if not failing and shares[layer][position] >= rules.covered_min_share:
            states[layer] = "available"
            continue
        needed = [_band_state(band, shares[band][position], position, alone, rules) for band in bands]
        optional = failing & {*OPTIONAL_BANDS[layer], *((MAIN_CLASSES,) if layer == "jrc_tmf" else ())}
        states[layer] = "failed" if _broken(optional, position, alone) else min(needed, key=_WORST_FIRST.index)
    states |= _NOT_CONFIGURED
    for layer, sets in more.read.items():
        if failing and _broken({band for bands in sets for band in bands} & failing, position, alone):
            states[layer] = "failed"
        else:
            states[layer] = "available" if shares[layer][position] > 0 else "not_covered"
    return states


def remarks(
    shares: Shares,
    position: int,
    lacking: frozenset[str],
    more: Extras,
    states: Mapping[str, LayerState],
    tmf_last: int,
    rules: Thresholds,
) -> tuple[str, ...]:
    """Flags for layers that cover only a part of the plot, and for optional bands that are `lacking`: not configured here."""
    told = []
    for layer in required_bands(tmf_last):
        if states[layer] != "available":
            continue
        if shares[layer][position] < rules.covered_min_share:
            told.append(f"partial_cover:{layer}")
        told += [f"band_not_configured:{band}" for band in OPTIONAL_BANDS[layer] if band in lacking]
    told += [
        f"partial_cover:{layer}"
        for layer in more.read
        if states[layer] == "available" and shares[layer][position] < rules.covered_min_share
    ]
    return tuple(told)


def layer_reasons(lacking: frozenset[str], states: Mapping[str, LayerState], more: Extras, tmf_last: int) -> tuple[str, ...]:
    """Codes of the layers that are not available, and beside a layer of which only some bands are configured those that it lacks.

    That an optional layer is not configured is said by its state alone.
    """
    needed = required_bands(tmf_last)
    told = [
        f"layer_{state}:{layer}"
        for layer, state in states.items()
        if state != "available" and (layer in needed or state != "not_configured")
    ]
    for bands in needed.values():
        away = lacking.intersection(bands) if lacking else ()
        if 0 < len(away) < len(bands):
            told += [f"band_not_configured:{band}" for band in bands if band in away]
    return (*told, *(f"band_not_configured:{band}" for band in more.lacking))


def baseline_source(shares: Shares, position: int, rules: Thresholds) -> BaselineSource | None:
    """GFC2020 where it covers enough of the plot, else Hansen's vote, else TMF's undisturbed forest, else nothing."""
    if shares["jrc_gfc2020.map"][position] >= rules.covered_min_share:
        return "jrc_gfc2020"
    if min(shares["hansen_gfc.treecover2000"][position], shares["hansen_gfc.lossyear"][position]) > 0:
        return "hansen_gfc"
    return "jrc_tmf" if shares[f"jrc_tmf.AnnualChange_{CUT_OFF.year}"][position] > 0 else None


def baseline_share(shares: Shares, position: int, source: BaselineSource | None) -> float:
    """Share of the plot in which the baseline of that source has a value."""
    bands = {
        "jrc_gfc2020": "jrc_gfc2020.map",
        "hansen_gfc": "hansen_gfc.treecover2000",
        "jrc_tmf": f"jrc_tmf.AnnualChange_{CUT_OFF.year}",
    }
    return 0.0 if source is None else min(1.0, shares[bands[source]][position])


def _shares_of(masks: Mapping[str, Mask], share_of: Callable[[Mask], list[float]]) -> dict[str, list[float]]:
    """The share of each mask; of those that are equal, as most bands of a layer are, it is reckoned once."""
    shares: dict[str, list[float]] = {}
    alike: dict[int, list[str]] = {}
    for name, mask in masks.items():
        others = alike.setdefault(int(np.count_nonzero(mask)), [])
        same = next((other for other in others if np.array_equal(masks[other], mask)), None)
        if same is None:
            others.append(name)
        shares[name] = share_of(mask) if same is None else shares[same]
    return shares


def _band_state(band: str, share: float, position: int, alone: StateAlone, rules: Thresholds) -> LayerState:
    if share >= rules.covered_min_share:
        return "available"
    state = alone(band, position)
    if state == "failed":
        return "failed"
    if share > 0:
        return "available"
    return "not_covered" if state == "available" else state


def _broken(failing: Collection[str], position: int, alone: StateAlone) -> bool:
    return any(alone(band, position) == "failed" for band in failing)


def _join(masks: dict[str, Mask], name: str, mask: Mask) -> None:
    masks[name] = masks[name] | mask if name in masks else mask
