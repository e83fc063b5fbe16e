"""Months made of periods: dekads, 8-day composites and months as one series by calendar month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["total", "rate", "level"]
"""What a period's value is: `total` of the period, `rate` a day, `level` the mean of a state."""
YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """The days of one period, both included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Monthly:
    """A series by calendar month of n plots; nan where a month is not wholly known."""

    first: int
    """Number of its first month (`month_number`)."""
    values: Floats
    """[n, months]."""

    @property
    def after(self) -> int:
        """Number of the month after its last."""
        return self.first + int(self.values.shape[1])

    def of(self, first: int, count: int) -> Floats:
        """The values of `count` months from `first` on, [n, count]; nan beyond the series."""
        found = np.full((len(self.values), count), np.nan)
        low, high = max(first, self.first), min(first + count, self.after)
        if low < high:
            found[:, low - first : high - first] = self.values[:, low - self.first : high - self.first]
        return found

    def plot(self, index: int) -> "Monthly":
        """The series of one plot."""
        return Monthly(self.first, self.values[index : index + 1])


def month_number(day: date) -> int:
    """Months since the year 0: consecutive numbers for consecutive months."""
    return day.year * YEAR_MONTHS + day.month - 1


def month_start(number: int) -> date:
    """First day of a month by its number."""
    return date(number // YEAR_MONTHS, number % YEAR_MONTHS + 1, 1)


def month_days(first: int, count: int = 1) -> Floats:
    """Days of each of `count` months from `first` on."""
    starts = [month_start(number) for number in range(first, first + count + 1)]
    return np.array([(after - start).days for start, after in pairwise(starts)], dtype=np.float64)


def month_end(number: int) -> date:
    """Last day of a month by its number."""
    return month_start(number + 1) - timedelta(days=1)


def last_whole_month(day: date) -> int:
    """The month that ends on the day, or the last one before it."""
    number = month_number(day)
    return number if month_end(number) == day else number - 1


def by_month(values: Floats, spans: Sequence[Span], kind: Kind, level_min_share: float) -> Monthly:
    """Values [n, k] of k periods (nan: not known) as months.

    A period that reaches over the end of a month is shared out by its days. A total or a rate of a month needs every day of
    it known; a level needs `level_min_share` of the days, and is their mean. Raises ValueError for no period.
    """
    first = min(month_number(span.start) for span in spans)
    days = month_days(first, max(month_number(span.end) for span in spans) - first + 1)
    sums, seen = np.zeros((len(values), len(days))), np.zeros((len(values), len(days)))
    known = ~np.isnan(values)
    # One period at a time, not as a product of matrices: its sums would depend on how many plots there are.
    for at, span in enumerate(spans):
        per_day = np.where(known[:, at], values[:, at], 0.0) / (span.days if kind == "total" else 1)
        for month, shared in _days_in_months(span):
            sums[:, month - first] += per_day * shared
            seen[:, month - first] += known[:, at] * shared
    if kind == "level":
        enough = (seen > 0) & (seen >= level_min_share * days)
        return Monthly(first, np.where(enough, sums / np.where(enough, seen, 1.0), np.nan))
    return Monthly(first, np.where(seen == days, sums, np.nan))


def _days_in_months(span: Span) -> Iterator[tuple[int, int]]:
    """Each month that a period shares days with, and how many."""
    for number in range(month_number(span.start), month_number(span.end) + 1):
        shared = min(span.end, month_end(number)) - max(span.start, month_start(number))
        yield number, shared.days + 1


def latest_year(series: Sequence[Monthly], earliest: int, latest: int) -> int | None:
    """First month of the latest 12 within `earliest` to `latest` (both included) that all series of one plot know; None without.

    Raises ValueError for a series of several plots.
    """
    for first in range(latest - YEAR_MONTHS + 1, earliest - 1, -1):
        if all(np.isfinite(one.of(first, YEAR_MONTHS)).all() for one in series):
            return first
    return None
