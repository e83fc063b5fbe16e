"""Nodata, codes and years as they stand in files."""

import numpy as np
import pytest

from shared.errors import Unavailable
from shared.rasters.catalogue import layer_of
from shared.rasters.encoding import event_years, not_nodata, require_codes, require_whole_numbers

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
