"""Rao's Q in a moving window: the kernel against the double sum of every window, and means by hand."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays
from rasterio import Affine

from services.biodiversity.rules import rules
from services.biodiversity.texture import moving_rao_q, window_rao_q
from shared.rasters.raster import open_raster
from shared.zonal.grid import Grid
from tests.shared.zonal.conftest import NORTH, STEP, WEST, Write

CELLS = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(st.data(), CELLS)
@settings(max_examples=80, deadline=None)
def test_every_window_is_its_double_sum(data: st.DataObject, shape: tuple[int, int]) -> None:
    heights = data.draw(arrays(np.float64, shape, elements=st.integers(0, 60).map(float)))
    known, wanted = (data.draw(arrays(np.bool_, shape)) for _ in range(2))
    found = window_rao_q(heights, known, wanted, 2, 9)
    for row, column in np.ndindex(shape):
        at = np.s_[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
        h = heights[at][known[at]]
        if known[row, column] and wanted[row, column] and len(h) >= 9:
            assert found[row, column] == pytest.approx(np.abs(np.subtract.outer(h, h)).mean(), abs=1e-9)
        else:
            assert np.isnan(found[row, column])


def block(row: int, column: int, rows: int, columns: int) -> shapely.Polygon:
    west, north = WEST + column * STEP, NORTH - row * STEP
    return shapely.box(west, north - rows * STEP, west + columns * STEP, north)


def test_windows_read_outside_the_plot_and_the_mean_is_by_area(write: Write) -> None:
    heights = np.zeros((30, 30), dtype=np.uint8)
    heights[:, 15:] = 20
    raster = open_raster(write(heights, nodata=255))
    far, beside, edge = moving_rao_q(np.array([block(5, 5, 4, 4), block(5, 13, 4, 2), block(5, 10, 4, 5)]), raster, rules())
    assert far.rao_q == 0.0
    # One column before the edge 2 of 5 columns are tall, two before it 1 of 5: Q = 2 p (1 - p) 20.
    assert beside.rao_q == pytest.approx((2 * 0.4 * 0.6 * 20 + 2 * 0.2 * 0.8 * 20) / 2)
    assert edge.rao_q == pytest.approx((2 * 0.4 * 0.6 * 20 + 2 * 0.2 * 0.8 * 20) / 5)


def test_plots_beside_the_raster_and_over_nodata_have_none(write: Write) -> None:
    heights = np.full((30, 30), 255, dtype=np.uint8)
    raster = open_raster(write(heights, nodata=255))
    textures = moving_rao_q(np.array([block(5, 5, 4, 4), shapely.box(0, 0, 0.001, 0.001)]), raster, rules())
    assert [np.isnan(one.rao_q) for one in textures] == [True, True]
    assert [one.area_m2 for one in textures] == [0.0, 0.0]


def test_parts_of_a_plot_are_its_parts_by_area(write: Write) -> None:
    rng = np.random.default_rng(3)
    raster = open_raster(write(rng.integers(0, 40, (40, 40)).astype(np.uint8), nodata=255))
    small, large = block(4, 4, 3, 3), block(20, 20, 9, 6)
    one, other, both = moving_rao_q(np.array([small, large, shapely.MultiPolygon([small, large])]), raster, rules())
    assert both.area_m2 == pytest.approx(one.area_m2 + other.area_m2)
    assert both.rao_q == pytest.approx((one.rao_q * one.area_m2 + other.rao_q * other.area_m2) / both.area_m2)


def test_a_part_that_is_too_large_leaves_the_plot_without(write: Write) -> None:
    raster = open_raster(write(np.zeros((9, 9), dtype=np.uint8), transform=Affine(90.0, 0, -180.0, 0, -45.0, 90.0)))
    held = replace(raster, cells=Grid(-180.0, 90.0, 1e-3, 1e-3, 360_000, 180_000))
    small = shapely.box(-179.996, 89.995, -179.995, 89.996)
    alone, found = moving_rao_q(np.array([small, shapely.MultiPolygon([small, shapely.box(0, 0, 30, 30)])]), held, rules())
    assert alone.rao_q == 0.0
    assert np.isnan(found.rao_q)
