"""Each piece of Whisp's evidence says yes for its codes and days and for no other, whatever bands a deployment has."""

from collections.abc import Callable

import numpy as np
import pytest

from services.deforestation.whisp.indicators import whisp_rules
from services.deforestation.whisp.pieces import pieces


def everything(_band: str) -> bool:
    """A deployment that has every band."""
    return True


def only(*bands: str) -> Callable[[str], bool]:
    """A deployment that has these bands."""
    return lambda band: band in bands


def says(name: str, *bands: list[int], configured: Callable[[str], bool] = everything) -> list[bool]:
    """What the piece says of cells with these values of its bands."""
    piece = pieces(configured)[name]
    assert len(piece.bands) == len(bands), piece.bands
    found: list[bool] = piece.rule([np.array(values, dtype=np.int32) for values in bands]).tolist()
    return found


@pytest.mark.parametrize(
    ("name", "bands", "answers"),
    [
        ("jrc_gfc2020", [[0, 1]], [False, True]),
        ("tmf_undisturbed_2020", [[1, 2, 3, 4, 5, 6]], [True, False, False, False, False, False]),
        ("gft_primary", [[0, 1, 10, 20]], [False, False, True, False]),
        ("gft_naturally_regenerating", [[0, 1, 10, 20]], [False, True, False, False]),
        ("gft_planted", [[0, 1, 10, 20]], [False, False, False, True]),
        ("tmf_regrowth_2024", [[3, 4]], [False, True]),
        # No loss is 0, and 0 is no year before 2020; cover of exactly 10 % is no forest to lose.
        ("hansen_loss_before", [[0, 1, 20, 21, 20], [50, 50, 50, 50, 10]], [False, True, True, False, False]),
        ("hansen_loss_after", [[0, 20, 21, 25, 21], [50, 50, 50, 50, 10]], [False, False, True, True, False]),
        ("tmf_deforested_before", [[0, 1999, 2000, 2020, 2021]], [False, False, True, True, False]),
        ("tmf_degraded_after", [[0, 2020, 2021, 2025]], [False, False, True, True]),
        # A plantation that TMF saw cleared after the cut-off is none of 2020; one cleared in 2020 is.
        ("tmf_plantation_2020", [[80, 81, 86, 85, 85], [0, 0, 0, 2020, 2021]], [False, True, True, True, False]),
        # Day 18627 is 2020-12-31, 18628 the day after; 0 is no palm.
        ("oil_palm_2020", [[0, 1, 18_627, 18_628]], [False, True, True, False]),
        ("glad_s2_before", [[0, 730, 731, 730], [4, 2, 4, 1]], [False, True, False, False]),
        ("glad_s2_after", [[730, 731, 731], [4, 2, 1]], [False, True, False]),
    ],
)
def test_codes_and_days(name: str, bands: list[list[int]], answers: list[bool]) -> None:
    assert says(name, *bands) == answers


def test_radar_alerts_count_when_confirmed_and_keep_the_last_day_of_a_leap_year() -> None:
    # In one number: digit and days since 2014-12-31; 2192 is 2020-12-31, 2193 the day after.
    assert says("radd_before", [0, 32_192, 32_193, 22_192]) == [False, True, False, False]
    assert says("radd_after", [0, 32_192, 32_193, 22_193]) == [False, False, True, False]
    apart = only("radd.Date", "radd.Alert")
    assert says("radd_before", [20_366, 21_001, 20_366, 0], [3, 3, 2, 0], configured=apart) == [True, False, False, False]
    assert says("radd_after", [20_366, 21_001], [3, 3], configured=apart) == [False, True]


def test_yearly_alerts_count_in_the_years_that_are_there() -> None:
    three_years = only("glad_l.alert20", "glad_l.alert21", "glad_l.alert22")
    assert pieces(three_years)["glad_l_before"].bands == ("glad_l.alert20",)
    assert says("glad_l_after", [2, 3, 0, 2], [0, 0, 3, 2], configured=three_years) == [False, True, True, False]
    assert "glad_l_after" not in pieces(only())


def test_disturbance_counts_when_confirmed_and_inside_the_forest_of_2020() -> None:
    one_year = only("dist_ann.VEG-DIST-STATUS_2023", "jrc_gfc2020.map")
    assert says("dist_after", [0, 2, 3, 6, 7, 8, 8], [1, 1, 1, 1, 1, 1, 0], configured=one_year) == [
        False, False, True, True, True, True, False,
    ]  # fmt: skip


def test_every_piece_is_evidence_of_some_indicator_and_only_two_have_no_layer() -> None:
    assert set(whisp_rules().evidence()) - set(pieces(everything)) == {"crop_gain", "logging_concession"}
    assert set(pieces(everything)) <= set(whisp_rules().evidence())


def test_without_layers_there_is_no_evidence() -> None:
    assert pieces(only()) == {}
