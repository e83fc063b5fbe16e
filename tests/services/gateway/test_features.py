"""A stored row as a Feature and as CSV cells: the user's own words untouched, ours beside them, equal bytes for equal values."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from contracts.v1.stats import Statistic
from services.gateway.columns import columns_of
from services.gateway.features import Source, feature, properties_of, provenance_of
from services.gateway.formats import Csv, cell
from tests.services.gateway.scene import evidence, stored

STAT = Statistic.EUDR_DEFORESTATION
SOURCE = Source("0x1", (STAT,), frozenset(), b'{"methods":{}}')
POINT = '{"type":"Point","coordinates":[30.123456789,2.0]}'


def row(properties: str = "{}", **changed: Any) -> SimpleNamespace:
    values = {
        "plot_id": "A-17",
        "plot_no": 4,
        "feature_index": 9,
        "geojson": POINT,
        "properties": properties,
        "geometry_hash": "ab" * 32,
        "notes": '["ring_closed"]',
        "country": "GH",
        "locations_confidence": "high",
        f"{STAT}_state": "ok",
        f"{STAT}_vals": stored(evidence()),
        f"{STAT}_reasons": "[]",
    }
    return SimpleNamespace(**{**values, **changed})


def read(properties: str) -> dict[str, Any]:
    return dict(orjson.loads(feature(row(properties), SOURCE))["properties"])


def test_our_columns_are_the_fields_of_the_result_in_their_order() -> None:
    ours = list(properties_of(row(), SOURCE))
    assert ours == [
        "plotid",
        "plot_no",
        "collection_id",
        "country",
        "locations_confidence",
        *EudrDeforestation.model_fields,
        "state",
        "reasons",
        "notes",
    ]
    assert tuple(ours) == columns_of((STAT,))


def test_geometry_and_properties_leave_as_they_were_stored() -> None:
    line = feature(row('{"b": 1.10, "a": 12345678901234567890123}'), SOURCE)
    assert POINT.encode() in line
    assert b'"properties":{"b": 1.10, "a": 12345678901234567890123,"plotid":"A-17"' in line


def test_a_property_with_one_of_our_names_is_kept_aside() -> None:
    found = read('{"state":"Ashanti","name":"x","verdict":null,"provenance":"me"}')
    assert (found["state"], found["name"], found["verdict"]) == ("ok", "x", "deforestation-free")
    assert found["properties_original"] == {"state": "Ashanti", "verdict": None, "provenance": "me"}
    assert found["provenance"]["geometry_hash"] == "ab" * 32


def test_a_plot_id_that_is_ours_already_is_not_said_twice() -> None:
    assert "properties_original" not in read('{"plotid":"A-17"}')
    assert read('{"plotid":17}')["properties_original"] == {"plotid": 17}


def test_a_number_of_any_size_survives_a_clash() -> None:
    assert b'"state":12345678901234567890123' in feature(row('{"state":12345678901234567890123}'), SOURCE)


@given(st.dictionaries(st.text(min_size=1), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), max_size=5))
def test_whatever_a_user_names_a_property_comes_back(properties: dict[str, Any]) -> None:
    text = orjson.dumps(properties).decode()
    line = feature(row(text), SOURCE)
    assert line == feature(row(text), SOURCE) and b"\n" not in line
    found = orjson.loads(line)["properties"]
    for name, value in properties.items():
        assert found.get("properties_original", {}).get(name, found[name]) == value


def test_a_plot_without_result_has_null_columns_and_its_state() -> None:
    empty = row("{}", **dict.fromkeys((f"{STAT}_state", f"{STAT}_vals", f"{STAT}_reasons"), None))
    found = properties_of(empty, SOURCE)
    assert found["alert_class"] is None and found["noncompliance_area_ha"] is None and found["state"] == "not_computed"
    assert properties_of(empty, Source("0x1", (STAT,), frozenset({STAT}), b"{}"))["state"] == "pending"


def test_a_result_with_another_number_of_fields_is_a_bug_and_not_a_shifted_column() -> None:
    with pytest.raises(ValueError, match="no default"):
        properties_of(row(**{f"{STAT}_vals": "[1,2]"}), SOURCE)
    more = orjson.dumps([*orjson.loads(stored(evidence())), *[None] * 99]).decode()
    with pytest.raises(ValueError, match="values for"):
        properties_of(row(**{f"{STAT}_vals": more}), SOURCE)


def test_stored_labels_are_echoed_as_changing_nothing() -> None:
    run = SimpleNamespace(
        run_id="r", pins=None, window_start="2017-01-01", window_end="2026-01-01", parameters='{"processing_type":"washed"}'
    )
    labels = orjson.loads(provenance_of({STAT: run}))["labels"]
    assert labels["processing_type"] == "washed" and "no number" in labels["effect"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+233 20 123", "'+233 20 123"),
        ("-5", "-5"),
        ("+5.5e3", "+5.5e3"),
        ("-", "'-"),
        ("-1_0", "'-1_0"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("plain", "plain"),
        (-1.5, "-1.5"),
        (True, "true"),
        (["a"], '["a"]'),
        ({"2021": 0.5}, '{"2021":0.5}'),
    ],
)
def test_a_cell_runs_nothing(value: Any, written: str) -> None:
    assert cell(value) == written


def test_csv_quotes_what_would_break_a_row() -> None:
    form = Csv((STAT,))
    line = form.rows([row('{"a":"x,\\"y\\""}', plot_id='a,"b"\nc')], SOURCE, True).decode()
    assert line.startswith('"a,""b""\nc",4,0x1,')
    assert form.head().decode().startswith("plotid,plot_no,collection_id,country,locations_confidence,alert_class,")
