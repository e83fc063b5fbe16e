"""Read the coordinates of GeoJSON polygons of one ring by compiled code, as WKB, numbers to the last bit as any parser has them.

All that is compiled stands in this file: it is compiled anew when this file changes. It reads only what it is certain of.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
Ring = NDArray[np.float64]
MOST_POSITIONS = 256
"""Of a ring, as in the kernel that judges it."""
HEAD_BYTES, POSITION_BYTES = 13, 16
FINE, LON_DECIMALS, LAT_DECIMALS = range(3)
"""Columns of decimals: whether a position has enough of them in both numbers, and the most of either."""
_COMMA, _MINUS, _POINT, _ZERO, _NINE, _OPEN, _CLOSE = 44, 45, 46, 48, 57, 91, 93
_EXACT = 1 << 53
_MOST_MANTISSA = 9 * 10**17
"""Another digit still fits in 63 bits."""
_POWERS = 10.0 ** np.arange(23)
_SPLITTER = 134217729.0
"""2^27 + 1 (Dekker 1971)."""
_TEXT = numba.types.Array(numba.uint8, 1, "C", readonly=True)


@numba.njit()
def _skip(text: Bytes, at: int) -> int:
    while at < len(text) and (text[at] == 32 or text[at] == 10 or text[at] == 13 or text[at] == 9):
        at += 1
    return at


@numba.njit()
def _after(text: Bytes, at: int, mark: int) -> int:
    """Place after `mark` and the space round it; -1 when it is not there."""
    at = _skip(text, at)
    return _skip(text, at + 1) if at < len(text) and text[at] == mark else -1


@numba.njit()
def _quotient(mantissa: int, power: float) -> float:
    """The double nearest to mantissa / power (an exact power of ten); nan when that is not certain.

    The quotient of doubles is mended by its own remainder, which is exact (Dekker 1971).
    """
    high = float(mantissa)
    if mantissa < _EXACT:
        return high / power
    low = float(mantissa - int(high))
    quotient = high / power
    a, b = quotient * _SPLITTER, power * _SPLITTER
    a_high, b_high = a - (a - quotient), b - (b - power)
    a_low, b_low = quotient - a_high, power - b_high
    product = quotient * power
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    rest = (((high - product) - error) + low) / power
    doubt = abs(rest) * 1e-12 + quotient * 1e-30
    return quotient + rest if quotient + (rest - doubt) == quotient + (rest + doubt) else np.nan


@numba.njit()
def _number(text: Bytes, at: int) -> tuple[int, float, int]:
    """Place after a plain decimal number, the number and its decimals; a place of -1 for any other."""
    negative = text[at] == _MINUS
    at += negative
    first, mantissa, decimals = at, 0, -1
    while at < len(text) and mantissa < _MOST_MANTISSA:
        if _ZERO <= text[at] <= _NINE:
            mantissa = 10 * mantissa + (text[at] - _ZERO)
            decimals += decimals >= 0
        elif text[at] == _POINT and decimals < 0 and at > first:
            decimals = 0
        else:
            break
        at += 1
    leading = at - first > 1 and text[first] == _ZERO and text[first + 1] != _POINT
    if at == first or at >= len(text) or leading or decimals == 0 or decimals > 22 or mantissa >= _MOST_MANTISSA:
        return -1, 0.0, 0
    if negative and decimals < 0 and mantissa == 0:
        return -1, 0.0, 0  # an integer, and integers know no -0
    value = _quotient(mantissa, _POWERS[max(decimals, 0)])
    return (-1 if np.isnan(value) else at), (-value if negative else value), max(decimals, 0)


@numba.njit()
def _position(text: Bytes, at: int, ring: Ring, count: int, decimals: Numbers, enough: int) -> int:
    """Read a position of two numbers into `ring`; answers the place after it, -1 when it is none."""
    at = _after(text, at, _OPEN)
    if at < 0 or at >= len(text):
        return -1
    at, lon, lon_decimals = _number(text, at)
    at = _after(text, at, _COMMA) if at >= 0 else -1
    if at < 0 or at >= len(text):
        return -1
    at, lat, lat_decimals = _number(text, at)
    ring[2 * count], ring[2 * count + 1] = lon, lat
    decimals[FINE] |= min(lon_decimals, lat_decimals) >= enough
    decimals[LON_DECIMALS] = max(decimals[LON_DECIMALS], lon_decimals)
    decimals[LAT_DECIMALS] = max(decimals[LAT_DECIMALS], lat_decimals)
    return _after(text, at, _CLOSE) if at >= 0 else -1


@numba.njit()
def _ring(text: Bytes, at: int, ring: Ring, decimals: Numbers, enough: int) -> tuple[int, int]:
    """Read the coordinates of a polygon of one ring; answers the place after them, -1 when they are none, and its positions."""
    at = _after(text, at, _OPEN)
    at = _after(text, at, _OPEN) if at >= 0 else -1
    count = 0
    while at >= 0 and count < MOST_POSITIONS:
        at = _position(text, at, ring, count, decimals, enough)
        count += 1
        if at < 0 or at >= len(text) or text[at] != _COMMA:
            break
        at = _skip(text, at + 1)
    at = _after(text, at, _CLOSE) if at >= 0 else -1
    return (_after(text, at, _CLOSE) if at >= 0 else -1), count


@numba.njit(
    numba.int64(_TEXT, numba.int64[::1], numba.int64[::1], numba.int64, numba.uint8[::1], numba.int64[::1], numba.int64[:, ::1]),
    nogil=True,
    cache=True,
)
def read_rings(text: Bytes, starts: Numbers, ends: Numbers, enough: int, wkb: Bytes, offsets: Numbers, decimals: Numbers) -> int:
    """Read the coordinates (n of them) that stand from `starts` to `ends` of `text`; answers the bytes of `wkb` that are used.

    `wkb` takes the polygons one after the other, `offsets` [n + 1] where each begins: nothing for one that is not of the usual
    form; `decimals` [n, 3] what the names above say. `wkb` has room for 16 bytes for every 6 of text, and 16 more for each.
    """
    ring = np.empty(2 * MOST_POSITIONS)
    ring_bytes = ring.view(np.uint8)
    size = 0
    for row in range(len(starts)):
        offsets[row] = size
        decimals[row] = 0
        after, count = _ring(text[: ends[row]], starts[row], ring, decimals[row], enough)
        if after != ends[row]:
            continue
        wkb[size : size + HEAD_BYTES] = 0
        wkb[size], wkb[size + 1], wkb[size + 5] = 1, 3, 1
        wkb[size + 9], wkb[size + 10] = count % 256, count // 256
        wkb[size + HEAD_BYTES : size + HEAD_BYTES + POSITION_BYTES * count] = ring_bytes[: POSITION_BYTES * count]
        size += HEAD_BYTES + POSITION_BYTES * count
    offsets[len(starts)] = size
    return size
