"""Decimals are counted in the text that the coordinates were written in."""

import pytest
from hypothesis import given, settings, strategies as st

from services.staging.checks.decimals import decimals_of, decimals_of_json, decimals_of_wkt


@pytest.mark.parametrize(
    ("x", "y", "decimals"),
    [
        ("10", "5", 0),
        ("10.1", "5", 1),
        ("10.123", "5.123", 3),
        ("10.1234", "5.1234", 4),
        ("10.12345", "5.12345", 5),
        ("10.123456", "5.123456", 6),
        ("-10.123456789", "5.123456789", 6),
        ("10.123456", "5.1234", 6),  # two zeros may have been dropped
        ("10.123456", "5.123", 3),  # three hardly
        ("10,123456", "5,123456", 6),
        ("1.0123456e1", "5.123456", 6),
        ("1.5e-5", "5.123456", 6),
        ("10.000000", "5.000000", 6),
        ("x", "5.1", 1),
    ],
)
def test_the_longest_ordinate_counts_unless_an_axis_is_much_shorter(x: str, y: str, decimals: int) -> None:
    assert decimals_of([(x, y)]) == decimals
    assert decimals_of([("10", "5"), (x, y)]) == decimals


def test_without_a_position_nothing_is_known() -> None:
    assert decimals_of([]) is None
    assert decimals_of_json(b'{"type":"Polygon","coordinates":[]}') is None
    assert decimals_of_wkt("POLYGON EMPTY") is None


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        (b'{"type":"Point","coordinates":[10.12345,5.12345]}', 5),
        (b'{"type":"Point","coordinates":[ 10.1234567 , 5.1234567, 211.5 ]}', 6),
        (b'{"type":"Point","coordinates":[10.12,5.12,211.123456]}', 2),
        (b'{"type":"Polygon","coordinates":[[[10,5],[10.01,5],[10.01,5.01],[10,5]]]}', 2),
        (b'{"type":"Polygon","coordinates":[[[10,5],[10.010000,5.000000],[10.01,5.01],[10,5]]]}', 6),
    ],
)
def test_geojson_is_read_position_by_position_without_heights(text: bytes, decimals: int) -> None:
    assert decimals_of_json(text) == decimals


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        ("POINT(10.12345 5.12345)", 5),
        ("POINT Z (10.12 5.12 211.123456)", 2),
        ("POLYGON((10 5,10.01 5,10.01 5.01,10 5))", 2),
        ("POLYGON((10 5,10.010000 5.000000,10.01 5.01,10 5))", 6),
    ],
)
def test_wkt_is_read_position_by_position_without_heights(text: str, decimals: int) -> None:
    assert decimals_of_wkt(text) == decimals


ORDINATES = st.decimals(min_value=-90, max_value=90, places=6).map(str)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ORDINATES, ORDINATES), min_size=1, max_size=6))
def test_both_notations_say_the_same(positions: list[tuple[str, str]]) -> None:
    json = "[" + ",".join(f"[{x},{y}]" for x, y in positions) + "]"
    wkt = "LINESTRING(" + ",".join(f"{x} {y}" for x, y in positions) + ")"
    assert decimals_of_json(json.encode()) == decimals_of_wkt(wkt) == decimals_of(positions) == 6
