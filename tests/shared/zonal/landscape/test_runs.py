"""Patches by runs are the patches of the raster, however it is cut into windows; distances and networks by pairs are those of all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from shared.zonal.landscape import network
from shared.zonal.landscape.distances import gaps_between, patch_distances
from shared.zonal.landscape.patches import patches_of
from shared.zonal.landscape.runs import patches_of_runs, runs_of, together

MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14))


def in_windows(mask: np.ndarray, rows: int, columns: int) -> list:
    return [
        runs_of(mask[top : top + rows, left : left + columns], top, left)
        for top in range(0, mask.shape[0], rows)
        for left in range(0, mask.shape[1], columns)
    ]


@given(MASKS, st.integers(1, 14), st.integers(1, 14))
@settings(max_examples=200, deadline=None)
def test_patches_of_windows_are_those_of_the_raster_in_their_order(mask: np.ndarray, rows: int, columns: int) -> None:
    expected = patches_of(mask.astype(np.int64), mask)
    runs = together(in_windows(mask, rows, columns))
    found = patches_of_runs(runs)
    assert found.cells.tolist() == expected.cells.tolist()
    assert found.sides.tolist() == expected.sides.tolist()
    drawn = np.zeros(mask.shape, dtype=int)
    for row, first, last, patch in zip(runs.row, runs.first, runs.last, found.patch, strict=True):
        drawn[row, first : last + 1] = patch + 1
    assert (drawn == expected.label).all()


@given(MASKS, st.sampled_from([1.0, 2.5, 6.0, 100.0]))
@settings(max_examples=100, deadline=None)
def test_gaps_are_the_distances_that_are_within_the_limit(mask: np.ndarray, limit: float) -> None:
    patches = patches_of(mask.astype(np.int64), mask)
    if not len(patches):
        return
    places = [np.argwhere(patches.label == number + 1) for number in range(len(patches))]
    runs = together(in_windows(mask, 5, 4))
    gaps = gaps_between(runs, patches_of_runs(runs).patch, len(patches), limit)
    found = {(int(a), int(b)): cells for a, b, cells in zip(gaps.one, gaps.other, gaps.cells, strict=True)}
    for a in range(len(patches)):
        for b in range(a + 1, len(patches)):
            apart = np.maximum(np.abs(places[a][:, np.newaxis] - places[b]) - 1, 0)
            nearest = np.sqrt((apart**2).sum(axis=2).min())
            assert found.get((a, b)) == (nearest if nearest <= limit else None)


@given(MASKS, st.sampled_from([2.0, 5.0, 100.0]))
@settings(max_examples=100, deadline=None)
def test_a_network_of_links_is_that_of_all_pairs(mask: np.ndarray, limit: float) -> None:
    patches = patches_of(mask.astype(np.int64), mask)
    if not len(patches):
        return
    areas = patches.cells.astype(np.float64)
    gap_m = 100.0 * patch_distances(patches.label, len(patches), limit, centres=False)
    one, other = np.nonzero(np.triu(np.isfinite(gap_m), k=1))
    square = network.connected_square(areas, one, other, gap_m[one, other], 300.0)
    assert np.sqrt(square) == pytest.approx(network.equivalent_connected_area(areas, network.path_lengths(gap_m), 300.0), rel=1e-12)


def test_a_path_of_stepping_stones_counts_and_so_does_a_block_of_many() -> None:
    """A chain of more patches than are looked at at once, each of 1 ha and a kilometre from the next: half of all moves each."""
    count = network.BLOCK + 10
    one = np.arange(count - 1)
    square = network.connected_square(np.ones(count), one, one + 1, np.full(count - 1, 1000.0), 1000.0)
    apart = np.arange(1, count)
    assert square == pytest.approx(count + 2 * float(((count - apart) * 0.5**apart).sum()))
    assert network.connected_square(np.empty(0), np.empty(0, int), np.empty(0, int), np.empty(0), 1000.0) == 0.0
