"""Real rasters: a groundwater grid of two pixels under small plots."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from services.water.reading import pixel_ha
from shared.geo.areas import geodesic_area_ha
from shared.rasters.raster import open_raster
from shared.zonal.grid import Grid
from shared.zonal.stacks import stack_means
from tests.services.water.scene import square

BORDER = -71.5
WEEKS = 10


def test_a_small_plot_under_a_quarter_degree_is_its_pixel_and_says_so(shared_data: Path) -> None:
    path = shared_data / "rasters/grace_gws_percentile_2022_dominican.tif"
    bands = [open_raster(path, band + 1) for band in range(WEEKS)]
    west, east = square(BORDER - 0.1, 18.6), square(BORDER + 0.1, 18.6)
    across = shapely.box(BORDER - 0.003, 18.6, BORDER + 0.001, 18.601)
    found = stack_means(np.array([west, east, across]), bands)
    values = np.empty((1, 2), dtype=np.uint8)
    for week, band in enumerate(bands):
        band.read(0, 0, values)
        assert found.mean[:2, week].tolist() == values[0].tolist()
    assert found.cells.tolist() == [1, 1, 2]
    assert found.mean[2] == pytest.approx(0.75 * found.mean[0] + 0.25 * found.mean[1], rel=1e-12)
    cell_ha = float(Grid(-71.75, 18.75, 0.25, 0.25, 2, 1).row_areas_m2()[0]) / 10_000
    assert pixel_ha(bands[0].cells, np.array([west, across])).tolist() == pytest.approx([cell_ha, cell_ha])
    assert geodesic_area_ha(np.array([west]))[0] / cell_ha == pytest.approx((0.001 / 0.25) ** 2, rel=1e-2)


def test_beyond_the_raster_there_is_no_pixel(shared_data: Path) -> None:
    raster = open_raster(shared_data / "rasters/grace_gws_percentile_2022_dominican.tif")
    assert np.isnan(pixel_ha(raster.cells, np.array([square(0.0, 0.0)]))).all()
