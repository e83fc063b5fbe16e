"""A held window gives what the band itself gives, inside it, across its border and beyond."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from shared.errors import Unavailable
from shared.rasters.raster import Raster, open_raster
from shared.zonal.block import Forwarded
from shared.zonal.held import MOST_CELLS, Held, HeldOnce, held, window_of
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


@dataclass
class Counted(Forwarded):
    """A band that counts how it is read, and of which rows from `reaches` on do not read."""

    source: Raster
    reaches: int = 60
    windows: list[tuple[int, ...]] = field(default_factory=list)

    def read(self, top: int, left: int, out: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
        self.windows.append((top, left, *out.shape))
        if top + out.shape[0] > self.reaches:
            raise Unavailable("these rows do not read", code="layer_unavailable")
        return self.source.read(top, left, out)


def _read(band: HeldOnce, top: int, left: int, rows: int, columns: int) -> tuple[list[Any], list[Any]]:
    values = np.empty((rows, columns), dtype=np.uint8)
    known = band.read(top, left, values)
    return values.tolist(), [] if known is None else known.tolist()


def test_a_band_is_held_from_the_first_window_on_and_not_before(band: Raster) -> None:
    counted = Counted(band)
    once = HeldOnce(counted, BOUNDS)
    assert counted.windows == []
    for window in ((20, 10, 20, 20), (25, 15, 3, 2), (0, 0, 60, 50)):
        assert _read(once, *window) == _read(HeldOnce(band, (0.0, 0.0, 0.0, 0.0)), *window)
    assert counted.windows == [window_of(band.cells, BOUNDS), (0, 0, 60, 50)]


def test_cells_that_nobody_asked_for_do_no_harm(band: Raster) -> None:
    once = HeldOnce(Counted(band, reaches=30), BOUNDS)
    assert _read(once, 20, 10, 5, 5) == _read(HeldOnce(band, BOUNDS), 20, 10, 5, 5)
    with pytest.raises(Unavailable):
        _read(once, 28, 10, 5, 5)


def test_more_cells_than_are_held_are_read_as_they_are_asked_for(write: Write) -> None:
    side = int(MOST_CELLS**0.5) + 1
    counted = Counted(open_raster(write(np.ones((side, side), dtype=np.uint8))))
    once = HeldOnce(counted, counted.cells.bounds)
    assert _read(once, 5, 6, 2, 3)[0] == [[1] * 3] * 2
    assert counted.windows == [(5, 6, 2, 3)]
