"""The ground that two outlines share: by hand, and against GEOS for rings with holes, parts and shared borders."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from services.staging.checks.common_ground import common_area, edges_of
from tests.services.staging.checks.make import box


def common(one: Any, other: Any) -> float:
    both = np.array([one, other], dtype=object)
    edges = edges_of(both)
    area, back = common_area(edges, np.array([0, 1]), np.array([1, 0]))
    assert area == pytest.approx(back, rel=1e-9, abs=1e-12)
    return float(area)


UNIT = box(10, 5, 1, 1)
RING = shapely.Polygon(UNIT.exterior, [box(10.2, 5.2, 0.6, 0.6).exterior])


@pytest.mark.parametrize(
    ("one", "other", "area"),
    [
        (UNIT, UNIT, 1.0),
        (UNIT, UNIT.reverse(), 1.0),
        (UNIT, box(11, 5, 1, 1), 0.0),  # a common border
        (UNIT, box(11, 6, 1, 1), 0.0),  # a common corner
        (UNIT, box(12, 5, 1, 1), 0.0),
        (UNIT, box(10, 7, 1, 1), 0.0),  # one above the other
        (UNIT, box(10.5, 5.5, 1, 1), 0.25),
        (UNIT, box(10.25, 5.25, 0.5, 0.5), 0.25),
        (UNIT, box(0, 0, 100, 100), 1.0),
        (UNIT, shapely.Polygon([(10, 5), (11, 6), (10, 6)]), 0.5),
        (shapely.Polygon([(10, 5), (11, 5), (10, 6)]), shapely.Polygon([(10, 5), (11, 6), (10, 6)]), 0.25),  # edges that cross
        (RING, box(10.2, 5.2, 0.6, 0.6), 0.0),
        (RING, UNIT, 0.64),
        (RING.reverse(), box(10, 5, 0.5, 1), 0.32),
        (shapely.MultiPolygon([box(10, 5, 0.1, 0.1), box(10.8, 5.8, 0.4, 0.4)]), UNIT, 0.05),
    ],
)
def test_common_ground_by_hand(one: Any, other: Any, area: float) -> None:
    assert common(one, other) == pytest.approx(area, rel=1e-9, abs=1e-12)


DISCS = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=4)


def drawn(grown: list[tuple[int, int, int, int]], cut: list[tuple[int, int, int, int]]) -> Any:
    discs = [[shapely.Point(x, y).buffer(r, quad_segs=q) for x, y, r, q in some] for some in (grown, cut)]
    return shapely.difference(*map(shapely.union_all, discs))


@settings(max_examples=150, deadline=None)
@given(DISCS, DISCS, DISCS, DISCS, st.booleans())
def test_common_ground_is_that_of_the_intersection(one: Any, less: Any, other: Any, but: Any, turned: bool) -> None:
    a, b = drawn(one, less), drawn(other, but)
    if a.is_empty or b.is_empty:
        return
    assert common(a.reverse() if turned else a, b) == pytest.approx(shapely.intersection(a, b).area, abs=1e-10)


def test_a_pair_does_not_depend_on_its_neighbours() -> None:
    rng = np.random.default_rng(3)
    plots = np.array([shapely.Point(*at).buffer(0.002, quad_segs=4) for at in rng.uniform(10, 10.01, (40, 2))], dtype=object)
    one, other = np.triu_indices(len(plots))
    area = common_area(edges_of(plots), one, other)
    alone = [common_area(edges_of(plots[[a, b]]), np.array([0]), np.array([1]))[0] for a, b in zip(one, other, strict=True)]
    assert area.tolist() == alone
