"""Tiles read by address: only the needed ranges, and every way in which a server may fail."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from shared.errors import Unavailable
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid
from tests.shared.rasters.tile_server import TileServer, served

STEP = 0.00025
GRID = Grid(-5.0, 5.0, STEP, STEP, 64, 64)
VALUES = np.random.default_rng(2).integers(0, 26, (1024, 1024), np.uint8)
WriteTile = Callable[..., Path]


@pytest.fixture
def server(write_tile: WriteTile, layers: Path) -> Iterator[TileServer]:
    write_tile("Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif", VALUES, -5.0, 5.0)
    with served(layers) as tiles:
        yield tiles


@pytest.fixture
def rasters(server: TileServer) -> Rasters:
    return Rasters(online=True, url_override={"hansen_gfc": server.template}, timeout_s=30.0, retry_delays_s=(0.02, 0.05))


def test_a_window_is_read_by_ranges(server: TileServer, rasters: Rasters, layers: Path) -> None:
    band = rasters.sample("hansen_gfc", "lossyear", GRID)
    assert np.array_equal(band.values, VALUES[:64, :64]) and band.valid.all() and band.state == "available"
    (source,) = band.sources
    assert source.checksum == 'etag:"one"' and source.name == server.template.format(band="lossyear", tile="10N_010W")
    size = (layers / "Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif").stat().st_size
    assert 0 < server.sent < size / 2


def test_an_open_tile_is_not_opened_again(server: TileServer, rasters: Rasters) -> None:
    rasters.sample("hansen_gfc", "lossyear", GRID)
    before = server.requests
    rasters.sample("hansen_gfc", "lossyear", GRID)
    assert server.requests == before


def test_the_grid_is_that_of_the_remote_tile(rasters: Rasters) -> None:
    grid = rasters.grid("hansen_gfc", "lossyear", (-5 + 0.5 * STEP, 5 - 2.5 * STEP, -5 + 1.5 * STEP, 5 - 0.5 * STEP), 0)
    assert grid is not None and (grid.width, grid.height, grid.west) == (2, 3, -5.0)


def test_a_tile_that_does_not_exist_is_not_covered_and_not_asked_for_twice(server: TileServer, rasters: Rasters) -> None:
    elsewhere = Grid(50.0, 5.0, STEP, STEP, 8, 8)
    assert rasters.sample("hansen_gfc", "lossyear", elsewhere).state == "not_covered"
    before = server.requests
    assert rasters.sample("hansen_gfc", "lossyear", elsewhere).state == "not_covered"
    assert server.requests == before


def test_a_server_that_recovers_is_waited_for(server: TileServer, rasters: Rasters) -> None:
    server.faults = [500, 503]
    assert np.array_equal(rasters.sample("hansen_gfc", "lossyear", GRID).values, VALUES[:64, :64])


def test_a_fault_in_the_middle_is_tried_again(server: TileServer, rasters: Rasters) -> None:
    rasters.sample("hansen_gfc", "lossyear", GRID)
    server.faults = [500]
    there = Grid(-5 + 700 * STEP, 5 - 700 * STEP, STEP, STEP, 64, 64)
    assert np.array_equal(rasters.sample("hansen_gfc", "lossyear", there).values, VALUES[700:764, 700:764])


@pytest.mark.parametrize("status", [500, 503, 403])
def test_a_server_that_keeps_failing_is_unavailable_and_never_no_loss(server: TileServer, rasters: Rasters, status: int) -> None:
    server.always = status
    with pytest.raises(Unavailable, match=f"10N_010W.tif answers {status}") as failed:
        rasters.sample("hansen_gfc", "lossyear", GRID)
    assert failed.value.code == "layer_unavailable"


def test_a_server_that_fails_after_opening_is_unavailable(server: TileServer, rasters: Rasters) -> None:
    rasters.sample("hansen_gfc", "lossyear", GRID)
    server.always = 500
    with pytest.raises(Unavailable):
        rasters.sample("hansen_gfc", "lossyear", Grid(-5 + 700 * STEP, 5 - 700 * STEP, STEP, STEP, 64, 64))
    server.always = None
    assert rasters.sample("hansen_gfc", "lossyear", GRID).valid.all()


def test_a_silent_server_is_unavailable_after_the_timeouts(server: TileServer) -> None:
    server.always = 1.5
    rasters = Rasters(online=True, url_override={"hansen_gfc": server.template}, timeout_s=0.5, retry_delays_s=(0.02, 0.05))
    with pytest.raises(Unavailable, match="does not answer"):
        rasters.sample("hansen_gfc", "lossyear", GRID)
    assert server.requests == 3


def test_nobody_at_the_address_is_unavailable() -> None:
    nobody = "http://127.0.0.1:9/{band}_{tile}.tif"
    rasters = Rasters(online=True, url_override={"hansen_gfc": nobody}, timeout_s=0.5, retry_delays_s=(0.01,))
    with pytest.raises(Unavailable, match="does not answer"):
        rasters.sample("hansen_gfc", "lossyear", GRID)


def test_a_server_without_ranges_is_unavailable_and_not_downloaded(server: TileServer, rasters: Rasters) -> None:
    server.ranges = False
    with pytest.raises(Unavailable, match="whole files only"):
        rasters.sample("hansen_gfc", "lossyear", GRID)


def test_a_local_tile_goes_before_the_address(server: TileServer, write_tile: WriteTile, layers: Path) -> None:
    write_tile("hansen_gfc/Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif", np.full((64, 64), 7, np.uint8), -5.0, 5.0)
    both = Rasters(layers, online=True, url_override={"hansen_gfc": server.template})
    assert np.all(both.sample("hansen_gfc", "lossyear", GRID).values == 7)
    assert server.requests == 0
