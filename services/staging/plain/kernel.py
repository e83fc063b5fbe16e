"""One sweep over the WKB of many plots: which outlines leave nothing to mend, and their bytes as they are stored and hashed.

Compiled code, which says yes only where it is certain; all else takes the long way through GEOS. What it compiles to is
kept beside this file and made anew when this file changes, so all that is compiled into it stands here, and thresholds are handed in.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]
Ring = NDArray[np.float64]
"""Longitude and latitude in turn; the first position is repeated at the end."""
PLAIN, HASHABLE = 1, 2
"""Flags."""
HEAD_BYTES = 13
"""Byte order, type, number of rings and number of positions of a polygon of one ring."""
POSITION_BYTES = 16
MOST_POSITIONS = 256
"""Every edge is held against every other: longer rings are left to GEOS, which sorts them first."""
_ORIENTATION_ERROR = 3.3306690738754716e-16
"""Of the sign of a determinant of differences, as a share of its two products (Shewchuk 1997, ccwerrboundA)."""
_STEPS_PER_DEGREE = 1e7
"""Of the geometry hash (`shared.geo.hashing`)."""
_READ, _PLACES = (numba.types.Array(kind, 1, "C", readonly=True) for kind in (numba.uint8, numba.int64))
POLAR_DEG, SHORT_EDGE_DEG, NULL_ISLAND_DEG, MIN_WIDTH_DEG = range(4)
"""Places in the array of thresholds."""


@numba.njit()
def _is_place(x: float, y: float, thresholds: Ring) -> bool:
    """A place on Earth, away from poles and null island; false for what is not finite."""
    return abs(x) <= 180.0 and abs(y) < thresholds[POLAR_DEG] and max(abs(x), abs(y)) >= thresholds[NULL_ISLAND_DEG]


@numba.njit()
def _is_sound(ring: Ring, count: int, thresholds: Ring) -> bool:
    """Whether the ring of `count` positions is closed, all are places, and each short step leads to another place."""
    last = 2 * (count - 1)
    if ring[0] != ring[last] or ring[1] != ring[last + 1] or not _is_place(ring[0], ring[1], thresholds):
        return False
    for at in range(2, 2 * count, 2):
        step = max(abs(ring[at] - ring[at - 2]), abs(ring[at + 1] - ring[at - 1]))
        if not _is_place(ring[at], ring[at + 1], thresholds) or step > thresholds[SHORT_EDGE_DEG] or step == 0.0:
            return False
    return True


@numba.njit()
def _side(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """1 when c lies left of the line from a to b, -1 when right, 0 when rounding leaves it open."""
    left, right = (ax - cx) * (by - cy), (ay - cy) * (bx - cx)
    determinant, error = left - right, _ORIENTATION_ERROR * (abs(left) + abs(right))
    return 1 if determinant > error else (-1 if determinant < -error else 0)


@numba.njit()
def _are_apart(ring: Ring, one: int, other: int) -> bool:
    """Whether two edges certainly have no place in common."""
    ax, ay, bx, by = ring[one], ring[one + 1], ring[one + 2], ring[one + 3]
    cx, cy, dx, dy = ring[other], ring[other + 1], ring[other + 2], ring[other + 3]
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx) or max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return True
    return (
        _side(ax, ay, bx, by, cx, cy) * _side(ax, ay, bx, by, dx, dy) > 0
        or _side(cx, cy, dx, dy, ax, ay) * _side(cx, cy, dx, dy, bx, by) > 0
    )


@numba.njit()
def _turns(ring: Ring, one: int, other: int) -> bool:
    """Whether an edge certainly does not run back over the one before it."""
    ax, ay, bx, by, cx, cy = ring[one], ring[one + 1], ring[one + 2], ring[one + 3], ring[other + 2], ring[other + 3]
    return (bx - ax) * (cx - bx) + (by - ay) * (cy - by) > 0.0 or _side(ax, ay, bx, by, cx, cy) != 0


@numba.njit()
def _is_star(ring: Ring, count: int) -> bool:
    """Whether the ring certainly runs once, and always the same way, round the middle of its corners: it is then simple."""
    x, y = float(np.mean(ring[0 : 2 * count - 2 : 2])), float(np.mean(ring[1 : 2 * count - 2 : 2]))
    way, rises = _side(ring[0], ring[1], ring[2], ring[3], x, y), 0
    for at in range(0, 2 * count - 2, 2):
        if way == 0 or _side(ring[at], ring[at + 1], ring[at + 2], ring[at + 3], x, y) != way:
            return False
        rises += ring[at + 1] <= y < ring[at + 3]
    return rises == 1


@numba.njit()
def _is_simple(ring: Ring, count: int) -> bool:
    """Whether the ring certainly neither crosses nor touches itself."""
    edges = count - 1
    if _is_star(ring, count):
        return True
    if not _turns(ring, 2 * (edges - 1), 0):
        return False
    for one in range(edges):
        if one + 1 < edges and not _turns(ring, 2 * one, 2 * one + 2):
            return False
        for other in range(one + 2, edges - 1 if one == 0 else edges):
            if not _are_apart(ring, 2 * one, 2 * other):
                return False
    return True


@numba.njit()
def _doubled_area(ring: Ring, count: int) -> float:
    """Twice the signed planar area in square degrees, counterclockwise above zero."""
    doubled = 0.0
    for at in range(2, 2 * count - 2, 2):
        east, north = ring[at] - ring[0], ring[at + 1] - ring[1]
        doubled += east * (ring[at + 3] - ring[1]) - north * (ring[at + 2] - ring[0])
    return doubled


@numba.njit()
def _is_wide(ring: Ring, count: int, doubled: float, thresholds: Ring) -> bool:
    """Whether the ring certainly encloses more than what vanishes in rounding."""
    length = 0.0
    for at in range(2, 2 * count, 2):
        length += abs(ring[at] - ring[at - 2]) + abs(ring[at + 1] - ring[at - 1])  # no less than it is
    return bool(abs(doubled) > 2.0 * thresholds[MIN_WIDTH_DEG] * length)


@numba.njit()
def _reverse_span(ring: Ring, start: int, end: int) -> None:
    """Turn positions from `start` up to `end` round, in place."""
    low, high = start, end - 1
    while low < high:
        for axis in range(2):
            ring[2 * low + axis], ring[2 * high + axis] = ring[2 * high + axis], ring[2 * low + axis]
        low, high = low + 1, high - 1


@numba.njit()
def _normalised(ring: Ring, count: int, rounded: Ring) -> bool:
    """Write `ring` rounded and normalised to `rounded`: from its least position, clockwise, as `shapely.normalize` has it.

    False when that could come out otherwise there: the least position occurs twice, or which way it turns is not certain.
    """
    least, times = _rounded(ring, count, rounded)
    _begin_at(rounded, count, least)
    turn = _turn(rounded, count) if times == 1 else 0
    if turn > 0:
        _reverse_span(rounded, 0, count)
    return turn != 0


@numba.njit()
def _rounded(ring: Ring, count: int, rounded: Ring) -> tuple[int, int]:
    """Round all positions; answers which is the least by longitude, then latitude, and how often it occurs."""
    least, times = 0, 1
    for at in range(count):
        rounded[2 * at] = np.rint(ring[2 * at] * _STEPS_PER_DEGREE) / _STEPS_PER_DEGREE + 0.0  # -0.0 + 0.0 is 0.0
        rounded[2 * at + 1] = np.rint(ring[2 * at + 1] * _STEPS_PER_DEGREE) / _STEPS_PER_DEGREE + 0.0
        x, y = rounded[2 * at], rounded[2 * at + 1]
        if at == 0 or at == count - 1:
            continue
        if x == rounded[2 * least] and y == rounded[2 * least + 1]:
            times += 1
        elif x < rounded[2 * least] or (x == rounded[2 * least] and y < rounded[2 * least + 1]):
            least, times = at, 1
    return least, times


@numba.njit()
def _begin_at(ring: Ring, count: int, first: int) -> None:
    """Rotate the ring in place, by three reversals of the positions without the repeated one."""
    size = count - 1
    _reverse_span(ring, 0, first)
    _reverse_span(ring, first, size)
    _reverse_span(ring, 0, size)
    ring[2 * size], ring[2 * size + 1] = ring[0], ring[1]


@numba.njit()
def _turn(ring: Ring, count: int) -> int:
    """1 counterclockwise, -1 clockwise, 0 not certain: judged at the highest place, as GEOS (Orientation::isCCW) does."""
    size, top = count - 1, 0
    for at in range(1, count):
        if ring[2 * at + 1] > ring[2 * at - 1] and ring[2 * at + 1] >= ring[2 * top + 1]:
            top = at
    if top == 0:
        return 0
    after = (top + 1) % size
    while after != top % size and ring[2 * after + 1] == ring[2 * top + 1]:
        after = (after + 1) % size
    end = after - 1 if after > 0 else size - 1
    if ring[2 * end] != ring[2 * top]:
        return 1 if ring[2 * end] < ring[2 * top] else -1
    if end != top % size:
        return 0
    return _side(ring[2 * top - 2], ring[2 * top - 1], ring[2 * top], ring[2 * top + 1], ring[2 * after], ring[2 * after + 1])


@numba.njit()
def _positions(data: Bytes, start: int, end: int) -> int:
    """Positions of the one ring of a two-dimensional little-endian polygon; 0 for any other WKB."""
    size = end - start
    if size < HEAD_BYTES + 4 * POSITION_BYTES or size > HEAD_BYTES + MOST_POSITIONS * POSITION_BYTES:
        return 0
    for at, value in ((0, 1), (1, 3), (2, 0), (3, 0), (4, 0), (5, 1), (6, 0), (7, 0), (8, 0), (11, 0), (12, 0)):
        if data[start + at] != value:
            return 0
    count = int(data[start + 9]) + 256 * int(data[start + 10])
    return count if size == HEAD_BYTES + count * POSITION_BYTES else 0


@numba.njit()
def _plain(ring: Ring, count: int, may_turn: bool, thresholds: Ring) -> bool:
    """Whether the ring leaves nothing to mend; turns it counterclockwise in place where that is allowed."""
    if not _is_sound(ring, count, thresholds) or not _is_simple(ring, count):
        return False
    doubled = _doubled_area(ring, count)
    if not _is_wide(ring, count, doubled, thresholds) or (doubled < 0.0 and not may_turn):
        return False
    if doubled < 0.0:
        _reverse_span(ring, 0, count)  # its first position stays the first
    return True


@numba.njit(numba.void(_READ, _PLACES, numba.int64, numba.boolean, numba.float64[::1], *3 * [numba.uint8[::1]]), nogil=True, cache=True)
def sweep(data: Bytes, offsets: Offsets, most: int, may_turn: bool, thresholds: Ring, stored: Bytes, hashed: Bytes, flags: Bytes) -> None:
    """Judge the geometries (n of them) between `offsets` [n + 1] of `data`; longer ones than `most` positions are not plain.

    `stored` and `hashed` (position 0 is the first byte of the first geometry) take the bytes of plain plots, counterclockwise
    and normalised, at the places of the given ones; `flags` [n] begin as 0, as they stay for plots that are not plain.
    """
    ring, rounded = np.empty(2 * MOST_POSITIONS), np.empty(2 * MOST_POSITIONS)
    ring_bytes, rounded_bytes = ring.view(np.uint8), rounded.view(np.uint8)
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        count = _positions(data, start, end)
        if count == 0 or count > most:
            continue
        size = POSITION_BYTES * count
        ring_bytes[:size] = data[start + HEAD_BYTES : end]
        if not _plain(ring, count, may_turn, thresholds):
            continue
        flags[row] = PLAIN
        first = start - offsets[0]
        body, last = first + HEAD_BYTES, first + HEAD_BYTES + size
        stored[first:body] = data[start : start + HEAD_BYTES]
        stored[body:last] = ring_bytes[:size]
        if _normalised(ring, count, rounded):
            flags[row] |= HASHABLE
            hashed[first:body] = data[start : start + HEAD_BYTES]
            hashed[body:last] = rounded_bytes[:size]
