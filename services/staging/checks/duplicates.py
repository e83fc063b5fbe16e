"""Plots with the same outline: found by a digest, so that a million copies cost no more than a million plots."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from services.staging.checks.plots import Geometries
from services.staging.checks.thresholds import PAIRS

SLICE: Final = 5000
"""Outlines that are decoded at once."""
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
"""An odd number whose bits look random: 2^64 over the golden ratio."""
Rows = NDArray[np.intp]


def same_outlines(boxes: NDArray[np.float64], vertices: Rows, geometries_of: Callable[[Rows], Geometries]) -> tuple[Rows, Rows]:
    """For each of n plots the first that has its outline, and another with it, as `first_of_equals` has them.

    Equal outlines have equal boxes (shape [n, 4]; degrees) and numbers of vertices on the grid: `geometries_of(rows)`
    reads only outlines for which another agrees in these.
    """
    first, other = np.arange(len(boxes)), np.full(len(boxes), -1, dtype=np.intp)
    alike = _alike(boxes, vertices)
    if len(alike):
        digest = np.concatenate([digests(geometries_of(alike[at : at + SLICE])) for at in range(0, len(alike), SLICE)])
        first_alike, other_alike = first_of_equals(digest)
        first[alike] = alike[first_alike]
        other[alike] = np.where(other_alike < 0, -1, alike[other_alike])
    return first, other


def _alike(boxes: NDArray[np.float64], vertices: Rows) -> Rows:
    """Rows with a box and a number of vertices that another row has too, ascending; a few others by chance."""
    steps = np.rint(boxes / PAIRS.duplicate_grid_deg).astype(np.int64).astype(np.uint64)
    mixed = vertices.astype(np.uint64)
    for column in steps.T:
        mixed = (mixed ^ column) * _MIX
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed, kind="stable")
    equal = np.append(mixed[order][1:] == mixed[order][:-1], False)
    return np.sort(order[equal | np.roll(equal, 1)])


def digests(geometries: Geometries) -> NDArray[np.uint64]:
    """128 bits of each geometry (shape [n, 2]), equal where outlines are equal on a grid of 1e-6 degrees.

    Start vertex, winding and order of parts do not matter.
    """
    rounded = shapely.transform(shapely.force_2d(geometries), _rounded)
    wkb = shapely.to_wkb(shapely.normalize(rounded), output_dimension=2, byte_order=1)
    return np.frombuffer(b"".join(blake2b(one, digest_size=16).digest() for one in wkb), dtype=np.uint64).reshape(-1, 2)


def _rounded(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    steps: NDArray[np.float64] = np.rint(xy / PAIRS.duplicate_grid_deg) * PAIRS.duplicate_grid_deg
    return np.where(steps == 0, 0.0, steps)  # -0.0 and 0.0 have other bits


def first_of_equals(digest: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each row (shape [n]) the first row with its digest, and another row with it (-1 when there is none).

    The first of several names the second, all others name the first.
    """
    _, first, group = np.unique(digest, axis=0, return_index=True, return_inverse=True)
    first_row = first[group.ravel()]
    other = np.where(first_row == np.arange(len(digest)), -1, first_row)
    copies = np.flatnonzero(other >= 0)[::-1]  # backwards: the lowest one written stays
    other[other[copies]] = copies
    return first_row, other
