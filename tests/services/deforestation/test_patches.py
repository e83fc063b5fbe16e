"""Neighbourhoods on small windows that can be counted by hand, and the promise that windows do not matter."""

import numpy as np
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from services.deforestation.patches import any_within, bits_near, forest_patches, patch_areas_m2

ROW_AREAS = np.full(12, 1000.0)


def test_patch_must_exceed_the_limit_and_corners_connect() -> None:
    forest = np.zeros((12, 12), dtype=bool)
    forest[2, 2:6] = forest[3, 6] = True
    none = np.zeros_like(forest)
    assert not forest_patches(forest, none, ROW_AREAS, 5000.0).kept.any()
    forest[4, 7] = True
    assert forest_patches(forest, none, ROW_AREAS, 5000.0).kept.sum() == 6


def test_rows_of_unequal_area_decide_by_their_sum() -> None:
    forest = np.zeros((4, 6), dtype=bool)
    forest[1:3, 1:4] = True
    areas = np.array([900.0, 900.0, 700.0, 600.0])  # 3 x 900 + 3 x 700 = 4800
    none = np.zeros_like(forest)
    assert forest_patches(forest, none, areas, 4799.0).kept.sum() == 6
    assert forest_patches(forest, none, areas, 4800.0).kept.sum() == 0


def test_small_patch_at_the_border_is_undecided_and_beside_unknown_cells_it_is_kept() -> None:
    forest = np.zeros((12, 12), dtype=bool)
    forest[0, 3] = forest[6, 6] = True
    unknown = np.zeros_like(forest)
    unknown[7, 7] = True
    patches = forest_patches(forest, unknown, ROW_AREAS, 5000.0)
    assert np.argwhere(patches.undecided).tolist() == [[0, 3]]
    assert np.argwhere(patches.kept).tolist() == [[6, 6]]


@settings(max_examples=60, deadline=None)
@given(forest=arrays(bool, (12, 12)), top=st.integers(0, 5), left=st.integers(0, 5))
def test_what_a_window_decides_every_larger_window_decides_alike(forest: np.ndarray, top: int, left: int) -> None:
    none = np.zeros_like(forest)
    inner = np.s_[top : top + 7, left : left + 7]
    large = forest_patches(forest, none, ROW_AREAS, 5000.0)
    small = forest_patches(forest[inner], none[inner], ROW_AREAS[top : top + 7], 5000.0)
    assert not (small.kept & ~large.kept[inner]).any()
    dropped = forest[inner] & ~small.kept & ~small.undecided
    assert not (dropped & (large.kept | large.undecided)[inner]).any()


def test_years_reach_as_far_as_the_radius_and_no_further() -> None:
    bits = np.zeros((7, 7), dtype=np.uint16)
    bits[3, 3], bits[0, 0] = 4, 1
    found = bits_near(bits, np.arange(49), 2).reshape(7, 7)
    assert (found & 4 != 0).sum() == 25 and found[1, 1] == 5
    assert (found & 1 != 0).sum() == 9


WHOLE = np.array([[0, 12, 0, 12]])


def test_only_patches_that_touch_count_and_with_all_their_cells() -> None:
    loss = np.zeros((12, 12), dtype=bool)
    loss[1, 1:4] = loss[5:7, 5:7] = loss[10, 10] = True
    touched = np.ravel_multi_index(([1, 6, 8], [3, 6, 8]), loss.shape)
    largest, total = patch_areas_m2(loss, WHOLE.repeat(2, axis=0), touched, np.array([0, 3, 3]), ROW_AREAS)
    assert largest.tolist() == [4000.0, 0.0] and total.tolist() == [7000.0, 0.0]


def test_of_a_patch_only_what_lies_in_the_plots_own_window_counts() -> None:
    loss = np.zeros((12, 12), dtype=bool)
    loss[4, 2:10] = True
    windows, touched = np.array([[3, 6, 0, 5], [3, 6, 5, 12], [0, 12, 0, 12]]), np.array([4 * 12 + 3, 4 * 12 + 5, 4 * 12 + 3])
    largest, _ = patch_areas_m2(loss, windows, touched, np.arange(4), ROW_AREAS)
    assert largest.tolist() == [3000.0, 5000.0, 8000.0]


@settings(max_examples=100, deadline=None)
@given(loss=arrays(bool, (12, 12)), touched=arrays(bool, (12, 12)), top=st.integers(0, 5), left=st.integers(0, 5))
def test_patches_are_those_of_scipy(loss: np.ndarray, touched: np.ndarray, top: int, left: int) -> None:
    window = np.s_[top : top + 7, left : left + 7]
    areas = np.linspace(900.0, 1000.0, 12)
    labels, count = ndimage.label(loss[window], structure=np.ones((3, 3)))
    by_label = ndimage.sum(np.broadcast_to(areas[top : top + 7, np.newaxis], (7, 7)), labels, np.arange(count + 1))
    mine = by_label[np.setdiff1d(labels[touched[window]], 0)]
    inside = np.zeros_like(touched)
    inside[window] = touched[window]
    cells = np.flatnonzero(inside)
    found = patch_areas_m2(loss, np.array([[top, top + 7, left, left + 7]]), cells, np.array([0, len(cells)]), areas)
    assert np.allclose(np.ravel(found), [mine.max(initial=0.0), mine.sum()], rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(mask=arrays(bool, (12, 12), fill=st.just(False)), top=st.integers(0, 5), left=st.integers(0, 5))
def test_windows_are_looked_through_to_their_edges(mask: np.ndarray, top: int, left: int) -> None:
    windows = np.array([[top, top + 4, left, left + 6], [0, 12, 0, 12]])
    assert any_within(mask, windows).tolist() == [bool(mask[top : top + 4, left : left + 6].any()), bool(mask.any())]
