"""One result a plot: what was read of every layer, put together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.water import Water
from services.water.aqueduct import LABELS
from services.water.basins import Stress
from services.water.calendar import Floats
from services.water.cultivation import Cultivation, cultivate
from services.water.indicators import Found, Months, climate
from services.water.reading import ReadSeries
from services.water.rules import BASINS, ET_SOURCES, LAYERS, Series, Thresholds, series
from shared.outcome import Outcome, OutcomeState

HYBAS6 = "hybas6"
GAPPED = "mod16"
_STATES: tuple[LayerState, ...] = ("failed", "available", "not_covered", "not_configured")
"""Of several series of a layer the first of these that any has is the layer's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read for a chunk of n plots."""

    stress: list[Stress]
    series: Mapping[str, ReadSeries]
    """By the names of `rules.series`."""
    pixel_ha: Mapping[str, Floats]
    """[n] by series that has bands."""
    gaps: list[dict[str, float]] | None
    """[n] None without bands of MOD16."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The plots with points made discs, and the months that count."""

    plot_no: NDArray[np.integer]
    area_ha: Floats
    """[n] 0 for a point without a declared area."""
    is_point: NDArray[np.bool_]
    earliest: int
    latest: int
    rules: Thresholds


def outcome(at: int, asked: Asked, reading: Reading, crop: Cultivation) -> Outcome:
    """The outcome of the plot at a position of the chunk."""
    states = _layer_states(at, reading, series(asked.rules))
    reasons = {f"layer_{state}:{layer}" for layer, state in states.items() if state != "available"}
    if "available" not in states.values():
        state: OutcomeState = "failed" if "failed" in states.values() else "not_covered"
        return Outcome(int(asked.plot_no[at]), state, None, tuple(sorted(reasons)))
    held = {name: one.monthly.plot(at) for name, one in reading.series.items() if one.monthly is not None}
    months = Months(held, asked.earliest, asked.latest, asked.rules)
    found = climate(months)
    cultivate(months, crop, found)
    _add_stress(reading.stress[at], found)
    _add_gaps(at, reading, found)
    _add_support(at, asked, reading, found)
    values = dict.fromkeys(Water.model_fields) | found.values
    values |= {
        "periods": found.periods,
        "layer_states": states,
        "plot_area_ha": float(asked.area_ha[at]),
        "flags": tuple(sorted(found.flags)),
    }
    told = Water.model_validate({name: _rounded(value) for name, value in values.items()})
    return Outcome(int(asked.plot_no[at]), "ok", told, tuple(sorted(reasons | found.reasons)))


def _rounded(value: Any) -> Any:
    """Twelve significant digits: far below what a map knows, and equal sums print alike."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return {name: _rounded(one) for name, one in value.items()} if isinstance(value, dict) else value


def _layer_states(at: int, reading: Reading, wanted: Mapping[str, Series]) -> dict[str, LayerState]:
    states: dict[str, LayerState] = {BASINS: reading.stress[at].state}
    for layer in LAYERS[1:]:
        held = {one.states[at] for name, one in reading.series.items() if wanted[name].layer == layer}
        states[layer] = next(state for state in _STATES if state in held)
    if states[GAPPED] == "not_covered" and reading.gaps is not None and reading.gaps[at]:
        states[GAPPED] = "available"  # it says why it has no evapotranspiration there
    return states


def _add_stress(stress: Stress, found: Found) -> None:
    found.values["bws_known_share"] = stress.known_share
    if stress.score is None or stress.category is None:
        found.reasons.add("no_data:bws")
        return
    found.values |= {
        "bws_score": stress.score,
        "bws_cat": stress.category,
        "bws_label": LABELS[stress.category],
        "bwd_score": stress.depletion,
        "iav_score": stress.interannual,
        "sev_score": stress.seasonal,
        "spatial_support": HYBAS6,
    }


def _add_gaps(at: int, reading: Reading, found: Found) -> None:
    by_cause = {} if reading.gaps is None else reading.gaps[at]
    found.values["et_gap_share_by_cause"] = by_cause
    if reading.gaps is not None and reading.series["mod16_et"].states[at] != "failed":
        found.values["et_gap_share"] = min(1.0, sum(by_cause.values()))


def _add_support(at: int, asked: Asked, reading: Reading, found: Found) -> None:
    """How many cells of each layer the plot touches, and how much of one it is."""
    cells: dict[str, int] = {}
    ratios: dict[str, float] = {}
    wanted = series(asked.rules)
    for name, one in _with_bands(reading):
        layer = wanted[name].layer
        if one.cells[at] == 0 or layer in cells:
            continue
        cells[layer] = int(one.cells[at])
        if asked.area_ha[at] > 0 and np.isfinite(reading.pixel_ha[name][at]):
            ratios[layer] = float(asked.area_ha[at] / reading.pixel_ha[name][at])
    found.flags |= {f"below_pixel:{layer}" for layer, share in ratios.items() if share < asked.rules.support_min_ratio}
    if asked.is_point[at]:
        found.flags.add("point_disc" if asked.area_ha[at] > 0 else "point_sample")
    source = found.values.get("et_source")
    of_et = None if source is None else wanted[ET_SOURCES[source][0]].layer
    found.values |= {
        "n_cells": None if of_et is None else cells.get(of_et),
        "support_ratio": None if of_et is None else ratios.get(of_et),
        "n_cells_by_layer": cells,
        "support_ratio_by_layer": ratios,
    }


def _with_bands(reading: Reading) -> Iterable[tuple[str, ReadSeries]]:
    return ((name, one) for name, one in reading.series.items() if one.monthly is not None)
