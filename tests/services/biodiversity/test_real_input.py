"""Real crops: means and class areas are exactextract's coverage times the WGS84 area of cells, which exactextract does not know."""

from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import RasterioRasterSource

from contracts.v1.results.biodiversity import Biodiversity
from services.biodiversity.evidence import land_areas_m2
from services.biodiversity.rules import LAND_COVER
from services.biodiversity.worker import compute
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Terms, Window
from shared.rasters.opening import open_band
from shared.rasters.raster import open_raster
from shared.rasters.reader import Rasters
from shared.rasters.recorded import RecordedRasters
from shared.zonal.grid import Grid
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from tests.services.biodiversity.scene import plots_of

TERMS = Terms(Window(date(2020, 1, 1), date(2025, 12, 31)))
SAO_TOME = (6.48, 0.02, 6.75, 0.40)


def random_plots(bounds: tuple[float, float, float, float], size_deg: float, count: int) -> np.ndarray:
    """Ragged convex plots of about that size, wholly within the bounds."""
    rng = np.random.default_rng(31)
    west, south, east, north = bounds
    centre = np.column_stack((rng.uniform(west + size_deg, east - size_deg, count), rng.uniform(south + size_deg, north - size_deg, count)))
    around = centre[:, np.newaxis] + rng.uniform(-size_deg, size_deg, (count, 12, 2))
    return np.array([shapely.convex_hull(shapely.multipoints(one)) for one in around], dtype=object)


def covered(path: Path, plots: np.ndarray) -> list[pd.DataFrame]:
    """Cells of each plot as exactextract reads them: value, and coverage times the WGS84 area of the cell (m2)."""
    with rasterio.open(path) as file:
        a, _, west, _, e, north = tuple(file.transform)[:6]
        grid = Grid(west, north, a, -e, file.width, file.height)
        frame = gpd.GeoDataFrame(geometry=list(plots), crs="EPSG:4326")
        rows = exact_extract(RasterioRasterSource(file, 1), frame, ["coverage", "cell_id", "values"], output="pandas")
    row_m2 = grid.row_areas_m2()
    areas = [row["coverage"] * row_m2[row["cell_id"] // grid.width] for _, row in rows.iterrows()]
    return [pd.DataFrame({"value": values, "m2": m2}) for values, m2 in zip(rows["values"], areas, strict=True)]


def test_mean_intactness_in_guyana(shared_data: Path) -> None:
    path = shared_data / "rasters/bii_guyana.tif"
    with rasterio.open(path) as file:
        known = ~np.isnan(file.read(1))
        row, column = (int(axis.mean()) for axis in np.nonzero(known))
        west, south, east, north = file.window_bounds(((max(0, row - 2), row + 3), (max(0, column - 3), column + 4)))
    plots = random_plots((west, south, east, north), 0.008, 25)
    rasters = RecordedRasters(Rasters(overrides={"bii_nhm.lbii": path}))
    found = [outcome.values for outcome in compute(plots_of(*plots), TERMS, rasters)]
    compared = 0
    whole_m2 = geodesic_area_ha(plots) * 10_000
    for cells, values, plot_m2 in zip(covered(path, plots), found, whole_m2, strict=True):
        there = cells[cells["value"].notna()]
        if there["m2"].sum() < 0.51 * plot_m2:
            continue
        assert isinstance(values, Biodiversity)
        assert values.bii_mean == pytest.approx(np.average(there["value"], weights=there["m2"]), rel=1e-7)
        assert values.bii_source == "bii_nhm"
        compared += 1
    assert compared > 10


@pytest.mark.parametrize(("layer", "name"), [("worldcover", "worldcover2021"), ("worldcover_2020", "worldcover2020")])
def test_land_cover_of_sao_tome(shared_data: Path, layer: str, name: str) -> None:
    path = shared_data / f"rasters/{name}_sao_tome.tif"
    plots = random_plots(SAO_TOME, 0.01, 25)
    rasters = RecordedRasters(Rasters(overrides={f"{layer}.map": path}))
    cover, no_nature = (open_band(rasters, name, SAO_TOME) for name in (f"{layer}.map", "sbtn_natural.classification"))
    found = land_areas_m2(plots, cover, no_nature).sum(axis=2)
    for cells, areas in zip(covered(path, plots), found, strict=True):
        want = [cells["m2"][cells["value"] == one].sum() for one in LAND_COVER]
        assert areas == pytest.approx(want, rel=1e-7, abs=1e-3)


def test_land_cover_and_landscape_of_a_plot_on_sao_tome(shared_data: Path) -> None:
    """Forest in the middle of the island, and a place with cropland near its west coast: all from one real map."""
    rasters = RecordedRasters(Rasters(overrides={"worldcover.map": shared_data / "rasters/worldcover2021_sao_tome.tif"}))
    forest, fields = (shapely.box(lon, lat, lon + 0.01, lat + 0.01) for lon, lat in ((6.58, 0.29), (6.545, 0.17)))
    inside, beside = (outcome.values for outcome in compute(plots_of(forest, fields), TERMS, rasters))
    assert isinstance(inside, Biodiversity) and isinstance(beside, Biodiversity)
    assert inside.habitat_pct is not None and inside.connectivity is not None and beside.connectivity is not None
    assert inside.habitat_pct > 99.0
    assert inside.connectivity > beside.connectivity
    assert (inside.habitat_source, inside.rao_q, inside.score_component_count) == ("worldcover", None, 1)


def test_corine_of_sao_miguel_by_municipality(shared_data: Path) -> None:
    path = shared_data / "rasters/corine2018_sao_miguel.tif"
    municipalities = gpd.read_file(shared_data / "boundaries/sao_miguel_concelhos.gpkg").to_crs("EPSG:4326")
    regions = np.array(municipalities.geometry.values, dtype=object)
    classes = range(1, 45)
    found = zonal(regions, {"cover": open_raster(path)}, {"m2": area_by_class("cover", Classes.of(*classes))})["m2"]
    assert len(regions) == 6
    for cells, areas in zip(covered(path, regions), found, strict=True):
        want = [cells["m2"][cells["value"] == one].sum() for one in classes]
        assert areas[:-1] == pytest.approx(want, rel=1e-7, abs=1e-2)
        assert areas.sum() == pytest.approx(cells["m2"].sum(), rel=1e-7)
