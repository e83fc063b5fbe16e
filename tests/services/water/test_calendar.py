"""Dekads, composites and months as series by month: days of dekads, leap years, the short last composite, gaps."""

import calendar as python_calendar
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, strategies as st

from services.water.calendar import Monthly, Span, by_month, last_whole_month, latest_year, month_days, month_end, month_number, month_start

JANUARY_2024 = month_number(date(2024, 1, 1))


def composites(year: int) -> list[Span]:
    """The 46 composites of MODIS in a year."""
    starts = [date(year, 1, 1) + timedelta(days=8 * at) for at in range(46)]
    return [Span(start, min(start + timedelta(days=7), date(year, 12, 31))) for start in starts]


def dekads(year: int) -> list[Span]:
    """The 36 dekads of a year."""
    ends = [(month, python_calendar.monthrange(year, month)[1]) for month in range(1, 13)]
    return [
        Span(date(year, month, first), date(year, month, last or end))
        for month, end in ends
        for first, last in ((1, 10), (11, 20), (21, 0))
    ]


def row(*values: float) -> np.ndarray:
    """One plot's values."""
    return np.array([values])


@pytest.mark.parametrize(("year", "february"), [(2023, 28), (2024, 29), (1900, 28), (2000, 29)])
def test_days_of_months_know_leap_years(year: int, february: int) -> None:
    days = month_days(month_number(date(year, 1, 1)), 12)
    assert days[1] == february
    assert days.sum() == 337 + february


def test_dekads_are_daily_means_times_8_to_11_days() -> None:
    spans = dekads(2024)
    assert sorted({span.days for span in spans}) == [9, 10, 11]
    assert sorted({span.days for span in dekads(2023)}) == [8, 10, 11]
    found = by_month(np.full((1, 36), 2.0), spans, "rate", 0.5)
    assert found.first == JANUARY_2024
    assert found.values[0].tolist() == (2.0 * month_days(JANUARY_2024, 12)).tolist()
    # January: 10 x 1 + 10 x 2 + 11 x 3 mm
    assert by_month(row(1.0, 2.0, 3.0), spans[:3], "rate", 0.5).values[0, 0] == 63.0


def test_composites_are_shared_out_by_their_days() -> None:
    found = by_month(np.full((1, 46), 8.0), composites(2023), "total", 0.5)
    # 45 composites of 8 days at 1 mm a day, the last of 5 days at 1.6 mm a day
    assert found.values[0, 0] == pytest.approx(31.0)
    assert found.values[0, 11] == pytest.approx(26 + 5 * 1.6)
    assert found.values.sum() == pytest.approx(46 * 8.0)


@pytest.mark.parametrize(("year", "days"), [(2023, 5), (2024, 6)])
def test_the_last_composite_of_a_year_is_short(year: int, days: int) -> None:
    spans = composites(year)
    assert spans[-1].days == days
    assert {span.days for span in spans[:-1]} == {8}
    december = by_month(np.array([[0.0] * 45 + [12.0]]), spans, "total", 0.5).values[0, 11]
    assert december == pytest.approx(12.0)


def test_a_month_without_all_of_its_days_is_not_known() -> None:
    spans = dekads(2024)[:6]
    found = by_month(row(1.0, np.nan, 1.0, 1.0, 1.0, 1.0), spans, "rate", 0.5).values[0]
    assert np.isnan(found[0])
    assert found[1] == 29.0
    assert np.isnan(by_month(row(1.0, 1.0), spans[:2], "rate", 0.5).values[0, 0])


def test_a_level_is_the_mean_of_the_days_that_are_known() -> None:
    spans = dekads(2024)[:3]
    assert by_month(row(10.0, 20.0, np.nan), spans, "level", 0.5).values[0, 0] == 15.0
    assert np.isnan(by_month(row(10.0, np.nan, np.nan), spans, "level", 0.5).values[0, 0])


@given(st.integers(12, 9998 * 12))
def test_month_numbers_and_their_days_agree(number: int) -> None:
    start, end = month_start(number), month_end(number)
    assert month_number(start) == month_number(end) == number
    assert (end - start).days + 1 == month_days(number)[0]


@given(st.lists(st.floats(0, 1e4), min_size=46, max_size=46))
def test_shared_out_composites_add_up(values: list[float]) -> None:
    found = by_month(np.array([values]), composites(2024), "total", 0.5)
    assert found.values.sum() == pytest.approx(sum(values))


def test_the_last_whole_month() -> None:
    assert last_whole_month(date(2024, 2, 29)) == month_number(date(2024, 2, 1))
    assert last_whole_month(date(2024, 2, 28)) == month_number(date(2024, 1, 1))


def test_the_latest_year_is_the_last_that_all_series_know() -> None:
    whole = Monthly(JANUARY_2024, np.ones((1, 24)))
    short = Monthly(JANUARY_2024, np.ones((1, 20)))
    assert latest_year([whole], JANUARY_2024, JANUARY_2024 + 23) == JANUARY_2024 + 12
    assert latest_year([whole, short], JANUARY_2024, JANUARY_2024 + 23) == JANUARY_2024 + 8
    assert latest_year([whole], JANUARY_2024, JANUARY_2024 + 10) is None
    gap = np.ones((1, 24))
    gap[0, 12] = np.nan
    assert latest_year([Monthly(JANUARY_2024, gap)], JANUARY_2024, JANUARY_2024 + 23) == JANUARY_2024


def test_months_beyond_a_series_are_not_known() -> None:
    held = Monthly(100, np.array([[1.0, 2.0]]))
    assert np.isnan(held.of(98, 2)).all()
    assert held.of(99, 3)[0].tolist()[1:] == [1.0, 2.0]
    assert np.isnan(held.of(101, 3)[0, 1:]).all()
