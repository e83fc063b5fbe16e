"""Real water and biomass: class areas and means are exactextract's coverage times the WGS84 area of cells, which it does not know."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from numpy.typing import NDArray

from shared.rasters.raster import open_raster
from shared.zonal.grid import Grid
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.reductions.moments import moments

PLOTS = 60
Covered = tuple[NDArray[np.generic], NDArray[np.bool_], NDArray[np.float64]]


def plots_in(path: Path, seed: int) -> NDArray[np.object_]:
    """Rough discs of 2 to 60 cells across, some over the border of the raster."""
    dice = np.random.default_rng(seed)
    with rasterio.open(path) as file:
        (west, south, east, north), step = file.bounds, file.res[0]
    at = shapely.points(dice.uniform(west, east, PLOTS), dice.uniform(south, north, PLOTS))
    return np.asarray(shapely.buffer(at, step * dice.uniform(1, 30, PLOTS), quad_segs=3))


def covered(path: Path, plots: NDArray[np.object_]) -> list[Covered]:
    """Of the cells of each plot: values, whether they are known, and coverage (exactextract) times the WGS84 area (m2)."""
    with rasterio.open(path) as file:
        a, _, west, _, e, north = tuple(file.transform)[:6]
        grid, read = Grid(west, north, a, -e, file.width, file.height), file.read(1, masked=True)
    rows = exact_extract(str(path), gpd.GeoDataFrame(geometry=list(plots), crs="EPSG:4326"), ["coverage", "cell_id"], output="pandas")
    values, known, row_m2 = read.data.ravel(), ~np.ma.getmaskarray(read).ravel(), grid.row_areas_m2()
    return [
        (values[cell], known[cell], coverage * row_m2[cell // grid.width])
        for cell, coverage in zip(rows["cell_id"], rows["coverage"], strict=True)
    ]


@pytest.mark.parametrize("name", ["jrc_gsw_occurrence_guyana.tif", "jrc_gsw_seasonality_guyana.tif"])
def test_global_surface_water_by_class(shared_data: Path, name: str) -> None:
    path = shared_data / "rasters" / name
    plots, codes = plots_in(path, 3), range(101)
    found = zonal(plots, {"water": open_raster(path)}, {"m2": area_by_class("water", Classes.of(*codes))})["m2"]
    wet = 0
    for (values, known, m2), areas in zip(covered(path, plots), found, strict=True):
        want = [m2[known & (values == code)].sum() for code in codes]
        assert areas[: len(want)] == pytest.approx(want, rel=1e-7, abs=1e-3)
        wet += sum(want[1:]) > 0
    assert wet > PLOTS / 4


def test_mean_biomass_of_tropisar(shared_data: Path) -> None:
    path = shared_data / "rasters/agb_tropisar_french_guiana_100m.tif"
    plots = plots_in(path, 4)
    found = zonal(plots, {"agb": open_raster(path)}, {"agb": moments("agb")})["agb"]
    compared = 0
    for at, (values, known, m2) in enumerate(covered(path, plots)):
        if not known.any():
            assert np.isnan(found.mean[at])
            continue
        assert found.mean[at] == pytest.approx(np.average(values[known].astype(np.float64), weights=m2[known]), rel=1e-7)
        compared += 1
    assert compared > PLOTS / 4
