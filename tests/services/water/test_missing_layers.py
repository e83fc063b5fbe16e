"""Layers that are missing, fail or are too short: null with the reason, and no neighbour is hurt."""

from datetime import date

import numpy as np
import pytest

from contracts.v1.results.water import Water
from shared.errors import Unavailable
from shared.outcome import Terms, Window
from shared.rasters.catalogue import layer_of
from tests.services.water.scene import NORTH, WEST, Scene, square, years

PLOT = square(WEST + 0.33, NORTH - 0.42)


def terraclimate(scene: Scene, first: int, last: int) -> Scene:
    """Rain of 30 mm and PET of 100 mm a month, 40 mm evaporate."""
    for name, mm in (("terraclimate_rain", 30.0), ("terraclimate_pet", 100.0)):
        scene.paint(name, *years(first, last), lambda _, mm=mm: mm)
    return scene.paint("terraclimate_et", *years(max(first, 2013), last), lambda _: 40.0)


def test_nothing_configured_is_no_result(scene: Scene) -> None:
    outcome = scene.outcome(PLOT)
    assert (outcome.state, outcome.values) == ("not_covered", None)
    assert len(outcome.reasons) == 9
    assert all(reason.startswith("layer_not_configured:") for reason in outcome.reasons)


def test_thirty_years_have_an_aridity_class(scene: Scene) -> None:
    held = terraclimate(scene, 1996, 2025).result(PLOT)
    assert held.p_pet_ratio == pytest.approx(0.3)
    assert (held.aridity_index, held.aridity_class) == (pytest.approx(0.3), "semi_arid")
    assert held.periods["aridity"] == "1996-01/2025-12"
    assert (held.et_source, held.precip_source, held.water_balance_mm) == ("terraclimate", "terraclimate", pytest.approx(-120.0))
    assert (held.et_anomaly_pct, held.et_z, held.et_climatology_years) == (pytest.approx(0.0), None, 12)


def test_twenty_nine_years_have_none(scene: Scene) -> None:
    outcome = terraclimate(scene, 1997, 2025).outcome(PLOT)
    assert isinstance(outcome.values, Water)
    assert outcome.values.p_pet_ratio == pytest.approx(0.3)
    assert (outcome.values.aridity_index, outcome.values.aridity_class) == (None, None)
    assert "climatology_short:aridity" in outcome.reasons


def test_nine_earlier_years_are_no_climatology(scene: Scene) -> None:
    scene.paint("terraclimate_et", *years(2016, 2025), lambda _: 40.0)
    outcome = scene.paint("terraclimate_soil", *years(2017, 2025), lambda _: 90.0).outcome(PLOT)
    assert isinstance(outcome.values, Water)
    assert (outcome.values.et_anomaly_pct, outcome.values.soil_moisture_pct) == (None, None)
    assert {"climatology_short:et", "climatology_short:soil_moisture"} <= set(outcome.reasons)


def test_a_source_without_potential_evapotranspiration_gives_what_needs_none(scene: Scene) -> None:
    outcome = scene.paint("ssebop", *years(2014, 2025), lambda band: 60.0 if band.first_year == 2025 else 50.0).outcome(PLOT)
    assert isinstance(outcome.values, Water)
    held = outcome.values
    assert (held.et_source, held.et_mm_yr, held.et_anomaly_source) == ("ssebop", pytest.approx(720.0), "ssebop")
    assert held.et_anomaly_pct == pytest.approx(20.0)
    assert (held.pet_mm_yr, held.water_stress_index, held.climatic_deficit_mm) == (None, None, None)
    assert "no_year:pet" in outcome.reasons


def test_tied_soil_moisture_is_in_the_middle(scene: Scene) -> None:
    held = scene.paint("terraclimate_soil", *years(2016, 2025), lambda _: 90.0).result(PLOT)
    assert (held.soil_moisture_pct, held.soil_moisture_source) == (pytest.approx(50.0), "terraclimate")


def test_a_window_of_less_than_a_year_has_no_year(scene: Scene) -> None:
    scene.paint("chirps3", *years(2023, 2025), lambda _: 50.0)
    outcome = scene.outcome(PLOT, terms=Terms(Window(date(2025, 1, 2), date(2025, 12, 31))))
    assert isinstance(outcome.values, Water)
    assert outcome.values.precip_mm_yr is None
    assert {"window_short", "no_year:rain"} <= set(outcome.reasons)


def test_a_window_that_ends_before_the_layers_looks_at_its_own_years(scene: Scene) -> None:
    scene.paint("chirps3", *years(2020, 2025), lambda band: 50.0 if band.first_year == 2022 else 90.0)
    held = scene.result(PLOT, terms=Terms(Window(date(2020, 1, 1), date(2023, 1, 30))))
    assert (held.precip_mm_yr, held.periods["rain"]) == (pytest.approx(600.0), "2022-01/2022-12")


def test_the_latest_year_ends_where_months_are_missing(scene: Scene) -> None:
    scene.paint("chirps3", date(2023, 1, 1), date(2025, 9, 30), lambda _: 50.0)
    assert scene.result(PLOT).periods["rain"] == "2024-10/2025-09"


def test_a_record_that_ended_long_ago_is_no_year(scene: Scene) -> None:
    outcome = scene.paint("chirps3", *years(2019, 2022), lambda _: 50.0).outcome(PLOT)
    assert outcome.state == "not_covered"
    assert "layer_not_configured:chirps3" in outcome.reasons


def test_a_month_that_knows_less_than_half_of_the_plot_is_not_known(scene: Scene) -> None:
    cells = np.ones((20, 20))
    cells[:, 7:] = np.nan  # from 10.35 on
    scene.paint("chirps3", *years(2023, 2025), lambda _: 50.0, cells)
    west = scene.result(square(WEST + 0.3498, NORTH - 0.42))
    east = scene.outcome(square(WEST + 0.3502, NORTH - 0.42))
    assert west.precip_mm_yr == pytest.approx(600.0)
    assert isinstance(east.values, Water) and east.values.precip_mm_yr is None
    assert east.values.layer_states["chirps3"] == "available"
    assert "no_year:rain" in east.reasons


def test_a_file_that_does_not_read_is_asked_for_again_and_then_failed(scene: Scene) -> None:
    scene.paint("chirps3", *years(2023, 2025), lambda _: 50.0)
    layer = layer_of("chirps3")
    scene.path("chirps3", layer.band("2025-06")).write_bytes(b"II*\0 not a raster")
    scene.basins([square(WEST + 0.5, NORTH - 0.5, 1.0)], {"bws_raw": [0.1], "bws_score": [1.0], "bws_cat": [1.0]})
    with pytest.raises(Unavailable):
        scene.outcome(PLOT)
    outcome = scene.outcome(PLOT, give_up=True)
    assert isinstance(outcome.values, Water)
    assert outcome.values.layer_states["chirps3"] == "failed"
    assert "layer_failed:chirps3" in outcome.reasons
    assert outcome.values.bws_score == 1.0
    assert outcome.values.periods["rain"] == "2024-06/2025-05"  # what does not read is not known, what does is


def test_basins_that_do_not_read_are_failed(scene: Scene) -> None:
    scene.paint("chirps3", *years(2023, 2025), lambda _: 50.0)
    (scene.folder / "aqueduct40").mkdir()
    (scene.folder / "aqueduct40" / "baseline_annual.parquet").write_bytes(b"no parquet")
    with pytest.raises(Unavailable):
        scene.outcome(PLOT)
    held = scene.result(PLOT, give_up=True)
    assert (held.layer_states["aqueduct40"], held.bws_score, held.precip_mm_yr) == ("failed", None, pytest.approx(600.0))


@pytest.mark.long
def test_a_chunk_is_the_sum_of_its_plots(scene: Scene) -> None:
    random = np.random.default_rng(3).uniform(0, 200, (20, 20))
    scene.paint("chirps3", *years(2023, 2025), lambda band: 0.001 * (band.first_year or 0), random)
    asked = [square(WEST + 0.1 + 0.07 * at, NORTH - 0.2 - 0.05 * at, 0.01 + 0.004 * at) for at in range(12)]
    together = scene.outcomes(*asked)
    again = scene.outcomes(*asked)
    assert together == again
    for at, one in enumerate(asked):
        (alone,) = scene.outcomes(one)
        assert (alone.values, alone.reasons) == (together[at].values, together[at].reasons)


def test_an_empty_chunk_is_no_outcome(scene: Scene) -> None:
    assert scene.outcomes() == []


def test_what_the_run_does_not_say_is_a_reason(scene: Scene) -> None:
    scene.paint("chirps3", *years(2023, 2025), lambda _: 50.0)
    assert {"crop_not_stated"} <= set(scene.outcome(PLOT).reasons)
    assert "crop_unknown" in scene.outcome(PLOT, terms=Terms(Window(date(2024, 1, 1), date(2025, 12, 31)), crop_type="quinoa")).reasons
    broken = Terms(Window(date(2024, 1, 1), date(2025, 12, 31)), crop_type="cocoa", input_payload={"cft_payload": {"no": 1}})
    outcome = scene.outcome(PLOT, terms=broken)
    assert {"invalid_input_payload", "yield_not_stated", "irrigation_not_stated", "nitrogen_not_stated", "no_year:crop"} <= set(
        outcome.reasons
    )
    assert isinstance(outcome.values, Water)
    assert (outcome.values.crop, outcome.values.etc_mm, outcome.values.wf_green_world_m3_t) == ("cocoa", None, 19745)
