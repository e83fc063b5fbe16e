"""The ground that two outlines have in common, without drawing it: planar, in the unit of the coordinates squared.

A polygon is what lies below its upper edges less what lies below its lower ones. So the common ground of two is a sum over
each edge of the one with each of the other, of the area below both, with the product of their signs: exact but for rounding
(some 1e-12 of the smaller outline), whatever borders, corners or edges the two share.

All that is compiled stands in this file: it is compiled anew when this file changes.
"""

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]
Rows = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The edges of n outlines, one outline after the other, without those that run north."""

    ends: Floats
    """x and y of the western end, x and y of the eastern one; shape [edges, 4]."""
    sign: Floats
    """1 for an edge with its polygon to the south, -1 for one with its polygon to the north; shape [edges]."""
    starts: Rows
    """First edge of each outline, and the end of the last; shape [n + 1]."""


def edges_of(geometries: Geometries) -> Edges:
    """The edges of valid polygons and multipolygons, whatever the winding of their rings; shape [n] in."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    begin, end = xy[:-1], xy[1:]
    runs = (ring[:-1] == ring[1:]) & (begin[:, 0] != end[:, 0])
    begin, end, of = begin[runs], end[runs], ring[:-1][runs]
    base = xy[np.searchsorted(ring, np.arange(len(rings))), 1][of]  # sums near zero lose no digits
    below = np.bincount(of, (end[:, 0] - begin[:, 0]) * ((begin[:, 1] - base) + (end[:, 1] - base)), minlength=len(rings))
    is_shell = np.append(True, part[1:] != part[:-1])
    # A shell that turns right runs east along its north, and a hole that turns left along its south: the polygon lies to the south.
    turn = np.where((below > 0) == is_shell, 1.0, -1.0)
    east = end[:, 0] > begin[:, 0]
    ends = np.where(east[:, None], np.hstack([begin, end]), np.hstack([end, begin]))
    starts = np.searchsorted(owner[part[of]], np.arange(len(geometries) + 1))
    return Edges(np.ascontiguousarray(ends), np.where(east, 1.0, -1.0) * turn[of], starts.astype(np.int64))


def common_area(edges: Edges, one: Rows, other: Rows) -> Floats:
    """Area that the outlines `one` and `other` (places among those of `edges`, shape [k]) have in common; shape [k]."""
    area = np.empty(len(one))
    longest = int(np.diff(edges.starts).max(initial=0))
    _sum(edges.ends, edges.sign, edges.starts, one.astype(np.int64), other.astype(np.int64), np.empty(longest, np.int64), area)
    return area


@numba.njit()
def _corner(ends: Floats, first: int, last: int) -> tuple[float, float, float]:
    """West, east and south of some edges."""
    west, east, south = np.inf, -np.inf, np.inf
    for edge in range(first, last):
        west, east = min(west, ends[edge, 0]), max(east, ends[edge, 2])
        south = min(south, ends[edge, 1], ends[edge, 3])
    return west, east, south


@numba.njit()
def _below_both(ends: Floats, one: int, other: int, south: float) -> float:
    """Twice the area between the parallel `south` and the lower of two edges, where one lies above the other."""
    west, east = max(ends[one, 0], ends[other, 0]), min(ends[one, 2], ends[other, 2])
    if west >= east:
        return 0.0
    slope = (ends[one, 3] - ends[one, 1]) / (ends[one, 2] - ends[one, 0])
    steep = (ends[other, 3] - ends[other, 1]) / (ends[other, 2] - ends[other, 0])
    begin, end = ends[one, 1] + slope * (west - ends[one, 0]) - south, ends[one, 1] + slope * (east - ends[one, 0]) - south
    low, high = ends[other, 1] + steep * (west - ends[other, 0]) - south, ends[other, 1] + steep * (east - ends[other, 0]) - south
    height = min(begin, low) + min(end, high)
    if (begin - low) * (end - high) < 0.0:  # they cross, and the lower one is bent upwards there
        height += abs((begin - low) * (end - high) / ((begin - low) - (end - high)))
    return float(height * (east - west))


@numba.njit("void(float64[:, ::1], float64[::1], int64[::1], int64[::1], int64[::1], int64[::1], float64[::1])", nogil=True, cache=True)
def _sum(ends: Floats, sign: Floats, starts: Rows, one: Rows, other: Rows, near: Rows, area: Floats) -> None:
    """Write the common area of each pair; `near` has room for the edges of any outline."""
    for pair in range(len(one)):
        a, a_end, b, b_end = starts[one[pair]], starts[one[pair] + 1], starts[other[pair]], starts[other[pair] + 1]
        a_west, a_east, a_south = _corner(ends, a, a_end)
        b_west, b_east, b_south = _corner(ends, b, b_end)
        west, east, south = max(a_west, b_west), min(a_east, b_east), max(a_south, b_south)
        count = 0
        for edge in range(b, b_end):
            if ends[edge, 2] > west and ends[edge, 0] < east:
                near[count] = edge
                count += 1
        total = 0.0
        for edge in range(a, a_end):
            if ends[edge, 2] > west and ends[edge, 0] < east:
                for at in range(count):
                    total += sign[edge] * sign[near[at]] * _below_both(ends, edge, near[at], south)
        area[pair] = max(total / 2, 0.0)
