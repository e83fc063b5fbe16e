"""Nodata, codes and years as they stand in files."""

import numpy as np
import pytest

from shared.errors import Unavailable
from shared.rasters.catalogue import layer_of
from shared.rasters.encoding import (
    alert_confidence,
    event_dates,
    event_years,
    not_nodata,
    require_codes,
    require_packing,
    require_whole_numbers,
)

LOSS = layer_of("hansen_gfc").band("lossyear")
TMF = layer_of("jrc_tmf")


def test_no_loss_is_no_year_and_not_2000() -> None:
    assert event_years(np.array([0, 1, 20, 21, 25], np.uint8), LOSS).tolist() == [0, 2001, 2020, 2021, 2025]


def test_tmf_years_stand_as_they_are() -> None:
    years = event_years(np.array([0, 1984, 2025], np.uint16), TMF.band("DeforestationYear"))
    assert years.tolist() == [0, 1984, 2025]


def test_classes_are_no_years() -> None:
    with pytest.raises(ValueError, match="no years"):
        event_years(np.array([1]), TMF.band("AnnualChange_2020"))


def test_zero_is_known_in_year_bands_and_nodata_in_tmf_classes() -> None:
    zeros = np.array([0, 1], np.uint8)
    assert not_nodata(zeros, LOSS, None).tolist() == [True, True]
    assert not_nodata(zeros, TMF.band("AnnualChange_2020"), None).tolist() == [False, True]


def test_a_declared_nodata_counts_unless_it_is_a_code() -> None:
    values = np.array([0, 5, 255], np.uint8)
    assert not_nodata(values, LOSS, 255).tolist() == [True, True, False]
    assert not_nodata(values, LOSS, 0).tolist() == [True, True, True]


def test_a_value_of_another_encoding_fails_loudly() -> None:
    values = np.array([0, 26], np.uint8)
    with pytest.raises(Unavailable, match="26") as failed:
        require_codes(values, np.array([True, True]), LOSS, "tile")
    assert failed.value.code == "layer_encoding"
    require_codes(values, np.array([True, False]), LOSS, "tile")


def test_years_as_offsets_are_not_taken_for_tmf_years() -> None:
    with pytest.raises(Unavailable):
        require_codes(np.array([21], np.uint16), np.array([True]), TMF.band("DeforestationYear"), "tile")


def test_fractions_are_no_codes() -> None:
    with pytest.raises(Unavailable):
        require_whole_numbers(np.dtype("float32"), "tile")
    require_whole_numbers(np.dtype("uint16"), "tile")


@pytest.mark.parametrize(
    ("layer", "band", "values", "dates"),
    [
        ("gfw_integrated", "alert", [0, 20001, 30001, 42192], [None, "2015-01-01", "2015-01-01", "2020-12-31"]),
        ("radd", "Date", [0, 20366, 21001, 24060], [None, "2020-12-31", "2021-01-01", "2024-02-29"]),
        ("glad_l", "alertDate20", [0, 1, 60, 366], [None, "2020-01-01", "2020-02-29", "2020-12-31"]),
        ("glad_s2", "alertDate", [0, 1, 730, 731], [None, "2019-01-02", "2020-12-31", "2021-01-01"]),
    ],
)
def test_dates_as_each_publisher_writes_them(layer: str, band: str, values: list[int], dates: list[str | None]) -> None:
    spec, raw = layer_of(layer).band(band), np.array(values, np.uint16)
    expected = np.array([np.datetime64(day or "NaT", "D") for day in dates])
    assert np.array_equal(event_dates(raw, spec), expected, equal_nan=True)
    assert event_years(raw, spec).tolist() == [int(day[:4]) if day else 0 for day in dates]
    require_codes(raw, np.ones(4, np.bool_), spec, "tile")


def test_the_first_digit_is_confidence() -> None:
    assert alert_confidence(np.array([0, 20001, 34000, 42192], np.uint16), layer_of("gfw_integrated").band("alert")).tolist() == [
        0,
        2,
        3,
        4,
    ]
    with pytest.raises(ValueError, match="no confidence"):
        alert_confidence(np.array([0]), LOSS)
    with pytest.raises(ValueError, match="no days"):
        event_dates(np.array([0]), LOSS)


def test_digit_and_days_are_not_taken_for_years_and_days() -> None:
    """RADD of GFW in the place of RADD of Earth Engine (methods 1.2, pitfall 4)."""
    for value in (32193, 20367, 21000):
        with pytest.raises(Unavailable):
            require_codes(np.array([value], np.uint16), np.array([True]), layer_of("radd").band("Date"), "tile")


def test_fill_by_cause_and_nan_are_not_known() -> None:
    assert not_nodata(np.array([32700, 32762, 32767], np.int16), layer_of("mod16").band("ET_2020-097"), None).tolist() == [
        True,
        False,
        False,
    ]
    rain = layer_of("chirps3").band("2020-03")
    values = np.array([0.0, np.nan, -9999.0, 3.4e38], np.float32)
    assert not_nodata(values, rain, float(values[3])).tolist() == [True, False, False, False]
    assert not_nodata(values[:2], rain, np.nan).tolist() == [True, False]


def test_what_was_decoded_already_is_not_scaled_again() -> None:
    band = layer_of("mod16").band("ET_2020-097")
    for dtype, scale in (("float32", 1.0), ("int16", 0.01)):
        with pytest.raises(Unavailable) as failed:
            require_packing(np.dtype(dtype), scale, 0.0, band, "tile")
        assert failed.value.code == "layer_encoding"
    require_packing(np.dtype("int16"), 0.1, 0.0, band, "tile")
    require_packing(np.dtype("int32"), 1.0, 0.0, band, "tile")
    require_packing(np.dtype("uint16"), 1.0, 0.0, layer_of("chirps3").band("2020-03"), "tile")
