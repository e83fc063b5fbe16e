"""GeoParquet: every version, encoding and column type; bad files and bad plots with their codes."""

import json
from datetime import UTC, date, datetime
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from services.staging.faults import FileRefused
from services.staging.stage import Limits
from tests.services.staging.formats import GEOPARQUET, frame, geo, geoparquet, parquet, wkb_parquet
from tests.services.staging.make import GOOD, only

SQUARE = shapely.Polygon(GOOD)
WKB = shapely.to_wkb(SQUARE)


def moved(dx: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.transform(SQUARE, lambda xy: xy + np.array([dx, 0]))))


@pytest.mark.parametrize(
    "content",
    [
        geoparquet(frame([SQUARE], id=["a"]), schema_version="1.0.0"),
        geoparquet(frame([SQUARE], id=["a"]), schema_version="1.1.0", write_covering_bbox=True),
        geoparquet(frame([SQUARE], id=["a"]), schema_version="1.1.0", geometry_encoding="geoarrow"),
        geoparquet(frame([shapely.MultiPolygon([SQUARE])], id=["a"]), schema_version="1.1.0", geometry_encoding="geoarrow"),
        geoparquet(frame([shapely.Point(10, 5)], id=["a"]), schema_version="1.1.0", geometry_encoding="geoarrow"),
        parquet(pa.table({"geometry": pa.array([WKB], pa.large_binary()), "id": ["a"]}), geo("2.0.0")),
    ],
    ids=["1.0", "1.1", "geoarrow", "geoarrow_multi", "geoarrow_point", "2.0"],
)
def test_every_version_and_encoding_is_read(staged: Any, content: bytes) -> None:
    result = staged(content, GEOPARQUET)
    plots = only(result)
    assert shapely.get_coordinates(plots.geometry)[:1].tolist() == [GOOD[0]]
    assert (plots.plot_id, plots.properties) == (["a"], ['{"id":"a"}'])
    assert result.source_crs is None


class GeoArrowWkb(pa.ExtensionType):  # type: ignore[misc]  # pyarrow has no types
    """What makes pyarrow write the geometry type of Parquet itself."""

    def __init__(self, metadata: bytes = b"{}") -> None:
        self.metadata = metadata
        super().__init__(pa.binary(), "geoarrow.wkb")

    def __arrow_ext_serialize__(self) -> bytes:
        return self.metadata

    @classmethod
    def __arrow_ext_deserialize__(cls, storage: Any, metadata: bytes) -> "GeoArrowWkb":
        return cls(metadata)


def native(wkb: list[bytes], metadata: bytes) -> bytes:
    pa.register_extension_type(GeoArrowWkb())
    try:
        return parquet(pa.table({"shape": pa.ExtensionArray.from_storage(GeoArrowWkb(metadata), pa.array(wkb, pa.binary()))}))
    finally:
        pa.unregister_extension_type("geoarrow.wkb")


UTM = geopandas.GeoSeries([SQUARE], crs=4326).to_crs(32632)
PROJJSON = json.dumps({"crs": UTM.crs.to_json_dict()}).encode()


@pytest.mark.parametrize(
    ("content", "crs"),
    [
        (native([WKB], b"{}"), None),
        (native([WKB], b'{"edges":"spherical"}'), None),
        (native([UTM.to_wkb()[0]], b'{"crs":"EPSG:32632"}'), "EPSG:32632"),
        (native([UTM.to_wkb()[0]], PROJJSON), "EPSG:32632"),
    ],
    ids=["geometry", "geography", "named", "projjson"],
)
def test_the_geometry_types_of_parquet_itself_are_read(staged: Any, content: bytes, crs: str | None) -> None:
    result = staged(content, GEOPARQUET)
    np.testing.assert_allclose(shapely.get_coordinates(only(result).geometry), GOOD, atol=1e-9)
    assert (result.source_crs, only(result).properties) == (crs, ["{}"])


def test_columns_of_every_type_become_properties(staged: Any) -> None:
    table = {
        "text": pa.array(['say "ü"\n', None]),
        "many": pa.array(["x", "y"]).dictionary_encode(),
        "whole": pa.array([7, None]),
        "real": pa.array([1.0, float("nan")]),
        "endless": pa.array([float("inf"), 0.25]),
        "small": pa.array([0.1, 2], pa.float32()),
        "yes": pa.array([True, None]),
        "determination_datetime": pa.array([datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)] * 2, pa.timestamp("s", "UTC")),
        "local": pa.array([datetime(2020, 1, 2, 3, 4, 5)] * 2, pa.timestamp("s")),  # noqa: DTZ001
        "day": pa.array([date(2020, 1, 2), None]),
        "nested": pa.array([{"a": [1, None]}, None]),
        "nothing": pa.nulls(2),
    }
    plots = only(staged(wkb_parquet([WKB, moved(1)], **table), GEOPARQUET))
    stored = dict(zip(plots.feature_index.tolist(), map(json.loads, plots.properties), strict=True))
    same = {"determination_datetime": "2020-01-02T03:04:05.000Z", "local": "2020-01-02T03:04:05.000", "nothing": None}
    assert stored[0] == {"text": 'say "ü"\n', "many": "x", "whole": 7, "real": 1.0, "endless": "inf", "small": 0.1, "yes": True,
                         "day": "2020-01-02", "nested": {"a": [1, None]}, **same}  # fmt: skip
    assert stored[1] == {"text": None, "many": "y", "whole": None, "real": None, "endless": 0.25, "small": 2.0, "yes": None,
                         "day": None, "nested": None, **same}  # fmt: skip
    assert '"real":1.0' in plots.properties[plots.feature_index.tolist().index(0)]


IDS: list[tuple[str, Any, list[str]]] = [
    ("text", ["x", "y"], ["x", "y"]),
    ("not_unique", ["x", "x"], ["1", "2"]),
    ("one_null", ["x", None], ["1", "2"]),
    ("blank", ["x", "  "], ["1", "2"]),
    ("long", ["x", "y" * 201], ["1", "2"]),
    ("whole", pa.array([2**60 + 1, 5]), [str(2**60 + 1), "5"]),
    ("real", [1.0, 2.5], ["1.0", "2.5"]),
    ("not_a_number", [1.0, float("nan")], ["1", "2"]),
    ("dictionary", pa.array(["p", "q"]).dictionary_encode(), ["p", "q"]),
    ("truth", [True, False], ["1", "2"]),
]


@pytest.mark.parametrize(("values", "ids"), [pytest.param(*case[1:], id=case[0]) for case in IDS])
def test_ids_come_from_a_column_as_from_properties(staged: Any, values: Any, ids: list[str]) -> None:
    plots = only(staged(wkb_parquet([WKB, moved(1)], ID=pa.array(values) if isinstance(values, list) else values), GEOPARQUET))
    assert [plots.plot_id[plots.feature_index.tolist().index(row)] for row in (0, 1)] == ids


def test_a_named_column_rejects_gaps_and_repeats(staged: Any) -> None:
    content = wkb_parquet([moved(i) for i in range(4)], code=pa.array(["a", "a", None, "b"]))
    result = staged(content, GEOPARQUET, plot_id_column="code")
    assert [(r.feature_index, r.code) for r in result.rejected] == [
        (0, "duplicate_plot_id"),
        (1, "duplicate_plot_id"),
        (2, "unusable_plot_id"),
    ]
    assert only(result).plot_id == ["b"]


def test_points_declare_their_area_and_polygons_need_none(staged: Any) -> None:
    points = shapely.to_wkb(shapely.points([[11, 5], [12, 5], [13, 5]])).tolist()
    content = wkb_parquet([WKB, *points], area=pa.array([-1.0, 2.5, float("nan"), 0.0]))
    result = staged(content, GEOPARQUET)
    assert [(r.feature_index, r.code) for r in result.rejected] == [(3, "invalid_area")]
    plots = only(result)
    areas = dict(zip(plots.feature_index.tolist(), plots.area_ha.tolist(), strict=True))
    assert (areas[1], np.isnan(areas[2])) == (2.5, True)
    assert areas[0] == pytest.approx(122.634, abs=0.001)


def test_texts_with_nul_and_large_rows_are_rejected(staged: Any) -> None:
    content = wkb_parquet([WKB, moved(1), moved(2), moved(3)], a=pa.array(["a\0b", "x" * 1_100_000, "\\u0000", "fine"]))
    result = staged(content, GEOPARQUET, limits=Limits(max_vertices_per_plot=10))
    assert [(r.feature_index, r.code) for r in result.rejected] == [(0, "nul_character"), (1, "feature_too_large")]


def geometry_and(**columns: Any) -> pa.Table:
    return pa.table({"geometry": pa.array([WKB]), **columns})


FILES: list[tuple[str, bytes, str, int]] = [
    ("no_geo", parquet(geometry_and()), "geoparquet_metadata", 422),
    ("no_json", parquet(geometry_and(), "{"), "geoparquet_metadata", 422),
    ("a_list", parquet(geometry_and(), []), "geoparquet_metadata", 422),
    ("no_version", parquet(geometry_and(), {k: v for k, v in geo().items() if k != "version"}), "geoparquet_metadata", 422),
    ("version_0", parquet(geometry_and(), geo("0.4.0")), "geoparquet_metadata", 422),
    ("no_such_column", parquet(geometry_and(), geo(column="shape")), "geoparquet_metadata", 422),
    ("unlisted_primary", parquet(geometry_and(), {**geo(), "primary_column": "x"}), "geoparquet_metadata", 422),
    ("encoding", parquet(geometry_and(), geo(encoding="WKT")), "geoparquet_metadata", 422),
    ("wrong_encoding", parquet(geometry_and(), geo(encoding="polygon")), "geoparquet_metadata", 422),
    ("text_as_wkb", parquet(pa.table({"geometry": ["POINT (1 2)"]}), geo()), "geoparquet_metadata", 422),
    ("crs_null", parquet(geometry_and(), geo(crs=None)), "geoparquet_metadata", 422),
    ("crs_nonsense", parquet(geometry_and(), geo(crs={"type": "x"})), "crs_not_supported", 422),
    ("no_rows", parquet(geometry_and().slice(0, 0), geo()), "no_features", 422),
    ("cut", wkb_parquet([WKB])[:-20], "parquet_malformed", 400),
    ("only_magic", b"PAR1" + b"\0" * 60 + b"PAR1", "parquet_malformed", 400),
    ("not_parquet", b'{"type":"FeatureCollection"}', "content_mismatch", 415),
    ("not_utf8", parquet(geometry_and(a=pa.array([b"\xff"]).view(pa.string())), geo()), "parquet_malformed", 400),
    ("broken_name", wkb_parquet([WKB], zzz=pa.array([1])).replace(b"zzz", b"\xc0zz"), "parquet_malformed", 400),
    ("broken_page", wkb_parquet([WKB])[:20] + b"\xff" * 40 + wkb_parquet([WKB])[60:], "parquet_malformed", 400),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code", "status"), [pytest.param(*case[1:], id=case[0]) for case in FILES])
def test_a_bad_file_is_refused_with_its_code(staged: Any, content: bytes, code: str, status: int) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(content, GEOPARQUET)
    assert (refused.value.code, refused.value.http_status) == (code, status)


def test_what_a_file_declares_is_held_against_the_limits_before_it_is_read(staged: Any) -> None:
    bomb = parquet(pa.table({"geometry": pa.array([WKB] * 5), "a": ["x" * 1_000_000] * 5}), geo(), use_dictionary=False)
    assert len(bomb) < 2_000_000
    for limits, code in ((Limits(max_plots=4), "too_many_features"), (Limits(max_decoded_bytes=1_000_000), "decoded_size_limit")):
        with pytest.raises(FileRefused) as refused:
            staged(bomb, GEOPARQUET, limits=limits)
        assert refused.value.code == code


def test_other_geometry_columns_are_left_out_and_noted(staged: Any) -> None:
    plots = frame([SQUARE], id=["a"])
    plots["middle"] = geopandas.GeoSeries([shapely.Point(10, 5)], crs="OGC:CRS84")
    result = staged(geoparquet(plots), GEOPARQUET)
    assert (only(result).properties, result.warnings["geometry_column_dropped"]) == (['{"id":"a"}'], 1)


def test_slices_and_row_groups_make_no_difference(staged: Any) -> None:
    content = [moved(i / 100) for i in range(2345)]
    table = pa.table({"geometry": content, "id": [f"p{i}" for i in range(2345)]})
    some = [pq.read_table(staged(parquet(table, geo(), row_group_size=size), GEOPARQUET).path) for size in (2345, 333)]
    assert some[0].equals(some[1])
    shuffled = table.take(np.random.default_rng(5).permutation(2345))
    third = pq.read_table(staged(parquet(shuffled, geo()), GEOPARQUET).path)
    assert third.drop_columns(["feature_index"]).equals(some[0].drop_columns(["feature_index"]))
