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


def _compare(result: Any, frame: geopandas.GeoDataFrame) -> None:
    assert (result.total, result.accepted, result.rejected) == (len(frame), len(frame), [])
    chunks = [read_chunk(result.path, part) for part in range(len(chunk_sizes(result.path)))]
    index = np.concatenate([chunk.feature_index for chunk in chunks])
    area_ha = np.concatenate([chunk.area_ha for chunk in chunks])
    geometries = np.concatenate([chunk.geometry for chunk in chunks])
    assert sorted(index.tolist()) == list(range(len(frame)))
    expected_ha = np.array(
        [GEOD.geometry_area_perimeter(geometry)[0] / 1e4 for geometry in shapely.orient_polygons(frame.geometry.to_numpy())]
    )
    np.testing.assert_allclose(area_ha, expected_ha[index], rtol=1e-6, atol=1e-8)  # GeographicLib itself rounds to some 1e-4 m2
    assert all(stored.normalize().equals(frame.geometry.iloc[at].normalize()) for at, stored in zip(index, geometries, strict=True))


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


def test_ids_of_real_plots_are_kept(staged: Any, shared_data: Path) -> None:
    source = json.loads((shared_data / "plots/jecam_burkina_100.geojson").read_text())["features"]
    result = staged((shared_data / "plots/jecam_burkina_100.geojson").read_bytes())
    assert sorted(pq.read_table(result.path)["plot_id"].to_pylist()) == sorted(str(one["properties"]["Id"]) for one in source)
