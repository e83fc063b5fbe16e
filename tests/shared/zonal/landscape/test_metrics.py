"""Metrics of landscapes that are small enough to reckon by hand, and what must hold for any."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from shared.zonal.landscape import composition, network
from shared.zonal.landscape.distances import patch_distances
from shared.zonal.landscape.patches import core_cells, outer_sides, patches_of, shared_sides

MASKS = arrays(np.bool_, st.tuples(st.integers(2, 12), st.integers(2, 12)))


def test_four_equal_classes() -> None:
    assert composition.shannon(np.array([5.0, 5.0, 5.0, 5.0])) == pytest.approx(np.log(4))
    assert composition.shannon_evenness(np.array([5.0, 5.0, 5.0, 5.0])) == pytest.approx(1.0)


def test_one_class_and_none() -> None:
    assert composition.shannon(np.array([7.0, 0.0])) == 0.0
    assert np.isnan(composition.shannon(np.zeros(3)))
    assert np.isnan(composition.shannon_evenness(np.array([7.0])))


def test_mesh_division_and_splitting_of_three_patches() -> None:
    patches = np.array([50.0, 30.0, 20.0])
    assert composition.effective_mesh(patches, 200.0) == 19.0
    assert composition.division(patches, 200.0) == pytest.approx(1 - 3800 / 40000)
    assert composition.splitting(patches, 200.0) == pytest.approx(40000 / 3800)


def test_a_stepping_stone_is_the_better_way() -> None:
    """A and C of 4 and 9 ha are 2,400 m apart; B of 1 ha lies 1,000 m from A and 500 m from C: the chain is 1,500 m."""
    gaps = np.array([[0.0, 1000.0, 2400.0], [1000.0, 0.0, 500.0], [2400.0, 500.0, 0.0]])
    areas = np.array([4.0, 1.0, 9.0])
    paths = network.path_lengths(gaps)
    assert paths[0, 2] == 1500.0
    by_hand = 16 + 1 + 81 + 2 * (4 * 1 * 0.5 + 1 * 9 * 0.5**0.5 + 4 * 9 * 0.5**1.5)
    assert network.equivalent_connected_area(areas, paths, 1000.0) == pytest.approx(by_hand**0.5)


def test_patches_out_of_reach_count_alone() -> None:
    gaps = np.array([[0.0, np.inf], [np.inf, 0.0]])
    assert network.equivalent_connected_area(np.array([3.0, 4.0]), network.path_lengths(gaps), 1000.0) == 5.0


def test_connectance_needs_two_patches() -> None:
    assert np.isnan(network.connectance(np.zeros((1, 1)), 500.0))
    assert np.isnan(network.connectance(np.zeros((0, 0)), 500.0))
    gaps = np.array([[0.0, 500.0, 501.0], [500.0, 0.0, np.inf], [501.0, np.inf, 0.0]])
    assert network.connectance(gaps, 500.0) == pytest.approx(100 / 3)


def test_cells_that_meet_at_a_corner_are_one_patch_of_eight_neighbours_and_two_of_four() -> None:
    mask = np.eye(2, dtype=bool)
    assert len(patches_of(mask.astype(np.int64), mask)) == 1
    assert len(patches_of(mask.astype(np.int64), mask, neighbours=4)) == 2


def test_core_at_the_border_depends_on_what_is_said_to_lie_beyond() -> None:
    mask = np.ones((5, 5), dtype=bool)
    assert core_cells(mask, 1.0, beyond=False).sum() == 9
    assert core_cells(mask, 1.0, beyond=True).sum() == 25
    mask[2, 2] = False
    assert core_cells(mask, 1.0, beyond=True).sum() == 20, "the hole and the four cells at its sides"


@given(MASKS, st.floats(0.0, 20.0), st.booleans())
@settings(max_examples=100, deadline=None)
def test_core_is_what_the_distance_to_the_nearest_other_cell_says(mask: np.ndarray, depth_cells: float, beyond: bool) -> None:
    seen = mask if beyond else np.pad(mask, 1)
    far = ndimage.distance_transform_edt(seen) if not seen.all() else np.full(seen.shape, np.inf)
    want = far > depth_cells
    assert (core_cells(mask, depth_cells, beyond) == (want if beyond else want[1:-1, 1:-1])).all()


def test_cohesion_of_one_square() -> None:
    """16 cells with 16 sides among 100: (1 - 16 / (16 * 4)) / (1 - 1 / 10) * 100."""
    assert composition.cohesion(np.array([16]), np.array([16]), 100) == pytest.approx(0.75 / 0.9 * 100)
    assert np.isnan(composition.cohesion(np.array([]), np.array([]), 100))


@given(MASKS)
@settings(max_examples=60, deadline=None)
def test_distances_are_those_of_every_pair_of_cells(mask: np.ndarray) -> None:
    patches = patches_of(mask.astype(np.int64), mask)
    edges, centres = (patch_distances(patches.label, len(patches), np.inf, centres=rule) for rule in (False, True))
    cells = [np.argwhere(patches.label == number + 1) for number in range(len(patches))]
    for a, b in np.argwhere(np.triu(np.ones_like(edges), k=1)).tolist():
        apart = np.abs(cells[a][:, np.newaxis] - cells[b]).reshape(-1, 2)
        assert centres[a, b] == centres[b, a] == pytest.approx(np.hypot(*apart.T).min())
        assert edges[a, b] == edges[b, a] == pytest.approx(np.hypot(*np.maximum(apart - 1, 0).T).min())


@given(MASKS, st.floats(0.5, 6.0))
@settings(max_examples=60, deadline=None)
def test_a_limit_hides_what_is_farther_and_nothing_else(mask: np.ndarray, limit: float) -> None:
    patches = patches_of(mask.astype(np.int64), mask)
    all_of, within = (patch_distances(patches.label, len(patches), far, centres=False) for far in (np.inf, limit))
    assert within == pytest.approx(np.where(all_of <= limit, all_of, np.inf))


@given(arrays(np.int64, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)))
@settings(max_examples=60, deadline=None)
def test_every_side_of_every_cell_is_counted(classes: np.ndarray) -> None:
    inside = classes > 0
    patches = patches_of(classes, inside)
    pairs = shared_sides(classes.astype(np.int32), 3)
    assert patches.cells.sum() == inside.sum()
    assert outer_sides(patches.label, len(patches)).sum() + 2 * np.trace(pairs) == 4 * inside.sum()
    between = sum(((a == one) & (b == other)).sum() for a, b in pairwise_cells(classes) for one, other in ((1, 2), (2, 1)))
    assert pairs[0, 1] == pairs[1, 0] == between


def pairwise_cells(classes: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    return [pair for lines in (classes, classes.T) for pair in pairwise(lines)]


@given(arrays(np.float64, st.integers(2, 7), elements=st.floats(0.1, 50)), st.floats(10, 5000))
@settings(max_examples=60, deadline=None)
def test_connected_area_lies_between_patches_alone_and_all_in_one(areas: np.ndarray, gap_m: float) -> None:
    gaps = np.abs(np.subtract.outer(np.arange(len(areas)), np.arange(len(areas)))) * gap_m
    found = network.equivalent_connected_area(areas, network.path_lengths(gaps), 1000.0)
    assert np.sqrt((areas**2).sum()) - 1e-9 <= found <= areas.sum() + 1e-9
