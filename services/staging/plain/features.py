"""Find GeoJSON features of the usual form by compiled code: a polygon, and properties whose text is only measured.

All that is compiled stands in this file: it is compiled anew when this file changes. Whatever is not of that form, right
or wrong, ends the scan, and is read by the parser that explains itself; what is, has yet to be proved by whoever decodes it.
"""

import numba
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.int64]
MOST_LEVELS = 64
"""Of nesting in properties."""
START, END, PROPERTIES, PROPERTIES_END, ID, ID_END, COORDINATES, COORDINATES_END = range(8)
"""Columns of what is found: places in the text, 0 where there is none."""
STOPPED, SEPARATED, ENDED, UNSEPARATED = range(4)
"""How a scan ends: at another feature, after a separator for want of room, at the end of the features, where no separator is."""
_QUOTE, _BACKSLASH, _COMMA, _COLON, _MINUS, _POINT, _ZERO, _NINE = 34, 92, 44, 58, 45, 46, 48, 57
_OPEN, _CLOSE, _OPEN_BRACE, _CLOSE_BRACE, _NEW_LINE, _U = 91, 93, 123, 125, 10, 117
_TYPE, _PROPERTIES, _GEOMETRY, _ID = b'"type"', b'"properties"', b'"geometry"', b'"id"'
_COORDINATES, _FEATURE, _POLYGON = b'"coordinates"', b'"Feature"', b'"Polygon"'
_TEXT = numba.types.Array(numba.uint8, 1, "C", readonly=True)
_THREE = numba.types.Tuple((numba.int64, numba.int64, numba.int64))  # type: ignore[no-untyped-call]  # numba says nothing of it


@numba.njit()
def _skip(text: Bytes, at: int) -> int:
    while at < len(text) and (text[at] == 32 or text[at] == 10 or text[at] == 13 or text[at] == 9):
        at += 1
    return at


@numba.njit()
def _is(text: Bytes, at: int, word: bytes) -> bool:
    if at + len(word) > len(text):
        return False
    for place in range(len(word)):  # noqa: SIM110 - no generators in compiled code
        if text[at + place] != word[place]:
            return False
    return True


@numba.njit()
def _after(text: Bytes, at: int, mark: int) -> int:
    """Place after `mark` and the space round it; -1 when it is not there."""
    at = _skip(text, at)
    return _skip(text, at + 1) if at < len(text) and text[at] == mark else -1


@numba.njit()
def _string_end(text: Bytes, at: int) -> int:
    """Place after the string that begins at the quotation mark at `at`; -1 when it has no end or an escaped U+0000."""
    at += 1
    while at < len(text) and text[at] != _QUOTE:
        if text[at] == _BACKSLASH:
            if at + 5 < len(text) and text[at + 1] == _U and text[at + 2 : at + 6].max() == _ZERO:
                return -1
            at += 1
        at += 1
    return at + 1 if at < len(text) else -1


@numba.njit()
def _nested_end(text: Bytes, at: int, close: int) -> int:
    """Place after the object or array at `at`, which ends with `close`; -1 when it does not, is too deep or holds an escaped U+0000."""
    depth = 0
    while at < len(text):
        byte = text[at]
        if byte == _QUOTE:
            at = _string_end(text, at)
            if at < 0:
                return -1
            continue
        if byte in (_OPEN_BRACE, _OPEN):
            depth += 1
        elif byte in (_CLOSE_BRACE, _CLOSE):
            depth -= 1
        at += 1
        if depth == 0 or depth > MOST_LEVELS:
            return at if depth == 0 and byte == close else -1
    return -1


@numba.njit()
def _scalar_end(text: Bytes, at: int) -> int:
    """Place after the string or number at `at`, -1 for anything else; whoever decodes it proves it right."""
    if text[at] == _QUOTE:
        return _string_end(text, at)
    start = at
    while at < len(text) and (_ZERO <= text[at] <= _NINE or text[at] == _MINUS or text[at] == _POINT):
        at += 1
    return at if at > start else -1


@numba.njit()
def _geometry(text: Bytes, at: int, found: Numbers) -> int:
    """Measure a polygon; answers the place after it, -1 when it is none."""
    at = _after(text, at, _OPEN_BRACE)
    is_polygon, members = False, 0
    while at >= 0 and members < 2:
        members += 1
        if not is_polygon and _is(text, at, _TYPE):
            at = _after(text, at + len(_TYPE), _COLON)
            is_polygon = at >= 0 and _is(text, at, _POLYGON)
            at = _skip(text, at + len(_POLYGON)) if is_polygon else -1
        elif found[COORDINATES] == 0 and _is(text, at, _COORDINATES):
            found[COORDINATES] = _after(text, at + len(_COORDINATES), _COLON)
            at = _nested_end(text, found[COORDINATES], _CLOSE) if found[COORDINATES] >= 0 else -1
            found[COORDINATES_END] = at
            at = _skip(text, at) if at >= 0 else -1
        else:
            at = -1
        if members < 2 and at >= 0:
            at = _after(text, at, _COMMA)
    return _after(text, at, _CLOSE_BRACE) if at >= 0 else -1


@numba.njit()
def _member(text: Bytes, at: int, found: Numbers) -> tuple[int, int]:
    """Measure a member of a feature; answers the place after it, -1 when it is none that a feature has, and which it is."""
    if _is(text, at, _TYPE):
        at = _after(text, at + len(_TYPE), _COLON)
        return (_skip(text, at + len(_FEATURE)) if at >= 0 and _is(text, at, _FEATURE) else -1), 1
    if _is(text, at, _GEOMETRY):
        at = _after(text, at + len(_GEOMETRY), _COLON)
        return (_geometry(text, at, found) if at >= 0 else -1), 2
    kind, key, first = (4, len(_PROPERTIES), PROPERTIES) if _is(text, at, _PROPERTIES) else (8, len(_ID), ID)
    if kind == 8 and not _is(text, at, _ID):
        return -1, 0
    at = _after(text, at + key, _COLON)
    if at < 0 or at >= len(text):
        return -1, 0
    found[first] = at
    at = _nested_end(text, at, _CLOSE_BRACE) if kind == 4 else _scalar_end(text, at)
    found[first + 1] = at
    return (_skip(text, at) if at >= 0 else -1), kind


@numba.njit()
def _feature(text: Bytes, at: int, found: Numbers) -> int:
    """Measure a feature of the usual form; answers the place after it, -1 when it is none."""
    found[:] = 0
    found[START] = at
    at = _after(text, at, _OPEN_BRACE)
    seen = 0
    while at >= 0:
        at, kind = _member(text, at, found)
        if at < 0 or at >= len(text) or seen & kind:
            return -1
        seen |= kind
        if text[at] != _COMMA:
            break
        at = _skip(text, at + 1)
    if at < 0 or at >= len(text) or text[at] != _CLOSE_BRACE or seen & 7 != 7:
        return -1
    found[END] = at + 1
    return at + 1


@numba.njit()
def _separated(text: Bytes, at: int, lines: bool) -> tuple[int, int]:
    """Place after what separates features, and how it goes on: `SEPARATED`, `ENDED` or `UNSEPARATED`."""
    if lines:
        after = at
        while after < len(text) and (text[after] == 32 or text[after] == 13 or text[after] == 9):
            after += 1
        if after < len(text) and text[after] != _NEW_LINE:
            return at, UNSEPARATED
        after = _skip(text, after)
        return after, ENDED if after == len(text) else SEPARATED
    after = _skip(text, at)
    if after < len(text) and text[after] == _CLOSE:
        return after + 1, ENDED
    if after < len(text) and text[after] == _COMMA:
        return _skip(text, after + 1), SEPARATED
    return at, UNSEPARATED


@numba.njit()
def _is_one_line(text: Bytes, start: int, end: int) -> bool:
    for at in range(start, end):  # noqa: SIM110 - no generators in compiled code
        if text[at] == _NEW_LINE:
            return False
    return True


@numba.njit(_THREE(_TEXT, numba.int64, numba.int64, numba.boolean, numba.int64[:, ::1]), nogil=True, cache=True)
def scan(text: Bytes, at: int, first: int, lines: bool, found: Numbers) -> tuple[int, int, int]:
    """Find features from the place `at` on, separated by commas up to a bracket or each on its line, as rows from `first` on.

    Row after row of `found` [n, 8] takes what the names above say. Answers the next row, the place where the scan ended, and how.
    """
    row = first
    while row < len(found):
        after = _feature(text, at, found[row])
        if after < 0 or (lines and not _is_one_line(text, at, after)):
            return row, at, STOPPED
        row += 1
        at, how = _separated(text, after, lines)
        if how != SEPARATED:
            return row, at, how
    return row, at, SEPARATED
