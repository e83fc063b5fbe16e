"""Outlines at each threshold, and figures that nobody walks."""

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from services.staging.checks.shape import on_grid, regular, shape_hits, shapes_of
from services.staging.findings import Hits
from tests.services.staging.checks.make import array, box, codes


def found_in(outlines: Any) -> list[Hits]:
    return shape_hits(shapes_of(array(outlines)))


# 4 pi L / (2 (1 + L))^2 of a strip 1 wide and L long is 0.05 where L^2 + 2 L + 1 = 20 pi L, so L = 60.8159...
LONG = (20 * math.pi - 2 + math.sqrt((20 * math.pi - 2) ** 2 - 4)) / 2


@pytest.mark.parametrize(("length", "found"), [(LONG * 0.999, False), (LONG * 1.001, True)])
@pytest.mark.parametrize("latitude", [0.1234567, 60.1234567])
def test_a_strip_is_as_long_on_the_ground_wherever_it_lies(length: float, found: bool, latitude: float) -> None:
    height = 0.00010003
    width = length * height / math.cos(math.radians(latitude + height / 2))
    assert ("sliver" in codes(found_in([box(10.1234567, latitude, width, height)]))) is found


def test_a_plot_of_many_parts_is_no_strip_but_one_whose_largest_part_is_one_is() -> None:
    squares = shapely.MultiPolygon([box(10.1234567 + 0.01 * i, 5.1234567, 0.0012345, 0.0023456) for i in range(30)])
    strip = shapely.MultiPolygon([box(10.1234567, 5.1234567, 0.5, 0.0001), box(11.1234567, 5.1234567, 0.00012345, 0.00023456)])
    assert codes(found_in([squares, strip])) == {"sliver": [1], "several_parts": [0, 1]}


@pytest.mark.parametrize(
    ("xy", "found"),
    [([10.001, 5.002], True), ([10.0011, 5.002], False), ([10, 5], True), ([10.001 + 2e-9, 5.0], False), ([-179.999, -0.001], True)],
)
def test_points_on_a_grid_of_a_thousandth_degree(xy: list[float], found: bool) -> None:
    assert on_grid(np.array([shapely.Point(xy)], dtype=object)).tolist() == [found]


def figure(vertices: int, spread: float = 0.0, stretch: float = 1.0) -> Any:
    """A regular figure whose radius alternates by `spread`, stretched east to west."""
    angles = np.arange(vertices) * 2 * np.pi / vertices
    radius = 0.00123456 * (1 + spread * (np.arange(vertices) % 2))
    return shapely.Polygon(np.column_stack([10.1234567 + stretch * radius * np.cos(angles), 5.1234567 + radius * np.sin(angles)]))


@pytest.mark.parametrize(
    ("outline", "found"),
    [
        (figure(4), True),
        (figure(5), False),
        (figure(11), False),
        (figure(12), True),
        (figure(64), True),
        (figure(64, spread=0.0009), True),
        (figure(64, spread=0.0011), False),
        (figure(64, stretch=1.1), False),
        (figure(64, stretch=1 / math.cos(math.radians(5.1234567))), True),
        (box(10.1234567, 5.1234567, 0.0012, 0.0012), True),
        (box(10.1234567, 5.1234567, 0.0012, 0.0013), False),
    ],
)
def test_perfect_circles_and_squares_in_degrees_or_on_the_ground(outline: Any, found: bool) -> None:
    assert regular(np.array([outline], dtype=object)).tolist() == [found]
    assert codes(found_in([outline])) == ({"synthetic_outline": [0]} if found else {})


def test_holes_and_parts_are_counted() -> None:
    outline = box(10.1234567, 5.1234567, 0.0112345, 0.0223456)
    hole = box(10.1334567, 5.1334567, 0.0002345, 0.0003456)
    holed = shapely.Polygon(outline.exterior, [hole.exterior])
    both = shapely.MultiPolygon([holed, box(11.1234567, 5.1234567, 0.0012345, 0.0023456)])
    found = found_in([shapely.Point(10.1234567, 5.1), outline, holed, both])
    assert codes(found) == {"holes": [2, 3], "several_parts": [3]}
    assert {each.code: dict(each) for each in found}["several_parts"] == {3: {"parts": 2}}


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(5)))
def test_the_order_of_plots_changes_nothing(order: list[int]) -> None:
    some = [figure(4), figure(5), shapely.Point(10, 5), box(10.1234567, 5.1234567, 0.5, 0.0001), box(10, 5, 0.001, 0.002)]
    before = codes(found_in(some))
    after = codes(found_in([some[row] for row in order]))
    assert {code: sorted(order[row] for row in rows) for code, rows in after.items()} == before
