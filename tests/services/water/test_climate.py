"""Indicators of climate by hand: ratios, classes, anomalies, percentiles, balances."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from services.water.calendar import Monthly
from services.water.climate import (
    anomaly,
    aridity_class,
    climatic_deficit_mm,
    long_ratio,
    percentile,
    ratio,
    same_month,
    stress_index,
    water_balance_mm,
)
from services.water.rules import rules


def years(*totals: float) -> Monthly:
    """Years of twelve equal months, from month 0."""
    return Monthly(0, np.repeat(np.array(totals) / 12, 12)[None, :])


@pytest.mark.parametrize(
    ("p_pet", "name"),
    [
        (0.0, "hyper_arid"), (0.0499, "hyper_arid"), (0.05, "arid"), (0.1999, "arid"), (0.20, "semi_arid"), (0.4999, "semi_arid"),
        (0.50, "dry_sub_humid"), (0.6499, "dry_sub_humid"), (0.65, "humid"), (3.0, "humid"),
    ],
)  # fmt: skip
def test_aridity_by_unep(p_pet: float, name: str) -> None:
    assert aridity_class(p_pet, rules()) == name


def test_a_ratio_is_of_sums_not_a_mean_of_ratios() -> None:
    assert ratio(np.array([10.0, 90.0]), np.array([100.0, 100.0])) == 0.5
    assert ratio(np.array([10.0]), np.array([0.0])) is None


def test_a_long_ratio_needs_every_year() -> None:
    rain, pet = years(*[300.0] * 30), years(*[1000.0] * 30)
    assert long_ratio(rain, pet, 360, 30) == pytest.approx(0.3)
    assert long_ratio(rain, pet, 348, 30) is None
    rain.values[0, 5] = np.nan
    assert long_ratio(rain, pet, 360, 30) is None
    assert long_ratio(rain, pet, 360, 29) == pytest.approx(0.3)


def test_an_anomaly_by_hand() -> None:
    # earlier years 900, 1000, 1100: mean 1000, standard deviation 100; the year 850
    found = anomaly(years(900, 1000, 1100, 850), 36, 20)
    assert found is not None
    assert (found.difference, found.percent, found.z, found.years) == pytest.approx((-150.0, -15.0, -1.5, 3))


def test_an_anomaly_leaves_out_years_with_a_gap_and_years_too_old() -> None:
    held = years(5000, 900, 1000, 1100, 850)
    assert anomaly(held, 48, 3) == anomaly(years(900, 1000, 1100, 850), 36, 3)
    held.values[0, 24] = np.nan
    found = anomaly(held, 48, 3)
    assert found is not None
    assert found.years == 2
    assert anomaly(years(1000), 0, 20) is None


def test_equal_years_have_no_z() -> None:
    found = anomaly(years(1000, 1000, 900), 24, 20)
    assert found is not None
    assert (found.z, found.percent) == (None, pytest.approx(-10.0))


def test_an_anomaly_of_a_level_is_of_means() -> None:
    held = Monthly(0, np.repeat([300.0, 302.0, 303.0], 12)[None, :])
    found = anomaly(held, 24, 20, mean_of_months=True)
    assert found is not None
    assert found.difference == pytest.approx(2.0)


def test_percentiles_by_gringorten() -> None:
    among = np.arange(1.0, 11.0)
    assert percentile(1.0, among) == pytest.approx(100 * 0.56 / 10.12)
    assert percentile(10.0, among) == pytest.approx(100 * 9.56 / 10.12)
    assert percentile(5.0, np.full(10, 5.0)) == pytest.approx(50.0)  # ties: rank 5.5


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_percentiles_lie_between_0_and_100_and_rise(values: list[float]) -> None:
    among = np.array(values)
    found = [percentile(value, among) for value in sorted(values)]
    assert all(0 < one < 100 for one in found)
    assert found == sorted(found)


def test_the_same_month_of_earlier_years() -> None:
    held = Monthly(0, np.arange(36.0)[None, :])
    assert same_month(held, 26, 20).tolist() == [26.0, 14.0, 2.0]
    assert same_month(held, 26, 2).tolist() == [26.0, 14.0]


def test_stress_is_within_0_and_1() -> None:
    assert stress_index(np.array([30.0, 30.0]), np.array([100.0, 100.0])) == pytest.approx(0.7)
    assert stress_index(np.array([120.0]), np.array([100.0])) == 0.0
    assert stress_index(np.array([0.0]), np.array([0.0])) is None


def test_balances_by_hand() -> None:
    rain, eta, pet = np.array([100.0, 20.0]), np.array([60.0, 50.0]), np.array([50.0, 120.0])
    assert water_balance_mm(rain, eta) == 10.0
    assert climatic_deficit_mm(pet, eta) == 70.0  # a month without deficit does not make up for another
