"""The scanner finds the same parts as a JSON parser, and refuses every text that is none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings, strategies as st

from services.staging.faults import FileRefused
from services.staging.geojson import read_geojson
from services.staging.rules import Limits, Rules
from services.staging.scanner import Cursor, Malformed, line_and_column

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NASTY = st.sampled_from(['"', "\\", '{"', "}]", "\\u0022", "]}", "[", "{", ",", "type", "é\u2028"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXT | NASTY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | NASTY, inner, max_size=4),
    max_leaves=12,
)
SPACES = st.sampled_from([None, 0, 1, "\t"])
RULES = Rules(Limits(), mend=True, null_island=True, plot_id_column=None)


@given(st.dictionaries(TEXT | NASTY, VALUES, max_size=6), SPACES, st.booleans())
def test_members_are_those_of_json_loads(value: dict[str, Any], indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    cursor = Cursor(b" \n" + text + b" ")
    found = {key: json.loads(cursor.text[slice(*cursor.value())]) for key in cursor.members()}
    assert found == json.loads(text)
    assert cursor.peek() == b""


def elements(cursor: Cursor) -> Iterator[None]:
    """One step for each element of the array that starts at the cursor, which the caller moves over it."""
    cursor.mark(b"[")
    more = cursor.peek() != b"]" or cursor.mark(b"]") != b"]"
    while more:
        cursor.peek()
        yield
        more = cursor.mark(b",", b"]") == b","


@given(st.lists(VALUES, max_size=6), SPACES)
def test_elements_are_those_of_json_loads(value: list[Any], indent: Any) -> None:
    text = json.dumps(value, indent=indent).encode()
    cursor = Cursor(text)
    assert [json.loads(text[slice(*cursor.value())]) for _ in elements(cursor)] == json.loads(text)
    assert cursor.at == len(text)


def _strict(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


FEATURE = {"type": "Feature", "properties": {"a": 'x"}]'}, "geometry": {"type": "Point", "coordinates": [1.5, 2]}}
SQUARE = [[[10.0, 5.0], [10.001, 5.0], [10.001, 5.001], [10.0, 5.0]]]
PLOT = {"type": "Feature", "id": 7, "properties": {"a": 'x"}]'}, "geometry": {"type": "Polygon", "coordinates": SQUARE}}


@pytest.mark.long
@settings(max_examples=300)
@given(st.lists(st.just(FEATURE) | st.just(PLOT) | VALUES, max_size=3), st.dictionaries(TEXT, VALUES, max_size=2), st.data())
@example([FEATURE, PLOT], {"x": 1}, None)
def test_a_broken_text_is_refused_and_a_whole_one_read(
    tmp_path_factory: Any, features: list[Any], members: dict[str, Any], data: Any
) -> None:
    members = {key: value for key, value in members.items() if key not in ("type", "features", "crs")}
    text = json.dumps({"type": "FeatureCollection", "features": features, **members}).encode()
    if data is not None:
        at = data.draw(st.integers(0, len(text) - 1))
        cut = data.draw(st.integers(0, 3))
        put = data.draw(st.sampled_from([b"", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"0", b"x", b"NaN"]))
        text = text[:at] + put + text[at + cut :]
    path = tmp_path_factory.getbasetemp() / "scanned.json"
    path.write_bytes(text)
    code, count = _read(path)
    whole = _strict(text)
    if code is None:
        assert whole is not None
        assert count == (len(whole["features"]) if "features" in whole else 1)
    elif code == "malformed_file":
        assert whole is None or text.count(b'"features"') > 1 or text.count(b'"type"') > 1


def _read(path: Path) -> tuple[str | None, int]:
    try:
        return None, sum(map(len, read_geojson(path, RULES, set())))
    except FileRefused as refused:
        return refused.code, 0


def test_a_position_becomes_line_and_column_from_one() -> None:
    assert [line_and_column(b"ab\ncd\n", position) for position in (0, 1, 3, 4, 6)] == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]


@pytest.mark.parametrize("text", [b"", b"[", b"[1", b"[1,", b"[1 2]", b'["a]', b"[{]", b"[}", b'["\\"]'])
def test_a_text_that_ends_too_early_is_malformed(text: bytes) -> None:
    cursor = Cursor(text)
    with pytest.raises(Malformed):
        _walk(cursor)


def _walk(cursor: Cursor) -> None:
    for _ in elements(cursor):
        cursor.value()
