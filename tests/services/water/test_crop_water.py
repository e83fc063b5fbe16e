"""Crop coefficients, seasons, effective rain and footprints by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from services.water.crop_table import CropWater, crop_table
from services.water.crop_water import adjusted_kc, effective_rain_mm, kc_by_day, need_of, season_of
from services.water.footprint import Practice, footprint_m3_t, grey_m3_t, practice_of
from services.water.rules import rules
from shared.crops import crops
from shared.errors import Refused

DAYS = np.array([31.0, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MAIZE = crop_table().crops["maize"]
ET0 = np.full(12, 150.0)


def farm(**cft: Any) -> dict[str, Any]:
    """An `input_payload` with these practices."""
    return {"cft_payload": cft}


def test_effective_rain_of_the_reference() -> None:
    found = effective_rain_mm(np.array([50.0, 100.0, 200.0, 250.0, 300.0]))
    assert found.tolist() == pytest.approx([46, 84, 136, 150, 155])


@given(st.floats(0, 2000), st.floats(0, 2000))
def test_effective_rain_rises_and_is_never_more_than_rain(one: float, other: float) -> None:
    low, high = effective_rain_mm(np.array(sorted((one, other))))
    assert low <= high + 1e-9
    assert low <= min(one, other) + 1e-9


def test_every_crop_that_we_know_has_its_coefficients() -> None:
    named = {crop.fao56 for crop in crops() if crop.fao56}
    assert named == set(crop_table().crops)


def test_coefficients_of_maize_by_day() -> None:
    kc = kc_by_day(MAIZE, 365)
    assert len(kc) == 125
    assert (kc[0], kc[19], kc[54], kc[94], kc[124]) == pytest.approx((0.30, 0.30, 1.20, 1.20, 0.35))
    assert kc[37] == pytest.approx(0.30 + 0.90 * 18 / 35)  # the 18th day of the rise
    assert (np.diff(kc[20:55]) > 0).all()


def test_an_evergreen_crop_has_its_middle_coefficient_all_the_year() -> None:
    assert kc_by_day(crop_table().crops["cocoa"], 366).tolist() == [1.05] * 366


def test_coefficients_in_another_climate() -> None:
    # 1.20 + (0.04 (3 - 2) - 0.004 (30 - 45)) (2 / 3)^0.3 = 1.20 + 0.10 x 0.8855
    assert adjusted_kc(1.20, 2.0, 3.0, 30.0) == pytest.approx(1.28855, abs=1e-5)
    assert adjusted_kc(1.20, 2.0, 2.0, 45.0) == 1.20
    assert adjusted_kc(0.35, 2.0, 3.0, 30.0, is_end=True) == 0.35
    assert adjusted_kc(0.60, 3.0, 3.0, 30.0, is_end=True) == pytest.approx(0.70)


@pytest.mark.parametrize(
    ("wet_months", "start", "rainfed"),
    [
        ((3, 4, 5, 6), 3, True),
        ((10, 11, 0, 1), 10, True),  # over the end of the year
        ((2, 3, 7, 8, 9), 7, True),  # the longer of two
        ((2, 3, 7, 8), 2, True),  # of equal ones the first
    ],
)
def test_a_season_begins_with_the_rain(wet_months: tuple[int, ...], start: int, rainfed: bool) -> None:
    rain = np.zeros(12)
    rain[list(wet_months)] = 75.0
    season = season_of(MAIZE, rain, ET0, DAYS, 0.5)
    assert (season.start, season.rainfed_start) == (start, rainfed)


def test_a_season_where_it_always_or_never_rains() -> None:
    always, never = np.full(12, 200.0), np.full(12, 10.0)
    always[7], never[4] = 150.0, 20.0
    assert season_of(MAIZE, always, ET0, DAYS, 0.5).start == 8
    dry = season_of(MAIZE, never, ET0, DAYS, 0.5)
    assert (dry.start, dry.rainfed_start) == (4, False)
    assert season_of(crop_table().crops["tea"], never, ET0, DAYS, 0.5).start == 0


def test_the_need_of_a_season_by_hand() -> None:
    crop = CropWater(kc=(0.5, 1.0, 0.5), height_m=1.0, days=(31, 1, 27, 1))
    rain = np.zeros(12)
    rain[:2] = 100.0
    need = need_of(season_of(crop, rain, ET0, DAYS, 0.5), rain, ET0, DAYS)
    # January: 150 x 0.5; February: 150 / 28 x (1.0 + 27 x 1.0); 1 March: 150 / 31 x 0.5
    january, february, march = 75.0, 150.0, 150 / 31 * 0.5
    assert need.etc_mm == pytest.approx(january + february + march)
    assert need.peff_mm == pytest.approx(84 + 84)
    assert need.green_mm == pytest.approx(75 + 84)
    assert need.deficit_mm == pytest.approx(66 + march)


@given(st.lists(st.floats(0, 500), min_size=12, max_size=12), st.lists(st.floats(10, 300), min_size=12, max_size=12))
def test_green_and_deficit_make_up_the_need(rain: list[float], et0: list[float]) -> None:
    for name in ("maize", "cocoa", "rice"):
        season = season_of(crop_table().crops[name], np.array(rain), np.array(et0), DAYS, 0.5)
        need = need_of(season, np.array(rain), np.array(et0), DAYS)
        assert need.green_mm + need.deficit_mm == pytest.approx(need.etc_mm)
        assert need.green_mm <= need.peff_mm + 1e-9


def test_footprints_by_hand() -> None:
    assert footprint_m3_t(400.0, 2.0) == 2000.0
    # 100 kg N: 10 kg leach; at 10 g of N in a cubic metre that takes 1000 m3, for 4 t
    assert grey_m3_t(100.0, 4.0, rules()) == pytest.approx(250.0)


def test_what_the_payload_says() -> None:
    given_farm = farm(
        crop={"yield": {"value": 4000, "unit": "kg/ha"}},
        irrigation=[{"type": "drip", "application_rate": {"value": 300, "unit": "mm/year"}}],
        fertilisers=[
            {"type": "Urea", "application_rate": {"value": 100, "unit": "kg/ha"}},
            {"type": "NPK 15-15-15", "application_rate": {"value": 200, "unit": "kg/ha"}},
            {"type": "compost", "application_rate": {"value": 1, "unit": "t/ha"}, "n_pct": 1.2},
        ],
    )
    assert practice_of(given_farm) == Practice(4.0, True, pytest.approx(46 + 30 + 12))


def test_what_the_payload_does_not_say_is_not_known() -> None:
    assert practice_of({}) == Practice()
    unknown = farm(fertilisers=[{"type": "secret", "application_rate": {"value": 1, "unit": "kg/ha"}}])
    assert practice_of(unknown) == Practice()
    whole_farm = farm(crop={"yield": {"value": 8000, "unit": "kg"}})
    assert practice_of(whole_farm).yield_t_ha is None
    assert practice_of(farm(farm={"size": {"value": 2, "unit": "ha"}}, **whole_farm["cft_payload"])).yield_t_ha == 4.0
    assert practice_of(farm(crop={"yield": {"value": 0, "unit": "kg/ha"}})).yield_t_ha is None


@pytest.mark.parametrize(
    ("irrigation", "irrigated"),
    [
        ([{"type": "Rainfed"}], False),
        ([{"type": "drip", "application_rate": {"value": 0, "unit": "mm/year"}}], False),
        ([{"type": "none"}, {"type": "flood"}], True),
        ([], None),
    ],
)
def test_irrigation_as_stated(irrigation: list[Any], irrigated: bool | None) -> None:
    assert practice_of(farm(irrigation=irrigation)).irrigated is irrigated


def test_a_payload_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match=r"cft_payload\.crop"):
        practice_of(farm(crop={"yield": {"value": 1, "unit": "km"}}))
