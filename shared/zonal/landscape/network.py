"""Patches as a network: connectance, and the equivalent connected area over the best chain of stepping stones."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, floyd_warshall

Floats = NDArray[np.float64]
BLOCK = 256
"""Patches whose paths to all others are in memory at once."""


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


def connected_square(areas: Floats, one: NDArray[np.integer], other: NDArray[np.integer], gap_m: Floats, median_m: float) -> float:
    """The square of the equivalent connected area of many patches [n], of which few are linked; 0 without patches.

    Gaps over 0 from patch to patch, each pair once, [links]; no other pair is linked. The sum is that of
    `equivalent_connected_area`.
    """
    count = len(areas)
    links: Any = csr_array((np.tile(gap_m, 2), (np.concatenate((one, other)), np.concatenate((other, one)))), shape=(count, count))
    needed = np.ones(links.nnz, dtype=np.bool_)
    _shortest_only(links.indptr.astype(np.int32, copy=False), links.indices.astype(np.int32, copy=False), links.data, needed)
    links.data[~needed] = 0.0
    links.eliminate_zeros()
    total = 0.0
    for start in range(0, count, BLOCK):
        path_m = dijkstra(links, indices=np.arange(start, min(start + BLOCK, count)))
        total += float(areas[start : start + BLOCK] @ np.exp(np.log(0.5) * path_m / median_m) @ areas)
    return total


@numba.njit("void(int32[::1], int32[::1], float64[::1], boolean[::1])", nogil=True, cache=True)
def _shortest_only(start: NDArray[np.int32], other: NDArray[np.int32], gap_m: Floats, needed: NDArray[np.bool_]) -> None:
    """Take away links that are no shorter than two shorter ones by a third patch: every shortest path goes on without them."""
    direct = np.full(len(start) - 1, np.inf)
    for own in range(len(start) - 1):
        for link in range(start[own], start[own + 1]):
            direct[other[link]] = gap_m[link]
        for link in range(start[own], start[own + 1]):
            for second in range(start[other[link]], start[other[link] + 1]):
                if gap_m[second] < gap_m[link] and direct[other[second]] + gap_m[second] <= gap_m[link]:
                    needed[link] = False
                    break
        for link in range(start[own], start[own + 1]):
            direct[other[link]] = np.inf
