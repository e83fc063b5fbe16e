"""The same features in every format: nothing lost, nothing made up, no half files."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, strategies as st

from cli.columns import columns_of, json_text
from cli.formats import format_of, write_csv, write_geojson, write_ndjson
from cli.geoparquet import write_geoparquet
from cli.reporting import BadInput
from cli.whole_file import whole_file

SQUARE = {"type": "Polygon", "coordinates": [[[0.1234567, 0], [1, 0], [1, 1], [0.1234567, 1], [0.1234567, 0]]]}
POINT = {"type": "Point", "coordinates": [-63.123456789, -1e-7]}


def feature(geometry: dict[str, Any] | None, properties: dict[str, Any]) -> bytes:
    return json_text({"type": "Feature", "geometry": geometry, "properties": properties}).encode()


FEATURES = [
    feature(SQUARE, {"plotid": "007", "loss_ha": None, "years": {"2021": 0.5}, "flags": ["a"], "sensitive": True, "owner": "Ada"}),
    feature(
        POINT, {"plotid": "b\u2028", "loss_ha": 1e-9, "years": None, "flags": [], "sensitive": False, "farm_no": 12345678901234567890123}
    ),
]


def parquet_rows(features: list[bytes]) -> list[dict[str, Any]]:
    out = io.BytesIO()
    assert write_geoparquet(features, out) == len(features)
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(out.getvalue())).to_pylist()
    return rows


def test_geojson_is_one_collection_with_the_features_byte_by_byte() -> None:
    out = io.BytesIO()
    assert write_geojson(FEATURES, out) == 2
    assert json.loads(out.getvalue()) == {"type": "FeatureCollection", "features": [json.loads(each) for each in FEATURES]}
    assert all(each in out.getvalue() for each in FEATURES)


def test_no_features_are_an_empty_collection() -> None:
    out = io.BytesIO()
    assert write_geojson([], out) == 0
    assert json.loads(out.getvalue()) == {"type": "FeatureCollection", "features": []}


def test_ndjson_is_one_feature_a_line() -> None:
    out = io.BytesIO()
    assert write_ndjson(FEATURES, out) == 2
    assert out.getvalue() == FEATURES[0] + b"\n" + FEATURES[1] + b"\n"


def test_geoparquet_is_read_by_geopandas_with_types_and_crs(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    with path.open("wb") as out:
        assert write_geoparquet(FEATURES, out) == 2
    frame = geopandas.read_parquet(path)
    assert frame.crs == "OGC:CRS84"
    assert frame.geometry[0].equals_exact(shapely.from_geojson(json.dumps(SQUARE)), 0)
    assert (frame.geometry[1].x, frame.geometry[1].y) == (-63.123456789, -1e-7)
    first, second = parquet_rows(FEATURES)
    assert (first["loss_ha"], second["loss_ha"]) == (None, 1e-9)
    assert (first["plotid"], first["sensitive"], second["owner"]) == ("007", True, None)
    assert (first["years"], first["flags"]) == ('{"2021":0.5}', '["a"]')
    assert second["farm_no"] == "12345678901234567890123"


def test_no_features_are_an_empty_geoparquet() -> None:
    assert parquet_rows([]) == []


def test_a_property_called_geometry_does_not_hide_the_geometry() -> None:
    row = parquet_rows([feature(POINT, {"geometry": "mine"})])[0]
    assert row["properties.geometry"] == "mine"
    assert shapely.from_wkb(row["geometry"]).geom_type == "Point"


def test_a_missing_geometry_is_null() -> None:
    assert parquet_rows([feature(None, {"plotid": "a"}), feature(POINT, {"plotid": "b"})])[0]["geometry"] is None


def test_kinds_that_do_not_fit_become_json_and_numbers_stay_numbers() -> None:
    first = {"a": 1, "b": 1, "c": "1", "d": True, "e": None, "f": [1]}
    second = {"a": 2.5, "b": "1", "c": None, "d": 1, "f": ["x"], "g": 2**63}
    kinds = columns_of([first, second])
    assert kinds == {"a": "float", "b": "json", "c": "text", "d": "json", "e": "empty", "f": "json", "g": "json"}


WHOLE = st.integers(-(2**70), 2**70) | st.sampled_from([2**53, 2**53 + 1, -(2**62) - 1])
SCALARS = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé=", max_size=4)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), SCALARS | st.lists(SCALARS, max_size=2)), max_size=5)


@given(ROWS)
def test_geoparquet_gives_every_value_back(rows: list[dict[str, Any]]) -> None:
    kinds = columns_of(rows)
    for row, stored in zip(rows, parquet_rows([feature(POINT, row) for row in rows]), strict=True):
        for name, kind in kinds.items():
            value = row.get(name)
            assert stored[name] == (json_text(value) if kind == "json" and value is not None else value)


@given(st.lists(st.lists(st.text('a"\n,', max_size=4), min_size=1, max_size=3), min_size=1, max_size=4), st.integers(1, 5))
def test_csv_rows_are_counted_however_they_are_cut(rows: list[list[str]], size: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["header"], *rows])
    whole, out = text.getvalue().encode(), io.BytesIO()
    assert write_csv((whole[start : start + size] for start in range(0, len(whole), size)), out) == len(rows)
    assert out.getvalue() == whole


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("before")
    with pytest.raises(UnicodeEncodeError), whole_file(out) as partial:
        partial.write_text("half \ud800", encoding="utf-8")
    assert out.read_text() == "before"
    with whole_file(out) as partial:
        partial.write_text("whole")
    assert out.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("name", "file_format"), [("a.geojson", "geojson"), ("a.CSV", "csv"), ("a.parquet", "parquet"), ("a.ndjson", "ndjson")]
)
def test_the_ending_names_the_format(name: str, file_format: str) -> None:
    assert format_of(Path(name)) == file_format


def test_an_unknown_ending_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match="geojson"):
        format_of(Path("a.xls"))
