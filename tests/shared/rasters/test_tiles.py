"""Every place lies in exactly one tile, and tiles are named by their north-west corner."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from shared.rasters.tiles import PlaneTile, Tile, tiles_touching
from shared.rasters.windows import tile_windows


@pytest.mark.parametrize(
    ("north", "west", "padded", "letter_first"),
    [
        (10, -10, "10N_010W", "N10_W10"),
        (0, 0, "00N_000E", "N0_E0"),
        (0, -80, "00N_080W", "N0_W80"),
        (-10, 170, "10S_170E", "S10_E170"),
        (80, -180, "80N_180W", "N80_W180"),
    ],
)
def test_names_of_tiles(north: int, west: int, padded: str, letter_first: str) -> None:
    assert Tile(north, west).name("lat_lon_padded") == padded
    assert Tile(north, west).name("letter_first") == letter_first


def test_a_west_and_a_north_border_belong_to_the_tile_and_the_others_do_not() -> None:
    lons, lats = np.array([9.999, 10.0, 19.999]), np.array([10.001, 10.0, 0.001, 0.0])
    windows = {window.tile: (window.rows, window.columns) for window in tile_windows(lons, lats, 10)}
    assert windows[Tile(20, 0)] == (slice(0, 1), slice(0, 1))
    assert windows[Tile(10, 10)] == (slice(1, 3), slice(1, 3))
    assert windows[Tile(0, 10)] == (slice(3, 4), slice(1, 3))


@given(west=st.floats(-179, 160), north=st.floats(-40, 80), width=st.integers(1, 60), height=st.integers(1, 60), step=st.floats(0.01, 0.5))
def test_each_centre_lies_in_one_window_and_in_its_tile(west: float, north: float, width: int, height: int, step: float) -> None:
    lons = np.asarray(west + (np.arange(width) + 0.5) * step, dtype=np.float64)
    lats = np.asarray(north - (np.arange(height) + 0.5) * step, dtype=np.float64)
    count = np.zeros((height, width), dtype=int)
    for window in tile_windows(lons, lats, 10):
        assert window.tile is not None
        count[window.rows, window.columns] += 1
        assert np.all((lons[window.columns] >= window.tile.west) & (lons[window.columns] < window.tile.west + 10))
        assert np.all((lats[window.rows] <= window.tile.north) & (lats[window.rows] > window.tile.north - 10))
    assert np.all(count == 1)


def test_tiles_touching_bounds_come_from_the_north_west_by_row() -> None:
    assert tiles_touching((-10.5, -0.5, -9.5, 0.5), 10) == [Tile(10, -20), Tile(10, -10), Tile(0, -20), Tile(0, -10)]
    assert tiles_touching((1, 1, 2, 2), 10) == [Tile(10, 0)]


def test_names_of_other_schemes() -> None:
    assert Tile(0, 6).name("letter_first_padded") == "N00E006"
    assert Tile(-3, -180).name("letter_first_padded") == "S03W180"
    assert Tile(0, -80).name("edges", 10) == "080W_10S_070W_00N"
    assert Tile(10, -10).name("edges", 10) == "010W_00N_000E_10N"


def test_quadkeys_are_those_of_the_published_example() -> None:
    """Tile x 3, y 5 at level 3 is 213 (Bing Maps Tile System)."""
    assert PlaneTile(5, 3).name("quadkey", 8) == "213"
    assert PlaneTile(0, 0).name("quadkey", 512) == "000000000"
    assert PlaneTile(9, 12).name("h_v", 18) == "h12v09"
