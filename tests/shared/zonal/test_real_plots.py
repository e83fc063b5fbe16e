"""Real plots: cell areas against geodesic areas, and sums against exactextract asked in the plain way."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from exactextract import exact_extract

from shared.geo.areas import geodesic_area_ha
from shared.zonal.coverage import coverage
from shared.zonal.grid import Grid
from shared.zonal.sums import area_ha, masked_area_ha

STEP = 0.00025


def grid_around(geometries: np.ndarray) -> Grid:
    west, south, east, north = gpd.GeoSeries(geometries).total_bounds
    left, top = np.floor(west / STEP) - 1, np.ceil(north / STEP) + 1
    return Grid(left * STEP, top * STEP, STEP, STEP, int(np.ceil(east / STEP) - left) + 1, int(top - np.floor(south / STEP)) + 1)


@pytest.mark.parametrize("name", ["mapme_gfw_sample_1.gpkg", "jecam_burkina_100.geojson", "lem_bahia_brazil_100.gpkg"])
def test_the_cells_of_real_plots_add_up_to_their_geodesic_areas(shared_data: Path, name: str) -> None:
    plots = np.array(gpd.read_file(shared_data / "plots" / name).geometry.values, dtype=object)
    grid = grid_around(plots)
    assert area_ha(coverage(plots, grid), grid, len(plots)) == pytest.approx(geodesic_area_ha(plots), rel=1e-5)


def test_the_sample_polygon_has_the_area_of_the_methods(shared_data: Path) -> None:
    plots = np.array(gpd.read_file(shared_data / "plots/mapme_gfw_sample_1.gpkg").geometry.values, dtype=object)
    grid = grid_around(plots)
    assert geodesic_area_ha(plots)[0] == pytest.approx(2271.881, abs=5e-4)
    assert area_ha(coverage(plots, grid), grid, 1)[0] == pytest.approx(2271.877, abs=1e-3)


def test_areas_by_loss_year_agree_with_exactextract_times_wgs84_cells(shared_data: Path) -> None:
    """exactextract reads the raster itself, in degrees; only the cell areas are ours."""
    path = shared_data / "rasters/gfc_lossyear_dominican.tif"
    sample = gpd.read_file(shared_data / "plots/mapme_gfw_sample_1.gpkg")
    grid = Grid(-71.73775, 18.687, 0.0002500000000000095, 0.0002500000000000041, 192, 221)
    answer = exact_extract(path, sample, ["coverage", "cell_id", "values"], output="pandas").iloc[0]
    row_ha = grid.row_areas_m2()[answer["cell_id"] // 192] / 1e4
    values = np.zeros(192 * 221, dtype=np.uint8)
    values[answer["cell_id"]] = answer["values"]
    found = coverage(np.array(sample.geometry.values, dtype=object), grid)
    for year in range(1, 24):
        expected = (answer["coverage"] * row_ha)[answer["values"] == year].sum()
        loss_ha = masked_area_ha(found, grid, 1, values.reshape(221, 192) == year)[0]
        assert loss_ha == pytest.approx(expected, rel=1e-7)
