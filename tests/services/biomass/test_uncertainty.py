"""Errors that go together: never under what all pairs of cells give, never s / sqrt(n)."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from services.biomass.uncertainty import Parts, sd_of_mean, sd_of_total
from tests.services.biomass.memory import CELL_HA, account, full, landscape

CELL_KM = 0.1


def by_pairs(sd: np.ndarray, places: np.ndarray) -> float:
    """sqrt(sum_ij w_i w_j s_i s_j rho_ij) with equal weights and rho = 1 within 1 km."""
    distance = np.hypot(*(places[:, np.newaxis] - places[np.newaxis]).transpose(2, 0, 1)) * CELL_KM
    return float(np.sqrt((np.outer(sd, sd) * (distance <= 1.0)).sum())) / len(sd)


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 45), columns=st.integers(1, 45), seed=st.integers(0, 99))
def test_the_bound_is_never_under_the_sum_over_pairs(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = np.argwhere(np.ones((rows, columns)))
    places = places[rng.random(len(places)) < rng.uniform(0.2, 1.0)]
    sd = rng.uniform(10, 80, max(1, len(places)))
    places = places if len(places) else np.zeros((1, 2), dtype=int)
    area_ha = np.array([len(sd) * 1.0])
    found = float(sd_of_mean(np.array([sd.mean()]), np.array([(sd**2).mean()]), area_ha, 1.0)[0])
    # Cells have a size: a disc of 1 km holds up to 317 centres of cells of 1 ha, and pi r^2 is 314.16 ha.
    assert found >= by_pairs(sd, places) * (1 - 0.005)
    assert found <= sd.mean() * (1 + 1e-12)


def test_within_a_kilometre_errors_do_not_shrink() -> None:
    few = sd_of_mean(np.array([40.0, 40.0]), np.array([1600.0, 1600.0]), np.array([1.0, 300.0]), 1.0)
    assert few.tolist() == [40.0, 40.0]


def test_over_a_wide_region_they_do() -> None:
    wide = sd_of_mean(np.array([40.0]), np.array([1600.0]), np.array([31_415.93]), 1.0)
    assert wide[0] == pytest.approx(4.0, rel=1e-6)


def test_quadrature_by_hand() -> None:
    """Biomass 1000 + roots 250 at 20 %, roots 25 %, carbon 3 %, soil 100 at 50 %, one pixel of ten: 0.1 of the total of 1300."""
    parts = Parts(*(np.array([amount]) for amount in (1000.0, 250.0, 50.0, 100.0, 0.0, 0.9)))
    found = sd_of_total(parts, np.array([0.2]), np.array([0.09]))
    assert found[0] == pytest.approx(np.sqrt(250.0**2 + 62.5**2 + 37.5**2 + 50.0**2 + 130.0**2), rel=1e-12)


def test_without_an_error_of_the_map_there_is_none_of_the_sum() -> None:
    parts = Parts(*(np.array([amount]) for amount in (1000.0, 250.0, 50.0, 0.0, 0.0, 1.0)))
    assert np.isnan(sd_of_total(parts, np.array([np.nan]), np.array([0.09]))[0])


def test_nothing_lost_has_no_error() -> None:
    parts = Parts(*(np.zeros(1) for _ in range(6)))
    assert sd_of_total(parts, np.array([np.nan]), np.array([0.09]))[0] == 0.0


def test_the_error_of_an_account() -> None:
    one = account(landscape())
    assert one.agb_sd_tha[0] == pytest.approx(40.0)
    biomass = one.total[0] + one.pools.after.sum()
    roots = one.pools.bgb.sum()
    expected = np.sqrt((biomass * 0.2) ** 2 + (roots * 0.25) ** 2 + (biomass * 0.03) ** 2 + (one.total[0] / 16) ** 2)
    assert one.sd(np.array([CELL_HA]))[0] == pytest.approx(expected, rel=1e-6)
    unsure = account(landscape(stocks=(one_without_error(),)))
    assert np.isnan(unsure.sd(np.array([CELL_HA]))[0]) and np.isnan(unsure.agb_sd_tha[0])


def one_without_error() -> object:
    from services.biomass.cells import Stock

    return Stock(2000, "old", full(200.0))
