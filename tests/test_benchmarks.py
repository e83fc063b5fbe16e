"""The ways of the zonal benchmark find the same areas, each within its known error; nothing is timed."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from benchmarks.zonal import data, methods
from shared.geo.areas import geodesic_area_ha

PLOTS = 60


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "landcover10.tif"
    values = (np.random.default_rng(4).integers(1, 11, (1500, 1500)) * 10).astype(np.uint8)
    with rasterio.open(path, "w", driver="GTiff", width=1500, height=1500, count=1, dtype="uint8", crs="EPSG:4326", tiled=True,
                       transform=from_origin(data.WEST, data.NORTH, 0.00025 / 3, 0.00025 / 3), compress="deflate") as file:  # fmt: skip
        file.write(values, 1)
    return path


@pytest.fixture(scope="module")
def plots() -> np.ndarray:
    """Plots of the benchmark, moved into a raster of 0.125 degrees."""
    made = data.plots(PLOTS)
    middle = shapely.get_coordinates(shapely.centroid(made))
    place = (data.WEST, data.NORTH) + np.random.default_rng(5).uniform(0.02, 0.1, (PLOTS, 2)) * (1, -1)
    return np.array([shapely.transform(one, lambda xy, by=by: xy + by) for one, by in zip(made, place - middle, strict=True)], dtype=object)


@pytest.mark.parametrize(
    ("way", "tolerance"),
    [
        (methods.ours, 1e-6),
        (methods.exactextract_by_raster, 7e-3),  # its sphere
        (methods.exactextract_by_feature, 7e-3),
        (methods.extractrs_mean, 1e-4),  # cells of the plot's middle
        (methods.naive_windows, 0.5),  # cells by their centres
        (methods.rasterstats_categorical, 0.5),
    ],
)
def test_each_way_finds_the_area_within_its_error(raster: Path, plots: np.ndarray, way: methods.Method, tolerance: float) -> None:
    assert way(raster, plots) == pytest.approx(geodesic_area_ha(plots) * 1e4, rel=tolerance)


def test_the_read_limit_reads(raster: Path, plots: np.ndarray) -> None:
    methods.reads_of(raster, plots)()


def test_plots_are_what_the_page_says() -> None:
    area_ha = geodesic_area_ha(data.plots(5000))
    assert 1.8 < np.median(area_ha) < 2.6 and area_ha.min() > 0.05 and area_ha.max() < 80
