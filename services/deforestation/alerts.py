"""What alert systems show in one window: the day of each alert, how sure it is, and where the system has data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.deforestation.extras import CONFIRMED, UNCONFIRMED, WEAK, AlertBands, Extras, System
from services.deforestation.patches import Bits, Mask
from services.deforestation.rules import CUT_OFF, FIRST_YEAR, MAX_YEARS, Period, Thresholds
from shared.rasters.band import Band
from shared.rasters.catalogue import layer_of
from shared.rasters.encoding import alert_confidence, event_dates

Reading: TypeAlias = Mapping[str, Band]
Days: TypeAlias = NDArray[np.int16]
Grades: TypeAlias = NDArray[np.uint8]
Encoding: TypeAlias = Literal["digit_days", "year_doy", "long_year_doy"]

NO_DAY: Final = np.int16(32_767)
"""Stands for no event in arrays of days after 2020-12-31."""
_CUT_OFF_DAY: Final = np.datetime64(CUT_OFF, "D")
_NEVER: Final = _CUT_OFF_DAY + int(NO_DAY)
_LONG: Final = 1_000_000
_DIGIT: Final = 10_000
_DOY: Final = 1_000
_FIRST_RADD_DAY: Final = int((np.datetime64("2018-01-01", "D") - np.datetime64("2014-12-31", "D")).astype(int))
_FIRST_RADD_YEAR, _LAST_YEAR = 18, 99


@dataclass(frozen=True, slots=True)
class Trace:
    """What one system shows after the cut-off; sets of years have 2021 in bit 0; all [height, width]."""

    system: System
    reach: int
    """One pixel of the system in cells."""
    loss: Bits
    confirmed: Bits
    """Of `loss`, the years in which the publisher calls the alert confirmed."""
    weak: Bits
    """Years with a disturbance that is no loss by itself."""
    loss_in: Bits
    confirmed_in: Bits
    weak_in: Bits
    """The same for events whose day lies in the window of the run."""
    first_day: Days
    """Earliest day in that window, after 2020-12-31; `NO_DAY` where there is none."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """Everything that the configured alert systems say of one window."""

    traces: tuple[Trace, ...]
    """Of the systems that show anything here; one that is silent has none."""
    known: Mapping[str, tuple[tuple[Mask, int], ...]]
    """By system, where its rasters have data, and the set of years that these cover."""
    late_2020: Mask | None
    """A confirmed alert in the second half of 2020; None where there is none."""

    def sees(self, system: str, cells: NDArray[np.int64], event: Bits) -> Mask:
        """Whether the system has data at flat cells of the window of the year of `event` (sets of one year, [n])."""
        seen = np.zeros(event.shape, dtype=np.bool_)
        for mask, years in self.known.get(system, ()):
            seen |= mask.ravel()[cells] & ((event & np.uint16(years)) != 0)
        return seen


NONE: Final = Alerts((), {}, None)


def alerts(reading: Reading, more: Extras, period: Period, reach: Callable[[str], int], rules: Thresholds) -> Alerts:
    """The alerts of one window; `reach` says what one pixel of a layer is in cells.

    Where the commodity is wood, what is a disturbance elsewhere counts as loss (methods 1.5, rule 3).
    """
    traces: list[Trace] = []
    known: dict[str, tuple[tuple[Mask, int], ...]] = {}
    late: Mask | None = None
    for system, sets in more.alerts:
        held = [(bands, reading[bands.date].valid & reading[bands.grade].valid) for bands in sets]
        known[system.name] = tuple((valid, _covered_years(bands)) for bands, valid in held)
        trace = _Drawing(system, max(reach(bands.layer) for bands in sets))
        for bands, valid in held:
            cells, day, grade = _events(bands, reading, valid, system.grades(period.wood))
            trace.add(valid.shape, cells, day, grade, period)
            late = _with_late(late, valid.shape, cells[(grade == CONFIRMED) & _is_late(day, rules)])
        traces += trace.done()
    return Alerts(tuple(traces), known, late)


def fits(values: NDArray[np.integer]) -> frozenset[Encoding]:
    """Encodings of RADD's dates in which each of the values (any shape, 0 for none) is a day since RADD began (methods 1.2).

    `digit_days`: confidence 2 to 4, then four digits of days after 2014-12-31. `year_doy`: YYDDD. `long_year_doy`: YYYYDDD.
    A set of values may fit several; none means that the raster is something else.
    """
    found = np.unique(values[values != 0]).astype(np.int64)
    digit, days = found // _DIGIT, found % _DIGIT
    fitting: set[Encoding] = set()
    if np.all((digit >= 2) & (digit <= 4) & (days >= _FIRST_RADD_DAY)):
        fitting.add("digit_days")
    if np.all((found < _LONG) & _are_days(found)):
        fitting.add("year_doy")
    if np.all((found >= 2 * _LONG) & _are_days(found - 2 * _LONG)):
        fitting.add("long_year_doy")
    return frozenset(fitting)


def faulty(reading: Reading) -> tuple[str, ...]:
    """Bands of RADD whose values are no days in the encoding that the band is for."""
    wanted: dict[str, tuple[Encoding, ...]] = {"radd.DigitDate": ("digit_days",), "radd.Date": ("year_doy", "long_year_doy")}
    held = {name: reading[name] for name in wanted if name in reading}
    return tuple(name for name, band in held.items() if not fits(band.values[band.valid]) & set(wanted[name]))


class _Drawing:
    """A trace that is being filled; sparse events go into full windows only when there are any."""

    def __init__(self, system: System, reach: int) -> None:
        self._system, self._reach = system, reach
        self._sets: list[Bits] = []
        self._first_day: Days | None = None

    def add(self, shape: tuple[int, ...], cells: NDArray[np.int64], day: Days, grade: Grades, period: Period) -> None:
        """Events at flat cells; those up to the cut-off leave no trace."""
        after = (day > 0) & (grade > 0)
        if not after.any():
            return
        if self._first_day is None:
            self._sets = [np.zeros(shape, dtype=np.uint16) for _ in range(6)]
            self._first_day = np.full(shape, NO_DAY, dtype=np.int16)
        cells, day, grade = cells[after], day[after], grade[after]
        year = (_CUT_OFF_DAY + day.astype("timedelta64[D]")).astype("datetime64[Y]").astype(np.int64) + 1970
        bit = np.left_shift(1, np.minimum(year - FIRST_YEAR, MAX_YEARS - 1)).astype(np.uint16)
        first, last = ((end - CUT_OFF).days for end in (period.first_day, period.end_date))
        inside = (day >= first) & (day <= last)
        chosen = (grade >= UNCONFIRMED, grade == CONFIRMED, grade == WEAK)
        for target, picked in zip(self._sets, (*chosen, *(one & inside for one in chosen)), strict=True):
            np.bitwise_or.at(target.ravel(), cells[picked], bit[picked])
        np.minimum.at(self._first_day.ravel(), cells[inside], day[inside])

    def done(self) -> list[Trace]:
        """The trace, if there is any event."""
        if self._first_day is None:
            return []
        loss, confirmed, weak, loss_in, confirmed_in, weak_in = self._sets
        return [Trace(self._system, self._reach, loss, confirmed, weak, loss_in, confirmed_in, weak_in, self._first_day)]


def _events(bands: AlertBands, reading: Reading, valid: Mask, grades: Grades) -> tuple[NDArray[np.int64], Days, Grades]:
    """Flat cells, days after 2020-12-31 and grades of all alerts that have a day."""
    cells = np.flatnonzero(valid & (reading[bands.date].values != 0) & (reading[bands.grade].values != 0))
    date_values, grade_values = (reading[name].values.ravel()[cells].astype(np.int64) for name in (bands.date, bands.grade))
    spec = layer_of(bands.layer).band(bands.date.partition(".")[2])
    code = alert_confidence(grade_values, spec) if bands.date == bands.grade else grade_values
    dates = event_dates(date_values, spec)
    there = ~np.isnat(dates) & (dates < _NEVER)
    day = (dates[there] - _CUT_OFF_DAY).astype(np.int16)
    return cells[there], day, grades[code[there]]


def _covered_years(bands: AlertBands) -> int:
    """Years that a set of bands has observed, of those that a set of years holds."""
    last = min(bands.last_year, FIRST_YEAR + MAX_YEARS - 1)
    return sum(1 << (year - FIRST_YEAR) for year in range(max(bands.first_year, FIRST_YEAR), last + 1))


def _are_days(values: NDArray[np.int64]) -> Mask:
    """Whether YYDDD is a day of a year since RADD began; 366 only in leap years."""
    year, day = values // _DOY, values % _DOY
    length = np.where(year % 4 == 0, 366, 365)  # no century within the two digits but 2000
    there: Mask = (year >= _FIRST_RADD_YEAR) & (year <= _LAST_YEAR) & (day >= 1) & (day <= length)
    return there


def _is_late(day: Days, rules: Thresholds) -> Mask:
    late: Mask = (day <= 0) & (day > -rules.late_2020_days)
    return late


def _with_late(late: Mask | None, shape: tuple[int, ...], cells: NDArray[np.int64]) -> Mask | None:
    if not len(cells):
        return late
    drawn = np.zeros(shape, dtype=np.bool_) if late is None else late
    drawn.ravel()[cells] = True
    return drawn
