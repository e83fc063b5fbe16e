"""Loss, disturbance, observation and agreement on landscapes with a known truth; PLOT is 31 ha of undisturbed forest."""

from datetime import date

import pytest

from tests.services.deforestation.scene import CELL_HA, PLOT, Scene, block, near


def test_forest_without_loss_is_none_and_says_until_when(scene: Scene) -> None:
    found = scene.result(PLOT)
    assert (found.alert_class, found.verdict, found.confidence) == ("none", "deforestation-free", "medium")
    assert found.observed_through == date(2025, 12, 31)
    assert found.forest_2020_ha == near(400 * CELL_HA)
    assert (found.noncompliance_area_ha, found.deforestation_start, found.agreement, found.date_precision) == (0.0, None, None, None)


def test_loss_after_the_cut_off_is_critical_with_its_area_and_year(scene: Scene) -> None:
    found = scene.paint(35, 35, 8, 8, lossyear=23, DeforestationYear=2023, tmf2023=3).result(PLOT)
    assert (found.alert_class, found.verdict, found.confidence) == ("critical", "critical", "medium")
    assert found.noncompliance_area_ha == near(64 * CELL_HA)
    assert found.annual_defor_ha == (0.0, 0.0, near(64 * CELL_HA), 0.0, 0.0)
    assert (found.deforestation_start, found.deforestation_end) == (date(2023, 1, 1), date(2023, 12, 31))
    assert (found.families_available, found.families_flagging, found.agreement) == (2, 2, 1.0)


def test_sources_are_joined_and_never_summed(scene: Scene) -> None:
    scene.paint(35, 35, 4, 8, lossyear=23).paint(35, 35, 4, 4, DeforestationYear=2022, tmf2022=3)
    found = scene.result(PLOT)
    assert found.noncompliance_area_ha == near(32 * CELL_HA)
    assert found.annual_defor_ha == (0.0, near(16 * CELL_HA), near(16 * CELL_HA), 0.0, 0.0), "a cell belongs to its earliest date"


def test_loss_of_less_than_half_a_hectare_and_a_tenth_is_not_critical_yet_not_clear(scene: Scene) -> None:
    found = scene.paint(35, 35, 2, 3, lossyear=23).result(PLOT)
    assert (found.alert_class, found.verdict) == ("non_critical", "not assessed")


def test_loss_of_over_a_tenth_of_a_small_plot_is_critical(scene: Scene) -> None:
    found = scene.paint(31, 31, 1, 3, lossyear=23).result(block(30, 30, 5, 5))
    assert found.noncompliance_area_ha == near(3 * CELL_HA)
    assert found.alert_class == "critical"


def test_lossyear_zero_is_no_loss_and_2020_is_before_the_cut_off(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 20, lossyear=20, map=0, tmf2020=3, DeforestationYear=2020).result(PLOT)
    assert found.noncompliance_area_ha == 0
    assert found.alert_class == "none"
    assert found.hansen_loss_ha_by_year is not None and found.hansen_loss_ha_by_year[19] == near(400 * CELL_HA)


def test_regrown_forest_whose_one_event_is_spent_is_not_cleared_by_hansen(scene: Scene) -> None:
    """Hansen holds one event a cell: lossyear 10 in forest of 2020 says nothing about 2021 on."""
    scene.without = ("jrc_tmf",)
    (outcome,) = scene.paint(30, 30, 20, 20, lossyear=10).outcomes(PLOT)
    assert outcome.values is not None and outcome.values.alert_class == "inconclusive"  # type: ignore[attr-defined]
    assert "observation_incomplete" in outcome.reasons


def test_spent_event_on_ground_that_is_no_forest_does_not_stand_against_clear(scene: Scene) -> None:
    scene.without = ("jrc_tmf",)
    assert scene.paint(30, 30, 20, 20, lossyear=10, map=0).result(PLOT).alert_class == "none"


def test_second_clearing_is_found_in_the_yearly_maps(scene: Scene) -> None:
    """TMF's DeforestationYear is the first event: 2012 here, though the regrowth fell in 2023."""
    scene.paint(35, 35, 8, 8, lossyear=12, DeforestationYear=2012).paint(35, 35, 8, 8, tmf2020=4, tmf2023=3)
    found = scene.result(PLOT)
    assert found.alert_class == "critical"
    assert found.annual_defor_ha == (0.0, 0.0, near(64 * CELL_HA), 0.0, 0.0)


def test_tmf_does_not_observe_forest_that_it_does_not_call_forest(scene: Scene) -> None:
    """Class 6 is outside TMF's domain: dry forest of GFC2020 there is not watched by TMF."""
    scene.without = ("hansen_gfc",)
    found = scene.paint(0, 0, 80, 80, tmf2020=6).result(PLOT)
    assert (found.alert_class, found.observed_through) == ("inconclusive", None)


def test_hansen_without_its_datamask_cannot_clear(scene: Scene) -> None:
    scene.without = ("jrc_tmf", "hansen_gfc.datamask")
    found = scene.result(PLOT)
    assert (found.alert_class, found.observed_through, found.families_available) == ("inconclusive", None, 1)
    assert "band_not_configured:hansen_gfc.datamask" in found.flags


def test_hansen_does_not_observe_where_its_datamask_has_no_data(scene: Scene) -> None:
    scene.without = ("jrc_tmf",)
    assert scene.paint(30, 30, 20, 2, datamask=0).result(PLOT).alert_class == "inconclusive"


def test_ground_of_which_hansen_has_no_data_is_not_observed_even_if_it_is_no_forest(scene: Scene) -> None:
    scene.without = ("jrc_tmf",)
    scene.paint(0, 0, 80, 80, map=0)
    assert scene.result(PLOT).alert_class == "none"
    assert scene.paint(30, 30, 20, 2, datamask=2).result(PLOT).alert_class == "none", "water is data"
    assert scene.paint(30, 30, 20, 2, datamask=0).result(PLOT).alert_class == "inconclusive"


def test_hansen_2021_alone_counts_and_is_flagged(scene: Scene) -> None:
    found = scene.paint(35, 35, 8, 8, lossyear=21).result(PLOT)
    assert found.alert_class == "critical"
    assert "year_2021_only" in found.flags
    both = scene.paint(35, 35, 8, 8, DeforestationYear=2021, tmf2021=3).result(PLOT)
    assert "year_2021_only" not in both.flags


def test_hansen_2021_that_tmf_dates_2020_is_dropped_but_leaves_the_cells_unobserved(scene: Scene) -> None:
    found = scene.paint(35, 35, 8, 8, lossyear=21, DeforestationYear=2020, tmf2020=3).result(PLOT)
    assert found.noncompliance_area_ha == 0
    assert (found.alert_class, found.observed_through) == ("inconclusive", None)


def test_old_degradation_is_disturbance_and_recent_degradation_is_undecided(scene: Scene) -> None:
    found = scene.paint(35, 35, 8, 8, DegradationYear=2022, tmf2022=2).result(PLOT)
    assert (found.alert_class, found.disturbance_ha, found.noncompliance_area_ha) == ("none", near(64 * CELL_HA), 0.0)
    late = scene.paint(35, 35, 8, 8, DegradationYear=2023, tmf2022=1).paint(35, 35, 8, 8, tmf2023=2).result(PLOT)
    assert (late.alert_class, late.flags) == ("inconclusive", ("recent_degradation",))


@pytest.mark.parametrize("later", [{"tmf2025": 3}, {"lossyear": 24}])
def test_degradation_becomes_loss_when_tmf_or_hansen_see_loss_later(scene: Scene, later: dict[str, int]) -> None:
    found = scene.paint(35, 35, 8, 8, DegradationYear=2022, tmf2022=2).paint(35, 35, 8, 8, **later).result(PLOT)
    assert found.annual_defor_ha == (0.0, near(64 * CELL_HA), 0.0, 0.0, 0.0)
    assert (found.alert_class, found.disturbance_ha) == ("critical", 0.0)


def test_degradation_becomes_loss_beside_a_hansen_pixel_but_not_two_pixels_away(scene: Scene) -> None:
    scene.paint(35, 35, 1, 1, DegradationYear=2022, tmf2022=2).paint(35, 36, 1, 1, lossyear=23)
    assert scene.result(block(30, 30, 20, 6)).noncompliance_area_ha == near(CELL_HA)
    scene.paint(35, 36, 1, 1, lossyear=0).paint(35, 37, 1, 1, lossyear=23)
    assert scene.result(block(30, 30, 20, 6)).disturbance_ha == near(CELL_HA)


def test_unobserved_forest_is_flagged_even_where_it_is_little(scene: Scene) -> None:
    found = scene.paint(30, 30, 4, 4, lossyear=10, tmf2020=6).result(PLOT)
    assert (found.alert_class, found.flags) == ("none", ("unobserved_forest",))


def test_tmf_confirms_2021_from_the_next_pixel_and_a_year_apart(scene: Scene) -> None:
    plot = block(30, 30, 20, 6)
    scene.paint(35, 35, 1, 1, lossyear=21).paint(35, 36, 1, 1, DeforestationYear=2022, tmf2022=3)
    assert "year_2021_only" not in scene.result(plot).flags
    scene.paint(35, 36, 1, 1, DeforestationYear=2023, tmf2022=1).paint(35, 36, 1, 1, tmf2023=3)
    assert "year_2021_only" in scene.result(plot).flags


def test_family_that_flags_next_door_counts_as_looking(scene: Scene) -> None:
    """Hansen's event of the cell is spent, yet it flags the next pixel: two of two agree, not two of one."""
    scene.paint(35, 35, 1, 1, lossyear=12, DeforestationYear=2023, tmf2023=3).paint(35, 36, 1, 1, lossyear=23)
    assert scene.result(block(30, 30, 20, 6)).agreement == 1.0
    scene.paint(35, 36, 1, 1, lossyear=0)
    assert scene.result(block(30, 30, 20, 6)).agreement == 1.0, "Hansen could not look"
    scene.paint(35, 35, 1, 1, lossyear=0)
    assert scene.result(block(30, 30, 20, 6)).agreement == 0.5, "Hansen looked and saw nothing"
