"""Aqueduct's scores and special codes (methods 4.1 and 7.6)."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from services.water.aqueduct import LABELS, area_mean, bwd_score, bws_cat, bws_score, iav_score, majority, sev_score

NAN = float("nan")


def test_the_reference_values_of_water_stress() -> None:
    found = bws_score(np.array([0.05, 0.1, 0.2, 0.4, 0.8, 1.0]))
    assert found == pytest.approx([0, 1, 2, 3, 4, 4.32193], abs=5e-6)
    assert bws_cat(found).tolist() == [0, 1, 2, 3, 4, 4]


def test_special_codes() -> None:
    found = bws_score(np.array([9999.0, -9999.0, NAN, 0.0]))
    assert found[0] == 5.0
    assert np.isnan(found[1:3]).all()
    assert found[3] == 0.0
    assert bws_cat(np.array([5.0]))[0] == 4.0
    assert LABELS[-1] == "Arid and Low Water Use"


def test_the_other_scores_by_hand() -> None:
    assert bwd_score(np.array([0.0, 0.05, 0.25, 0.75, 2.0, -9999.0])) == pytest.approx([0, 1, 2, 4, 5, NAN], nan_ok=True)
    assert iav_score(np.array([0.25, 1.25, 2.0])).tolist() == [1.0, 5.0, 5.0]
    assert sev_score(np.array([1 / 3, 2.0, -9999.0])) == pytest.approx([1.0, 5.0, NAN], nan_ok=True)


@given(st.lists(st.floats(1e-6, 50), min_size=2, max_size=20))
def test_scores_never_fall(raw: list[float]) -> None:
    ordered = np.array(sorted(raw))
    for score in (bws_score, bwd_score, iav_score, sev_score):
        assert (np.diff(score(ordered)) >= -1e-12).all()
        assert ((score(ordered) >= 0) & (score(ordered) <= 5)).all()


def test_means_by_area_leave_out_what_is_not_known() -> None:
    assert area_mean(np.array([1.0, 4.0, NAN]), np.array([3.0, 1.0, 96.0])) == 1.75
    assert area_mean(np.array([NAN]), np.array([1.0])) is None


def test_the_category_is_that_of_most_ground_and_of_equal_ones_the_worse() -> None:
    assert majority(np.array([0.0, 4.0, 0.0]), np.array([3.0, 5.0, 4.0])) == 0
    assert majority(np.array([0.0, 3.0]), np.array([1.0, 1.0])) == 3
    assert majority(np.array([-1.0, 3.0]), np.array([1.0, 1.0])) == -1
    assert majority(np.array([NAN]), np.array([1.0])) is None
