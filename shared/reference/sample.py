"""What a statistic found in the windows of a region: one value a window and metric, and their summary; pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.result import AREA_FIELD, Aggregate, Result, aggregates
from shared.outcome import Outcome
from shared.reference.comparison import PERCENTILES, Reference, effective_n, wilson
from shared.reference.windows import Windows

Floats = NDArray[np.float64]
DIGITS: Final = 9
SEED: Final = 20_201_231
"""Of resampling: equal samples give equal intervals."""
DENSE: Final[tuple[Aggregate, ...]] = ("mean", "sum")
PER_HA: Final = "_per_ha"


def metric_names(model: type[Result]) -> dict[str, str]:
    """The metrics that are compared, by the field that they come from: amounts become amounts per hectare."""
    kinds = aggregates(model)
    return {name: name + PER_HA if kind == "sum" else name for name, kind in kinds.items() if kind in DENSE and name != AREA_FIELD}


def metrics_of(model: type[Result], values: Mapping[str, Any] | None) -> dict[str, float | None]:
    """The metrics of one plot or window from its values by name; None where one is not known."""
    found: dict[str, float | None] = {}
    for name, metric in metric_names(model).items():
        value = None if values is None else values.get(name)
        area_ha = None if values is None else values.get(AREA_FIELD)
        per_ha = metric != name
        if value is None or (per_ha and not area_ha):
            found[metric] = None
        else:
            found[metric] = float(value) / float(area_ha or 1.0) if per_ha else float(value)
    return found


def sample_of(model: type[Result], windows: Windows, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """A row of `region_values`: windows with their metrics in order, and of each metric its summary over all of them."""
    rows = [None if outcome.values is None else outcome.values.model_dump() for outcome in outcomes]
    metrics: dict[str, list[float | None]] = {name: [] for name in metric_names(model).values()}
    for row in rows:
        for name, value in metrics_of(model, row).items():
            metrics[name].append(None if value is None else round(value, DIGITS))
    states = [outcome.state for outcome in outcomes]
    return {
        "size_ha": windows.size_ha,
        "lon": [round(float(value), 7) for value in windows.lon],
        "lat": [round(float(value), 7) for value in windows.lat],
        "states": {state: states.count(state) for state in sorted(set(states))},
        "metrics": metrics,
        "summary": {name: summary(reference_of(windows, np.array(values, dtype=np.float64))) for name, values in metrics.items()},
    }


def windows_of(sample: Mapping[str, Any]) -> Windows:
    """The windows of a stored sample."""
    return Windows(np.array(sample["lon"], dtype=np.float64), np.array(sample["lat"], dtype=np.float64), float(sample["size_ha"]))


def reference_of(windows: Windows, values: Floats) -> Reference:
    """The windows as a reference population; all are of one size."""
    return Reference.of(values, np.full(len(windows), windows.size_ha), windows.block)


def summary(reference: Reference) -> dict[str, float | int | None]:
    """Mean, percentiles, and the share of windows where the metric is not zero with its interval; null without a window."""
    if not len(reference):
        return {"n": 0, **dict.fromkeys(("mean", "p10", "p50", "p90", "effective_n", "prevalence", "prevalence_lo", "prevalence_hi"))}
    rng = np.random.default_rng(SEED)
    p10, p50, p90 = np.percentile(reference.values, PERCENTILES)
    n = effective_n(reference, rng)
    prevalence = float(np.mean(reference.values != 0))
    interval = wilson(prevalence * n, n)
    return {
        "n": len(reference),
        "mean": rounded(float(reference.values.mean())),
        "p10": rounded(p10),
        "p50": rounded(p50),
        "p90": rounded(p90),
        "effective_n": rounded(n),
        "prevalence": rounded(prevalence),
        "prevalence_lo": None if interval is None else rounded(interval.low),
        "prevalence_hi": None if interval is None else rounded(interval.high),
    }


def rounded(value: float | np.floating[Any]) -> float | None:
    """A number as it is stored; None for nan."""
    return None if np.isnan(value) else round(float(value), DIGITS)
