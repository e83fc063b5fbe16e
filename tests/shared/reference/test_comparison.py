"""Comparison with a reference population: tables by hand, and intervals that cover the truth at the rate that they state."""

from statistics import NormalDist

import numpy as np
import pytest

from shared.reference.blocks import block_of
from shared.reference.comparison import (
    Interval,
    Reference,
    difference_interval,
    effective_n,
    hodges_lehmann,
    mean_interval,
    percentile_rank,
    permutation_p,
    ratio,
    robust_z,
    weighted_mean,
    wilson,
    z_interval,
)

REPEATS = 500
MEAN, SIGMA = 20.0, 4.0


def reference(*values: float) -> Reference:
    each = np.array(values)
    return Reference.of(each, np.ones(len(each)), np.arange(len(each)))


def numbers(*values: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.array(values)


def test_the_rank_counts_equal_values_half() -> None:
    ranks = percentile_rank(numbers(0, 1, 2, 2.5, 4, np.nan), reference(4, 2, 2, np.nan, 1))
    assert list(ranks[:5]) == [0.0, 12.5, 50.0, 75.0, 87.5] and np.isnan(ranks[5])
    assert np.isnan(percentile_rank(numbers(1), reference())[0])


def test_z_and_ratio_are_of_the_median_by_hand() -> None:
    windows = reference(1, 2, 3, 4, 100)  # median 3, deviations 2 1 0 1 97: MAD 1
    assert robust_z(numbers(3, 6), windows) == pytest.approx([0.0, 3 / 1.4826])
    assert ratio(numbers(6), windows) == pytest.approx([2.0])
    assert np.isnan(robust_z(numbers(1), reference(2, 2, 2))[0])
    assert np.isnan(ratio(numbers(1), reference(0, 0, 5))[0])


def test_shift_is_the_median_of_all_differences() -> None:
    assert hodges_lehmann(numbers(5, 7), reference(1, 2, 4), np.random.default_rng(0)) == np.median([4, 3, 1, 6, 5, 3])


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (1, 500, 0.00035, 0.01125)]
)
def test_wilson_as_published_tables_have_it(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == Interval(pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))  # type: ignore[arg-type]
    assert wilson(0, 0) is None


def test_blocks_are_ten_kilometres_wide_wherever_they_lie() -> None:
    for lat in (0.0, 45.0, -60.0):
        east = np.linspace(30.0, 30.0 + 1.0 / np.cos(np.radians(lat)), 1000)  # 111 km
        assert len(np.unique(block_of(east, np.full(1000, lat)))) in (11, 12, 13)
        north = np.linspace(lat, lat + 0.5, 1000)
        assert len(np.unique(block_of(np.full(1000, 30.0), north) >> 20)) in (6, 7)


def region(rng: np.random.Generator, blocks: int = 80, each: int = 8, shared: float = 0.5) -> Reference:
    """A sample of a region of known distribution N(20, 4): windows of a block have `shared` of their variance in common."""
    common = np.repeat(rng.normal(0, np.sqrt(shared), blocks), each)
    values = MEAN + SIGMA * (common + rng.normal(0, np.sqrt(1 - shared), blocks * each))
    return Reference.of(values, np.ones(blocks * each), np.repeat(np.arange(blocks), each))


@pytest.fixture(scope="module")
def samples() -> list[Reference]:
    rng = np.random.default_rng(20261127)
    return [region(rng) for _ in range(REPEATS)]


def coverage(intervals: list[Interval | None], truth: float) -> float:
    return float(np.mean([one is not None and one.low <= truth <= one.high for one in intervals]))


STATED = (0.92, 0.98)
"""95 % over 500 repetitions: 0.95 +- 3 standard errors."""


@pytest.mark.long
def test_the_interval_of_the_mean_covers_it(samples: list[Reference]) -> None:
    rng = np.random.default_rng(1)
    assert STATED[0] <= coverage([mean_interval(one, rng, 399) for one in samples], MEAN) <= STATED[1]
    differences = [difference_interval(23.0, one, rng, 399) for one in samples]
    assert STATED[0] <= coverage(differences, 3.0) <= STATED[1]


@pytest.mark.long
def test_independence_would_claim_too_much(samples: list[Reference]) -> None:
    naive = [mean_interval(Reference(one.values, one.area_ha, np.arange(len(one))), np.random.default_rng(2), 199) for one in samples]
    assert coverage(naive, MEAN) < 0.75


@pytest.mark.long
def test_the_interval_of_z_covers_it(samples: list[Reference]) -> None:
    rng = np.random.default_rng(3)
    x = 26.0
    assert STATED[0] <= coverage([z_interval(x, one, rng, 199) for one in samples], (x - MEAN) / SIGMA) <= STATED[1]


def test_the_rank_covers_the_share_of_the_distribution_with_the_effective_number(samples: list[Reference]) -> None:
    rng = np.random.default_rng(4)
    x, intervals = 22.0, []
    for one in samples:
        below = Reference(np.sort((one.values < x).astype(float)), one.area_ha, one.block[np.argsort(one.values < x, kind="stable")])
        n = effective_n(below, rng, 199)
        intervals.append(wilson(percentile_rank(np.array([x]), one)[0] / 100 * n, n))
    assert STATED[0] <= coverage(intervals, NormalDist(MEAN, SIGMA).cdf(x)) <= STATED[1]


def test_rank_and_z_are_right_on_the_average(samples: list[Reference]) -> None:
    x = np.array([22.0])
    assert np.mean([percentile_rank(x, one)[0] for one in samples]) == pytest.approx(100 * NormalDist().cdf(0.5), abs=0.5)
    assert np.mean([robust_z(x, one)[0] for one in samples]) == pytest.approx(0.5, abs=0.03)


def test_neighbours_that_are_alike_count_for_less(samples: list[Reference]) -> None:
    rng = np.random.default_rng(5)
    alike = np.mean([effective_n(one, rng, 199) for one in samples[:40]])
    apart = np.mean([effective_n(region(rng, shared=0.0), rng, 199) for _ in range(40)])
    # Design effect 1 + (8 - 1) 0.5 = 4.5 of 640 windows.
    assert alike == pytest.approx(640 / 4.5, rel=0.15)
    assert apart > 0.8 * 640


def test_a_permutation_finds_a_shift_and_no_shift_at_its_rate() -> None:
    rng = np.random.default_rng(6)
    found, false = 0, 0
    for _ in range(100):
        plots, block = rng.normal(MEAN, SIGMA, 60), np.repeat(np.arange(1000, 1020), 3)
        windows = region(rng, shared=0.0)
        false += permutation_p(plots, np.ones(60), block, windows, rng, 99) <= 0.05
        found += permutation_p(plots + 3, np.ones(60), block, windows, rng, 99) <= 0.05
    assert found >= 95 and false <= 12


def test_means_are_weighted_by_area() -> None:
    assert weighted_mean(numbers(1, 4), numbers(3, 1)) == 1.75
    assert np.isnan(weighted_mean(numbers(), numbers()))


def test_one_block_says_nothing_of_a_region() -> None:
    one = Reference.of(numbers(1, 2, 3), np.ones(3), np.zeros(3, dtype=np.int64))
    rng = np.random.default_rng(7)
    assert mean_interval(one, rng) is None and z_interval(1.0, one, rng) is None
    assert effective_n(one, rng) == 1.0
