"""Which boxes lie on each other: a packed tree over boxes that are already sorted along a space-filling curve.

All that is compiled stands in this file: it is compiled anew when this file changes.
"""

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

FANOUT: Final = 8
"""Boxes under a node."""
_PARTNERS: Final = 8
"""Room for so many partners of each box, on average, at the first try."""
Boxes = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class BoxTree:
    """n boxes (west, south, east, north), and above them the boxes of each eight that follow each other, and so on up to one."""

    boxes: Boxes
    """Level after level, the boxes themselves first; shape [nodes, 4]."""
    starts: NDArray[np.int64]
    """First node of each level, and the end of the last; shape [levels + 1]."""


def box_tree(boxes: Boxes) -> BoxTree:
    """The tree of `boxes` (shape [n, 4]), which is the quicker to search the nearer to each other boxes in succession lie."""
    levels = [np.ascontiguousarray(boxes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        first = np.arange(0, len(below), FANOUT)
        low, high = np.minimum.reduceat(below[:, :2], first), np.maximum.reduceat(below[:, 2:], first)
        levels.append(np.hstack([low, high]))
    return BoxTree(np.concatenate(levels), np.cumsum([0, *map(len, levels)]))


def pairs_on_each_other(tree: BoxTree, start: int, end: int) -> tuple[Rows, Rows]:
    """Pairs of boxes that have ground in common, `start` <= the lower one < `end`, in their order; neighbours that touch have none."""
    ends = np.zeros(end - start + 1, dtype=np.int64)
    found = np.empty(_PARTNERS * (end - start), dtype=np.int64)
    _search(tree.boxes, tree.starts, start, end, ends, found)
    if ends[-1] > len(found):
        found = np.empty(ends[-1], dtype=np.int64)
        _search(tree.boxes, tree.starts, start, end, ends, found)
    return np.repeat(np.arange(start, end), np.diff(ends)), found[: ends[-1]]


@numba.njit()
def _share_ground(boxes: Boxes, one: int, other: int) -> bool:
    width = min(boxes[one, 2], boxes[other, 2]) - max(boxes[one, 0], boxes[other, 0])
    height = min(boxes[one, 3], boxes[other, 3]) - max(boxes[one, 1], boxes[other, 1])
    return bool(width > 0.0 and height > 0.0)


@numba.njit("void(float64[:, ::1], int64[::1], int64, int64, int64[::1], int64[::1])", nogil=True, cache=True)
def _search(boxes: Boxes, starts: NDArray[np.int64], first: int, last: int, ends: NDArray[np.int64], found: NDArray[np.int64]) -> None:
    """Write the partners of the box at k from `ends[k]` to `ends[k + 1]` of `found`, as many of them as have room there."""
    levels = len(starts) - 1
    nodes, depths = np.empty(FANOUT * (levels + 1), np.int64), np.empty(FANOUT * (levels + 1), np.int64)
    count = 0
    for row in range(first, last):
        size = 1
        nodes[0], depths[0] = starts[levels - 1], levels - 1
        while size > 0:
            size -= 1
            node, depth = nodes[size], depths[size]
            if not _share_ground(boxes, row, node):
                continue
            if depth == 0:
                if node > row:
                    if count < len(found):
                        found[count] = node
                    count += 1
                continue
            begin = starts[depth - 1] + FANOUT * (node - starts[depth])
            for child in range(min(begin + FANOUT, starts[depth]) - 1, begin - 1, -1):
                if depth > 1 or child > row:
                    nodes[size], depths[size] = child, depth - 1
                    size += 1
        ends[row - first + 1] = count
