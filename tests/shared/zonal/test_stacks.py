"""Stacks of bands: the numbers of the one pass, of exactextract on real rain, and of company."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from exactextract import exact_extract
from rasterio.transform import from_origin
from shapely.geometry import mapping

from shared.rasters.raster import open_raster
from shared.zonal.grid import Grid
from shared.zonal.passes import zonal
from shared.zonal.reductions.moments import moments
from shared.zonal.stacks import stack_means
from tests.shared.zonal.conftest import NORTH, STEP, WEST, Write

MONTHS = 12
CHIRPS = Grid(-71.8, 18.7, 0.05, 0.05, 9, 2)


def plots(count: int, bounds: tuple[float, float, float, float], size: float) -> np.ndarray:
    """Turned ellipses of random size within bounds."""
    random = np.random.default_rng(7)
    west, south, east, north = bounds
    at = np.column_stack((random.uniform(west + size, east - size, count), random.uniform(south + size, north - size, count)))
    return shapely.buffer(shapely.points(at), random.uniform(size / 20, size, count))


def test_real_rain_agrees_with_exactextract_times_wgs84_cells(shared_data: Path) -> None:
    path = shared_data / "rasters/chirps_monthly_2010_dominican.tif"
    asked = plots(60, CHIRPS.bounds, 0.045)
    found = stack_means(asked, [open_raster(path, band + 1) for band in range(MONTHS)])
    features = [{"type": "Feature", "geometry": mapping(plot), "properties": {}} for plot in asked]
    answer = exact_extract(path, features, ["coverage", "cell_id", "values"], output="pandas")
    assert isinstance(answer, pd.DataFrame)
    row_m2 = CHIRPS.row_areas_m2()
    for band in range(MONTHS):
        for at in range(len(asked)):
            one = answer.iloc[at]
            weight = one[f"band_{band + 1}_coverage"] * row_m2[one[f"band_{band + 1}_cell_id"] // CHIRPS.width]
            expected = (weight * one[f"band_{band + 1}_values"]).sum() / weight.sum()
            assert found.mean[at, band] == pytest.approx(expected, rel=1e-7)


def test_a_stack_has_the_bits_of_the_one_pass_in_any_company(write: Write) -> None:
    random = np.random.default_rng(1)
    values = random.integers(0, 3000, (5, 40, 40)).astype(np.int16)
    path = write(values, scale=0.1, nodata=7)
    bands = [open_raster(path, band + 1) for band in range(5)]
    asked = plots(30, (WEST, NORTH - 40 * STEP, WEST + 40 * STEP, NORTH), 5 * STEP)
    found = stack_means(asked, bands)
    one_pass = zonal(asked, {str(at): band for at, band in enumerate(bands)}, {str(at): moments(str(at)) for at in range(5)})
    for at in range(5):
        assert found.mean[:, at].tobytes() == one_pass[str(at)].mean.tobytes()
        assert found.known_m2[:, at].tobytes() == one_pass[str(at)].weight.tobytes()
    for at in range(30):
        alone = stack_means(asked[at : at + 1], bands)
        assert alone.mean.tobytes() == found.mean[at : at + 1].tobytes()
        assert alone.cells[0] == found.cells[at]


def test_cells_are_counted_whether_known_or_not(write: Write) -> None:
    path = write(np.full((4, 4), 9, dtype=np.uint8), nodata=9)
    inside = shapely.box(WEST + 0.1 * STEP, NORTH - 0.9 * STEP, WEST + 0.9 * STEP, NORTH - 0.1 * STEP)
    six = shapely.box(WEST + 0.5 * STEP, NORTH - 1.5 * STEP, WEST + 2.5 * STEP, NORTH - 0.5 * STEP)
    outside = shapely.box(WEST - 2 * STEP, NORTH, WEST - STEP, NORTH + STEP)
    found = stack_means(np.array([inside, six, outside]), [open_raster(path)])
    assert found.cells.tolist() == [1, 6, 0]
    assert np.isnan(found.mean).all()
    assert found.known_m2.tolist() == [[0.0], [0.0], [0.0]]


def test_bands_of_several_grids_are_each_read_on_their_own(write: Write) -> None:
    fine, coarse = write(np.arange(16.0).reshape(4, 4)), write(np.array([[5.0]]), transform=from_origin(WEST, NORTH, 4 * STEP, 4 * STEP))
    whole = shapely.box(WEST, NORTH - 4 * STEP, WEST + 4 * STEP, NORTH)
    found = stack_means(np.array([whole]), map(open_raster, (fine, coarse, fine)))
    assert found.mean[0].tolist() == pytest.approx([7.5, 5.0, 7.5])
    assert found.cells.tolist() == [16]


def test_no_bands_are_no_columns() -> None:
    found = stack_means(np.array([shapely.box(0, 0, 1, 1)]), [])
    assert found.mean.shape == found.known_m2.shape == (1, 0)
    assert found.cells.tolist() == [0]
