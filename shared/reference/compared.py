"""The plots of a collection in a region beside the windows of that region, metric by metric; pure."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.reference.comparison import (
    PERCENTILES,
    Reference,
    difference_interval,
    effective_n,
    hodges_lehmann,
    percentile_rank,
    permutation_p,
    ratio,
    robust_z,
    weighted_mean,
    wilson,
    z_interval,
)
from shared.reference.sample import SEED, reference_of, rounded, windows_of
from shared.reference.standing import kept_text
from shared.reference.windows import LEAST, away_from

Floats = NDArray[np.float64]
LEAST_WINDOWS: Final = 30
"""With fewer windows that have a value nothing is compared. Evidence D."""
ZERO_INFLATED_SHARE: Final = 0.3
"""From this share of zeros among the windows on, a metric is compared by prevalence and not by ranks. Evidence D."""
ALL_LAND: Final = "all_land"
"""Every piece of the region's ground is equally likely."""
SAME_COVER: Final = "same_cover"
"""Windows of the land cover that most of the plots have."""
SAME_COMMODITY: Final = "same_commodity"
"""Windows that a mask of the run's crop has."""


def compared(
    sample: Mapping[str, Any],
    metrics: Mapping[str, Floats],
    area_ha: Floats,
    block: NDArray[np.int64],
    boxes: Floats,
    chosen: NDArray[np.bool_] | None = None,
    population: str = ALL_LAND,
) -> dict[str, Any]:
    """What each metric of k plots (`metrics`, [k], nan where not known) is beside the region of which `sample` is a row.

    `area_ha`, `block` ([k]) and `boxes` (degrees, [k, 4]) are those of the plots; windows within 1 km of one are dropped.
    `chosen` (bool, by window) are the windows to compare with, which `population` names; all land when None.
    """
    windows = windows_of(sample)
    kept = away_from(windows, boxes) & (True if chosen is None else chosen)
    found: dict[str, Any] = {}
    for name, values in metrics.items():
        of_windows = np.where(kept, np.array(sample["metrics"].get(name, [None] * len(windows)), dtype=np.float64), np.nan)
        found[name] = _one(values, area_ha, block, reference_of(windows, of_windows))
    return {
        "population": population,
        "windows": len(windows),
        "windows_away": int(kept.sum()),
        "few_windows": int(kept.sum()) < LEAST,
        "windows_kept": kept_text(kept),
        "metrics": found,
    }


def _one(values: Floats, area_ha: Floats, block: NDArray[np.int64], reference: Reference) -> dict[str, Any]:
    known = ~np.isnan(values) & (np.nan_to_num(area_ha) > 0)
    said: dict[str, Any] = {"n_plots": int(known.sum()), "n_ref": len(reference)}
    if not known.any():
        return {**said, "reason": "no_plot_with_a_value"}
    if len(reference) < LEAST_WINDOWS:
        return {**said, "reason": "fewer_than_30_windows"}
    rng = np.random.default_rng(SEED)
    values, area_ha, block = values[known], area_ha[known], block[known]
    mean = weighted_mean(values, area_ha)
    p10, p50, p90 = np.percentile(reference.values, PERCENTILES)
    n = effective_n(reference, rng)
    said |= {
        "mean": rounded(mean),
        "ref_mean": rounded(weighted_mean(reference.values, reference.area_ha)),
        **{name: rounded(value) for name, value in (("ref_p10", p10), ("ref_p50", p50), ("ref_p90", p90))},
        "effective_n": rounded(n),
        **_difference(values, area_ha, block, mean, reference, rng),
    }
    if np.mean(reference.values == 0) >= ZERO_INFLATED_SHARE:
        return said | _prevalence(values, reference, rng)
    return said | _ranks(values, mean, n, reference, rng)


def _difference(
    values: Floats, area_ha: Floats, block: NDArray[np.int64], mean: float, reference: Reference, rng: np.random.Generator
) -> dict[str, Any]:
    interval = difference_interval(mean, reference, rng)
    return {
        "difference": rounded(mean - weighted_mean(reference.values, reference.area_ha)),
        "difference_lo": None if interval is None else rounded(interval.low),
        "difference_hi": None if interval is None else rounded(interval.high),
        "permutation_p": rounded(permutation_p(values, area_ha, block, reference, rng)),
    }


def _ranks(values: Floats, mean: float, n: float, reference: Reference, rng: np.random.Generator) -> dict[str, Any]:
    at = np.array([mean])
    rank = float(percentile_rank(at, reference)[0])
    of_rank, of_z = wilson(rank / 100 * n, n), z_interval(mean, reference, rng)
    return {
        "percentile_rank": rounded(rank),
        "percentile_lo": None if of_rank is None else rounded(100 * of_rank.low),
        "percentile_hi": None if of_rank is None else rounded(100 * of_rank.high),
        "ratio": rounded(ratio(at, reference)[0]),
        "robust_z": rounded(robust_z(at, reference)[0]),
        "robust_z_lo": None if of_z is None else rounded(of_z.low),
        "robust_z_hi": None if of_z is None else rounded(of_z.high),
        "hodges_lehmann": rounded(hodges_lehmann(values, reference, rng)),
    }


def _prevalence(values: Floats, reference: Reference, rng: np.random.Generator) -> dict[str, Any]:
    """Share of plots and of windows where the metric is not zero; the interval is that of the windows, as many as are independent."""
    hits = (reference.values != 0).astype(np.float64)
    n = effective_n(Reference(hits, reference.area_ha, reference.block), rng)
    interval = wilson(float(hits.mean()) * n, n)
    return {
        "zero_inflated": True,
        "prevalence": rounded(float(np.mean(values != 0))),
        "ref_prevalence": rounded(float(hits.mean())),
        "ref_prevalence_lo": None if interval is None else rounded(interval.low),
        "ref_prevalence_hi": None if interval is None else rounded(interval.high),
    }
