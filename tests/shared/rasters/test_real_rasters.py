"""Real crops, geographic and projected, against rasterio's own sampling of single points."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from shared.geo.areas import geodesic_area_ha
from shared.rasters.reader import Rasters
from shared.zonal.coverage import coverage
from shared.zonal.grid import Grid
from shared.zonal.sums import area_by_class_ha, area_ha

WriteTile = Callable[..., Path]


def grid_over(path: Path, step: float) -> Grid:
    """A lon/lat grid over the raster and a little more."""
    with rasterio.open(path) as file:
        west, south, east, north = Transformer.from_crs(file.crs, 4326, always_xy=True).transform_bounds(*file.bounds)
    return Grid(west - 3 * step, north + 3 * step, step, step, int((east - west) / step) + 6, int((north - south) / step) + 6)


def sampled(path: Path, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """What rasterio says at each centre, one point at a time, and whether that is inside the raster."""
    lons, lats = np.meshgrid(grid.lons(), grid.lats())
    with rasterio.open(path) as file:
        x, y = Transformer.from_crs(4326, file.crs, always_xy=True).transform(lons.ravel(), lats.ravel())
        values = np.array([value[0] for value in file.sample(zip(x, y, strict=True))])
        left, bottom, right, top = file.bounds
    inside = (x >= left) & (x < right) & (y <= top) & (y > bottom)
    return values.reshape(lons.shape), inside.reshape(lons.shape)


@pytest.mark.parametrize(
    ("name", "band", "nodata", "step"),
    [
        ("tmf_fcc123_guadeloupe.tif", "jrc_tmf.AnnualChange_2020", 0, 0.01013),  # EPSG:5490
        ("prodes_rondonia_2000_2020.tif", "hansen_gfc.treecover2000", 255, 0.00213),  # EPSG:4674
        ("gfc_treecover2000_congo.tif", "hansen_gfc.treecover2000", 65535, 0.00613),  # EPSG:4326, uint16
    ],
)
def test_a_real_raster_reads_as_rasterio_samples_it(shared_data: Path, name: str, band: str, nodata: int, step: float) -> None:
    path = shared_data / "rasters" / name
    grid = grid_over(path, step)
    layer_id, _, band_name = band.partition(".")
    read = Rasters(overrides={band: path}).sample(layer_id, band_name, grid)
    expected, inside = sampled(path, grid)
    assert 0.2 < inside.mean() < 1
    assert np.array_equal(read.valid, inside & (expected != nodata))
    assert np.array_equal(read.values[read.valid], expected[read.valid])


def test_an_albers_raster_reads_as_rasterio_samples_it(shared_data: Path, tmp_path: Path) -> None:
    """EPSG:5070, turned by some degrees against the meridians; codes folded into those of a loss year."""
    path = tmp_path / "cdl.tif"
    with rasterio.open(shared_data / "rasters/usda_cdl_2021_kansas_a.tif") as file, rasterio.open(path, "w", **file.profile) as folded:
        folded.write(file.read(1) % 26, 1)
    grid = grid_over(path, 0.00317)
    read = Rasters(overrides={"hansen_gfc.lossyear": path}).sample("hansen_gfc", "lossyear", grid)
    expected, inside = sampled(path, grid)
    assert np.array_equal(read.valid, inside)
    assert np.array_equal(read.values[inside], expected[inside])


def test_a_projected_raster_is_compared_on_the_layers_nominal_cells(shared_data: Path) -> None:
    path = shared_data / "rasters/tmf_fcc123_guadeloupe.tif"
    rasters = Rasters(overrides={"jrc_tmf.AnnualChange_2020": path})
    grid = rasters.grid("jrc_tmf", "AnnualChange_2020", (-61.7, 16.0, -61.69, 16.01), 2)
    assert grid is not None and (grid.dx, grid.dy) == (0.000269, 0.000269)
    assert ((grid.west + 180) / 0.000269) == pytest.approx(round((grid.west + 180) / 0.000269), abs=1e-5)
    assert rasters.grid("jrc_tmf", "AnnualChange_2020", (10, 10, 10.01, 10.01), 2) is None


def test_loss_by_year_of_the_sample_polygon(shared_data: Path) -> None:
    """The whole way: window, values, coverage, cell areas; tree cover of 2000 checks the sum."""
    plots = np.array(gpd.read_file(shared_data / "plots/mapme_gfw_sample_1.gpkg").geometry.values, dtype=object)
    rasters = Rasters(overrides={"hansen_gfc.lossyear": shared_data / "rasters/gfc_lossyear_dominican.tif"})
    grid = rasters.grid("hansen_gfc", "lossyear", plots[0].bounds, 1)
    assert grid is not None
    band = rasters.sample("hansen_gfc", "lossyear", grid)
    found = coverage(plots, grid)
    by_year_ha = area_by_class_ha(found, grid, 1, np.where(band.valid, band.values, -1).astype(np.int16), 26)[0]
    assert by_year_ha.sum() == pytest.approx(geodesic_area_ha(plots)[0], rel=1e-5)
    assert by_year_ha.sum() == pytest.approx(area_ha(found, grid, 1)[0], rel=1e-12)
    assert by_year_ha[3] == pytest.approx(33.68, abs=0.01) and by_year_ha[24:].sum() == 0
