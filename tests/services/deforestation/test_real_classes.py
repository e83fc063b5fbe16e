"""Class areas on real maps of forest change, geographic and projected, against exactextract's coverage times the area of the cells."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from pyproj import Transformer

from shared.rasters.raster import open_raster
from shared.zonal.grid import Grid
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class

N_PLOTS = 60
MAPS = {
    "tmf_fcc123_guadeloupe.tif": (5490, (-61.78, 16.02, -61.62, 16.30), (0, 1, 2, 3)),
    "prodes_rondonia_2000_2020.tif": (4674, (-62.66, -8.82, -62.51, -8.71), (1, 11, 16, 17, 27, 29, 32, 33)),
}


def discs(bounds: tuple[float, float, float, float]) -> np.ndarray:
    """Rough discs of 0.05 to 200 ha, in lon/lat."""
    dice = np.random.default_rng(5)
    west, south, east, north = bounds
    at = shapely.points(dice.uniform(west, east, N_PLOTS), dice.uniform(south, north, N_PLOTS))
    return np.asarray(shapely.buffer(at, 10.0 ** dice.uniform(-4.0, -2.15, N_PLOTS), quad_segs=3))


@pytest.mark.parametrize("name", MAPS)
def test_class_areas_are_exactextract_times_ground_areas(shared_data: Path, name: str) -> None:
    epsg, bounds, codes = MAPS[name]
    path, plots = shared_data / "rasters" / name, discs(bounds)
    raster = open_raster(path)
    classes = Classes.of(*codes)
    found = zonal(plots, {"class": raster}, {"ha": area_by_class("class", classes)})["ha"]
    to_map = Transformer.from_crs("OGC:CRS84", epsg, always_xy=True)
    drawn = shapely.transform(shapely.segmentize(plots, 1e-5), to_map.transform, interleaved=False)
    cells = raster.cells
    whole = (cells.height, cells.width)
    areas = np.broadcast_to(cells.row_areas_m2()[:, None], whole) if isinstance(cells, Grid) else cells.areas_m2(0, 0, *whole)
    expected = np.zeros((N_PLOTS, len(codes)))
    frame = geopandas.GeoDataFrame(geometry=drawn, crs=epsg)
    for plot, feature in enumerate(exact_extract(str(path), frame, ["values", "coverage", "cell_id"])):
        one = feature["properties"]
        row, column = np.divmod(np.asarray(one["cell_id"]).astype(int), cells.width)
        m2 = areas[row, column]
        for index, code in enumerate(codes):
            expected[plot, index] = float((np.asarray(one["coverage"]) * m2)[np.asarray(one["values"]) == code].sum())
    assert (expected.sum(axis=0) > 0).sum() >= 3, "there are classes to compare"
    total = expected.sum(axis=1)
    known = total > 0
    worst = np.abs(found[:, : len(codes)] - expected)[known] / np.maximum(total[known], 1)[:, None]
    assert worst.max() < 1e-7, worst.max()
