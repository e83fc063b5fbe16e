"""Alerts: their days as the publishers write them, what they count for, and every trap of their encodings."""

from datetime import date, timedelta

import numpy as np
import pytest

from services.deforestation.alerts import fits
from shared.errors import Unavailable
from shared.outcome import Window
from shared.rasters.catalogue import layer_of
from shared.rasters.encoding import event_dates
from tests.services.deforestation.scene import CELL_HA, PLOT, Scene, block, near

BLOCK = (35, 35, 8, 8)
"""64 cells inside PLOT."""


def digits(digit: int, day: date) -> int:
    """GFW's number of a day."""
    return digit * 10_000 + (day - date(2014, 12, 31)).days


def dist_day(day: date) -> int:
    return (day - date(2020, 12, 31)).days


@pytest.mark.parametrize(
    ("band", "value", "day"),
    [
        ("gfw_integrated.alert", 20001, "2015-01-01"),
        ("radd.DigitDate", 34018, "2025-12-31"),
        ("radd.Date", 20366, "2020-12-31"),
        ("radd.Date", 21001, "2021-01-01"),
        ("radd.Date", 2024366, "2024-12-31"),
        ("radd.Date", 24366, "2024-12-31"),
        ("glad_l.alertDate20", 366, "2020-12-31"),
        ("glad_l.alertDate21", 1, "2021-01-01"),
        ("glad_l.alertDate24", 60, "2024-02-29"),
        ("glad_s2.alertDate", 730, "2020-12-31"),
        ("glad_s2.alertDate", 731, "2021-01-01"),
        ("dist_alert.VEG-DIST-DATE", 1, "2021-01-01"),
        ("dist_ann.VEG-DIST-DATE_2024", 1461, "2024-12-31"),
        ("palm_descals.planting_day", 18627, "2020-12-31"),
        ("palm_descals.planting_day", 18628, "2021-01-01"),
    ],
)
def test_day_is_what_the_publisher_means(band: str, value: int, day: str) -> None:
    layer, _, name = band.partition(".")
    assert event_dates(np.array([value]), layer_of(layer).band(name))[0] == np.datetime64(day)
    assert np.isnat(event_dates(np.array([0]), layer_of(layer).band(name))[0])


def test_encodings_of_radd_are_told_apart_by_their_values() -> None:
    assert fits(np.array([0, 20366, 21001, 24366])) == {"year_doy"}
    assert fits(np.array([0, 2020366, 2021001])) == {"long_year_doy"}
    assert fits(np.array([0, digits(2, date(2024, 6, 30)), digits(3, date(2025, 12, 31))])) == {"digit_days"}
    assert fits(np.array([22100])) == {"year_doy", "digit_days"}, "one value alone may be either: the band says which"
    for wrong in ([20000], [21366], [2021366], [21367], [19000], [30366, 20366], [7], [1600000001]):
        assert not fits(np.array(wrong)) - {"digit_days"}, wrong
    assert not fits(np.array([20366, 2020366])), "two encodings in one raster are none"


@pytest.mark.parametrize(
    ("band", "value"), [("radd.Date", 21366), ("radd.Date", 34018), ("radd.DigitDate", 20366), ("radd.DigitDate", 2021100)]
)
def test_radd_in_an_encoding_that_the_band_is_not_for_fails_loudly(scene: Scene, band: str, value: int) -> None:
    scene.lay(band, value, *BLOCK)
    if band == "radd.Date":
        scene.lay("radd.Alert", 3, *BLOCK)
    with pytest.raises(Unavailable) as problem:
        scene.outcomes(PLOT)
    assert problem.value.code == "layer_encoding"
    found = scene.result(PLOT, give_up=True)
    assert (found.layer_states["radd"], found.alert_class, found.loss_radd_ha) == ("failed", "inconclusive", None)


@pytest.mark.parametrize(
    "bands",
    [
        {"radd.Date": 24366, "radd.Alert": 3},
        {"radd.Date": 2024366, "radd.Alert": 3},
        {"radd.DigitDate": digits(3, date(2024, 12, 31))},
        {"glad_l.alertDate24": 366, "glad_l.alert24": 3},
        {"glad_s2.alertDate": 731 + 1460, "glad_s2.alert": 3},
        {"dist_alert.VEG-DIST-DATE": 1461, "dist_alert.VEG-DIST-STATUS": 6},
        {"dist_ann.VEG-DIST-DATE_2024": 1461, "dist_ann.VEG-DIST-STATUS_2024": 8},
        {"gfw_integrated.alert": digits(4, date(2024, 12, 31))},
    ],
    ids=lambda bands: next(iter(bands)),
)
def test_confirmed_alert_of_the_last_day_of_a_leap_year_is_loss_of_that_day(scene: Scene, bands: dict[str, int]) -> None:
    for name, value in bands.items():
        scene.lay(name, value, *BLOCK)
    found = scene.result(PLOT, window=Window(date(2024, 12, 30), date(2024, 12, 31)))
    assert (found.noncompliance_area_ha, found.alert_class, found.confidence) == (near(64 * CELL_HA), "critical", "medium")
    assert (found.deforestation_start, found.deforestation_end, found.date_precision) == (date(2024, 12, 31), date(2024, 12, 31), "day")
    assert found.annual_defor_ha is not None and found.annual_defor_ha[3] == near(64 * CELL_HA)
    for before_or_after in (Window(date(2024, 12, 31), date(2025, 12, 31)), Window(date(2017, 1, 1), date(2024, 12, 30))):
        assert scene.result(PLOT, window=before_or_after).noncompliance_area_ha == 0


@pytest.mark.parametrize("day", [date(2020, 12, 31), date(2021, 1, 1)])
def test_the_cut_off_itself_does_not_count_and_the_day_after_does(scene: Scene, day: date) -> None:
    found = scene.lay("radd.DigitDate", digits(3, day), *BLOCK).result(PLOT)
    assert found.noncompliance_area_ha == (0 if day == date(2020, 12, 31) else near(64 * CELL_HA))


def test_lossyear_zero_and_dates_without_event_are_no_loss(scene: Scene) -> None:
    scene.lay("glad_l.alertDate23", 0).lay("glad_l.alert23", 0).lay("radd.DigitDate", 0)
    found = scene.result(PLOT)
    assert (found.alert_class, found.loss_glad_ha, found.loss_radd_ha, found.families_available) == ("none", 0.0, 0.0, 4)


def test_dist_says_nothing_where_it_has_no_data(scene: Scene) -> None:
    scene.lay("dist_ann.VEG-DIST-STATUS_2024", 255).lay("dist_ann.VEG-DIST-DATE_2024", -1)
    found = scene.result(PLOT)
    assert (found.layer_states["dist_ann"], found.loss_dist_ha, found.families_available) == ("not_covered", None, 2)


def test_dist_status_without_a_date_is_no_event(scene: Scene) -> None:
    """0 in VEG-DIST-DATE is none in the last year: the status alone dates nothing."""
    found = scene.lay("dist_alert.VEG-DIST-STATUS", 8, *BLOCK).lay("dist_alert.VEG-DIST-DATE", 0).result(PLOT)
    assert (found.noncompliance_area_ha, found.loss_dist_ha) == (0.0, 0.0)


@pytest.mark.parametrize("status", [1, 2, 3, 7, 9])
def test_dist_below_half_of_the_vegetation_is_disturbance(scene: Scene, status: int) -> None:
    scene.lay("dist_ann.VEG-DIST-STATUS_2024", status, *BLOCK).lay("dist_ann.VEG-DIST-DATE_2024", 1200, *BLOCK)
    found = scene.result(PLOT)
    assert (found.noncompliance_area_ha, found.disturbance_ha) == (0.0, near(64 * CELL_HA))
    assert "weak_alert" in found.flags


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ({"glad_l.alertDate23": 100, "glad_l.alert23": 2}, "critical_unconfirmed"),
        ({"glad_s2.alertDate": 1600, "glad_s2.alert": 2}, "critical_unconfirmed"),
        ({"glad_s2.alertDate": 1600, "glad_s2.alert": 1}, "none"),
        ({"dist_ann.VEG-DIST-DATE_2024": 1200, "dist_ann.VEG-DIST-STATUS_2024": 5}, "critical_unconfirmed"),
        ({"dist_ann.VEG-DIST-DATE_2024": 1200, "dist_ann.VEG-DIST-STATUS_2024": 10}, "critical"),
        ({"gfw_integrated.alert": digits(3, date(2024, 5, 1))}, "critical"),
    ],
    ids=str,
)
def test_unconfirmed_alerts_are_of_low_confidence_and_never_clear(scene: Scene, bands: dict[str, int], expected: str) -> None:
    for name, value in bands.items():
        scene.lay(name, value, *BLOCK)
    assert scene.result(PLOT).alert_class == expected


def test_most_of_the_loss_must_be_confirmed(scene: Scene) -> None:
    scene.lay("glad_l.alertDate23", 100, *BLOCK).lay("glad_l.alert23", 2, *BLOCK).paint(35, 35, 8, 5, lossyear=23)
    found = scene.result(PLOT)
    assert (found.alert_class, found.loss_unconfirmed_ha) == ("critical", near(24 * CELL_HA))
    assert scene.paint(35, 35, 8, 2, lossyear=0).result(PLOT).alert_class == "critical_unconfirmed"


def test_lone_low_radd_is_disturbance(scene: Scene) -> None:
    found = scene.lay("radd.DigitDate", digits(2, date(2023, 5, 1)), *BLOCK).result(PLOT)
    assert (found.alert_class, found.noncompliance_area_ha, found.disturbance_ha) == ("none", 0.0, near(64 * CELL_HA))
    assert found.flags == ("weak_alert",)


def test_low_radd_becomes_loss_beside_another_family_but_not_two_pixels_away(scene: Scene) -> None:
    plot = block(30, 30, 20, 6)
    scene.lay("radd.DigitDate", digits(2, date(2023, 5, 1)), 35, 35, 1, 1).paint(35, 36, 1, 1, lossyear=23)
    assert scene.result(plot).noncompliance_area_ha == near(CELL_HA)
    scene.paint(35, 36, 1, 1, lossyear=0).paint(35, 37, 1, 1, lossyear=23)
    assert scene.result(plot).noncompliance_area_ha == 0


def test_two_weak_signs_of_two_families_are_unconfirmed_loss(scene: Scene) -> None:
    scene.lay("radd.DigitDate", digits(2, date(2022, 5, 1)), *BLOCK).paint(*BLOCK, DegradationYear=2022, tmf2022=2)
    found = scene.result(PLOT)
    assert (found.alert_class, found.loss_unconfirmed_ha) == ("critical_unconfirmed", near(64 * CELL_HA))


def test_integrated_alerts_are_no_family_and_confirm_nobody(scene: Scene) -> None:
    scene.lay("gfw_integrated.alert", digits(4, date(2023, 5, 1)), *BLOCK)
    found = scene.result(PLOT)
    assert (found.families_available, found.families_flagging, found.agreement) == (2, 0, 0.0)
    assert (found.loss_gfw_integrated_ha, found.sources_flagging, found.sensors_flagging) == (near(64 * CELL_HA), ("gfw_integrated",), ())
    beside = Scene(scene.folder).lay("radd.DigitDate", digits(2, date(2023, 5, 2)), 35, 35, 1, 1)
    found = beside.lay("gfw_integrated.alert", digits(4, date(2023, 5, 1)), 35, 36, 1, 1).result(block(30, 30, 20, 6))
    assert (found.noncompliance_area_ha, found.disturbance_ha) == (0.0, near(CELL_HA)), "the next pixel makes it no loss"


def test_wood_counts_degradation_and_confirmed_disturbance_as_loss(scene: Scene) -> None:
    scene.paint(*BLOCK, DegradationYear=2022, tmf2022=2)
    assert scene.result(PLOT, crop="cocoa").alert_class == "none"
    assert scene.result(PLOT, crop="wood").alert_class == "critical"
    dist = Scene(scene.folder).lay("dist_ann.VEG-DIST-STATUS_2024", 3, *BLOCK).lay("dist_ann.VEG-DIST-DATE_2024", 1200, *BLOCK)
    assert dist.result(PLOT, crop="soy").alert_class == "none"
    assert dist.result(PLOT, crop="wood").alert_class == "critical"


@pytest.mark.parametrize(
    ("day", "digit", "expected"),
    [
        (date(2020, 7, 1), 3, "inconclusive"),
        (date(2020, 12, 31), 3, "inconclusive"),
        (date(2020, 6, 30), 3, "critical"),
        (date(2020, 12, 31), 2, "critical"),
        (date(2021, 1, 1), 3, "critical"),
    ],
)
def test_hansen_2021_is_dropped_only_with_a_confirmed_alert_of_the_second_half_of_2020(
    scene: Scene, day: date, digit: int, expected: str
) -> None:
    """What is dropped leaves the cells unobserved: Hansen's one event is spent, and TMF calls them something else."""
    scene.paint(*BLOCK, lossyear=21, tmf2020=6).lay("radd.DigitDate", digits(digit, day), *BLOCK)
    assert scene.result(PLOT).alert_class == expected


def test_hansen_2021_is_kept_where_anything_is_seen_after_the_cut_off(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=21).lay("radd.DigitDate", digits(3, date(2020, 11, 1)), *BLOCK)
    scene.lay("glad_l.alertDate21", 20, *BLOCK).lay("glad_l.alert21", 2, *BLOCK)
    assert scene.result(PLOT).alert_class == "critical"


def test_alert_confirms_hansen_2021(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=21)
    assert "year_2021_only" in scene.result(PLOT).flags
    assert "year_2021_only" not in scene.lay("radd.DigitDate", digits(3, date(2021, 3, 1)), *BLOCK).result(PLOT).flags


def test_two_sensors_on_half_of_the_loss_make_high_confidence(scene: Scene) -> None:
    """A pixel of RADD reaches two cells of 10 m of GFC2020: 4 of 8 columns, and two thirds of one beside them."""
    scene.paint(*BLOCK, lossyear=23).lay("radd.DigitDate", digits(3, date(2023, 6, 1)), 35, 35, 8, 4)
    found = scene.result(PLOT)
    assert (found.confidence, found.loss_two_sensors_ha) == ("high", near((32 + 16 / 3) * CELL_HA))
    assert found.sensors_flagging == ("landsat", "sentinel_1")
    assert scene.lay("radd.DigitDate", 0, 35, 35, 8, 2).result(PLOT).confidence == "medium"


def test_landsat_alerts_are_another_family_but_not_another_sensor(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23).lay("glad_l.alertDate23", 100, *BLOCK).lay("glad_l.alert23", 3, *BLOCK)
    found = scene.result(PLOT)
    assert (found.families_available, found.families_flagging, found.confidence) == (3, 2, "medium")
    assert found.agreement == near(2 / 3)


def test_unconfirmed_alert_is_no_second_sensor(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23).lay("radd.DigitDate", digits(2, date(2023, 6, 1)), *BLOCK)
    assert scene.result(PLOT).confidence == "medium"


def test_family_looks_only_in_the_years_that_it_covers(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23, tmf2023=3, DeforestationYear=2023).lay("glad_l.alertDate21", 0).lay("glad_l.alert21", 0)
    assert scene.result(PLOT).agreement == 1.0, "GLAD of 2021 says nothing about 2023"
    assert scene.lay("glad_l.alertDate23", 0).lay("glad_l.alert23", 0).result(PLOT).agreement == near(2 / 3)


def test_alerts_agree_across_the_turn_of_the_year_and_not_two_years_apart(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23).lay("radd.DigitDate", digits(3, date(2024, 12, 31)), *BLOCK)
    assert scene.result(PLOT).agreement == near(2 / 3)
    assert scene.lay("radd.DigitDate", digits(3, date(2025, 1, 1)), *BLOCK).result(PLOT).agreement == near(1 / 3)


def test_alerts_alone_never_clear_a_plot(scene: Scene) -> None:
    """Zero in a raster of alerts is a forest that stands, or a place that was never looked at."""
    scene.without = ("hansen_gfc", "jrc_tmf")
    found = scene.lay("radd.DigitDate", 0).lay("glad_l.alertDate23", 0).lay("glad_l.alert23", 0).result(PLOT)
    assert (found.families_available, found.observed_through, found.alert_class) == (2, None, "inconclusive")
    assert found.annual_defor_ha == (None,) * 5


def test_plot_below_a_pixel_is_not_cleared_by_one_family_and_silent_alerts(scene: Scene) -> None:
    scene.without = ("jrc_tmf",)
    found = scene.lay("radd.DigitDate", 0).result(block(40.2, 40.2, 0.5, 0.5))
    assert (found.families_available, found.alert_class) == (2, "inconclusive")


def test_alerts_beyond_the_yearly_maps_have_their_own_year(scene: Scene) -> None:
    late = date(2026, 3, 1)
    scene.lay("radd.DigitDate", digits(3, late), *BLOCK)
    found = scene.result(PLOT, window=Window(date(2017, 1, 1), late + timedelta(days=30)))
    assert found.annual_defor_ha == (0.0, 0.0, 0.0, 0.0, 0.0, near(64 * CELL_HA))
    clear = Scene(scene.folder).lay("radd.DigitDate", 0).result(PLOT, window=Window(date(2017, 1, 1), late))
    assert clear.annual_defor_ha == (0.0, 0.0, 0.0, 0.0, 0.0, None), "nobody has observed 2026"


def test_a_day_and_a_year_of_one_cell_are_one_event(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23).lay("radd.DigitDate", digits(3, date(2023, 6, 1)), 35, 35, 8, 4)
    found = scene.result(PLOT)
    assert found.noncompliance_area_ha == near(64 * CELL_HA)
    assert (found.deforestation_start, found.deforestation_end, found.date_precision) == (date(2023, 1, 1), date(2023, 12, 31), "year")
    scene.lay("radd.DigitDate", digits(3, date(2023, 7, 2)), 35, 39, 8, 4)
    found = scene.result(PLOT)
    assert (found.deforestation_start, found.deforestation_end, found.date_precision) == (date(2023, 6, 1), date(2023, 7, 2), "day")
