"""The tree finds the pairs of boxes that a comparison of all with all finds, in their order."""

import numpy as np
from hypothesis import given, settings, strategies as st

from services.staging.checks.box_tree import box_tree, pairs_on_each_other

box = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=200, deadline=None)
@given(st.lists(box, min_size=1, max_size=90), st.integers(1, 90))
def test_pairs_are_those_of_all_with_all(given: list[tuple[int, int, int, int]], step: int) -> None:
    boxes = np.array([(x, y, x + width, y + height) for x, y, width, height in given], dtype=np.float64)
    low, high = np.maximum(boxes[:, None, :2], boxes[None, :, :2]), np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    one, other = np.nonzero(np.triu((low < high).all(axis=2), 1))
    tree = box_tree(boxes)
    found = [pairs_on_each_other(tree, start, min(start + step, len(boxes))) for start in range(0, len(boxes), step)]
    assert np.concatenate([first for first, _ in found]).tolist() == one.tolist()
    assert np.concatenate([second for _, second in found]).tolist() == other.tolist()
