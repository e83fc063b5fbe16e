"""Bad files: each is refused with its code and place, and nothing is left behind."""

import re
from datetime import date
from typing import Any

import pytest

from contracts.v1.batch import BatchParameters
from contracts.v1.stats import Statistic
from services.staging.faults import FILE_FAULTS, NOTES, PLOT_FAULTS, FileRefused
from services.staging.stage import Limits, stage
from tests.services.staging.make import GOOD, POLYGON_JSON, collection, csv, feature, polygon, shifted, text_of

PARQUET = b"PAR1" + b"\0" * 60
VRT = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'

FILES: list[tuple[str, Any, str, int, dict[str, Any]]] = [
    ("empty_file", b"", "malformed_file", 400, {"line": 1, "column": 1}),
    ("not_json", "hello", "malformed_file", 400, {"line": 1, "column": 1}),
    ("truncated", '{"type":"FeatureCollection",\n"features":[{"type":"Feature"', "malformed_file", 400, {"line": 2}),
    ("trailing_comma", text_of(POLYGON_JSON).replace("}}]}", "}},]}"), "malformed_file", 400, {"line": 2}),
    ("text_after_end", '{"type":"FeatureCollection","features":[]}\n{}', "malformed_file", 400, {"line": 2, "column": 1}),
    ("nan", text_of('{"type":"Point","coordinates":[NaN,5]}'), "malformed_file", 400, {"line": 2, "column": 77}),
    ("infinity", text_of('{"type":"Point","coordinates":[-Infinity,5]}'), "malformed_file", 400, {"line": 2}),
    ("huge_number", text_of('{"type":"Point","coordinates":[1e999,5]}'), "malformed_file", 400, {"line": 2}),
    ("nan_beside_features", '{"type":"FeatureCollection","features":[],"x":NaN}', "malformed_file", 400, {"line": 1, "column": 47}),
    ("two_features_keys", '{"type":"FeatureCollection","features":[],"features":[]}', "malformed_file", 400, {"line": 1}),
    ("not_utf8", b'{"type":"FeatureCollection","features":[],"x":"\xff"}', "malformed_file", 400, {"line": 1}),
    ("utf16", '{"type":"FeatureCollection","features":[]}'.encode("utf-16"), "malformed_file", 400, {"line": 1}),
    ("deep_array", "[" * 100_000 + "]" * 100_000, "nesting_too_deep", 400, {"line": 1}),
    ("deep_geometry", text_of("[" * 100_000 + "]" * 100_000), "nesting_too_deep", 400, {"line": 2}),
    ("deep_member", '{"type":"FeatureCollection","features":[],"x":' + "[" * 2000 + "]" * 2000 + "}", "nesting_too_deep", 400, {"line": 1}),
    ("bare_array", "[]", "not_geojson", 422, {}),
    ("no_type", {"features": []}, "not_geojson", 422, {}),
    ("topology", {"type": "Topology", "objects": {}}, "not_geojson", 422, {}),
    ("features_no_array", {"type": "FeatureCollection", "features": {}}, "not_geojson", 422, {}),
    ("large_member", collection(x="y" * 1_100_000), "decoded_size_limit", 422, {}),
    ("vrt", VRT, "content_mismatch", 415, {}),
    ("zip", b"PK\x03\x04" + b"\0" * 60, "content_mismatch", 415, {}),
    ("parquet", PARQUET, "content_mismatch", 415, {}),
    ("bom_xml", b"\xef\xbb\xbf <a/>", "content_mismatch", 415, {}),
    ("crs_link", collection(crs={"type": "link", "properties": {"href": "http://127.0.0.1/crs"}}), "crs_not_allowed", 422, {}),
    ("crs_url", collection(crs={"type": "URL", "properties": {"url": "http://127.0.0.1/crs"}}), "crs_not_allowed", 422, {}),
    ("crs_unknown", collection(crs={"type": "name", "properties": {"name": "EPSG:99999"}}), "crs_not_supported", 422, {}),
    ("crs_4326_not_quite", collection(crs={"type": "name", "properties": {"name": "EPSG:43260"}}), "crs_not_supported", 422, {}),
    ("no_features", collection(), "no_features", 422, {}),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code", "status", "place"), [pytest.param(*case[1:], id=case[0]) for case in FILES])
def test_a_bad_geojson_file_is_refused_with_its_code_and_place(staged: Any, content: Any, code: str, status: int, place: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(content)
    assert (refused.value.code, refused.value.http_status) == (code, status)
    assert place.items() <= refused.value.errors[0].items()


CSV_FILES: list[tuple[str, bytes, str, int, dict[str, Any]]] = [
    ("empty", b"", "no_features", 422, {}),
    ("header_only", csv("lat,lon", ""), "no_features", 422, {}),
    ("no_geometry", csv("a,b", "1,2"), "csv_missing_columns", 422, {}),
    ("no_longitude", csv("lat,b", "1,2"), "csv_missing_columns", 422, {}),
    ("repeated_column", csv("lat,lon,a,a", "1,2,3,4"), "csv_repeated_column", 422, {}),
    ("two_geometries", csv("wkt,lat,lon", "POINT(1 2),1,2"), "mixed_geometry_columns", 422, {}),
    ("lat_and_latitude", csv("lat,latitude,lon", "1,1,2"), "mixed_geometry_columns", 422, {}),
    ("wkt_and_geometry", csv("wkt,geometry", "POINT(1 2),POINT(1 2)"), "mixed_geometry_columns", 422, {}),
    ("not_utf8", b"lat,lon,a\n1,2,x\n1,2,\xe9t\xe9\n", "encoding", 422, {"byte_offset": 20}),
    ("cut_utf8", b"lat,lon,a\n1,2,\xc3", "encoding", 422, {"byte_offset": 14}),
    ("utf16_undeclared", "lat,lon\n1,2".encode("utf-16"), "encoding", 422, {"byte_offset": 0}),
    ("large_field", csv("lat,lon,a", "1,2,3", "1,2," + "x" * 1_100_000), "csv_field_too_large", 422, {"line": 3}),
    ("open_quote", csv("lat,lon,a", '1,2,"x', "1,2,y"), "csv_malformed", 422, {"line": 3}),
    ("two_decimal_signs", csv("lat;lon", "1,5;2,5", "1.5;2.5"), "decimal_comma", 422, {"line": 3}),
    ("json", b'{"type":"FeatureCollection","features":[]}', "content_mismatch", 415, {}),
    ("xml", VRT, "content_mismatch", 415, {}),
    ("shapefile", b"\x00\x00\x27\x0a" + b"\0" * 96, "content_mismatch", 415, {}),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code", "status", "place"), [pytest.param(*case[1:], id=case[0]) for case in CSV_FILES])
def test_a_bad_csv_file_is_refused_with_its_code_and_place(staged: Any, content: bytes, code: str, status: int, place: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(content, "text/csv")
    assert (refused.value.code, refused.value.http_status) == (code, status)
    assert place.items() <= refused.value.errors[0].items()


def test_a_file_without_a_usable_plot_is_refused_with_every_reason(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature(None, id="A"), feature(polygon([[[10, 5], [10.02, 5.02], [10.02, 5], [10, 5.02], [10, 5]]]), id="B")))
    assert (refused.value.code, refused.value.http_status, refused.value.total) == ("no_usable_plot", 422, 2)
    assert [(r.plot_id, r.code) for r in refused.value.rejected] == [("A", "empty_geometry"), ("B", "invalid_geometry")]
    assert [error["plot_id"] for error in refused.value.errors] == ["A", "B"]


def test_on_invalid_reject_refuses_the_file_for_one_bad_plot(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature(polygon()), feature(None)), on_invalid="reject")
    assert (refused.value.code, [r.feature_index for r in refused.value.rejected]) == ("invalid_plots", [1])
    assert staged(collection(feature(polygon())), on_invalid="reject").accepted == 1


def test_limits_of_the_deployment_hold(staged: Any) -> None:
    three = collection(*[feature(polygon(shifted(i, 0))) for i in range(3)])
    with pytest.raises(FileRefused) as refused:
        staged(three, limits=Limits(max_plots=2))
    assert (refused.value.code, refused.value.http_status) == ("too_many_features", 413)
    assert staged(three, limits=Limits(max_plots=3)).accepted == 3
    square = feature(polygon())
    triangle = feature(polygon([[*GOOD[:3], GOOD[0]]]))
    (rejection,) = staged(collection(square, triangle), limits=Limits(max_vertices_per_plot=4)).rejected
    assert (rejection.feature_index, rejection.code) == (0, "too_many_vertices")
    long = feature(polygon(), text="x" * 1_100_000)
    (rejection,) = staged(collection(long, square), limits=Limits(max_vertices_per_plot=100)).rejected
    assert rejection.code == "feature_too_large"
    with pytest.raises(FileRefused, match="decoded file"):
        staged(three, limits=Limits(max_decoded_bytes=100))


def test_an_unknown_media_type_is_refused(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged("x", "application/pdf")
    assert (refused.value.code, refused.value.http_status) == ("unsupported_media_type", 415)


def test_what_progress_raises_ends_the_staging_and_leaves_nothing(staged: Any, tmp_path: Any) -> None:
    source = tmp_path / "source"
    source.write_text(text_of(POLYGON_JSON))
    order = BatchParameters(collection_name="c", stats=(Statistic.EUDR_DEFORESTATION,), end_date=date(2025, 12, 31))

    def lost(done: int, total: int | None) -> None:
        raise KeyError(done)

    with pytest.raises(KeyError):
        stage(source, "application/json", tmp_path / "plots.parquet", order, Limits(), lost)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_every_file_fault_has_a_status_and_every_note_rejects_with_a_known_code() -> None:
    assert all(check.http_status in {400, 413, 415, 422} and check.advice for check in FILE_FAULTS.values())
    assert all(check.http_status is None and check.advice for check in PLOT_FAULTS.values())
    assert {check.rejects for check in NOTES.values() if check.rejects} <= set(PLOT_FAULTS)
    assert all(re.fullmatch("[a-z_]+", code) for table in (FILE_FAULTS, PLOT_FAULTS, NOTES) for code in table)
