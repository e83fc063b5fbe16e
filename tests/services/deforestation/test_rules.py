"""The rules on landscapes with a known truth; PLOT is 20 x 20 cells (31 ha) of undisturbed forest, cleared as each test says."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from services.deforestation.worker import compute
from shared.errors import Unavailable
from shared.outcome import Window
from tests.services.deforestation.scene import CELL_DEG, CELL_HA, WEST, YEARS, Scene, block, plots

PLOT = block(30, 30, 20, 20)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-4)  # rows of cells differ by 1e-7 of their area here, coverage by 6e-8


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


def test_wood_of_half_a_hectare_is_no_forest_and_a_larger_one_is(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6)
    scene.paint(35, 35, 2, 3, map=1, lossyear=23)
    assert scene.result(PLOT).forest_2020_ha == 0, "6 cells are 0.46 ha"
    scene.paint(37, 38, 1, 1, map=1, lossyear=23)  # touches by a corner
    found = scene.result(PLOT)
    assert found.forest_2020_ha == near(7 * CELL_HA), "7 cells are 0.54 ha"
    assert found.alert_class == "critical"


def test_forest_beyond_the_plot_belongs_to_the_patch(scene: Scene) -> None:
    """The 0.5 ha rule is about the forest, not about the part of it inside the plot: a strip of 40 cells leads away."""
    scene.paint(0, 0, 80, 80, map=0, treecover2000=0, tmf2020=6).paint(49, 35, 30, 1, map=1).paint(49, 35, 1, 1, lossyear=24)
    found = scene.result(PLOT)
    assert found.forest_2020_ha == near(CELL_HA)
    assert found.alert_class == "non_critical"


def test_size_of_a_patch_is_measured_far_beyond_the_plot_also_where_nothing_was_lost(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6).paint(49, 35, 30, 1, map=1)
    assert scene.result(PLOT).forest_2020_ha == near(CELL_HA)


def test_forest_cut_off_by_missing_data_is_kept(scene: Scene) -> None:
    scene.extent = {"jrc_gfc2020": 50}
    scene.paint(0, 0, 80, 80, map=0, treecover2000=0, tmf2020=6).paint(40, 48, 2, 2, map=1, lossyear=23)
    assert scene.result(PLOT).noncompliance_area_ha == near(4 * CELL_HA)


def test_loss_on_forest_that_only_votes_claim_is_inconclusive(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 20, map=0, tmf2020=2).paint(35, 35, 8, 8, lossyear=23).result(PLOT)
    assert (found.alert_class, found.loss_on_disputed_ha) == ("inconclusive", near(64 * CELL_HA))
    assert "loss_on_disputed" in found.flags
    other = scene.paint(30, 30, 20, 20, map=1).paint(35, 35, 8, 4, map=0).result(PLOT)
    assert other.alert_class == "critical", "the loss on undisputed forest decides"


def test_disputed_loss_over_half_of_the_plot_is_never_clear(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 20, map=0, tmf2020=2, lossyear=23).result(PLOT)
    assert found.overlap == near(1.0)
    assert found.verdict == "not assessed"


def test_one_vote_makes_no_forest_but_undisturbed_does(scene: Scene) -> None:
    assert scene.paint(30, 30, 20, 20, map=0, tmf2020=6).result(PLOT).forest_2020_ha == 0
    assert scene.paint(30, 30, 20, 20, tmf2020=1).result(PLOT).forest_2020_ha == near(400 * CELL_HA)


@pytest.mark.parametrize("abstains", [{"gain": 1}, {"lossyear": 15}, {"datamask": 2}])
def test_hansen_abstains_on_gain_on_earlier_loss_and_off_land(scene: Scene, abstains: dict[str, int]) -> None:
    assert scene.paint(30, 30, 20, 20, map=0, tmf2020=2, **abstains).result(PLOT).forest_2020_ha == 0


def test_old_plantation_is_left_out_but_its_felling_is_not_cleared(scene: Scene) -> None:
    scene.paint(30, 30, 20, 20, TransitionMap_Subtypes=81, tmf2020=6)
    found = scene.result(PLOT)
    assert (found.forest_2020_ha, found.excluded_commodity_ha, found.alert_class) == (0.0, near(400 * CELL_HA), "none")
    felled = scene.paint(35, 35, 8, 8, lossyear=23).result(PLOT)
    assert (felled.alert_class, felled.loss_on_excluded_ha) == ("inconclusive", near(64 * CELL_HA))


@pytest.mark.parametrize(
    ("why", "paint"),
    [
        ("never on undisturbed forest", {"TransitionMap_Subtypes": 81}),
        ("86 came after the cut-off", {"TransitionMap_Subtypes": 86, "tmf2020": 6}),
        ("85 without a date may have come after it", {"TransitionMap_Subtypes": 85, "tmf2020": 6}),
        ("85 dated 2021 did", {"TransitionMap_Subtypes": 85, "tmf2020": 6, "DeforestationYear": 2021}),
    ],
)
def test_what_may_be_forest_is_not_left_out_as_plantation(scene: Scene, why: str, paint: dict[str, int]) -> None:
    found = scene.paint(30, 30, 20, 20, **paint).result(PLOT)
    assert (found.excluded_commodity_ha, found.forest_2020_ha) == (0.0, near(400 * CELL_HA)), why


def test_plantation_on_half_of_the_plot_or_less_is_not_left_out(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 9, TransitionMap_Subtypes=82, tmf2020=6).result(PLOT)
    assert found.excluded_commodity_ha == 0
    assert scene.paint(30, 30, 20, 11, TransitionMap_Subtypes=82, tmf2020=6).result(PLOT).excluded_commodity_ha == near(220 * CELL_HA)


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


def test_year_counts_when_its_interval_meets_the_window(scene: Scene) -> None:
    scene.paint(35, 35, 8, 8, lossyear=22)
    assert scene.result(PLOT, window=Window(date(2022, 6, 1), date(2025, 12, 31))).alert_class == "critical"
    assert scene.result(PLOT, window=Window(date(2017, 1, 1), date(2022, 1, 1))).alert_class == "critical"
    assert scene.result(PLOT, window=Window(date(2022, 12, 31), date(2025, 12, 31))).noncompliance_area_ha == 0
    assert scene.result(PLOT, window=Window(date(2017, 1, 1), date(2021, 12, 31))).noncompliance_area_ha == 0


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (Window(date(2017, 1, 1), date(2020, 12, 31)), "window_empty"),
        (Window(date(2026, 1, 1), date(2026, 11, 22)), "window_not_observed"),
        (Window(date(2017, 1, 1), date(2027, 2, 5)), "observation_too_old"),
    ],
)
def test_window_that_nobody_observed_is_never_clear(scene: Scene, window: Window, reason: str) -> None:
    (outcome,) = scene.outcomes(PLOT, window=window)
    assert outcome.values is not None and outcome.values.alert_class == "inconclusive"  # type: ignore[attr-defined]
    assert reason in outcome.reasons


def test_window_that_ends_a_little_after_the_last_observation_says_so(scene: Scene) -> None:
    found = scene.result(PLOT, window=Window(date(2017, 1, 1), date(2027, 2, 4)))
    assert (found.alert_class, found.flags) == ("none", ("not_observed_after",))


def test_point_is_a_disc_and_never_of_high_confidence(scene: Scene) -> None:
    centre = shapely.centroid(PLOT)
    assert scene.result(centre).plot_area_ha == near(4.0)
    found = scene.paint(38, 38, 8, 8, lossyear=23).result(centre, area_ha=1.0)
    assert (found.plot_area_ha, found.alert_class, found.confidence, found.flags) == (near(1.0), "critical", "medium", ("point_buffer",))


def test_plot_below_a_pixel_with_one_source_is_inconclusive(scene: Scene) -> None:
    speck = block(40.2, 40.2, 0.5, 0.5)
    assert scene.result(speck).alert_class == "none"
    scene.without = ("jrc_tmf",)
    found = scene.result(speck)
    assert (found.alert_class, found.boundary_sensitive, found.noncompliance_lo_ha) == ("inconclusive", True, None)
    assert "subpixel" in found.flags


def test_hole_round_the_loss_is_judged_by_the_outer_ring(scene: Scene) -> None:
    """TRACES reads the outer ring only."""
    scene.paint(35, 35, 8, 8, lossyear=23)
    holed = shapely.difference(PLOT, block(33, 33, 12, 12))
    found = scene.result(holed)
    assert (found.alert_class, found.noncompliance_area_ha, found.flags) == ("critical", 0.0, ("hole_mismatch",))


def test_loss_within_the_position_error_makes_the_class_boundary_sensitive(scene: Scene) -> None:
    scene.paint(30, 50, 20, 8, lossyear=23)  # begins at the plot's eastern edge
    found = scene.result(PLOT)
    assert (found.alert_class, found.noncompliance_area_ha, found.boundary_sensitive) == ("none", 0.0, True)
    half_pixel_cells = 0.000269 * 111_320 / 2 / (CELL_DEG * 111_320)
    assert found.noncompliance_hi_ha == pytest.approx(20 * CELL_HA * half_pixel_cells, rel=0.02)


def test_sliver_of_a_clearing_next_door_is_flagged_as_edge_patch(scene: Scene) -> None:
    scene.paint(30, 50, 20, 8, lossyear=23)
    found = scene.result(block(30, 30, 20, 20.3))
    assert found.noncompliance_area_ha == near(20 * 0.3 * CELL_HA)
    assert (found.noncompliance_lo_ha, "edge_patch" in found.flags) == (0.0, True)


def test_patch_smaller_than_a_pixel_is_of_low_confidence(scene: Scene) -> None:
    """A pixel of Hansen's loss on the edge of a wood: all of it forest, or a third of it."""
    scene.paint(0, 0, 80, 35, map=0, tmf2020=6).paint(0, 35, 80, 45, tmf2020=2).paint(35, 34, 1, 1, lossyear=23)
    scene.gfc_10m = [(105, 104, 3, 1, 1)]
    third = scene.result(PLOT)
    assert (third.alert_class, third.confidence, third.noncompliance_area_ha) == ("non_critical", "low", near(CELL_HA / 3))
    scene.gfc_10m = [(105, 102, 3, 3, 1)]
    whole = scene.result(PLOT)
    assert (whole.alert_class, whole.confidence, whole.noncompliance_area_ha) == ("non_critical", "medium", near(CELL_HA))


def test_cells_off_the_plot_do_not_count_and_half_a_cell_counts_half(scene: Scene) -> None:
    found = scene.paint(35, 49, 4, 8, lossyear=23).result(block(30, 30, 20, 19.5))
    assert found.noncompliance_area_ha == near(4 * 0.5 * CELL_HA)


def test_layer_that_does_not_read_is_tried_again(scene: Scene) -> None:
    scene.unreadable = ("jrc_tmf.AnnualChange_2023",)
    with pytest.raises(Unavailable):
        scene.outcomes(PLOT)


def test_plot_off_every_layer_is_not_covered(scene: Scene) -> None:
    (outcome,) = scene.outcomes(shapely.transform(PLOT, lambda xy: xy + np.array([5.0, 0.0])))
    assert (outcome.state, outcome.values) == ("not_covered", None)
    assert outcome.reasons == ("layer_not_covered:hansen_gfc", "layer_not_covered:jrc_gfc2020", "layer_not_covered:jrc_tmf")


def test_partly_covered_layer_is_flagged_and_does_not_clear(scene: Scene) -> None:
    scene.extent = {"jrc_gfc2020": 45}
    found = scene.result(PLOT)
    assert (found.alert_class, found.baseline_source, found.confidence) == ("inconclusive", "hansen_gfc", "low")
    assert "partial_cover:jrc_gfc2020" in found.flags


def test_plot_larger_than_the_limit_is_refused_by_name(scene: Scene) -> None:
    (outcome,) = scene.outcomes(shapely.box(WEST, 0.1, WEST + 0.4, 0.5))
    assert (outcome.state, outcome.reasons) == ("failed", ("plot_too_large",))


def test_series_begin_in_2001_and_2021_and_end_with_the_catalogue(scene: Scene) -> None:
    found = scene.result(PLOT, window=YEARS)
    assert (len(found.hansen_loss_ha_by_year or ()), len(found.annual_defor_ha or ())) == (25, 5)


def test_one_vote_is_enough_where_gfc2020_is_silent(scene: Scene) -> None:
    """Up to a twentieth of a plot may lie off GFC2020: loss there must not vanish."""
    scene.extent = {"jrc_gfc2020": 49}
    scene.paint(0, 0, 80, 80, tmf2020=6).paint(30, 49, 20, 1, lossyear=23)
    found = scene.result(PLOT)
    assert (found.alert_class, found.baseline_source) == ("inconclusive", "jrc_gfc2020")
    assert found.loss_on_disputed_ha == near(20 * CELL_HA)


def test_plot_whose_cells_do_not_add_up_fails(scene: Scene) -> None:
    chunk = plots(PLOT)
    chunk.area_ha[0] *= 1.01
    (outcome,) = compute(chunk, YEARS, scene.rasters())
    assert (outcome.state, outcome.values, outcome.reasons) == ("failed", None, ("area_mismatch",))


def test_point_with_an_impossible_area_fails_and_spares_its_neighbours(scene: Scene) -> None:
    centre = shapely.centroid(PLOT)
    bad, good = scene.outcomes(centre, PLOT, area_ha=-1.0)
    assert (bad.state, bad.reasons, good.state) == ("failed", ("disc_area",), "ok")


def test_unobserved_forest_is_flagged_even_where_it_is_little(scene: Scene) -> None:
    found = scene.paint(30, 30, 4, 4, lossyear=10, tmf2020=6).result(PLOT)
    assert (found.alert_class, found.flags) == ("none", ("unobserved_forest",))


def test_loss_next_door_counts_for_the_upper_bound_though_its_forest_lies_far_off(scene: Scene) -> None:
    """A strip of forest that begins at the plot's edge and leads away: its first cells alone are under 0.5 ha."""
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6).paint(40, 50, 1, 25, map=1).paint(40, 50, 1, 1, lossyear=23)
    found = scene.result(PLOT)
    assert (found.noncompliance_area_ha, found.alert_class, found.boundary_sensitive) == (0.0, "none", True)
    assert found.noncompliance_hi_ha is not None and found.noncompliance_hi_ha > 0.03


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


def test_felled_plantation_does_not_make_a_loss_patch_larger(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, tmf2020=6).paint(0, 45, 80, 35, map=0).paint(0, 0, 80, 45, TransitionMap_Subtypes=81)
    scene.paint(35, 44, 1, 2, lossyear=23)
    scene.gfc_10m = [(105, 135, 3, 1, 1)]
    found = scene.result(PLOT)
    assert (found.noncompliance_area_ha, found.loss_on_excluded_ha) == (near(CELL_HA / 3), near(CELL_HA))
    assert (found.alert_class, found.confidence) == ("non_critical", "low")
