"""Measure plain outlines by compiled code: area on the ground, centroid, box, roundness and signs of having been drawn.

As with the kernel beside it, all that is compiled stands in this file, and thresholds are handed in.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Starts = NDArray[np.int64]
Facts = NDArray[np.float64]
Ring = NDArray[np.float64]
"""Longitude and latitude in turn; the first position is repeated at the end."""
LON, LAT, WEST, SOUTH, EAST, NORTH, AREA_HA, QUOTIENT = range(8)
"""Columns of the facts."""
GRID, DRAWN = 1, 2
"""Signs of having been drawn."""
GRID_DEG, GRID_TOLERANCE_DEG, REGULAR_SHARE, CIRCLE_VERTICES = range(4)
"""Places in the array of thresholds."""
_HEAD_BYTES, _POSITION_BYTES, _MOST_POSITIONS, _SQUARE = 13, 16, 256, 4
_F = 1 / 298.257223563
_E2 = _F * (2 - _F)
_TO_RADIANS = np.pi / 180.0
_SERIES = tuple(_E2**power / (2 * power + 1) for power in range(1, 8))
_POLE = 1 / (1 - _E2) + 1.0 + sum(_SERIES)
"""What `_authalic_sine` divides by: its dividend at the pole; the series is cut where it is below 1e-16."""
_AUTHALIC_RADIUS_M = 6_378_137.0 * float(np.sqrt((1 - _E2) * _POLE / 2))
_M2_PER_HA = 10_000.0


@numba.njit()
def _authalic_sine(lat: float) -> float:
    """Sine of the authalic latitude (Snyder 1987, eq. 3-11 and 3-12, its logarithm as a series)."""
    sine = np.sin(lat * _TO_RADIANS)
    square = sine * sine
    series = 0.0
    for at in range(len(_SERIES) - 1, -1, -1):
        series = (series + _SERIES[at]) * square
    return float(sine * (1.0 / (1.0 - _E2 * square) + 1.0 + series) / _POLE)


@numba.njit()
def _area_ha(ring: Ring, count: int) -> float:
    """Area of a counterclockwise ring of short edges, as `shared.geo.areas.geodesic_area_ha` has it: spherical excess of each edge.

    Tangents are series: half an edge is below 2e-4 radians, where what is left out is below 1e-16 of it.
    """
    total = 0.0
    before = _authalic_sine(ring[1])
    for at in range(2, 2 * count, 2):
        sine = _authalic_sine(ring[at + 1])
        half = (ring[at] - ring[at - 2]) * _TO_RADIANS / 2
        mean = (sine + before) / 2
        across = (sine - before) / 2
        tangent = half * (1.0 + half * half / 3 * (1.0 + 0.4 * half * half)) * mean / (1.0 - across * across / (1.0 - mean * mean))
        total += 2 * tangent * (1.0 - tangent * tangent / 3)
        before = sine
    return abs(total) * _AUTHALIC_RADIUS_M**2 / _M2_PER_HA


@numba.njit()
def _place(ring: Ring, count: int, facts: Ring) -> float:
    """Write centroid and box to `facts`; answers twice the planar area."""
    x0, y0 = ring[0], ring[1]
    east = north = doubled = 0.0
    west_most = east_most = x0
    south_most = north_most = y0
    for at in range(2, 2 * count, 2):
        ax, ay, bx, by = ring[at - 2] - x0, ring[at - 1] - y0, ring[at] - x0, ring[at + 1] - y0
        cross = ax * by - ay * bx
        doubled += cross
        east += (ax + bx) * cross
        north += (ay + by) * cross
        west_most, east_most = min(west_most, ring[at]), max(east_most, ring[at])
        south_most, north_most = min(south_most, ring[at + 1]), max(north_most, ring[at + 1])
    facts[LON], facts[LAT] = x0 + east / (3 * doubled), y0 + north / (3 * doubled)
    facts[WEST], facts[SOUTH], facts[EAST], facts[NORTH] = west_most, south_most, east_most, north_most
    return doubled


@numba.njit()
def _quotient(ring: Ring, count: int, doubled: float, shrink: float) -> float:
    """Isoperimetric quotient with longitudes shrunk by the factor `shrink`."""
    length = 0.0
    for at in range(2, 2 * count, 2):
        across, up = (ring[at] - ring[at - 2]) * shrink, ring[at + 1] - ring[at - 1]
        length += np.sqrt(across * across + up * up)
    return 2 * np.pi * abs(doubled) * shrink / (length * length)


@numba.njit()
def _is_on_grid(ring: Ring, count: int, thresholds: Ring) -> bool:
    """Whether every ordinate is a multiple of 0.001 degrees."""
    for at in range(2 * count):
        nearest = np.rint(ring[at] / thresholds[GRID_DEG]) * thresholds[GRID_DEG]
        if abs(ring[at] - nearest) > thresholds[GRID_TOLERANCE_DEG]:
            return False
    return True


@numba.njit()
def _is_regular(ring: Ring, count: int, x: float, y: float, shrink: float, thresholds: Ring) -> bool:
    """Whether the ring is a square or a circle round its centroid `x`, `y`, longitudes shrunk by the factor `shrink`."""
    corners = count - 1
    if corners != _SQUARE and corners < thresholds[CIRCLE_VERTICES]:
        return False
    least, most = np.inf, 0.0
    for at in range(0, 2 * corners, 2):
        radius = np.hypot((ring[at] - x) * shrink, ring[at + 1] - y)
        least, most = min(least, radius), max(most, radius)
        if most - least >= thresholds[REGULAR_SHARE] * most:
            return False
    return corners >= thresholds[CIRCLE_VERTICES] or _has_equal_sides(ring, count, shrink, thresholds[REGULAR_SHARE])


@numba.njit()
def _has_equal_sides(ring: Ring, count: int, shrink: float, share: float) -> bool:
    least, most = np.inf, 0.0
    for at in range(2, 2 * count, 2):
        length = np.hypot((ring[at] - ring[at - 2]) * shrink, ring[at + 1] - ring[at - 1])
        least, most = min(least, length), max(most, length)
    return most - least < share * most


@numba.njit()
def _measure(ring: Ring, count: int, thresholds: Ring, facts: Ring) -> int:
    """Write the facts of a ring; answers its signs."""
    doubled = _place(ring, count, facts)
    facts[AREA_HA] = _area_ha(ring, count)
    shrink = np.cos((facts[SOUTH] + facts[NORTH]) / 2 * _TO_RADIANS)
    facts[QUOTIENT] = _quotient(ring, count, doubled, shrink)
    x, y = facts[LON], facts[LAT]
    drawn = _is_regular(ring, count, x, y, 1.0, thresholds) or _is_regular(ring, count, x, y, shrink, thresholds)
    return (GRID if _is_on_grid(ring, count, thresholds) else 0) | (DRAWN if drawn else 0)


@numba.njit("void(uint8[::1], int64[::1], int64[::1], float64[::1], float64[:, ::1], uint8[::1])", nogil=True, cache=True)
def measure(stored: Bytes, starts: Starts, counts: Starts, thresholds: Ring, facts: Facts, signs: Bytes) -> None:
    """Measure plain outlines (n of them) of `counts` positions, whose WKB begins at `starts` of `stored`, counterclockwise.

    `facts` [n, 8] and `signs` [n] take what the names above say.
    """
    ring = np.empty(2 * _MOST_POSITIONS)
    ring_bytes = ring.view(np.uint8)
    for row in range(len(starts)):
        size, begin = _POSITION_BYTES * counts[row], starts[row] + _HEAD_BYTES
        ring_bytes[:size] = stored[begin : begin + size]
        signs[row] = _measure(ring, counts[row], thresholds, facts[row])
