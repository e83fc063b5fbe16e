"""Count the decimals of coordinates in the text they were written in: a number that was read has lost its zeros."""

import re
from collections.abc import Iterable
from typing import Final

from services.staging.checks.thresholds import DECIMALS

_FINE: Final = rf"-?\d+\.\d{{{DECIMALS.enough},}}"
_FINE_JSON: Final = re.compile(rf"\[\s*{_FINE}\s*,\s*{_FINE}\s*[],]".encode())
_JSON: Final = re.compile(rb"\[\s*(-?\d[\d.eE+-]*)\s*,\s*(-?\d[\d.eE+-]*)")
_FINE_WKT: Final = re.compile(rf"[(,]\s*{_FINE}\s+{_FINE}\s*[\s,)]")
_WKT: Final = re.compile(r"[(,]\s*([+-]?[\d.][\d.eE+-]*)\s+([+-]?[\d.][\d.eE+-]*)")
_NUMBER: Final = re.compile(r"[+-]?\d*(?:[.,](\d*))?(?:[eE]([+-]?\d+))?")


def decimals_of_json(geometry: bytes) -> int | None:
    """Decimals of the positions in the text of a GeoJSON geometry, at most 6; None when it has none."""
    if _FINE_JSON.search(geometry):
        return DECIMALS.enough
    return decimals_of((x.decode(), y.decode()) for x, y in _JSON.findall(geometry))


def decimals_of_wkt(geometry: str) -> int | None:
    """Decimals of the positions in a WKT, at most 6; None when it has none."""
    if _FINE_WKT.search(geometry):
        return DECIMALS.enough
    return decimals_of(_WKT.findall(geometry))


def decimals_of(positions: Iterable[tuple[str, str]]) -> int | None:
    """Decimals of one plot, at most 6, from the texts of its longitudes and latitudes.

    Writers drop zeros at the end, so the longest ordinate counts; an axis that is shorter by more than two counts
    for itself. None when there is no position.
    """
    longest = [-1, -1]
    for pair in positions:
        for axis, text in enumerate(pair):
            longest[axis] = max(longest[axis], _decimals(text))
    short, long = sorted(longest)
    if long < 0:
        return None
    return min(short if long - short > DECIMALS.dropped_zeros else long, DECIMALS.enough)


def _decimals(text: str) -> int:
    number = _NUMBER.fullmatch(text.strip())
    if number is None:
        return 0
    return max(0, len(number[1] or "") - int((number[2] or "0")[:6]))
