"""Ground counted once, and what of it is non-compliant: against the plain union of all outlines, and by hand."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from services.tracker import ground
from services.tracker.compliance import Tiers, compliance
from services.tracker.ground import Covered, Places, TooManyOverlaps, candidates, overlapped_ha, own_ha
from shared.geo.areas import geodesic_area_ha

LIMITS = Tiers(high_from_pct=10.0, medium_above_pct=0.0)


def places_of(geometries: NDArray[np.object_]) -> Places:
    outline = np.array([hash(shapely.to_wkb(one)) & (2**63 - 1) for one in geometries], dtype=np.uint64)
    return Places(shapely.bounds(geometries), geodesic_area_ha(geometries), outline)


def measured(geometries: NDArray[np.object_], first: list[bool] | None = None) -> NDArray[np.float64]:
    places, rank = places_of(geometries), np.arange(len(geometries))
    if first is not None:
        rank[np.lexsort((np.arange(len(first)), ~np.array(first)))] = np.arange(len(first))
    overlapped = np.zeros(len(geometries))
    for pairs in candidates(places, rank):
        rows, covered = overlapped_ha(pairs, {int(row): geometries[row] for row in pairs.rows})
        overlapped[rows] = covered
    return own_ha(places, rank, overlapped)


def squares(*corners: tuple[float, float], side: float = 0.01) -> NDArray[np.object_]:
    return np.array([shapely.box(x, y, x + side, y + side) for x, y in corners], dtype=object)


def test_half_a_square_on_another_counts_once_and_a_common_border_is_no_ground() -> None:
    both = squares((0.0, 0.0), (0.005, 0.0), (0.015, 0.0))
    own = measured(both)
    area = geodesic_area_ha(both)
    assert own == pytest.approx([area[0], area[1] / 2, area[2]], rel=1e-6)


def test_copies_have_no_ground_of_their_own_whoever_comes_first() -> None:
    copies = squares((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
    area = geodesic_area_ha(copies)[0]
    assert list(measured(copies)) == [area, 0.0, 0.0]
    assert list(measured(copies, [False, True, False])) == [0.0, area, 0.0]


positions = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 8)), min_size=1, max_size=12)


@given(positions, st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=60, deadline=None)
def test_own_ground_adds_up_to_the_union_of_all_and_of_the_first(given_squares: list[tuple[int, int, int]], chosen: list[bool]) -> None:
    shapes = np.array([shapely.box(x / 1000, y / 1000, (x + s) / 1000, (y + s) / 1000) for x, y, s in given_squares], dtype=object)
    first = chosen[: len(shapes)]
    own = measured(shapes, first)
    assert own.sum() == pytest.approx(geodesic_area_ha(np.array([shapely.union_all(shapes)], dtype=object))[0], rel=1e-6)
    if any(first):
        of_first = geodesic_area_ha(np.array([shapely.union_all(shapes[first])], dtype=object))[0]
        assert own[first].sum() == pytest.approx(of_first, rel=1e-6)


@pytest.mark.parametrize("rounds", [0, 1, ground.ROUNDS])
def test_a_heap_of_plots_is_measured_alike_whether_they_are_taken_away_or_joined(monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    monkeypatch.setattr(ground, "ROUNDS", rounds)
    rng = np.random.default_rng(5)
    heap = np.array([shapely.Point(*at).buffer(r, quad_segs=3) for *at, r in rng.uniform(0.001, 0.005, (80, 3))], dtype=object)
    own = measured(heap)
    for count in (1, 20, 40, 80):
        union = geodesic_area_ha(np.array([shapely.union_all(heap[:count])], dtype=object))[0]
        assert own[:count].sum() == pytest.approx(union, rel=1e-7)


def test_neighbours_with_common_borders_keep_their_areas_to_the_bit() -> None:
    field = squares(*[(0.01 * (at % 7), 0.01 * (at // 7)) for at in range(49)])
    slanted = shapely.transform(field, lambda xy: xy @ np.array([[0.9, 0.31], [-0.33, 1.1]]) + [107.3, 12.7])
    assert measured(slanted).tolist() == geodesic_area_ha(slanted).tolist()


def test_a_plot_without_an_area_is_left_out() -> None:
    shapes = np.array([shapely.Point(0.005, 0.005), *squares((0.0, 0.0))], dtype=object)
    places = places_of(shapes)
    places = Places(places.boxes, np.array([np.nan, places.area_ha[1]]), places.outline)
    assert list(candidates(places, np.arange(2))) == []
    own = own_ha(places, np.arange(2), np.zeros(2))
    assert np.isnan(own[0]) and own[1] == places.area_ha[1]


def test_a_crowd_of_plots_on_each_other_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "LEAST_PAIRS", 100)
    monkeypatch.setattr(ground, "PAIRS_A_PLOT", 1)
    with pytest.raises(TooManyOverlaps):
        list(candidates(places_of(squares(*[(at * 1e-6, 0.0) for at in range(50)])), np.arange(50)))


def tier(pct: float | None, share: float = 1.0) -> tuple[object, object]:
    found = np.array([np.nan if pct is None else pct])
    said = compliance(found, np.array([100.0]), np.array([100.0]), share if pct is not None else 0.0, LIMITS)
    return said["risk_tier"], said["risk_tier_reason"]


@pytest.mark.parametrize(("pct", "named"), [(0.0, "Compliant"), (0.001, "Medium"), (9.99, "Medium"), (10.0, "High"), (100.0, "High")])
def test_the_tier_follows_the_share_of_ground(pct: float, named: str) -> None:
    assert tier(pct) == (named, None)


def test_what_was_not_judged_is_not_compliant() -> None:
    assert tier(0.0, 0.94) == (None, "valid_area_below_95_pct")
    assert tier(5.0, 0.6) == ("Medium", None)
    assert tier(50.0, 0.4) == (None, "valid_area_below_50_pct")
    assert tier(None) == (None, "valid_area_below_50_pct")


def test_the_same_loss_in_two_copies_of_a_plot_counts_once() -> None:
    said = compliance(np.array([40.0, 40.0]), np.array([100.0, 100.0]), np.array([100.0, 0.0]), 1.0, LIMITS)
    assert (said["noncompliance_union_lo_ha"], said["noncompliance_union_hi_ha"], said["noncompliance_pct"]) == (40.0, 40.0, 40.0)


def test_between_bounds_where_plots_overlap_and_exact_where_they_do_not() -> None:
    said = compliance(np.array([10.0, 30.0, np.nan]), np.array([100.0, 100.0, 50.0]), np.array([100.0, 80.0, 50.0]), 0.8, LIMITS)
    # The second plot shares 20 ha: of its 30 ha of loss at least 10 lie on its own ground, at most all.
    assert (said["noncompliance_union_lo_ha"], said["noncompliance_union_hi_ha"]) == (20.0, 40.0)
    assert said["judged_union_area_ha"] == 180.0
    assert said["noncompliance_pct"] == pytest.approx(100 * 40 / 180)


def test_plots_whose_boxes_alone_overlap_share_no_ground() -> None:
    corner = shapely.Polygon([(0, 0), (1, 0), (0, 1)])
    opposite = shapely.Polygon([(1, 1), (1, 0.5), (0.5, 1)])
    rows, areas = overlapped_ha(Covered(np.array([1]), np.array([0])), {0: corner, 1: opposite})
    assert len(rows) == len(areas) == 0
