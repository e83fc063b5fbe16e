"""Plots on plots: the same, nearly the same, overlapping; and inputs that would be quadratic."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from services.staging.checks.pairs import pair_hits
from services.staging.checks.thresholds import PAIRS
from services.staging.findings import Hits
from tests.services.staging.checks.make import box, codes


def found(*geometries: Any, most_read: int | None = None) -> list[Hits]:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    read = [0]

    def outlines(rows: Any) -> Any:
        read[0] += len(rows)
        return array[rows]

    hits = pair_hits(
        shapely.bounds(array),
        shapely.get_num_coordinates(array),
        shapely.get_dimensions(array) == 0,
        outlines,
        [f"p{row}" for row in range(len(array))],
    )
    assert most_read is None or read[0] <= most_read
    return hits


def values(hits: list[Hits], code: str) -> dict[int, dict[str, Any]]:
    return {row: each for one in hits if one.code == code for row, each in one}


UNIT = box(10, 5, 0.01, 0.01)


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (0.0100, None),  # neighbours touch
        (0.0091, None),  # 9 %
        (0.0090, None),  # 10 %: not more than 10 %
        (0.0089, "overlap"),
        (0.0003, "overlap"),  # 97 / 103 = 0.942
        (0.0002, "near_duplicate_geometry"),  # 98 / 102 = 0.961
        (0.000002, "near_duplicate_geometry"),
        (0.0000001, "duplicate_geometry"),  # the same on a grid of 1e-6
        (0.0, "duplicate_geometry"),
    ],
)
def test_a_plot_that_is_moved_along(shift: float, code: str | None) -> None:
    other = box(10 + shift + (1e-9 if shift == 0.009 else 0), 5, 0.01, 0.01)
    assert codes(found(UNIT, other)) == ({code: [0, 1]} if code else {})


def test_a_share_is_that_of_the_smaller_plot_and_names_the_worst_partner() -> None:
    small, middle = box(10.0095, 5, 0.001, 0.001), box(10.008, 5, 0.01, 0.01)
    hits = found(UNIT, small, middle)
    assert codes(hits) == {"overlap": [0, 1, 2]}
    assert values(hits, "overlap") == {
        0: {"other": "p1", "share": "50.0"},
        1: {"other": "p2", "share": "100.0"},
        2: {"other": "p1", "share": "100.0"},
    }


def test_start_and_winding_of_an_outline_do_not_matter() -> None:
    ring = list(UNIT.exterior.coords)[:-1]
    turned = shapely.Polygon(ring[2:] + ring[:2])
    assert codes(found(UNIT, turned, turned.reverse())) == {"duplicate_geometry": [0, 1, 2]}


def test_of_several_copies_the_first_names_the_second_and_the_others_the_first() -> None:
    hits = found(box(11, 5, 0.01, 0.01), UNIT, UNIT, UNIT)
    assert values(hits, "duplicate_geometry") == {1: {"other": "p2"}, 2: {"other": "p1"}, 3: {"other": "p1"}}


def test_points_are_duplicates_of_points_and_overlap_nothing() -> None:
    point = shapely.Point(10.005, 5.005)
    assert codes(found(UNIT, point, point)) == {"duplicate_geometry": [1, 2]}


def test_a_hole_is_no_common_ground() -> None:
    ring = shapely.Polygon(UNIT.exterior, [box(10.001, 5.001, 0.008, 0.008).exterior])
    assert codes(found(ring, box(10.002, 5.002, 0.005, 0.005))) == {}


@pytest.mark.long
def test_a_hundred_thousand_copies_are_found_reading_each_outline_once() -> None:
    hits = found(*[UNIT] * 100_000, most_read=100_000)
    assert codes(hits) == {"duplicate_geometry": list(range(100_000))}


def test_of_copies_that_differ_by_a_hair_the_first_are_compared_and_the_rest_named() -> None:
    count = 5000
    nearly = [box(10 + 2e-6 * (i % 70), 5 + 2e-6 * (i // 70), 0.01, 0.01) for i in range(count)]
    hits = codes(found(*nearly, most_read=20 * PAIRS.most_at_a_place))
    compared = set(hits["near_duplicate_geometry"])
    assert PAIRS.most_at_a_place <= len(compared) <= 9 * PAIRS.most_at_a_place
    assert set(hits["overlaps_not_measured"]) == set(range(count)) - compared


def comb(teeth: int) -> Any:
    step = 0.01 / teeth
    xy = [(10.0, 5.0)]
    for k in range(teeth):
        xy += [(10 + k * step, 5.001), (10 + k * step, 5.01), (10 + (k + 0.5) * step, 5.01), (10 + (k + 0.5) * step, 5.001)]
    return shapely.Polygon([*xy, (10.01, 5)])


def test_a_pair_that_is_too_intricate_is_not_measured_and_said_so() -> None:
    upright = comb(300)
    lying = shapely.transform(upright, lambda xy: (xy - [10, 5])[:, ::-1] + [10, 5])
    assert shapely.get_num_coordinates(upright) ** 2 > PAIRS.pair_work
    assert codes(found(upright, lying, box(12, 5, 0.01, 0.01), most_read=2)) == {"overlaps_not_measured": [0, 1]}


def test_a_file_of_points_or_of_nothing_to_compare() -> None:
    assert codes(found(shapely.Point(1, 2))) == {}
    assert codes(found(UNIT)) == {}


SQUARES = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(1, 6)), min_size=2, max_size=10)


@settings(max_examples=60, deadline=None)
@given(SQUARES, st.randoms(use_true_random=False))
def test_findings_are_those_of_every_pair_by_itself_in_any_order(squares: list[tuple[int, int, int]], random: Any) -> None:
    outlines = [box(10 + x / 1000, 5 + y / 1000, side / 1000, side / 1000) for x, y, side in squares]
    kinds: dict[str, set[int]] = {"duplicate_geometry": set(), "near_duplicate_geometry": set(), "overlap": set()}
    for i, one in enumerate(squares):
        for j, other in enumerate(squares):
            if i == j:
                continue
            width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
            height = min(one[1] + one[2], other[1] + other[2]) - max(one[1], other[1])
            common = max(0, width) * max(0, height)
            if one == other:
                kinds["duplicate_geometry"].add(i)
            elif 10 * common > min(one[2], other[2]) ** 2 + 1e-9 and squares.index(one) == i and squares.index(other) == j:
                near = common > 0.95 * (one[2] ** 2 + other[2] ** 2 - common)
                kinds["near_duplicate_geometry" if near else "overlap"] |= {i, j}
    assert codes(found(*outlines)) == {code: sorted(rows) for code, rows in kinds.items() if rows}
    order = random.sample(range(len(squares)), len(squares))
    again = codes(found(*(outlines[row] for row in order)))
    if len(set(squares)) == len(squares):
        assert {code: sorted(order[row] for row in rows) for code, rows in again.items()} == codes(found(*outlines))
