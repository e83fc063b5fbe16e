"""Rao's Q and Shannon's diversity of the values of a band: published examples, and the double sum over a thousand random plots."""

import numpy as np
import pytest
import shapely

from shared.rasters.raster import open_raster
from shared.zonal.coverage import coverage
from shared.zonal.passes import zonal
from shared.zonal.reductions.values import ValueAreas, rao_q, shannon, value_areas
from tests.shared.zonal.conftest import NORTH, STEP, WEST, Write

PLOTS = 1000
SIDE = 60


def of_shares(*pairs: tuple[float, float]) -> ValueAreas:
    value, area = np.ascontiguousarray(np.array(sorted(pairs)).T)
    return ValueAreas(np.array([0, len(pairs)]), value, area)


def test_published_examples() -> None:
    assert rao_q(of_shares((10.0, 0.5), (30.0, 0.5)))[0] == 10.0
    assert rao_q(of_shares((17.0, 3.0)))[0] == 0.0
    assert rao_q(of_shares((0.0, 1.0), (10.0, 1.0), (20.0, 1.0)))[0] == pytest.approx(80 / 9)
    assert shannon(of_shares(*((float(value), 2.0) for value in range(4))))[0] == pytest.approx(np.log(4))


def test_the_sorted_sum_is_the_double_sum_over_a_thousand_plots(write: Write) -> None:
    rng = np.random.default_rng(20260)
    heights = rng.integers(0, 45, (SIDE, SIDE)).astype(np.uint8)
    heights[rng.random((SIDE, SIDE)) < 0.1] = 255
    raster = open_raster(write(heights, nodata=255))
    centre = np.column_stack((WEST + rng.uniform(5, SIDE - 5, PLOTS) * STEP, NORTH - rng.uniform(5, SIDE - 5, PLOTS) * STEP))
    angles = np.sort(rng.uniform(0, 2 * np.pi, (PLOTS, 9)), axis=1)
    radii = rng.uniform(0.3, 5.0, (PLOTS, 9)) * STEP
    rings = centre[:, np.newaxis] + radii[..., np.newaxis] * np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    plots = np.array([shapely.make_valid(plot).buffer(0) for plot in shapely.polygons(rings)], dtype=object)
    plots = plots[shapely.area(plots) > 0]
    found = rao_q(zonal(plots, {"height": raster}, {"values": value_areas("height")})["values"])
    covered = coverage(plots, raster.cells)
    weight = covered.fraction * raster.cells.row_areas_m2()[covered.cell // SIDE]
    value = heights.ravel()[covered.cell].astype(np.float64)
    for plot in range(len(plots)):
        of = (covered.plot == plot) & (value != 255)
        p, h = weight[of] / weight[of].sum() if of.any() else weight[of], value[of]
        want = p @ np.abs(np.subtract.outer(h, h)) @ p if of.any() else np.nan
        assert found[plot] == pytest.approx(want, rel=1e-9, abs=1e-12, nan_ok=True)
    assert len(plots) > 0.99 * PLOTS
