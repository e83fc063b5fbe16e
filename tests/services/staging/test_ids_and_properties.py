"""Ids and properties of plots come back as their owner wrote them."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from services.staging.faults import FileRefused
from tests.services.staging.make import collection, feature, only, square

IDS: list[tuple[str, list[dict[str, Any]], str | None, list[str]]] = [
    ("first_name_wins", [{"id": 1, "plotid": "x"}, {"id": 2, "plotid": "y"}], None, ["x", "y"]),
    ("not_unique", [{"id": 1, "plotid": "x"}, {"id": 2, "plotid": "x"}], None, ["1", "2"]),
    ("one_is_missing", [{"name": "n", "uuid": "u"}, {"name": "m"}], None, ["n", "m"]),
    ("null_is_missing", [{"id": None, "name": "n"}, {"id": 1, "name": "m"}], None, ["n", "m"]),
    ("blank_is_missing", [{"id": " ", "name": "n"}, {"id": "b", "name": "m"}], None, ["n", "m"]),
    ("capitals_do_not_matter", [{"PlotID": "x"}, {"PLOTID": "y"}], None, ["x", "y"]),
    ("exact_spelling_first", [{"Id": "a", "id": "b"}, {"id": "c", "ID": "d"}], None, ["b", "c"]),
    ("row_numbers", [{}, {}], None, ["1", "2"]),
    ("spaces_are_kept", [{"id": " a "}, {"id": "a"}], None, [" a ", "a"]),
    ("number_and_text_are_alike", [{"id": 1}, {"id": "1"}], None, ["1", "2"]),
    ("named_column", [{"id": 1, "Code": "x"}, {"id": 2, "Code": 7}], "Code", ["x", "7"]),
    ("true_is_no_id", [{"id": True}, {"id": False}], None, ["1", "2"]),
    ("too_long", [{"id": "a" * 201}, {"id": "b"}], None, ["1", "2"]),
]


@pytest.mark.parametrize(("properties", "column", "ids"), [pytest.param(*case[1:], id=case[0]) for case in IDS])
def test_plot_ids_are_the_first_unique_property(staged: Any, properties: Any, column: str | None, ids: list[str]) -> None:
    content = collection(*[feature(square(10 + i, 5), **entry) for i, entry in enumerate(properties)])
    plots = only(staged(content, plot_id_column=column))
    assert [plots.plot_id[plots.feature_index.tolist().index(i)] for i in range(len(ids))] == ids


def test_numbers_as_ids_keep_their_spelling(staged: Any) -> None:
    geometry = json.dumps(square(10, 5))
    spelled = ["1.0", "1.50", "123456789012345678901234567890", "1e3", "-0"]
    features = ",".join(f'{{"type":"Feature","properties":{{"id": {text} }},"geometry":{geometry}}}' for text in spelled)
    plots = only(staged('{"type":"FeatureCollection","features":[' + features + "]}"))
    assert sorted(plots.plot_id) == sorted([*spelled[:-1], "0"])


def test_the_id_of_the_feature_stands_in_for_a_property(staged: Any) -> None:
    one, two = feature(square(10, 5)), feature(square(11, 5), id="p")
    plots = only(staged(collection({**one, "id": "f-1"}, {**two, "id": "f-2"})))
    assert sorted(plots.plot_id) == ["f-1", "p"]


def test_duplicates_and_gaps_in_a_named_column_reject_those_plots(staged: Any) -> None:
    codes = ["a", "b", "a", None, "c", "4"]
    content = collection(*[feature(square(10 + i, 5), code=code) for i, code in enumerate(codes)])
    result = staged(content, plot_id_column="code")
    assert [(r.feature_index, r.plot_id, r.code) for r in result.rejected] == [
        (0, "a", "duplicate_plot_id"),
        (2, "a", "duplicate_plot_id"),
        (3, "4", "unusable_plot_id"),
    ]
    assert sorted(only(result).plot_id) == ["4", "b", "c"]
    assert result.bounds == (11.0, 5.0, 15.01, 5.01)


def test_a_named_column_that_no_plot_has_is_refused(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature(square(10, 5), id=1)), plot_id_column="code")
    assert refused.value.code == "plot_id_column_missing"


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
NUMBERS = st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = st.lists(st.dictionaries(TEXT, JSON, max_size=4), min_size=1, max_size=4)


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(PROPERTIES, st.booleans(), st.sampled_from([None, 1]))
def test_properties_come_through_value_by_value(staged: Any, many: list[dict[str, Any]], ascii_only: bool, indent: Any) -> None:
    features = [feature({"type": "MultiPolygon", "coordinates": [square(10 + i, 5)["coordinates"]]}) for i in range(len(many))]
    for one, properties in zip(features, many, strict=True):
        one["properties"] = properties
    plots = only(staged(json.dumps(collection(*features), ensure_ascii=ascii_only, indent=indent)))
    stored = dict(zip(plots.feature_index.tolist(), plots.properties, strict=True))
    for index, properties in enumerate(many):
        assert json.loads(stored[index]) == properties
        assert repr(json.loads(stored[index])) == repr(properties)  # 1 stays 1 and 1.0 stays 1.0
