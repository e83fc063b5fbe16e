"""The same plots give the same staged plots in every format, and what a format cannot say plainly is refused."""

import json
import struct
from pathlib import Path
from typing import Any

import geopandas
import pyarrow.parquet as pq
import pytest
import shapely

from services.staging.rules import Limits
from tests.services.staging.pack import (
    GEOPACKAGE,
    SHAPEFILE,
    SQUARE,
    TWO,
    WITH_HOLE,
    ZIP,
    code_of,
    frame,
    geopackage,
    rows,
    shapefile,
    zipped,
)


def polygons(**options: Any) -> geopandas.GeoDataFrame:
    return frame(SQUARE, WITH_HOLE, TWO, **options)


def test_a_geopackage_and_geojson_of_the_same_plots_are_staged_the_same(staged: Any, tmp_path: Path) -> None:
    plots = frame(plotid=["a", "b", "c", "d"], crop=["cocoa", None, "é", ""], trees=[1, 2, 3, 4], share=[0.1, 1.0, None, 2.5])
    expected = rows(staged(plots.to_json()))
    found = rows(staged(geopackage(plots, tmp_path).read_bytes(), GEOPACKAGE))
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours[3] == {**theirs[3], "fid": ours[3]["fid"]}


def test_a_shapefile_and_geojson_of_the_same_plots_are_staged_the_same(staged: Any, tmp_path: Path) -> None:
    plots = polygons(plotid=["a", "b", "c"], crop=["cocoa", None, "é"], trees=[1, 2, 3], share=[0.1, 1.0, None])
    expected = rows(staged(plots.to_json()))
    packed = zipped(shapefile(plots, tmp_path, encoding="UTF-8"))
    assert rows(staged(packed, SHAPEFILE)) == expected
    assert rows(staged(packed, ZIP)) == expected


@pytest.mark.parametrize(
    ("encoding", "language", "cpg"),
    [
        ("UTF-8", 0, None),
        ("UTF-8", 0, b"UTF-8"),
        ("UTF-8", 0x57, b"65001\n"),
        ("CP1252", 0, b"1252"),
        ("CP1252", 0x57, None),
        ("ISO-8859-1", 0, b"ISO-8859-1"),
        ("CP850", 0x02, None),
    ],
)
def test_texts_of_a_shapefile_are_read_in_the_encoding_that_it_names(
    staged: Any, tmp_path: Path, encoding: str, language: int, cpg: bytes | None
) -> None:
    files = encoded(tmp_path, encoding, language, cpg)
    assert "Ngozi é" in {row[0] for row in rows(staged(zipped(files), SHAPEFILE))}


def encoded(tmp_path: Path, encoding: str, language: int, cpg: bytes | None) -> dict[str, bytes]:
    files = shapefile(polygons(plotid=["Ngozi é", "b", "c"]), tmp_path, encoding=encoding)
    dbf = bytearray(files["plots.dbf"])
    dbf[29] = language
    kept = {name: content for name, content in files.items() if not name.endswith(".cpg")}
    return kept | {"plots.dbf": bytes(dbf)} | ({"plots.cpg": cpg} if cpg else {})


def test_texts_that_are_not_in_the_encoding_of_a_shapefile_are_refused(staged: Any, tmp_path: Path) -> None:
    for language, cpg in ((0, None), (0, b"UTF-8"), (0, b"nonsense")):
        error = code_of(staged, zipped(encoded(tmp_path, "CP1252", language, cpg)), SHAPEFILE)
        assert error.code == "shapefile_malformed", error.detail


@pytest.mark.parametrize("name", ["ai4sf_vietnam_100", "lem_bahia_brazil_100", "mapme_gfw_sample_1", "netherlands_brp_100"])
def test_real_geopackages_hold_the_plots_that_gdal_reads(staged: Any, shared_data: Path, name: str) -> None:
    path = shared_data / "plots" / f"{name}.gpkg"
    expected = geopandas.read_file(path)
    result = staged(path.read_bytes(), GEOPACKAGE)
    assert (result.total, result.accepted) == (len(expected), len(expected))
    table = pq.read_table(result.path)
    for at, text in zip(table["feature_index"].to_pylist(), table["properties"].to_pylist(), strict=True):
        told = {key: value for key, value in json.loads(text).items() if key in expected.columns}
        assert told == json.loads(expected.drop(columns=expected.geometry.name).iloc[at].to_json())


@pytest.mark.parametrize("missing", [".shp", ".shx", ".dbf"])
def test_a_shapefile_without_one_of_its_files_is_refused_by_that_name(staged: Any, tmp_path: Path, missing: str) -> None:
    files = {name: content for name, content in shapefile(polygons(), tmp_path).items() if not name.endswith(missing)}
    error = code_of(staged, zipped(files), SHAPEFILE)
    assert error.code == "shapefile_incomplete" and missing in error.detail


def test_a_shapefile_without_prj_needs_assume_crs(staged: Any, tmp_path: Path) -> None:
    packed = zipped({name: content for name, content in shapefile(polygons(), tmp_path).items() if not name.endswith(".prj")})
    assert code_of(staged, packed, SHAPEFILE).code == "crs_unknown"
    assert staged(packed, SHAPEFILE, assume_crs="EPSG:4326").accepted == 3


def test_metres_without_prj_that_are_said_to_be_degrees_are_out_of_range(staged: Any, tmp_path: Path) -> None:
    metres = polygons().to_crs("EPSG:32632")
    packed = zipped({name: content for name, content in shapefile(metres, tmp_path).items() if not name.endswith(".prj")})
    error = code_of(staged, packed, SHAPEFILE, assume_crs="EPSG:4326")
    assert error.code == "no_usable_plot"
    assert {one.code for one in error.rejected} == {"coordinate_out_of_range"}


@pytest.mark.parametrize("write", ["shapefile", "geopackage"])
def test_projected_files_come_back_as_longitude_and_latitude(staged: Any, tmp_path: Path, write: str) -> None:
    metres = frame(SQUARE).to_crs("EPSG:32632")
    if write == "shapefile":
        result = staged(zipped(shapefile(metres, tmp_path)), SHAPEFILE)
    else:
        result = staged(geopackage(metres, tmp_path).read_bytes(), GEOPACKAGE)
    [found] = shapely.from_wkb(pq.read_table(result.path)["geometry"].to_pylist())
    assert shapely.hausdorff_distance(found, SQUARE) < 1e-8
    assert result.warnings["reprojected"] == 1


def two_layers(tmp_path: Path) -> dict[str, bytes]:
    """A file of one layer with three plots and one with a single plot, by media type."""
    both = shapefile(polygons(), tmp_path, "east") | shapefile(frame(SQUARE), tmp_path, "west")
    path = geopackage(polygons(), tmp_path, layer="east")
    frame(SQUARE).to_file(path, driver="GPKG", layer="west")
    return {ZIP: zipped(both), GEOPACKAGE: path.read_bytes()}


@pytest.mark.parametrize("media_type", [ZIP, GEOPACKAGE])
def test_of_two_layers_the_named_one_is_read(staged: Any, tmp_path: Path, media_type: str) -> None:
    body = two_layers(tmp_path)[media_type]
    error = code_of(staged, body, media_type)
    assert error.code == "ambiguous_layers" and "east, west" in error.detail
    assert staged(body, media_type, layer="west").accepted == 1
    assert staged(body, media_type, layer="east").accepted == 3
    error = code_of(staged, body, media_type, layer="north")
    assert error.code == "layer_missing" and "north" in error.detail and "east, west" in error.detail


def test_a_layer_of_a_format_without_layers_is_said_to_be_unused(staged: Any) -> None:
    assert staged(frame(SQUARE).to_json(), layer="west").warnings["layer_unused"] == 1


def test_heights_are_dropped_with_a_warning(staged: Any, tmp_path: Path) -> None:
    high = frame(shapely.force_3d(SQUARE, 120.0))
    assert staged(zipped(shapefile(high, tmp_path)), SHAPEFILE).warnings["z_dropped"] == 1
    assert staged(geopackage(high, tmp_path).read_bytes(), GEOPACKAGE).warnings["z_dropped"] == 1


def test_lines_are_rejected_plot_by_plot(staged: Any, tmp_path: Path) -> None:
    lines = frame(shapely.LineString([(10, 5), (11, 6)]), SQUARE)
    result = staged(geopackage(lines, tmp_path).read_bytes(), GEOPACKAGE)
    assert [(one.feature_index, one.code) for one in result.rejected] == [(0, "geometry_type_not_supported")]


def test_shapes_and_rows_of_unequal_number_are_refused(staged: Any, tmp_path: Path) -> None:
    files = shapefile(polygons(), tmp_path)
    dbf = bytearray(files["plots.dbf"])
    dbf[4:8] = struct.pack("<I", 2)
    error = code_of(staged, zipped(files | {"plots.dbf": bytes(dbf)}), SHAPEFILE)
    assert error.code == "shapefile_malformed" and "3 shapes but 2 rows" in error.detail


@pytest.mark.parametrize("suffix", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("content", [b"", b"nonsense" * 100, b"\x00\x00\x27\x0a" + b"\xff" * 400])
def test_a_damaged_shapefile_is_refused(staged: Any, tmp_path: Path, suffix: str, content: bytes) -> None:
    files = shapefile(polygons(), tmp_path) | {f"plots{suffix}": content}
    assert code_of(staged, zipped(files), SHAPEFILE).code in ("shapefile_malformed", "no_usable_plot")


@pytest.mark.parametrize("write", ["shapefile", "geopackage"])
def test_more_plots_than_allowed_are_refused(staged: Any, tmp_path: Path, write: str) -> None:
    if write == "shapefile":
        error = code_of(staged, zipped(shapefile(polygons(), tmp_path)), SHAPEFILE, limits=Limits(max_plots=2))
    else:
        error = code_of(staged, geopackage(polygons(), tmp_path).read_bytes(), GEOPACKAGE, limits=Limits(max_plots=2))
    assert error.code == "too_many_features"
