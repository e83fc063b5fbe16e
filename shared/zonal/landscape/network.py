"""Patches as a network: connectance, and the equivalent connected area over the best chain of stepping stones."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import floyd_warshall

Floats = NDArray[np.float64]


def connectance(distance_m: Floats, gap_m: float) -> float:
    """Share of the pairs of patches whose gap is at most `gap_m`, %; nan for fewer than two patches. FRAGSTATS CONNECT.

    `distance_m` [n, n] symmetric: from edge to edge, inf where it is longer than was looked for.
    """
    count = len(distance_m)
    if count < 2:
        return np.nan
    joined = np.count_nonzero(np.triu(distance_m <= gap_m, k=1))
    return 100.0 * joined / (count * (count - 1) / 2)


def path_lengths(distance_m: Floats) -> Floats:
    """Length of the shortest chain of gaps between each two patches; crossing a patch costs nothing; float64 [n, n]."""
    if len(distance_m) < 2:
        return distance_m.copy()
    return np.asarray(floyd_warshall(distance_m, directed=False), dtype=np.float64)


def equivalent_connected_area(areas: Floats, path_m: Floats, median_m: float) -> float:
    """`sqrt(sum_ij a_i a_j p_ij)` in the unit of `areas`: one patch of that size is as well connected (Saura et al. 2011).

    `p = exp(ln(0.5) d / median_m)`, d the length of the best path: half of all moves reach `median_m`. 0 without patches.
    """
    reached = np.exp(np.log(0.5) * path_m / median_m)
    return float(np.sqrt(areas @ reached @ areas))
