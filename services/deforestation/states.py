"""The state of each layer under each plot of a group, and what plots are told of layers that are not there."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from services.deforestation.extras import MAIN_CLASSES, ROLES, Extras
from services.deforestation.forest import Reading
from services.deforestation.rules import OPTIONAL_BANDS, Thresholds, required_bands
from shared.columns import alike

Shares = Mapping[str, NDArray[np.float64]]
"""Share of each plot's area in which a band, a family or a layer has a value, by name; [plots]."""
Mask = NDArray[np.bool_]
States = Mapping[str, NDArray[np.int8]]
"""By layer, places in `WORST_FIRST`; [plots]."""
StateAlone = Callable[[str, int], LayerState]
"""State of one band under the plot at that position of the group, read for it alone: no neighbour may change it."""

WORST_FIRST: Final[tuple[LayerState, ...]] = ("failed", "not_configured", "not_covered", "available")
FAILED, NOT_CONFIGURED, NOT_COVERED, AVAILABLE = range(len(WORST_FIRST))


def lacking(reading: Reading) -> frozenset[str]:
    """Bands that are not configured."""
    return frozenset(band for band, held in reading.items() if held.state == "not_configured")


def layer_states(shares: Shares, reading: Reading, more: Extras, tmf_last: int, alone: StateAlone, rules: Thresholds) -> States:
    """State of every layer under the plots: the worst of the bands that it needs, and `failed` where any configured band failed.

    A band that failed somewhere in the window is asked of each plot `alone`, where that may matter.
    """
    failing = {band for band, held in reading.items() if held.state == "failed"}
    states: dict[str, NDArray[np.int8]] = {}
    for layer, bands in required_bands(tmf_last).items():
        needed = [_band_state(band, shares[band], reading, alone, rules) for band in bands]
        optional = failing & {*OPTIONAL_BANDS[layer], *((MAIN_CLASSES,) if layer == "jrc_tmf" else ())}
        states[layer] = np.where(_broken(optional, len(needed[0]), alone), np.int8(FAILED), np.minimum.reduce(needed))
    plots = len(next(iter(states.values())))
    states |= dict.fromkeys(ROLES, np.full(plots, NOT_CONFIGURED, dtype=np.int8))
    for layer, sets in more.read.items():
        broken = _broken({band for bands in sets for band in bands} & failing, plots, alone)
        states[layer] = np.select([broken, shares[layer] > 0], [FAILED, AVAILABLE], NOT_COVERED).astype(np.int8)
    return states


def told(states: States) -> list[dict[str, LayerState]]:
    """The states of each plot by layer; plots that are alike share one mapping."""
    rows = list(zip(*(column.tolist() for column in states.values()), strict=True))
    return alike(rows, lambda row: {layer: WORST_FIRST[place] for layer, place in zip(states, row, strict=True)})


def remarks(shares: Shares, states: States, missing: frozenset[str], more: Extras, tmf_last: int, rules: Thresholds) -> dict[str, Mask]:
    """Where layers cover only a part of the plot, and where optional bands are `missing`: not configured here; by flag."""
    found: dict[str, Mask] = {}
    for layer in required_bands(tmf_last):
        there = states[layer] == AVAILABLE
        found[f"partial_cover:{layer}"] = there & (shares[layer] < rules.covered_min_share)
        found |= {f"band_not_configured:{band}": there for band in OPTIONAL_BANDS[layer] if band in missing}
    for layer in more.read:
        found[f"partial_cover:{layer}"] = (states[layer] == AVAILABLE) & (shares[layer] < rules.covered_min_share)
    return _somewhere(found)


def layer_reasons(states: States, missing: frozenset[str], more: Extras, tmf_last: int) -> dict[str, Mask]:
    """Where layers are not available, and beside a layer of which only some bands are configured those that it lacks; by code.

    That an optional layer is not configured is said by its state alone.
    """
    needed = required_bands(tmf_last)
    found: dict[str, Mask] = {}
    for layer, column in states.items():
        worth_saying = (FAILED, NOT_CONFIGURED, NOT_COVERED) if layer in needed else (FAILED, NOT_COVERED)
        found |= {f"layer_{WORST_FIRST[place]}:{layer}": column == place for place in worth_saying}
    plots = len(states[next(iter(needed))])
    parts = [missing.intersection(bands) for bands in needed.values() if 0 < len(missing.intersection(bands)) < len(bands)]
    lacked = (*frozenset[str]().union(*parts), *more.lacking)
    return _somewhere(found) | {f"band_not_configured:{band}": np.ones(plots, dtype=np.bool_) for band in lacked}


def failed_layers(states: States) -> dict[str, Mask]:
    """Where layers failed that are more than context, by layer; without those that failed nowhere."""
    return _somewhere({layer: column == FAILED for layer, column in states.items() if ROLES.get(layer) != "context"})


def _somewhere(masks: Mapping[str, Mask]) -> dict[str, Mask]:
    """Without masks that hold nowhere."""
    return {name: mask for name, mask in masks.items() if mask.any()}


def _band_state(band: str, share: NDArray[np.float64], reading: Reading, alone: StateAlone, rules: Thresholds) -> NDArray[np.int8]:
    """Available where the band covers enough, or something and has not failed there."""
    held = reading[band].state
    nothing = NOT_CONFIGURED if held == "not_configured" else NOT_COVERED
    states = np.where(share > 0, np.int8(AVAILABLE), np.int8(nothing))
    for at in np.flatnonzero(share < rules.covered_min_share) if held == "failed" else ():
        state = alone(band, int(at))
        if state == "failed":
            states[at] = FAILED
    return states


def _broken(failing: Collection[str], plots: int, alone: StateAlone) -> Mask:
    """Where any of the bands fails."""
    if not failing:
        return np.zeros(plots, dtype=np.bool_)
    return np.array([any(alone(band, at) == "failed" for band in failing) for at in range(plots)], dtype=np.bool_)
