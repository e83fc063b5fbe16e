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


@numba.njit(
    "void(float64[:, ::1], float64[::1], int64[::1], int64[::1], int64[::1], int64[::1], float64[::1])", nogil=True, cache=True
)
def _sum(ends: Floats, sign: Floats, starts: Rows, one: Rows, other: Rows, near: Rows, area: Floats) -> None:
    """Write the common area of each pair; `near` has room for the edges of any outline."""
    for pair in range(len(one)):
        a, a_end, b, b_end = starts[one[pair]], starts[one[pair] + 1], starts[other[pair]], starts[other[pair] + 1]
        west, south = -np.inf, -np.inf
        east = np.inf
        for first, last in ((a, a_end), (b, b_end)):
            low, high, bottom = np.inf, -np.inf, np.inf
            for edge in range(first, last):
                low, high = min(low, ends[edge, 0]), max(high, ends[edge, 2])
                bottom = min(bottom, ends[edge, 1], ends[edge, 3])
            west, east, south = max(west, low), min(east, high), max(south, bottom)
        count = 0
        for edge in range(b, b_end):
            if ends[edge, 2] > west and ends[edge, 0] < east:
                near[count] = edge
                count += 1
        total = 0.0
        for edge in range(a, a_end):
            x0, y0, x1, y1 = ends[edge, 0], ends[edge, 1], ends[edge, 2], ends[edge, 3]
            if x1 <= west or x0 >= east:
                continue
            slope = (y1 - y0) / (x1 - x0)
            for at in range(count):
                u0, v0, u1, v1 = ends[near[at], 0], ends[near[at], 1], ends[near[at], 2], ends[near[at], 3]
                begin, end = max(x0, u0), min(x1, u1)
                if begin >= end:
                    continue
                steep = (v1 - v0) / (u1 - u0)
                y_begin, y_end = y0 + slope * (begin - x0) - south, y0 + slope * (end - x0) - south
                v_begin, v_end = v0 + steep * (begin - u0) - south, v0 + steep * (end - u0) - south
                over_begin, over_end = y_begin - v_begin, y_end - v_end
                below = min(y_begin, v_begin) + min(y_end, v_end)  # twice the mean height where the edges do not cross
                if over_begin * over_end < 0.0:
                    below += abs(over_begin * over_end / (over_begin - over_end))
                total += sign[edge] * sign[near[at]] * below * (end - begin)
        area[pair] = max(total / 2, 0.0)
