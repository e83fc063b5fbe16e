"""Reference systems: named, reprojected vertex by vertex, or refused; results held against geopandas and known points."""

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import CRS

from services.staging.crs import reproject, to_wgs84
from services.staging.faults import FileRefused
from tests.services.staging.formats import GEOPARQUET, LINES, XLSX, csv_of, frame, geojson, geoparquet, lines, wkt_rows, xlsx
from tests.services.staging.make import GOOD, collection, csv, feature, only, polygon, square

SQUARE = shapely.Polygon(GOOD)


@pytest.mark.parametrize(
    "definition",
    ["EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84h", "EPSG:4979", CRS(4326).to_wkt("WKT1_ESRI"), CRS(4326).to_json_dict()],
    ids=range(6),
)
def test_wgs84_needs_no_way_whatever_it_is_called(definition: Any) -> None:
    assert to_wgs84(definition) is None


@pytest.mark.parametrize(
    ("definition", "name", "note"),
    [
        ("EPSG:32648", "EPSG:32648", "reprojected"),
        ("urn:ogc:def:crs:EPSG::28992", "EPSG:28992", "reprojected"),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:3857", "reprojected"),
        (CRS(28992).to_wkt("WKT1_ESRI"), "EPSG:28992", "reprojected"),
        (CRS(6668).to_json(), "EPSG:6668", "reprojected"),
        ("EPSG:7415", "EPSG:28992", "reprojected"),  # with heights
        ("EPSG:2136", "EPSG:2136", "reprojected_coarsely"),  # Accra: up to 25 m
    ],
    ids=range(7),
)
def test_known_systems_are_found_by_name_wkt_and_projjson(definition: str, name: str, note: str) -> None:
    way = to_wgs84(definition)
    assert way is not None
    assert (way.name, way.note) == (name, note)


@pytest.mark.parametrize(
    "definition",
    ["", "EPSG:99999", "http://127.0.0.1/crs", "+proj=utm +zone=48", "+init=/etc/passwd:1", 'LOCAL_CS["x"]', "EPSG:5703", "x" * 100_000,
     '{"type":', {"type": "ProjectedCRS"}, 7, CRS("+proj=utm +zone=48 +ellps=intl").to_wkt(),
     'GEOGCS["x",DATUM["x",SPHEROID["x",6378137,298],EXTENSION["PROJ4_GRIDS","/etc/passwd"]],UNIT["degree",0.0174]]',
     CRS("+proj=longlat +ellps=bessel +nadgrids=/etc/passwd").to_wkt()],
    ids=range(14),
)  # fmt: skip
def test_unknown_systems_files_and_addresses_are_refused(definition: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        to_wgs84(definition)
    assert refused.value.code == "crs_not_supported"


def test_a_known_point_comes_out_where_it_lies() -> None:
    way = to_wgs84("EPSG:28992")
    assert way is not None
    moved, lost = reproject(shapely.points([[155_000, 463_000], [9e9, 1]]), way)
    # the spire of Onze Lieve Vrouwetoren in Amersfoort, origin of the Dutch grid: 52.15517440, 5.38720621 on ETRS89
    np.testing.assert_allclose(shapely.get_coordinates(moved[0]), [[5.38720621, 52.15517440]], atol=1e-5)
    assert lost.tolist() == [False, True]


PLOTS = frame([SQUARE], crs=4326, id=["a"])
SYSTEMS = [4326, 32630, 3857, 2154]
"""The last is on another datum: RGF93 of France, whose shift to WGS84 is none."""


@pytest.fixture(scope="module")
def hundred(shared_data: Path) -> geopandas.GeoDataFrame:
    """100 real fields, their coordinates rounded to 7 decimals as the hash does."""
    fields = geopandas.read_file(shared_data / "plots/jecam_burkina_100.geojson").geometry.to_numpy()
    return frame(shapely.transform(fields, lambda xy: np.round(xy, 7)), crs=4326, id=[f"p{number}" for number in range(len(fields))])


@pytest.mark.parametrize("epsg", SYSTEMS)
@pytest.mark.parametrize(
    ("write", "media_type"),
    [
        (geojson, "application/geo+json"),
        (geoparquet, GEOPARQUET),
        (lambda plots: lines(plots), LINES),
        (lambda plots: csv_of(wkt_rows(plots)), "text/csv"),
        (lambda plots: xlsx(wkt_rows(plots)), XLSX),
    ],
    ids=["geojson", "geoparquet", "lines", "csv", "xlsx"],
)
def test_the_same_plots_have_the_same_hashes_in_every_format_and_system(
    staged: Any, hundred: geopandas.GeoDataFrame, epsg: int, write: Any, media_type: str
) -> None:
    expected = only(staged(geojson(hundred)))
    names_it = media_type in (GEOPARQUET, "application/geo+json")
    result = staged(write(hundred.to_crs(epsg)), media_type, **({} if names_it or epsg == 4326 else {"assume_crs": f"EPSG:{epsg}"}))
    plots = only(result)
    assert len(plots) == 100
    assert (plots.geometry_hash, plots.plot_id) == (expected.geometry_hash, expected.plot_id)
    np.testing.assert_allclose(plots.area_ha, expected.area_ha, rtol=1e-6, atol=1e-8)
    assert result.source_crs == (None if epsg == 4326 else f"EPSG:{epsg}")
    assert result.warnings.get("reprojected", 0) == (0 if epsg == 4326 else 100)


def test_vertices_come_out_where_geopandas_puts_them(staged: Any) -> None:
    plots = geopandas.GeoSeries([shapely.box(100_000, 450_000, 100_100, 450_300)], crs=28992)
    stored = only(staged(geoparquet(plots.to_frame("geometry")), GEOPARQUET)).geometry[0]
    assert shapely.equals_exact(stored.normalize(), plots.to_crs(4326)[0].normalize(), 1e-12)


def test_a_coordinate_that_is_no_place_in_the_system_rejects_its_plot(staged: Any) -> None:
    plots = frame([SQUARE], crs=4326).to_crs(28992)
    far = shapely.box(9e9, 1, 9e9 + 10, 11)
    result = staged(geoparquet(frame([plots.geometry[0], far], crs=28992)), GEOPARQUET)
    assert [(r.feature_index, r.code) for r in result.rejected] == [(1, "coordinate_outside_crs")]


def member(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


METRES = json.loads(geojson(frame([SQUARE], crs=4326).to_crs(3857)))["features"]


@pytest.mark.parametrize(
    "content",
    [
        {"type": "FeatureCollection", "features": METRES, "crs": member("EPSG:3857")},
        {**METRES[0], "crs": member("EPSG:3857")},
        {"type": "FeatureCollection", "crs": {"type": "EPSG", "properties": {"code": 3857}}, "features": METRES},
    ],
    ids=["after_the_features", "of_a_feature", "by_code"],
)
def test_a_crs_member_that_comes_too_late_or_is_unreadable_is_refused(staged: Any, content: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(content)
    assert refused.value.code == "crs_not_supported"


def test_a_feature_that_names_another_system_than_its_file_is_rejected(staged: Any) -> None:
    own = {**METRES[0], "crs": member("OGC:CRS84")}
    result = staged({"type": "FeatureCollection", "crs": member("EPSG:3857"), "features": [METRES[0], own]})
    assert [(r.feature_index, r.code) for r in result.rejected] == [(1, "crs_not_supported")]


def test_a_row_that_names_another_system_than_is_assumed_is_rejected(staged: Any) -> None:
    text = csv("wkt", '"POINT(1113194 557305)"', '"SRID=4326;POINT(10 5)"', '"SRID=3857;POINT(1113194 557305)"')
    result = staged(text, "text/csv", assume_crs="EPSG:3857")
    assert [(r.feature_index, r.code) for r in result.rejected] == [(1, "crs_not_supported"), (2, "crs_not_supported")]


def test_assume_crs_serves_files_that_name_none_and_no_others(staged: Any) -> None:
    assert staged(collection(feature(square(10, 5))), assume_crs="EPSG:4326").warnings.get("assume_crs_unused", 0) == 0
    unknown = geoparquet(frame([SQUARE], crs=None))
    assert staged(unknown, GEOPARQUET, assume_crs="EPSG:4326").accepted == 1
    for content, media_type in ((geojson(PLOTS.to_crs(3857)), "application/geo+json"), (geoparquet(PLOTS.to_crs(3857)), GEOPARQUET)):
        result = staged(content, media_type, assume_crs="EPSG:32648")
        assert (result.source_crs, result.warnings["assume_crs_unused"]) == ("EPSG:3857", 1)
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature(polygon())), assume_crs="EPSG:99999")
    assert refused.value.code == "crs_not_supported"
