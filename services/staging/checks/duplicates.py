"""Plots with the same outline: found by a digest, so that a million copies cost no more than a million plots."""

from hashlib import blake2b

import numpy as np
import shapely
from numpy.typing import NDArray

from services.staging.checks.plots import Geometries
from services.staging.checks.thresholds import PAIRS


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
