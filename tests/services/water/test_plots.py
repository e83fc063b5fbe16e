"""Plots on a landscape with every layer: values by hand, sources, years, supports, points."""

from collections.abc import Sequence

import numpy as np
import pytest
import shapely

from contracts.v1.results.water import Water
from shared.outcome import Outcome, Terms
from tests.services.water.conftest import BORDER, DAILY_ET
from tests.services.water.scene import NORTH, WEST, WINDOW, Scene, plots, square, years

PLOTS = {
    "plain": square(WEST + 0.33, NORTH - 0.42),
    "two_basins": shapely.box(BORDER - 0.003, NORTH - 0.301, BORDER + 0.001, NORTH - 0.3),
    "arid": square(WEST + 0.2, NORTH - 0.9),
    "no_basin_data": square(WEST + 0.8, NORTH - 0.9),
    "urban": square(WEST + 0.02, NORTH - 0.02),
    "half_urban": shapely.box(WEST + 0.04, NORTH - 0.02, WEST + 0.06, NORTH - 0.01),
    "four_pixels": square(WEST + 0.3, NORTH - 0.5, 0.02),
    "outside": square(WEST + 5, NORTH - 0.5),
    "point": shapely.Point(WEST + 0.33, NORTH - 0.42),
}
MAIZE = Terms(
    WINDOW,
    crop_type="Maize",
    input_payload={
        "cft_payload": {
            "crop": {"yield": {"value": 5, "unit": "t/ha"}},
            "irrigation": [{"type": "drip"}],
            "fertilisers": [{"type": "urea", "application_rate": {"value": 100, "unit": "kg/ha"}}],
        }
    },
)


@pytest.fixture(scope="module")
def outcomes(landscape: Scene) -> dict[str, Outcome]:
    """All plots in one chunk, under maize."""
    return dict(zip(PLOTS, landscape.outcomes(*PLOTS.values(), terms=MAIZE), strict=True))


def values(outcome: Outcome) -> Water:
    """The values of a plot that has some."""
    assert isinstance(outcome.values, Water), outcome
    return outcome.values


def test_evapotranspiration_is_of_one_source_and_its_year(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    assert (held.et_source, held.periods["et"]) == ("wapor3", "2025-01/2025-12")
    assert held.et_mm_yr == pytest.approx(1.5 * 365)
    assert held.pet_mm_yr == pytest.approx(4.0 * 365)
    assert held.water_stress_index == pytest.approx(1 - 1.5 / 4.0)
    assert held.climatic_deficit_mm == pytest.approx(2.5 * 365)


def test_rain_and_balance_are_of_the_same_year(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    assert (held.precip_source, held.precip_mm_yr, held.periods["rain"]) == ("chirps3", 768.0, "2025-01/2025-12")
    assert held.water_balance_mm == pytest.approx(768.0 - 1.5 * 365)


def test_a_young_source_gives_its_anomaly_to_the_next_one(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    totals = np.array([DAILY_ET[year] * (366 if year % 4 == 0 else 365) for year in range(2014, 2025)])
    year = 1.3 * 365
    assert (held.et_anomaly_source, held.et_climatology_years) == ("mod16", 11)
    assert held.et_anomaly_pct == pytest.approx(100 * (year - totals.mean()) / totals.mean())
    assert held.et_z == pytest.approx((year - totals.mean()) / totals.std(ddof=1))


def test_temperature_and_soil_moisture(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    assert held.lst_day_c == pytest.approx(302.0 - 273.15)
    assert held.lst_anomaly_k == pytest.approx(2.0)
    # December 2025 is the wettest of the eleven Decembers since 2015
    assert (held.soil_moisture_source, held.periods["soil_moisture"]) == ("smap_l4", "2025-12/2025-12")
    assert held.soil_moisture_pct == pytest.approx(100 * (11 - 0.44) / (11 + 0.12))


def test_water_stress_of_one_basin(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    assert (held.bws_score, held.bws_cat, held.bws_label) == (2.0, 2, "Medium - High (20-40%)")
    assert (held.bwd_score, held.iav_score, held.sev_score) == pytest.approx((1.0, 1.0, 1.5))
    assert (held.bws_known_share, held.spatial_support) == (pytest.approx(1.0, rel=1e-6), "hybas6")


def test_water_stress_across_basins_is_a_mean_of_scores_and_a_majority_of_categories(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["two_basins"])
    assert held.bws_score == pytest.approx((3 * 2.0 + 4.0) / 4, rel=1e-6)
    assert held.bws_cat == 2


def test_special_categories_of_basins(outcomes: dict[str, Outcome]) -> None:
    arid = values(outcomes["arid"])
    assert (arid.bws_score, arid.bws_cat, arid.bws_label) == (5.0, -1, "Arid and Low Water Use")
    unknown = values(outcomes["no_basin_data"])
    assert (unknown.bws_score, unknown.bws_cat, unknown.spatial_support) == (None, None, None)
    assert "no_data:bws" in outcomes["no_basin_data"].reasons
    assert unknown.layer_states["aqueduct40"] == "available"


def test_gaps_of_mod16_are_told_with_their_cause(outcomes: dict[str, Outcome]) -> None:
    urban, half, plain = (values(outcomes[name]) for name in ("urban", "half_urban", "plain"))
    assert (urban.et_gap_share, urban.et_gap_share_by_cause) == (1.0, {"urban": 1.0})
    assert half.et_gap_share == pytest.approx(0.5, rel=1e-4)
    assert (plain.et_gap_share, plain.et_gap_share_by_cause) == (0.0, {})
    assert urban.et_anomaly_pct is None
    assert "climatology_short:et" in outcomes["urban"].reasons


def test_a_plot_below_a_pixel_says_so(outcomes: dict[str, Outcome]) -> None:
    held, large = values(outcomes["plain"]), values(outcomes["four_pixels"])
    # 0.001 of a degree on a cell of 0.0125 (WaPOR), and of 0.05 (CHIRPS, and MOD16 as it is written here)
    assert held.support_ratio == pytest.approx((0.001 / 0.0125) ** 2, rel=1e-4)
    assert held.support_ratio_by_layer["chirps3"] == pytest.approx((0.001 / 0.05) ** 2, rel=1e-4)
    assert "below_pixel:chirps3" in held.flags and "below_pixel:wapor3_aeti" in held.flags
    assert (held.n_cells, held.n_cells_by_layer["mod16"]) == (1, 1)
    assert large.support_ratio == pytest.approx((0.02 / 0.0125) ** 2, rel=1e-4)
    assert (large.n_cells, large.n_cells_by_layer["mod16"]) == (4, 4)
    assert "below_pixel:wapor3_aeti" not in large.flags


def test_the_crop_by_hand(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    # Rain is 10 mm x month - 1, ET0 4 mm a day: from July on (69 mm >= 62 mm) it can grow; June has 59 mm of 60.
    assert (held.crop, held.crop_source, held.season_days) == ("maize", "wapor3_ret+chirps3", 125)
    assert str(held.season_start) == "2025-07-01"
    # Kc: 20 days of 0.30, 35 days rising to 1.20 (mean 0.7629), 40 days of 1.20, 30 days falling to 0.35 (mean 0.7608)
    days = 20 * 0.30 + 35 * (0.30 + 0.90 * 18 / 35) + 40 * 1.20 + 30 * (1.20 - 0.85 * 15.5 / 30)
    assert held.etc_mm == pytest.approx(4.0 * days)
    whole, november = (69, 79, 89, 99), 109 * (125 - 0.2 * 109) / 125 * 2 / 30
    assert held.effective_rain_mm == pytest.approx(sum(p * (125 - 0.2 * p) / 125 for p in whole) + november)
    assert held.deficit_mm is not None and held.etc_mm is not None
    assert held.wf_blue_m3_t == pytest.approx(10 * held.deficit_mm / 5)
    assert held.wf_green_m3_t == pytest.approx(10 * (held.etc_mm - held.deficit_mm) / 5)
    assert held.wf_grey_m3_t == pytest.approx(46 * 0.10 / 0.010 / 5)
    assert (held.wf_green_world_m3_t, held.wf_blue_world_m3_t, held.wf_grey_world_m3_t) == (947, 81, 194)
    assert (held.irrigated, held.yield_t_ha) == (True, 5.0)


def test_one_source_of_rain_and_evapotranspiration_is_no_ratio_of_two(outcomes: dict[str, Outcome]) -> None:
    held = values(outcomes["plain"])
    assert (held.p_pet_ratio, held.aridity_class) == (None, None)  # CHIRPS over WaPOR would be of two
    assert {"layer_not_configured:terraclimate", "no_year:p_pet"} <= set(outcomes["plain"].reasons)


def test_a_plot_that_no_layer_covers_has_no_values(outcomes: dict[str, Outcome]) -> None:
    outside = outcomes["outside"]
    assert (outside.state, outside.values) == ("not_covered", None)
    assert "layer_not_covered:chirps3" in outside.reasons


def test_a_point_without_area_samples_its_cells(outcomes: dict[str, Outcome]) -> None:
    held, plain = values(outcomes["point"]), values(outcomes["plain"])
    assert held.plot_area_ha == 0.0
    assert (held.support_ratio, held.support_ratio_by_layer, held.n_cells) == (None, {}, 1)
    assert "point_sample" in held.flags
    assert (held.et_mm_yr, held.bws_score) == (plain.et_mm_yr, plain.bws_score)


@pytest.mark.long
def test_every_number_of_a_plot_is_the_same_alone_and_the_second_time(landscape: Scene, outcomes: dict[str, Outcome]) -> None:
    (alone,) = landscape.outcomes(PLOTS["half_urban"], terms=MAIZE)
    assert said([alone]) == said([outcomes["half_urban"]])


def said(outcomes: Sequence[Outcome]) -> list[tuple[str, tuple[str, ...], str]]:
    """Outcomes without the numbers of plots, as text."""
    return [(one.state, one.reasons, "" if one.values is None else one.values.model_dump_json()) for one in outcomes]


def test_a_declared_area_makes_a_point_a_disc(scene: Scene) -> None:
    scene.paint("chirps3", *years(2023, 2025), lambda _: 50.0)
    assert plots(PLOTS["point"], area_ha=2.0).area_ha[0] == 2.0
    held = scene.result(PLOTS["point"], area_ha=2.0)
    assert held.plot_area_ha == pytest.approx(2.0, rel=1e-6)
    assert "point_disc" in held.flags
    assert held.support_ratio_by_layer["chirps3"] == pytest.approx(2.0 / 3077.3, rel=2e-3)  # 0.05 of a degree on the equator
