"""Plots beside a reference population: ranks, robust scores, ratios, and how sure these are in the face of neighbours that are alike."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.reference.blocks import block_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAD_TO_SIGMA: Final = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
Z_95: Final = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""
DRAWS: Final = 999
"""Bootstrap samples and permutations."""
MOST_DIFFERENCES: Final = 2000
"""Plots whose differences to every window are formed; of more, so many are drawn."""
PERCENTILES: Final = (10.0, 50.0, 90.0)


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """n values of one metric in windows of a region, with the area (ha) and the 10 km block of each; none is nan."""

    values: Floats
    area_ha: Floats
    block: Ints

    @classmethod
    def of(cls, values: Floats, area_ha: Floats, block: Ints) -> "Reference":
        """The windows that have a value, in the order of their values."""
        known = ~np.isnan(values)
        order = np.argsort(values[known], kind="stable")
        return cls(values[known][order], area_ha[known][order], block[known][order])

    def __len__(self) -> int:
        return len(self.values)


def percentile_rank(x: Floats, reference: Reference) -> Floats:
    """Share of the windows below each `x` (shape [k]), those equal to it counted half (mid-rank); 0 to 100, nan for nan."""
    below = np.searchsorted(reference.values, x, side="left")
    through = np.searchsorted(reference.values, x, side="right")
    return np.where(np.isnan(x) | (len(reference) == 0), np.nan, 50.0 * (below + through) / max(1, len(reference)))


def robust_z(x: Floats, reference: Reference) -> Floats:
    """`(x - median) / (1.4826 MAD)` of each `x`; nan where half of the windows have one value, so that the MAD is 0."""
    if len(reference) == 0:
        return np.full(len(x), np.nan)
    median = float(np.median(reference.values))
    scale = MAD_TO_SIGMA * float(np.median(np.abs(reference.values - median)))
    return (x - median) / scale if scale > 0 else np.full(len(x), np.nan)


def ratio(x: Floats, reference: Reference) -> Floats:
    """Each `x` over the median of the windows; nan where that is 0."""
    median = float(np.median(reference.values)) if len(reference) else 0.0
    return x / median if median != 0 else np.full(len(x), np.nan)


def weighted_mean(values: Floats, area_ha: Floats) -> float:
    """Mean of the values weighted by area; nan without area."""
    total = float(area_ha.sum())
    return float((values * area_ha).sum() / total) if total > 0 else float("nan")


def effective_n(reference: Reference, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """Independent windows that would fix the mean as well as these do: their variance over that of the mean by the block bootstrap.

    At most as many as there are; one where they all lie in one block.
    """
    if len(reference) < 2 or len(np.unique(reference.block)) < 2:
        return float(min(1, len(reference)))
    variance = float(np.var(reference.values, ddof=1))
    of_mean = float(np.var(_bootstrap_means(reference, rng, draws), ddof=1))
    return float(len(reference)) if of_mean == 0 else float(np.clip(variance / of_mean, 1.0, len(reference)))


def mean_interval(reference: Reference, rng: np.random.Generator, draws: int = DRAWS) -> Interval | None:
    """95 % interval of the area-weighted mean of the region, by resampling whole blocks; None with fewer than two blocks."""
    if len(np.unique(reference.block)) < 2:
        return None
    low, high = np.quantile(_bootstrap_means(reference, rng, draws), (0.025, 0.975))
    return Interval(float(low), float(high))


def z_interval(x: float, reference: Reference, rng: np.random.Generator, draws: int = DRAWS) -> Interval | None:
    """95 % interval of the robust z of `x`, by resampling whole blocks; None with fewer than two blocks or a MAD of 0."""
    blocks, of_window = np.unique(reference.block, return_inverse=True)
    if len(blocks) < 2 or np.isnan(robust_z(np.array([x]), reference)[0]):
        return None
    found = np.full(draws, np.nan)
    for at, taken in enumerate(rng.multinomial(len(blocks), np.full(len(blocks), 1 / len(blocks)), size=draws)):
        values = np.repeat(reference.values, taken[of_window])
        median = values[len(values) // 2]  # they are in order
        scale = MAD_TO_SIGMA * float(np.median(np.abs(values - median)))
        found[at] = (x - median) / scale if scale > 0 else np.nan
    if np.isnan(found).any():
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(float(low), float(high))


def difference_interval(mean: float, reference: Reference, rng: np.random.Generator, draws: int = DRAWS) -> Interval | None:
    """95 % interval of the collection's area-weighted `mean` less the region's.

    The collection is all of its plots and no sample, so that the region alone is resampled.
    """
    region = mean_interval(reference, rng, draws)
    return None if region is None else Interval(mean - region.high, mean - region.low)


def permutation_p(
    values: Floats, area_ha: Floats, block: Ints, reference: Reference, rng: np.random.Generator, draws: int = DRAWS
) -> float:
    """Two-sided p that plots (k values, none nan) and windows have one area-weighted mean; nan without plots or windows.

    Whole blocks are exchanged between them. What is compared is the difference over its standard error: blocks of plots and of
    windows are not equally large, and the difference alone would find too much. The p is at least 1 / (draws + 1).
    """
    sums = np.concatenate([block_sums(values, area_ha, block), block_sums(reference.values, reference.area_ha, reference.block)])
    ours = len(np.unique(block))
    if ours == 0 or len(sums) == ours:
        return float("nan")
    observed = _studentised(sums, (np.arange(len(sums)) < ours)[None])[0]
    drawn = _studentised(sums, np.argsort(rng.random((draws, len(sums))), axis=1) < ours)
    return float((1 + np.count_nonzero(drawn >= observed * (1 - 1e-12))) / (draws + 1))


def hodges_lehmann(values: Floats, reference: Reference, rng: np.random.Generator) -> float:
    """Median of all differences between a plot and a window; of more than `MOST_DIFFERENCES` plots, so many are drawn."""
    known = values[~np.isnan(values)]
    if len(known) == 0 or len(reference) == 0:
        return float("nan")
    drawn = known if len(known) <= MOST_DIFFERENCES else rng.choice(known, MOST_DIFFERENCES, replace=False)
    return float(np.median(np.subtract.outer(drawn, reference.values)))


def wilson(successes: float, n: float) -> Interval | None:
    """95 % interval of a share (Wilson 1927); None without trials. `n` may be an effective number, with as many `successes`."""
    if n <= 0:
        return None
    share, square = successes / n, Z_95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z_95 * np.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Interval(max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def _bootstrap_means(reference: Reference, rng: np.random.Generator, draws: int) -> Floats:
    sums = block_sums(reference.values, reference.area_ha, reference.block)
    taken = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=draws)
    of_draw = taken @ sums
    means: Floats = of_draw[:, 0] / of_draw[:, 1]
    return means


def _studentised(sums: Floats, ours: NDArray[np.bool_]) -> Floats:
    """Distance between the area-weighted means of the units of `ours` (bool [draws, units]) and of the others, in standard errors."""
    of_ours, of_others = _mean_and_variance(sums, ours), _mean_and_variance(sums, ~ours)
    gap, error = np.abs(of_ours[0] - of_others[0]), np.sqrt(of_ours[1] + of_others[1])
    return np.divide(gap, error, out=np.where(gap > 0, np.inf, 0.0), where=error > 0)


def _mean_and_variance(sums: Floats, chosen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The ratio estimator of the mean of the chosen units, and its variance (0 for one unit); [draws] each."""
    weight = chosen.astype(np.float64)
    units = weight.sum(axis=1)
    value, area = (weight @ sums).T
    mean = value / area
    squared = weight @ np.column_stack([sums[:, 0] ** 2, sums[:, 0] * sums[:, 1], sums[:, 1] ** 2])
    residual = np.maximum(squared[:, 0] - 2 * mean * squared[:, 1] + mean**2 * squared[:, 2], 0.0)
    return mean, residual / area**2 * units / np.maximum(units - 1, 1)
