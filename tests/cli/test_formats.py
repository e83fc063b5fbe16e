"""The same features in every format: nothing lost, nothing made up, no half files."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, strategies as st

from cli.columns import columns_of, json_text
from cli.formats import format_of, write_csv, write_features, write_ndjson, write_parquet
from cli.reporting import BadInput

SQUARE = {"type": "Polygon", "coordinates": [[[0.1234567, 0], [1, 0], [1, 1], [0.1234567, 1], [0.1234567, 0]]]}
POINT = {"type": "Point", "coordinates": [-63.123456789, -1e-7]}


def feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


FEATURES = [
    feature(SQUARE, plotid="007", loss_ha=None, by_year=[0.1, 0], states={"gfc": "available"}, flags=["a"], sensitive=True, owner="Ada"),
    feature(POINT, plotid="b", loss_ha=1e-9, by_year=None, states={}, flags=[], sensitive=False, farm_no=3),
]


def rows_of(features: list[dict[str, Any]]) -> list[dict[str, str]]:
    out = io.BytesIO()
    write_csv(features, out)
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_csv_has_the_columns_of_every_feature_and_the_geometry_last() -> None:
    first, second = rows_of(FEATURES)
    assert list(first) == ["plotid", "loss_ha", "by_year", "states", "flags", "sensitive", "owner", "farm_no", "geometry"]
    assert (first["plotid"], first["loss_ha"], first["owner"], first["farm_no"]) == ("007", "", "Ada", "")
    assert (second["loss_ha"], second["owner"], second["farm_no"]) == ("1e-09", "", "3")
    assert (first["by_year"], first["states"], first["flags"], first["sensitive"]) == ("[0.1,0]", '{"gfc":"available"}', '["a"]', "true")


@pytest.mark.parametrize("number", [0, 1])
def test_csv_geometry_keeps_every_digit(number: int) -> None:
    wkt = rows_of(FEATURES)[number]["geometry"]
    assert shapely.from_wkt(wkt).equals_exact(shapely.from_geojson(json.dumps(FEATURES[number]["geometry"])), 0)


def test_a_text_that_a_spreadsheet_would_run_is_escaped_but_a_plot_id_is_untouched() -> None:
    row = rows_of([feature(POINT, plotid="-12", owner="=HYPERLINK(1)", debt=-12.5)])[0]
    assert (row["plotid"], row["owner"], row["debt"]) == ("-12", "'=HYPERLINK(1)", "-12.5")


def test_geojson_is_one_collection_with_the_features_as_they_came(tmp_path: Path) -> None:
    out = tmp_path / "out.geojson"
    assert write_features(iter(FEATURES), "geojson", out) == 2
    assert json.loads(out.read_bytes()) == {"type": "FeatureCollection", "features": FEATURES}


def test_no_features_are_an_empty_collection(tmp_path: Path) -> None:
    out = tmp_path / "out.geojson"
    assert write_features([], "geojson", out) == 0
    assert json.loads(out.read_bytes()) == {"type": "FeatureCollection", "features": []}


def test_geoparquet_is_read_by_geopandas_with_types_and_crs(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    assert write_features(FEATURES, "parquet", out) == 2
    frame = geopandas.read_parquet(out)
    assert frame.crs == "OGC:CRS84"
    assert [shapely.geometry.mapping(shape)["type"] for shape in frame.geometry] == ["Polygon", "Point"]
    assert frame.geometry[1].x == -63.123456789
    table = pq.read_table(out).to_pylist()
    assert table[0]["loss_ha"] is None and table[1]["loss_ha"] == 1e-9
    assert table[0]["by_year"] == [0.1, 0.0] and table[1]["by_year"] is None
    assert (table[0]["plotid"], table[1]["farm_no"], table[0]["sensitive"]) == ("007", 3, True)
    assert table[0]["states"] == '{"gfc":"available"}'


@pytest.mark.parametrize("file_format", ["geojson", "csv", "ndjson", "parquet"])
def test_a_stream_that_breaks_leaves_the_old_file_and_nothing_else(tmp_path: Path, file_format: str) -> None:
    out = tmp_path / "out"
    out.write_text("before")

    def broken() -> Iterator[dict[str, Any]]:
        yield FEATURES[0]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write_features(broken(), file_format, out)
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_property_called_geometry_does_not_hide_the_geometry() -> None:
    row = rows_of([{"type": "Feature", "geometry": POINT, "properties": {"plotid": "a", "geometry": "mine"}}])[0]
    assert row["properties.geometry"] == "mine"
    assert row["geometry"].startswith("POINT")


def test_kinds_that_do_not_fit_become_json_and_numbers_stay_numbers() -> None:
    kinds = columns_of(
        [{"a": 1, "b": 1, "c": "1", "d": True, "e": None, "f": [1]}, {"a": 2.5, "b": "1", "c": None, "d": 1, "f": ["x"], "g": 2**63}]
    )
    assert kinds == {"a": "float", "b": "json", "c": "text", "d": "json", "e": "empty", "f": "json", "g": "json"}


WHOLE = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([2**53, 2**53 + 1, -(2**62) - 1])
SCALARS = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé=", max_size=4)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), SCALARS | st.lists(SCALARS, max_size=2)), max_size=5)


@given(ROWS)
def test_geoparquet_gives_every_value_back(rows: list[dict[str, Any]]) -> None:
    out = io.BytesIO()
    kinds = columns_of(rows)
    write_parquet([feature(POINT, **row) for row in rows], out)
    for row, stored in zip(rows, pq.read_table(io.BytesIO(out.getvalue())).to_pylist(), strict=True):
        for name, kind in kinds.items():
            value = row.get(name)
            assert stored[name] == (json_text(value) if kind == "json" and value is not None else value)


def test_ndjson_is_one_feature_a_line() -> None:
    out = io.BytesIO()
    write_ndjson(FEATURES, out)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == FEATURES


@pytest.mark.parametrize(
    ("name", "file_format"), [("a.geojson", "geojson"), ("a.CSV", "csv"), ("a.parquet", "parquet"), ("a.ndjson", "ndjson")]
)
def test_the_ending_names_the_format(name: str, file_format: str) -> None:
    assert format_of(Path(name)) == file_format


def test_an_unknown_ending_names_the_known_ones() -> None:
    with pytest.raises(BadInput, match="geojson"):
        format_of(Path("a.xls"))
