"""The difference of maps: what falls between two of them, when, and how sure that is."""

import numpy as np
import pytest

from services.biomass.allocation import charged
from services.biomass.stock_change import StockMaps, stock_change

EQUAL = charged("equal", 20, 2022, 2001, 22)
CO2 = 44 / 12


def change(*means: float, sd: float = 10.0, years: tuple[int, ...] = (2010, 2015, 2016, 2022)) -> tuple[float, float]:
    maps = StockMaps(years, np.array(means), np.where(np.isnan(means), np.nan, sd))
    return stock_change(maps, 2000.0, 0.5, EQUAL, 2001)


def test_a_loss_is_spread_over_the_years_between_two_maps() -> None:
    amount, sd = change(100.0, 60.0, 60.0, 60.0)
    assert amount == pytest.approx(2000 * 40 * 0.5 * CO2 / 20)
    assert sd == pytest.approx(2000 * 0.5 * CO2 / 20 * np.hypot(10, 10))


def test_a_map_between_two_losses_cancels_out() -> None:
    stepwise, at_once = change(100.0, 80.0, 70.0, 60.0), change(100.0, np.nan, np.nan, 60.0)
    assert stepwise[0] == pytest.approx(at_once[0]) and stepwise[1] == pytest.approx(at_once[1])


def test_a_gain_is_no_loss_and_is_not_netted() -> None:
    assert change(60.0, 60.0, 60.0, 100.0) == (0.0, 0.0)
    assert change(100.0, 60.0, 60.0, 100.0)[0] == change(100.0, 60.0, 60.0, 60.0)[0]


def test_losses_off_the_look_back_are_not_charged() -> None:
    weight = charged("equal", 20, 2035, 2001, 25)  # looks back to 2016
    maps = StockMaps((2010, 2015, 2016, 2022), np.array([100.0, 60.0, 60.0, 54.0]), np.full(4, 10.0))
    amount, sd = stock_change(maps, 2000.0, 0.5, weight, 2001)
    assert amount == pytest.approx(2000 * 6 * 0.5 * CO2 / 20)
    assert sd == pytest.approx(2000 * 0.5 * CO2 / 20 * np.hypot(10, 10))


@pytest.mark.parametrize("means", [(np.nan,) * 4, (100.0, np.nan, np.nan, np.nan)])
def test_one_map_tells_no_change(means: tuple[float, ...]) -> None:
    assert np.isnan(change(*means)).all()
