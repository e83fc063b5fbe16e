"""Real plot files come through whole: counts, ids and areas as geopandas and pyproj say."""

import json
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from pyproj import Geod

from shared.staged import chunk_sizes, read_chunk
from tests.services.staging.formats import GEOPARQUET, geoparquet

GEOD = Geod(ellps="WGS84")
GEOJSON = [
    "eudr_aoi_cocoa_west_africa_ghana",
    "eudr_aoi_coffee_se_asia_vietnam",
    "gfw_colombia_2",
    "gfw_palm_oil_mills_32",
    "jecam_burkina_100",
    "radiant_uganda_fields",
    "whisp_examples_50",
]
OTHERS = [
    "ai4sf_vietnam_100.gpkg",
    "lem_bahia_brazil_100.gpkg",
    "mapme_gfw_sample_1.gpkg",
    "netherlands_brp_100.gpkg",
    "japan_fude_100.parquet",
]


def _compare(result: Any, frame: geopandas.GeoDataFrame, tolerance_deg: float = 0.0) -> None:
    assert (result.total, result.accepted, list(result.rejected)) == (len(frame), len(frame), [])
    chunks = [read_chunk(result.path, part) for part in range(len(chunk_sizes(result.path)))]
    index = np.concatenate([chunk.feature_index for chunk in chunks])
    area_ha = np.concatenate([chunk.area_ha for chunk in chunks])
    geometries = np.concatenate([chunk.geometry for chunk in chunks])
    assert sorted(index.tolist()) == list(range(len(frame)))
    expected_ha = np.array(
        [GEOD.geometry_area_perimeter(geometry)[0] / 1e4 for geometry in shapely.orient_polygons(frame.geometry.to_numpy())]
    )
    np.testing.assert_allclose(area_ha, expected_ha[index], rtol=1e-6, atol=1e-8)  # GeographicLib itself rounds to some 1e-4 m2
    expected = shapely.normalize(shapely.remove_repeated_points(frame.geometry.to_numpy()[index], 0.0))
    assert shapely.equals_exact(shapely.normalize(geometries), expected, tolerance_deg).all()


@pytest.mark.parametrize("name", GEOJSON)
def test_a_real_geojson_file_is_staged_whole(staged: Any, shared_data: Path, name: str) -> None:
    path = shared_data / "plots" / f"{name}.geojson"
    result = staged(path.read_bytes())
    _compare(result, geopandas.read_file(path))
    assert result.warnings["legacy_crs_member"] == 1
    source = json.loads(path.read_text())["features"]
    table = pq.read_table(result.path)
    for at, text in zip(table["feature_index"].to_pylist(), table["properties"].to_pylist(), strict=True):
        assert json.loads(text) == source[at]["properties"]


@pytest.mark.parametrize("name", OTHERS)
def test_real_plots_of_other_formats_are_staged_whole_as_geojson(staged: Any, shared_data: Path, name: str) -> None:
    path = shared_data / "plots" / name
    frame = (geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path)).to_crs("EPSG:4326")
    _compare(staged(frame.to_json()), frame)


@pytest.mark.parametrize("name", OTHERS)
def test_real_plots_are_staged_whole_as_geoparquet_in_their_own_system(staged: Any, shared_data: Path, name: str) -> None:
    path = shared_data / "plots" / name
    frame = geopandas.read_parquet(path) if path.suffix == ".parquet" else geopandas.read_file(path)
    content = path.read_bytes() if path.suffix == ".parquet" else geoparquet(frame)
    result = staged(content, GEOPARQUET)
    _compare(result, frame.to_crs("EPSG:4326"), tolerance_deg=1e-10)
    if frame.crs.to_epsg() != 4326:
        assert result.source_crs == f"EPSG:{frame.crs.to_epsg()}"


def test_ids_and_columns_of_a_real_geoparquet_file_are_kept(staged: Any, shared_data: Path) -> None:
    path = shared_data / "plots/japan_fude_100.parquet"
    frame = geopandas.read_parquet(path)
    table = pq.read_table(staged(path.read_bytes(), GEOPARQUET, plot_id_column="polygon_uuid").path)
    assert sorted(table["plot_id"].to_pylist()) == sorted(frame["polygon_uuid"])
    rows = {row["feature_index"]: json.loads(row["properties"]) for row in table.select(["feature_index", "properties"]).to_pylist()}
    assert [rows[at]["land_type"] for at in range(len(frame))] == frame["land_type"].tolist()


def test_ids_of_real_plots_are_kept(staged: Any, shared_data: Path) -> None:
    source = json.loads((shared_data / "plots/jecam_burkina_100.geojson").read_text())["features"]
    result = staged((shared_data / "plots/jecam_burkina_100.geojson").read_bytes())
    assert sorted(pq.read_table(result.path)["plot_id"].to_pylist()) == sorted(str(one["properties"]["Id"]) for one in source)
