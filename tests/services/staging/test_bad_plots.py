"""Bad plots: each is rejected with its code, and the rest of the file goes on."""

import re
from typing import Any

import pytest

from services.staging.faults import FileRefused
from tests.services.staging.make import GOOD, POLYGON_JSON, collection, csv, feature, gathered, polygon, shifted

WKT = "POLYGON((10 5,10.01 5,10.01 5.01,10 5))"
BOWTIE = [[[10, 5], [10.02, 5.02], [10.02, 5], [10, 5.02], [10, 5]]]
HOLE_OUTSIDE = [GOOD, [[11, 5], [11.001, 5], [11.001, 5.001], [11, 5]]]
PLOTS: list[tuple[str, Any, str]] = [
    ("null_geometry", feature(None), "empty_geometry"),
    ("no_geometry_member", {"type": "Feature", "properties": {}}, "empty_geometry"),
    ("empty_polygon", feature(polygon([])), "empty_geometry"),
    ("empty_ring", feature(polygon([[]])), "empty_geometry"),
    ("empty_point", feature({"type": "Point", "coordinates": []}), "empty_geometry"),
    ("empty_collection", feature(gathered()), "empty_geometry"),
    ("line", feature({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}), "geometry_type_not_supported"),
    ("multipoint", feature({"type": "MultiPoint", "coordinates": [[1, 2]]}), "geometry_type_not_supported"),
    ("curve", feature({"type": "CurvePolygon", "coordinates": []}), "geometry_type_not_supported"),
    ("two_in_collection", feature(gathered(polygon(), polygon())), "geometry_type_not_supported"),
    ("nested_collection", feature(gathered(gathered(polygon()))), "geometry_type_not_supported"),
    ("number_for_geometry", feature(5), "malformed_geometry"),
    ("geometry_without_type", feature({"coordinates": [GOOD]}), "malformed_geometry"),
    ("coordinates_text", feature(polygon("x")), "malformed_geometry"),
    ("flat_polygon", feature(polygon(GOOD)), "malformed_geometry"),
    ("one_number_position", feature({"type": "Point", "coordinates": [1]}), "malformed_geometry"),
    ("null_ordinate", feature({"type": "Point", "coordinates": [None, 5]}), "non_finite_coordinate"),
    ("text_ordinate", feature({"type": "Point", "coordinates": ["10", 5]}), "non_numeric_coordinate"),
    ("true_ordinate", feature({"type": "Point", "coordinates": [True, 5]}), "non_numeric_coordinate"),
    ("latitude_95", feature({"type": "Point", "coordinates": [10, 95]}), "coordinate_out_of_range"),
    ("longitude_181", feature({"type": "Point", "coordinates": [180.0001, 5]}), "coordinate_out_of_range"),
    ("metres", feature(polygon(shifted(500_000, 200_000))), "coordinate_out_of_range"),
    ("null_island", feature({"type": "Point", "coordinates": [0, 0]}), "null_island"),
    ("null_vertex", feature(polygon([[[0, 0], [1, 0], [1, 1], [0, 0]]])), "null_island"),
    ("antimeridian", feature(polygon([[[179.9, 5], [-179.9, 5], [-179.9, 5.1], [179.9, 5.1], [179.9, 5]]])), "antimeridian"),
    ("three_positions", feature(polygon([[[10, 5], [11, 5], [10, 5]]])), "degenerate_geometry"),
    ("same_point_four_times", feature(polygon([[[10, 5]] * 4])), "degenerate_geometry"),
    ("on_one_line", feature(polygon([[[10, 5], [10.1, 5.1], [10.3, 5.3], [10, 5]]])), "degenerate_geometry"),
    ("bowtie", feature(polygon(BOWTIE)), "invalid_geometry"),
    ("hole_outside", feature(polygon(HOLE_OUTSIDE)), "invalid_geometry"),
    ("overlapping_parts", feature({"type": "MultiPolygon", "coordinates": [[GOOD], shifted(0.005, 0.005)]}), "invalid_geometry"),
    ("feature_null", None, "not_a_feature"),
    ("feature_number", 5, "not_a_feature"),
    ("feature_is_geometry", polygon(), "not_a_feature"),
    ("properties_list", {"type": "Feature", "properties": [], "geometry": polygon()}, "malformed_properties"),
    ("nul_in_property", feature(polygon(), farmer="a\0b"), "nul_character"),
    ("nul_in_key", feature(polygon(), **{"a\0b": 1}), "nul_character"),
    ("geometry_crs", feature({**polygon(), "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}), "crs_not_supported"),
    ("feature_crs_link", {**feature(polygon()), "crs": {"type": "link", "properties": {"href": "x"}}}, "crs_not_allowed"),
    ("point_area_zero", feature({"type": "Point", "coordinates": [10, 5]}, area_ha=0), "invalid_area"),
    ("point_area_text", feature({"type": "Point", "coordinates": [10, 5]}, Area="two"), "invalid_area"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "code"), [pytest.param(*case[1:], id=case[0]) for case in PLOTS])
def test_a_bad_plot_is_rejected_and_the_rest_goes_on(staged: Any, bad: Any, code: str) -> None:
    result = staged(collection(feature(polygon(), id="good"), bad, feature(polygon(shifted(1, 1)), id="too")))
    (rejection,) = result.rejected
    assert (rejection.feature_index, rejection.code, rejection.severity) == (1, code, "error")
    assert (result.total, result.accepted, result.chunks) == (3, 2, [2])
    assert rejection.message.startswith(f"Plot {rejection.plot_id} (feature 1): ")
    assert "{" not in rejection.message


BARE = POLYGON_JSON[1:]
TEXTS: list[tuple[str, str, str]] = [
    ("two_types", '"type":"Feature","properties":{},"geometry":' + POLYGON_JSON, "duplicate_json_key"),
    ("two_geometries", '"geometry":null,"properties":{},"geometry":' + POLYGON_JSON, "duplicate_json_key"),
    ("two_geometry_types", '"properties":{},"geometry":{"type":"LineString",' + BARE, "duplicate_json_key"),
    ("two_coordinates", '"properties":{},"geometry":{"coordinates":[],' + BARE, "duplicate_json_key"),
    ("escaped_key", '"properties":{},"geometry":{"\\u0063oordinates":[],' + BARE, "duplicate_json_key"),
    (
        "in_collection",
        '"properties":{},"geometry":{"type":"GeometryCollection","geometries":[{"coordinates":[],' + BARE + "]}",
        "duplicate_json_key",
    ),
    ("deep_properties", '"geometry":' + POLYGON_JSON + ',"properties":{"a":' + "[" * 70 + "]" * 70 + "}", "nesting_too_deep"),
    (
        "deep_geometry_with_types",
        '"properties":{},"geometry":{"type":"Polygon","x":{"type":1},"coordinates":' + "[" * 900 + "]" * 900 + "}",
        "malformed_geometry",
    ),
]


@pytest.mark.parametrize(("text", "code"), [pytest.param(*case[1:], id=case[0]) for case in TEXTS])
def test_a_feature_that_two_readers_could_read_differently_is_rejected(staged: Any, text: str, code: str) -> None:
    good = '{"type":"Feature","properties":{},"geometry":' + POLYGON_JSON + "}"
    result = staged('{"type":"FeatureCollection","features":[' + good + ',{"type":"Feature",' + text + "}]}")
    assert [(r.feature_index, r.code) for r in result.rejected] == [(1, code)]


CSV_ROWS: list[tuple[str, str, str, str]] = [
    ("ragged", "lat,lon,a", "1,2", "csv_ragged_row"),
    ("nul", "lat,lon,a", "1,2,x\0y", "csv_nul"),
    ("comma_in_commas", "lat,lon,a", '"1,5",2,x', "decimal_comma"),
    ("nan", "lat,lon,a", "nan,2,x", "non_finite_coordinate"),
    ("one_missing", "lat,lon,a", "1,,x", "non_finite_coordinate"),
    ("both_missing", "lat,lon,a", ",,x", "empty_geometry"),
    ("underscore", "lat,lon,a", "1_0,2,x", "non_numeric_coordinate"),
    ("degrees_minutes", "lat,lon,a", "1°30'N,2,x", "non_numeric_coordinate"),
    ("latitude_95", "lat,lon,a", "95,2,x", "coordinate_out_of_range"),
    ("bad_area", "lat,lon,area", "1,2,-3", "invalid_area"),
    ("empty_wkt", "wkt,a", ",x", "empty_geometry"),
    ("empty_polygon", "wkt,a", "POLYGON EMPTY,x", "empty_geometry"),
    ("no_wkt", "wkt,a", "hello,x", "malformed_geometry"),
    ("wkt_junk", "wkt,a", "POINT(1 2) x,x", "malformed_geometry"),
    ("wkt_line", "wkt,a", '"LINESTRING(1 2,3 4)",x', "geometry_type_not_supported"),
    ("wkt_curve", "wkt,a", '"CURVEPOLYGON((1 2,3 4,5 2,1 2))",x', "geometry_type_not_supported"),
    ("wkt_srid", "wkt,a", "SRID=3857;POINT(1 2),x", "crs_not_supported"),
    ("wkt_nan", "wkt,a", "POINT(nan 2),x", "non_finite_coordinate"),
    ("wkt_overflow", "wkt,a", "POINT(1e400 2),x", "non_finite_coordinate"),
    ("wkt_two_points", "wkt,a", '"POLYGON((1 2,3 4,1 2))",x', "degenerate_geometry"),
    ("wkt_bomb", "wkt,a", "GEOMETRYCOLLECTION(" * 50_000 + ",x", "geometry_type_not_supported"),
    ("json_geometry", "geometry,a", '"{""type"":""Polygon""",x', "malformed_geometry"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize(("header", "row", "code"), [pytest.param(*case[1:], id=case[0]) for case in CSV_ROWS])
def test_a_bad_row_is_rejected_and_the_rest_goes_on(staged: Any, header: str, row: str, code: str) -> None:
    good = f'"{WKT}",g' if "lat" not in header else "5,10,2"
    result = staged(csv(header, good, "", row, ""), "text/csv")
    assert [(r.feature_index, r.plot_id, r.code) for r in result.rejected] == [(1, "2", code)]
    assert result.accepted == 1


def test_a_rejected_row_names_its_line(staged: Any) -> None:
    (rejection,) = staged(csv("lat,lon,a", '5,10,"two\nlines"', "", "1,2"), "text/csv").rejected
    assert "line 5 has 2 fields, the header 3" in rejection.message


def test_metres_are_named_as_the_likely_reason(staged: Any) -> None:
    (rejection,) = staged(collection(feature(polygon()), feature(polygon(shifted(500_000, 200_000))))).rejected
    assert "looks_projected" in rejection.message


def test_an_invalid_outline_says_why_and_where(staged: Any) -> None:
    (rejection,) = staged(collection(feature(polygon()), feature(polygon(BOWTIE)))).rejected
    assert re.search(r"Self-intersection at longitude 10\.01\d*, latitude 5\.01", rejection.message)


def test_null_island_passes_when_locations_are_not_validated(staged: Any) -> None:
    point = feature({"type": "Point", "coordinates": [0, 0]})
    assert staged(collection(point), validate_locations=False).accepted == 1
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature({"type": "Point", "coordinates": [0.02, 0]})))
    assert [one.code for one in refused.value.rejected] == ["in_the_sea"]


def test_messages_repeat_at_most_64_characters_of_the_input(staged: Any) -> None:
    long = "x" * 5000
    (rejection,) = staged(collection(feature(polygon()), feature({"type": long, "coordinates": []}))).rejected
    assert len(rejection.message) < 250
