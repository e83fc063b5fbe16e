"""The bounds of canopy errors hold for errors of any reach: thousands of error fields over several canopies."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from services.biodiversity.canopy import normalised
from services.biodiversity.uncertainty import MOST_SD_OF_SHARE, rao_q_norm_sd, rao_q_sd

SIDE, DRAWS = 12, 1500
REACH_CELLS = (0.0, 1.5, 5.0, 100.0)
"""From errors of each pixel alone to one error for all."""


def q_of(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rao's Q of each row."""
    ordered, count = np.sort(heights, axis=1), heights.shape[1]
    k = np.arange(1, count)
    return 2.0 * (np.diff(ordered, axis=1) * k * (count - k)).sum(axis=1) / count**2


def errors(rng: np.random.Generator, reach: float, sd: NDArray[np.float64]) -> NDArray[np.float64]:
    noise = rng.normal(size=(DRAWS, SIDE, SIDE))
    if reach > SIDE:
        noise = np.broadcast_to(noise[:, :1, :1], noise.shape)
    elif reach > 0:
        noise = gaussian_filter(noise, (0, reach, reach), mode="wrap")
        noise /= noise.std()
    return noise.reshape(DRAWS, -1) * sd


CANOPIES = {
    "closed": lambda rng: rng.normal(28, 4, SIDE * SIDE),
    "even": lambda rng: np.full(SIDE * SIDE, 20.0),
    "clearing": lambda rng: np.where(np.arange(SIDE * SIDE) < 40, 1.0, 30.0),
    "mosaic": lambda rng: rng.uniform(0, 35, SIDE * SIDE),
}


@pytest.mark.parametrize("reach", REACH_CELLS)
@pytest.mark.parametrize("name", CANOPIES)
def test_errors_of_rao_q_keep_within_the_bound(name: str, reach: float) -> None:
    rng = np.random.default_rng(7)
    heights = CANOPIES[name](rng)
    sd = rng.uniform(3, 8, SIDE * SIDE)
    rms = np.sqrt(np.mean(sd**2))
    seen = heights + errors(rng, reach, sd)
    assert q_of(seen).std() <= rao_q_sd(np.array(rms))
    assert q_of(seen).mean() >= q_of(heights[np.newaxis])[0] - 3 * q_of(seen).std() / DRAWS**0.5, "noise lifts Q"
    norms, norm = (normalised(q_of(h), np.quantile(h, 0.95, axis=1)) for h in (seen, heights[np.newaxis]))
    bound = rao_q_norm_sd(np.array([rms]), np.quantile(heights, [0.95]), norm)
    assert norms.std() <= bound[0]


@pytest.mark.parametrize("between", [0.0, 0.5, 1.0])
def test_one_error_for_all_high_pixels_and_one_for_all_low_ones(between: float) -> None:
    """The worst that the bound allows for, where the two are not correlated; of a clearing it is 0.5 x sqrt(2) of the errors."""
    rng = np.random.default_rng(9)
    high = np.arange(SIDE * SIDE) % 2 == 0
    common, first, second = rng.normal(size=(3, DRAWS, 1))
    share, own = between**0.5, (1 - between) ** 0.5
    seen = np.where(high, 30.0, 5.0) + 4.0 * np.where(high, share * common + own * first, share * common + own * second)
    assert q_of(seen).std() == pytest.approx(4.0 * 0.5 * (2 * (1 - between)) ** 0.5, rel=0.06, abs=1e-9)
    assert q_of(seen).std() <= rao_q_sd(np.array(4.0))


def test_the_standard_error_of_the_mean_is_reached_by_errors_that_are_one() -> None:
    rng = np.random.default_rng(8)
    sd = rng.uniform(3, 8, SIDE * SIDE)
    spread = [errors(rng, reach, sd).mean(axis=1).std() for reach in REACH_CELLS]
    assert all(one <= sd.mean() * 1.05 for one in spread), "5 % for 1,500 draws"
    assert spread[-1] == pytest.approx(sd.mean(), rel=0.05)
    assert spread[0] < sd.mean() / 5, "for independent errors it is far from reached"


def test_the_bound_of_a_share_is_a_half_and_unknown_stays_unknown() -> None:
    found = rao_q_norm_sd(np.array([50.0, 5.0, np.nan, 5.0]), np.array([20.0, 0.0, 20.0, 20.0]), np.array([0.5, 0.0, 0.5, np.nan]))
    assert found[:2].tolist() == [MOST_SD_OF_SHARE, MOST_SD_OF_SHARE]
    assert np.isnan(found[2:]).all()


def test_a_canopy_of_two_heights_by_hand() -> None:
    """Half 10 m, half 30 m: Q 10 m, h95 30 m, N 2/3; errors of 3 m: Q is off by 2.449 m at most, N by 2/30 x 3 x (0.8165 + 1/3)."""
    assert rao_q_sd(np.array(3.0)) == pytest.approx(2.449490)
    assert rao_q_norm_sd(np.array([3.0]), np.array([30.0]), np.array([2 / 3]))[0] == pytest.approx(0.229966, abs=1e-6)
