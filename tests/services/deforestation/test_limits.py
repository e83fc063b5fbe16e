"""Windows of dates, points, small plots, holes, edges, and plots that cannot be judged."""

from datetime import date

import numpy as np
import pytest
import shapely

from services.deforestation.worker import compute
from shared.errors import Unavailable
from shared.outcome import Window
from tests.services.deforestation.scene import CELL_DEG, CELL_HA, PLOT, TERMS, WEST, YEARS, Scene, block, near, plots


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


def test_plot_whose_cells_do_not_add_up_fails(scene: Scene) -> None:
    chunk = plots(PLOT)
    chunk.area_ha[0] *= 1.01
    (outcome,) = compute(chunk, TERMS, scene.rasters())
    assert (outcome.state, outcome.values, outcome.reasons) == ("failed", None, ("area_mismatch",))


def test_point_with_an_impossible_area_fails_and_spares_its_neighbours(scene: Scene) -> None:
    centre = shapely.centroid(PLOT)
    bad, good = scene.outcomes(centre, PLOT, area_ha=-1.0)
    assert (bad.state, bad.reasons, good.state) == ("failed", ("disc_area",), "ok")


def test_loss_next_door_counts_for_the_upper_bound_though_its_forest_lies_far_off(scene: Scene) -> None:
    """A strip of forest that begins at the plot's edge and leads away: its first cells alone are under 0.5 ha."""
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6).paint(40, 50, 1, 25, map=1).paint(40, 50, 1, 1, lossyear=23)
    found = scene.result(PLOT)
    assert (found.noncompliance_area_ha, found.alert_class, found.boundary_sensitive) == (0.0, "none", True)
    assert found.noncompliance_hi_ha is not None and found.noncompliance_hi_ha > 0.03
