"""What each layer gives under each plot before any sum: its share, its state, and which baseline the plot stands on."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from services.deforestation.evidence import BaselineSource, Looks, Reading
from services.deforestation.rules import CUT_OFF, OPTIONAL_BANDS, Thresholds, required_bands
from services.deforestation.sums import share_under, total_area_ha
from services.deforestation.windows import Entries

StateAlone = Callable[[str, int], LayerState]
"""State of one band under the plot at that position of the group, read for it alone: no neighbour may change it."""
Shares = Mapping[str, NDArray[np.float64]]

_WORST_FIRST: tuple[LayerState, ...] = ("failed", "not_configured", "not_covered", "available")


def valid_shares(under: Entries, outlines: int, plots: int, reading: Reading, looks: Looks) -> dict[str, NDArray[np.float64]]:
    """Share of each plot's area in which a band has a value, by band; and by family, in which all that it needs has one."""
    total = total_area_ha(under, outlines)
    masks = {band: held.valid for band, held in reading.items()}
    masks |= {"hansen": reading["hansen_gfc.lossyear"].valid, "tmf": looks.tmf_other}
    return {name: share_under(under, outlines, mask, total)[:plots] for name, mask in masks.items()}


def layer_states(
    shares: Shares, position: int, reading: Reading, tmf_last: int, alone: StateAlone, rules: Thresholds
) -> dict[str, LayerState]:
    """State of every layer under one plot: the worst of the bands that it needs, and `failed` when any configured band failed."""
    states: dict[str, LayerState] = {}
    for layer, bands in required_bands(tmf_last).items():
        needed = [_band_state(band, shares[band][position], position, alone, rules) for band in bands]
        broken = [band for band in OPTIONAL_BANDS[layer] if reading[band].state == "failed" and alone(band, position) == "failed"]
        states[layer] = "failed" if broken else min(needed, key=_WORST_FIRST.index)
    return states


def remarks(
    shares: Shares, position: int, reading: Reading, states: Mapping[str, LayerState], tmf_last: int, rules: Thresholds
) -> tuple[str, ...]:
    """Flags for layers that cover only a part of the plot, and for optional bands that this deployment lacks."""
    told = []
    for layer, bands in required_bands(tmf_last).items():
        if states[layer] != "available":
            continue
        if min(shares[band][position] for band in bands) < rules.covered_min_share:
            told.append(f"partial_cover:{layer}")
        told += [f"band_not_configured:{band}" for band in OPTIONAL_BANDS[layer] if reading[band].state == "not_configured"]
    return tuple(told)


def layer_reasons(reading: Reading, states: Mapping[str, LayerState], tmf_last: int) -> tuple[str, ...]:
    """Codes of the layers that are not available, and beside a layer of which only some bands are configured those that it lacks."""
    told = [f"layer_{state}:{layer}" for layer, state in states.items() if state != "available"]
    for bands in required_bands(tmf_last).values():
        lacking = [band for band in bands if reading[band].state == "not_configured"]
        if 0 < len(lacking) < len(bands):
            told += [f"band_not_configured:{band}" for band in lacking]
    return tuple(told)


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
    return 0.0 if source is None else min(1.0, float(shares[bands[source]][position]))


def _band_state(band: str, share: float, position: int, alone: StateAlone, rules: Thresholds) -> LayerState:
    if share >= rules.covered_min_share:
        return "available"
    state = alone(band, position)
    if state == "failed":
        return "failed"
    if share > 0:
        return "available"
    return "not_covered" if state == "available" else state
