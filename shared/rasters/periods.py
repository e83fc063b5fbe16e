"""Bands in time: a template of the catalogue stands for one band a year, month, dekad or 8-day composite."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

_DAY: Final = timedelta(days=1)
COMPOSITE_DAYS: Final = 8


@dataclass(frozen=True, slots=True)
class Period:
    """The days that one band stands for, both included, and how names and files say it."""

    start: date
    end: date
    fields: dict[str, str]
    """`year` and, where the period is shorter, `month`, `dekad` or `doy` (day of the year, three digits), as they stand in names."""


def years(first: Any, last: Any) -> Iterator[Period]:
    """Calendar years, from 2001 to 2025."""
    for year in range(int(first), int(last) + 1):
        yield Period(date(year, 1, 1), date(year, 12, 31), {"year": str(year)})


def months(first: str, last: str) -> Iterator[Period]:
    """Calendar months, from `1981-01` to `2026-09`."""
    start, end = date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")
    while start <= end:
        after = (start.replace(day=28) + 4 * _DAY).replace(day=1)
        yield Period(start, after - _DAY, {"year": f"{start:%Y}", "month": f"{start:%m}"})
        start = after


def dekads(first: str, last: str) -> Iterator[Period]:
    """Thirds of months, from `2018-01-D1` to `2026-09-D3`: ten days, ten days, and the 8 to 11 that are left."""
    for month in months(first[:7], last[:7]):
        for dekad in (1, 2, 3):
            fields = month.fields | {"dekad": str(dekad)}
            if first <= "{year}-{month}-D{dekad}".format(**fields) <= last:
                start = month.start + (dekad - 1) * 10 * _DAY
                yield Period(start, month.end if dekad == 3 else start + 9 * _DAY, fields)


def composites(first: str, last: str) -> Iterator[Period]:
    """8-day composites of MODIS, from `2001-001` to `2026-265`; the last of a year has 5 days, or 6 in a leap year."""
    for year in years(first[:4], last[:4]):
        for day in range(1, 366, COMPOSITE_DAYS):
            fields = year.fields | {"doy": f"{day:03d}"}
            if first <= "{year}-{doy}".format(**fields) <= last:
                start = year.start + (day - 1) * _DAY
                yield Period(start, min(year.end, start + (COMPOSITE_DAYS - 1) * _DAY), fields)


_KINDS: Final[dict[str, Callable[[Any, Any], Iterator[Period]]]] = {
    "years": years,
    "months": months,
    "dekads": dekads,
    "composites": composites,
}


def in_time(band: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The bands that one entry stands for: itself, or one a period when it has `years`, `months`, `dekads` or `composites`.

    These give the first and the last period; the name has the fields of `Period` in it, as `{year}-{month}`.
    """
    kinds = _KINDS.keys() & band.keys()
    if not kinds:
        yield band
        return
    (kind,) = kinds
    plain = {key: value for key, value in band.items() if key != kind}
    for period in _KINDS[kind](*band[kind]):
        time = {"first_year": period.start.year, "last_year": period.end.year, "start": period.start, "end": period.end}
        yield plain | time | {"name": band["name"].format(**period.fields), "fields": period.fields}
