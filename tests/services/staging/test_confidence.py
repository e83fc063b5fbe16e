"""Grades of plots and collections by hand table."""

import numpy as np
import pytest

from services.staging.confidence import Grade, collection_confidence, grades, scores, skip_reason
from services.staging.faults import NOTES
from services.staging.findings import Hits


def of(*codes: str) -> tuple[int, str]:
    """Score and grade of one plot with these findings."""
    score = scores(1, [Hits(code, np.array([0])) for code in codes])
    return int(score[0]), grades(score)[0]


def plots(high: int, medium: int, low: int) -> list[Grade]:
    """Grades of so many plots."""
    counts: tuple[tuple[Grade, int], ...] = (("high", high), ("medium", medium), ("low", low))
    return [grade for grade, count in counts for _ in range(count)]


@pytest.mark.parametrize(
    ("codes", "score", "grade"),
    [
        ((), 100, "high"),
        (("holes", "several_parts", "ring_closed", "z_dropped"), 100, "high"),
        (("sliver",), 90, "high"),
        (("five_decimals",), 90, "high"),
        (("sliver", "synthetic_outline"), 80, "high"),
        (("point_plot",), 80, "high"),
        (("overlap",), 80, "high"),
        (("overlap", "sliver"), 70, "medium"),
        (("duplicate_geometry",), 70, "medium"),
        (("near_duplicate_geometry",), 70, "medium"),
        (("four_decimals",), 60, "medium"),
        (("duplicate_geometry", "overlap"), 50, "medium"),
        (("four_decimals", "point_plot"), 40, "low"),
        (("few_decimals",), 40, "low"),
        (("likely_swapped_axes",), 40, "low"),
        (("likely_swapped_axes", "few_decimals"), 0, "low"),
        (("point_needs_polygon",), 0, "low"),
    ],
)
def test_a_plot_loses_the_penalties_of_its_findings(codes: tuple[str, ...], score: int, grade: str) -> None:
    assert of(*codes) == (score, grade)
    assert of(*reversed(codes)) == (score, grade)


@pytest.mark.parametrize(("score", "grade"), [(100, "high"), (80, "high"), (79, "medium"), (50, "medium"), (49, "low"), (0, "low")])
def test_grades(score: int, grade: str) -> None:
    assert grades(np.array([score]))[0] == grade


@pytest.mark.parametrize(
    ("high", "medium", "low", "rejected", "outside", "grade"),
    [
        (100, 0, 0, 0, 0, "high"),
        (90, 10, 0, 0, 0, "high"),
        (89, 11, 0, 0, 0, "medium"),
        (99, 0, 0, 1, 0, "medium"),
        (75, 0, 25, 0, 0, "medium"),
        (74, 0, 26, 0, 0, "low"),
        (75, 0, 0, 25, 0, "medium"),
        (74, 0, 13, 13, 0, "low"),
        (100, 0, 0, 0, 10, "high"),
        (100, 0, 0, 0, 11, "low"),
        (99, 11, 0, 0, 0, "high"),
        (0, 0, 0, 1, 0, "low"),
    ],
)
def test_a_collection_is_graded_by_its_shares(high: int, medium: int, low: int, rejected: int, outside: int, grade: str) -> None:
    assert collection_confidence(plots(high, medium, low), rejected, outside, {}).grade == grade


def test_the_reason_names_the_checks_that_lowered_it() -> None:
    lowered = {"few_decimals": 30, "overlap": 2, "sliver": 2, "holes": 1, "tiny_area": 1, "huge_area": 1, "in_the_sea": 40}
    low = collection_confidence(plots(40, 0, 20), 40, 40, lowered)
    assert skip_reason(low) == (
        "low_location_confidence: of 100 plots 40 are high, 0 medium, 60 low; 40 outside any country; lowered by in_the_sea (40), "
        "few_decimals (30), overlap (2), sliver (2), holes (1) and 2 other checks"
    )


def test_only_remarks_on_the_location_take_from_the_score() -> None:
    assert {code for code, check in NOTES.items() if check.penalty and check.severity == "info"} == {"point_plot"}
    assert all(0 <= check.penalty <= 60 and check.penalty % 10 == 0 for check in NOTES.values())
