"""A held window gives what the band itself gives, inside it, across its border and beyond."""

import numpy as np
import pytest

from shared.rasters.raster import Raster, open_raster
from shared.zonal.held import Held, held, window_of
from tests.shared.zonal.conftest import NORTH, STEP, WEST, Write

BOUNDS = (WEST + 10 * STEP, NORTH - 40 * STEP, WEST + 30 * STEP, NORTH - 20 * STEP)


@pytest.fixture
def band(write: Write) -> Raster:
    rng = np.random.default_rng(2)
    return open_raster(write(rng.integers(0, 200, (60, 50)).astype(np.uint8), mask=rng.random((60, 50)) < 0.8))


@pytest.mark.parametrize("window", [(20, 10, 20, 20), (25, 15, 3, 2), (0, 0, 60, 50), (15, 5, 10, 10), (45, 40, 5, 5)])
def test_every_window_is_that_of_the_band(band: Raster, window: tuple[int, int, int, int]) -> None:
    top, left, rows, columns = window
    kept = held(band, BOUNDS)
    assert isinstance(kept, Held)
    mine, theirs = (np.empty((rows, columns), dtype=np.uint8) for _ in range(2))
    known, expected = kept.read(top, left, mine), band.read(top, left, theirs)
    assert (mine == theirs).all()
    assert known is not None and expected is not None and (known == expected).all()
    assert (kept.cells, kept.dtype, kept.nodata, kept.scale, kept.offset) == (band.cells, band.dtype, None, 1.0, 0.0)


def test_the_window_covers_its_bounds_and_ends_with_the_grid(band: Raster) -> None:
    top, left, rows, columns = window_of(band.cells, BOUNDS) or (0, 0, 0, 0)
    assert top <= 20 and left <= 10 and top + rows >= 40 and left + columns >= 30
    assert window_of(band.cells, (WEST - 1, NORTH - 1, WEST + 1, NORTH + 1)) == (0, 0, 60, 50)
    assert window_of(band.cells, (WEST + 5, NORTH - 1, WEST + 6, NORTH)) is None


def test_a_band_that_is_no_lonlat_grid_is_read_as_it_is_asked_for(write: Write) -> None:
    band = open_raster(write(np.zeros((4, 4), dtype=np.uint8), crs="EPSG:3857"))
    assert held(band, (-1.0, -1.0, 1.0, 1.0)) is band
