"""One entry of the catalogue stands for one band a period, and each period has its days."""

import itertools
from datetime import date, timedelta

import pytest

from shared.rasters.catalogue import layer_of
from shared.rasters.periods import composites, dekads, in_time, months


@pytest.mark.parametrize(("layer", "variable"), [("chirps3", ""), ("wapor3_aeti", ""), ("mod16", "ET_500m"), ("mod11", "LST_Day_1km")])
def test_periods_follow_each_other_without_gap(layer: str, variable: str) -> None:
    bands = layer_of(layer).between(date(1900, 1, 1), date(2100, 1, 1), variable)
    assert len(bands) > 300
    for one, after in itertools.pairwise(bands):
        assert one.end is not None and after.start == one.end + timedelta(days=1)


def test_third_dekads_have_eight_to_eleven_days() -> None:
    days = {period.fields["month"]: (period.end - period.start).days + 1 for period in dekads("2019-01-D3", "2019-12-D3")}
    assert (days["01"], days["02"], days["04"]) == (11, 8, 10)
    february = list(dekads("2020-02-D1", "2020-02-D3"))
    assert [(period.start.day, period.end.day) for period in february] == [(1, 10), (11, 20), (21, 29)]


def test_the_last_composite_of_a_year_is_short() -> None:
    last = {year: list(composites(f"{year}-001", f"{year}-361")) for year in (2019, 2020)}
    assert [len(of_year) for of_year in last.values()] == [46, 46]
    assert [(of_year[-1].start, of_year[-1].end) for of_year in last.values()] == [
        (date(2019, 12, 27), date(2019, 12, 31)),
        (date(2020, 12, 26), date(2020, 12, 31)),
    ]


def test_months_begin_and_end_where_they_are_said_to() -> None:
    found = [(period.start.isoformat(), period.end.isoformat()) for period in months("2019-12", "2020-02")]
    assert found == [("2019-12-01", "2019-12-31"), ("2020-01-01", "2020-01-31"), ("2020-02-01", "2020-02-29")]


def test_names_of_bands_in_time() -> None:
    assert "2020-03" in layer_of("chirps3").bands
    assert "2020-03-D1" in layer_of("wapor3_aeti").bands
    assert "2020-097" in layer_of("mod11").bands
    assert list(in_time({"name": "map"})) == [{"name": "map"}]
