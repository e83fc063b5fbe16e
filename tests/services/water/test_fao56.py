"""Reference evapotranspiration against the worked examples of FAO-56."""

import pytest

from services.water.fao56 import (
    MJ_TO_MM,
    Weather,
    daylight_h,
    extraterrestrial_mj,
    hargreaves_mm_day,
    monthly_soil_heat_mj,
    net_radiation_mj,
    penman_monteith_mm_day,
    psychrometric_kpa_c,
    saturation_kpa,
    slope_kpa_c,
    vapour_of_humidity_kpa,
    wind_at_2m,
)

MID_APRIL, SIXTH_OF_JULY, MID_JULY, THIRD_OF_SEPTEMBER = 105, 187, 196, 246


def test_example_17_bangkok_in_april() -> None:
    radiation = net_radiation_mj(8.5, 13 + 44 / 60, MID_APRIL, 34.8, 25.6, 2.85, 2.0)
    month = Weather(34.8, 25.6, 2.85, 2.0, radiation, monthly_soil_heat_mj(30.2, 29.2), 2.0)
    assert radiation == pytest.approx(14.33, abs=0.005)
    assert penman_monteith_mm_day(month) == pytest.approx(5.716, abs=5e-4)
    assert round(penman_monteith_mm_day(month), 2) == 5.72


def test_example_18_uccle_on_the_sixth_of_july() -> None:
    vapour, wind = vapour_of_humidity_kpa(21.5, 12.3, 84, 63), wind_at_2m(10 / 3.6, 10)
    assert vapour == pytest.approx(1.409, abs=5e-4)
    assert wind == pytest.approx(2.078, abs=5e-4)
    radiation = net_radiation_mj(9.25, 50.8, SIXTH_OF_JULY, 21.5, 12.3, vapour, 100.0)
    day = Weather(21.5, 12.3, vapour, wind, radiation, altitude_m=100.0)
    assert radiation == pytest.approx(13.28, abs=0.005)
    assert penman_monteith_mm_day(day) == pytest.approx(3.880, abs=5e-4)


def test_example_20_lyon_in_july_by_hargreaves() -> None:
    above_mm = MJ_TO_MM * extraterrestrial_mj(45 + 43 / 60, MID_JULY)
    assert above_mm == pytest.approx(16.55, abs=0.05)
    assert hargreaves_mm_day(26.6, 14.8, above_mm) == pytest.approx(5.0, abs=0.05)


def test_examples_8_and_9_of_the_sun() -> None:
    assert extraterrestrial_mj(-20.0, THIRD_OF_SEPTEMBER) == pytest.approx(32.2, abs=0.05)
    assert daylight_h(-20.0, THIRD_OF_SEPTEMBER) == pytest.approx(11.7, abs=0.05)


def test_tables_of_vapour_and_air() -> None:
    assert saturation_kpa(24.5) == pytest.approx(3.075, abs=5e-4)  # example 3
    assert psychrometric_kpa_c(1800) == pytest.approx(0.054, abs=5e-4)  # example 2
    assert slope_kpa_c(30.2) == pytest.approx(0.246, abs=5e-4)  # example 17


def test_a_sun_that_does_not_rise_gives_nothing() -> None:
    assert extraterrestrial_mj(80.0, 355) == pytest.approx(0.0, abs=1e-9)
    assert daylight_h(80.0, 172) == pytest.approx(24.0)


def test_a_day_colder_than_its_night_is_refused() -> None:
    with pytest.raises(ValueError, match="below the lowest"):
        hargreaves_mm_day(10.0, 12.0, 16.0)
