"""Published and recomputed reference values of methods 7.6, and what must hold of the formulas whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from services.biomass.allocation import charged, weights
from services.biomass.formulas import Burning, co2_of, fire_ch4_tco2e, fire_n2o_tco2e, soil_loss_tc, som_n2o_tco2e
from services.biomass.rules import Allocation

SCHEMES: tuple[Allocation, ...] = ("equal", "linear_midpoint", "linear_stepped")


def test_amortisation_of_a_hectare_of_rainforest() -> None:
    """AGB 307.1 t/ha, R 0.221, CF 0.47, nothing afterwards: 646.197 t CO2/ha."""
    lost = float(np.asarray(co2_of(307.1 * 0.47 * (1 + 0.221))))
    assert lost == pytest.approx(646.197, abs=5e-4)
    assert lost * weights("equal", 20)[0] == pytest.approx(32.310, abs=5e-4)
    assert lost * weights("linear_midpoint", 20)[0] == pytest.approx(63.004, abs=5e-4)


def test_weights_as_published() -> None:
    midpoint, stepped = weights("linear_midpoint", 20), weights("linear_stepped", 20)
    assert midpoint[[0, 1, 19]].tolist() == pytest.approx([0.0975, 0.0925, 0.0025], rel=1e-12)
    assert stepped[[0, 19]].tolist() == pytest.approx([20 / 210, 1 / 210], rel=1e-12)
    assert weights("equal", 20).tolist() == [0.05] * 20


@pytest.mark.parametrize("scheme", SCHEMES)
@given(years=st.integers(1, 60))
def test_weights_sum_to_one_and_never_rise(scheme: Allocation, years: int) -> None:
    found = weights(scheme, years)
    assert found.sum() == pytest.approx(1.0, rel=1e-12)
    assert (found > 0).all() and (np.diff(found) <= 1e-15).all()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_years_off_the_look_back_weigh_nothing(scheme: Allocation) -> None:
    found = charged(scheme, 20, 2024, 2001, 25)
    assert found[[0, 1, 2, 3]].tolist() == [0, 0, 0, 0]  # 2001 to 2004 lie 20 years and more back
    assert found[4] == weights(scheme, 20)[19] and found[23] == weights(scheme, 20)[0]
    assert found[24] == 0  # 2025 is not yet
    assert found.sum() == pytest.approx(1.0)


def test_soil_of_wri() -> None:
    """60 t C/ha, FLU 0.83: in 5 of 20 years 2.55 t C, 9.35 t CO2 and 0.729 t CO2e of N2O."""
    five_years = np.asarray(soil_loss_tc(60.0, 0.83)) * 5 / 20
    assert float(five_years) == pytest.approx(2.55, rel=1e-12)
    assert float(np.asarray(co2_of(five_years))) == pytest.approx(9.35, rel=1e-12)
    assert float(np.asarray(som_n2o_tco2e(five_years))) == pytest.approx(0.729, abs=5e-4)


def test_a_gain_of_soil_emits_no_nitrous_oxide() -> None:
    gain = soil_loss_tc(60.0, 1.01)
    assert float(np.asarray(gain)) == pytest.approx(-0.6)
    assert float(np.asarray(som_n2o_tco2e(gain))) == 0.0


def test_fire_of_wri() -> None:
    """150 t C/ha of primary forest of the tropics: CH4 21.09, N2O 6.27 t CO2e/ha."""
    primary = Burning(0.36, 6.8, 0.20)
    assert float(np.asarray(fire_ch4_tco2e(150 / 0.47, primary))) == pytest.approx(21.09, abs=5e-3)
    assert float(np.asarray(fire_n2o_tco2e(150 / 0.47, primary))) == pytest.approx(6.27, abs=5e-3)
