"""A layer's file is read as it is, mended where it must be and counted, or refused with the reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from shared.errors import Refused, Unavailable
from shared.geo.areas import geodesic_area_ha
from shared.vectors.layer import PolygonLayer
from shared.vectors.opening import Polygons, open_polygons
from tests.shared.vectors.make import array, polygons_of, write_layer

SQUARE = shapely.box(0, 0, 1, 1)
BOW_TIE = shapely.Polygon([(10, 0), (11, 1), (11, 0), (10, 1)])
"""Two triangles that meet in (10.5, 0.5): a ring that crosses itself."""


def read(folder: Path, geometries: list[Any], **given: Any) -> PolygonLayer:
    """The layer hydrobasins_lev06 of these geometries."""
    write_layer(folder / "hydrobasins_lev06/lev06_v1c.parquet", "hydrobasins_lev06", geometries, **given)
    layer = open_polygons(folder, "hydrobasins_lev06")
    assert layer is not None
    return layer


def test_columns_come_by_feature_in_their_kinds(tmp_path: Path) -> None:
    given = {"pfaf_id": [142737.0, -9999.0], "bws_raw": [0.3, None], "bws_label": ["High", None], "bws_cat": [-1, 2]}
    layer = polygons_of(tmp_path, "aqueduct40", [SQUARE, BOW_TIE], given).layer("aqueduct40")
    assert layer is not None and len(layer) == 2
    assert layer.column("pfaf_id").tolist() == [142737, -9999] and layer.column("pfaf_id").dtype == np.int64
    assert layer.column("bws_raw")[0] == 0.3 and np.isnan(layer.column("bws_raw")[1])
    assert layer.column("bws_label").tolist() == ["High", None]
    assert layer.column("bws_cat").tolist() == [-1.0, 2.0]
    with pytest.raises(Refused, match="no column ours"):
        layer.column("ours")


def test_more_features_than_a_slice_keep_their_order(tmp_path: Path) -> None:
    geometries = [shapely.box(n / 100, 0, (n + 1) / 100, 1) for n in range(2500)]
    layer = read(tmp_path, geometries, columns={"HYBAS_ID": range(2500)})
    assert layer.column("HYBAS_ID").tolist() == list(range(2500))
    assert shapely.equals_exact(layer.geometry, geometries).all()


def test_an_invalid_polygon_is_mended_once_and_counted(tmp_path: Path) -> None:
    layer = read(tmp_path, [SQUARE, BOW_TIE])
    assert layer.mended == 1
    assert shapely.is_valid(layer.geometry).all()
    assert layer.geometry[0].equals(SQUARE)
    assert layer.geometry[1].area == pytest.approx(0.5)  # each triangle: base 1, height 1/2


def test_a_polygon_past_the_antimeridian_is_split_there_and_counted(tmp_path: Path) -> None:
    layer = read(tmp_path, [shapely.box(179, 0, 181, 1), SQUARE])
    assert layer.mended == 1
    assert layer.geometry[0].equals(shapely.union(shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)))
    assert geodesic_area_ha(layer.geometry[:1]) == pytest.approx(2 * geodesic_area_ha(layer.geometry[1:]))


def test_a_feature_without_geometry_is_kept_and_overlaps_nothing(tmp_path: Path) -> None:
    layer = read(tmp_path, [None, SQUARE])
    assert len(layer) == 2 and shapely.is_empty(layer.geometry).tolist() == [True, False]
    assert layer.overlaps(array(SQUARE)).feature.tolist() == [1]


def test_a_file_without_a_crs_is_in_degrees_by_its_format(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "kba.parquet", "kba", [SQUARE])
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    text = table.schema.metadata[b"geo"].decode()
    start = text.index(', "crs"')
    pq.write_table(table.replace_schema_metadata({"geo": text[:start] + "}}}"}), path)
    assert open_polygons(None, "kba", {"kba": path}) is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"geo": {"crs": None}}, "WGS84"),
        ({"geo": {"crs": "EPSG:3857"}}, "WGS84"),
        ({"geo": {"crs": "nonsense"}}, "WGS84"),
        ({"geo": {"encoding": "polygon"}}, "WKB is wanted"),
        ({"without": ["PFAF_ID"]}, "no column PFAF_ID"),
        ({"columns": {"PFAF_ID": ["12"]}}, "PFAF_ID"),
        ({"columns": {"PFAF_ID": [1.5]}}, "truncated"),
        ({"columns": {"PFAF_ID": [None]}}, "PFAF_ID"),
        ({"geometries": [shapely.Point(0, 0)]}, "no polygons"),
        ({"geometries": [shapely.box(500_000, 0, 500_100, 100)]}, "no degrees"),
        ({"geometries": [shapely.Polygon([(0, 0), (1, 0), (np.nan, 1)])]}, "no degrees"),
        ({"geometries": [b"\x01\x03\x00\x00\x00\xff\xff\xff\xff"]}, "WKB|Parse"),
    ],
)
def test_a_file_that_is_not_what_the_catalogue_says_is_unavailable(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Unavailable, match=said) as unavailable:
        read(tmp_path, **{"geometries": [SQUARE], **given})
    assert unavailable.value.code == "layer_encoding"


@pytest.mark.parametrize("content", [b"", b"PAR1 not parquet PAR1", b"{}"])
def test_a_file_that_is_no_parquet_is_unavailable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wdpa.parquet"
    path.write_bytes(content)
    with pytest.raises(Unavailable) as unavailable:
        open_polygons(None, "wdpa", {"wdpa": path})
    assert unavailable.value.code in ("layer_encoding", "layer_unavailable")


def test_a_file_that_declares_more_than_the_limit_is_not_decoded(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "kba.parquet", "kba", [shapely.Point(0, 0).buffer(1, quad_segs=5000)])
    with pytest.raises(Unavailable, match="POLYGON_LAYER_MIB") as unavailable:
        Polygons(files={"kba": path}, limit_bytes=100_000).layer("kba")
    assert unavailable.value.code == "layer_too_large"
    assert Polygons(files={"kba": path}, limit_bytes=1_000_000).layer("kba") is not None
