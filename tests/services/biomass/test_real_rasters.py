"""Real crops of Hansen and of Global Forest Watch: loss by year and emissions beside what exactextract gives, asked in the plain way."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from exactextract import exact_extract

from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.deployment import chosen
from services.biomass.worker import compute
from shared.outcome import Window
from shared.rasters.raster import open_raster
from shared.rasters.reader import Rasters
from tests.services.biomass.scene import TERMS, plots

BANDS = {
    "hansen_gfc.lossyear": "gfc_lossyear_dominican",
    "hansen_gfc.treecover2000": "gfc_treecover2000_dominican",
    "gfw_flux.emissions_px": "gfw_gross_emissions_dominican",
}


@pytest.fixture(scope="module")
def shapes(shared_data: Path) -> gpd.GeoDataFrame:
    """The sample polygon of mapme, and thirty smaller ones cut at random from the same rasters."""
    sample = gpd.read_file(shared_data / "plots/mapme_gfw_sample_1.gpkg")[["geometry"]]
    rng = np.random.default_rng(5)
    at = rng.uniform((-71.735, 18.635), (-71.693, 18.684), (30, 2))
    radii = rng.uniform(0.0002, 0.0025, 30)
    cut = [shapely.Point(*place).buffer(radius, quad_segs=3) for place, radius in zip(at, radii, strict=True)]
    return gpd.GeoDataFrame(geometry=[*sample.geometry, *cut], crs=4326)


@pytest.fixture(scope="module")
def results(shared_data: Path, shapes: gpd.GeoDataFrame) -> list[LucEmissions]:
    files = {band: shared_data / "rasters" / f"{name}.tif" for band, name in BANDS.items()}
    rasters = Rasters(overrides=files, override_years={"hansen_gfc.lossyear": 2023})
    terms = replace(TERMS, country="DO", window=Window(date(2021, 1, 1), date(2023, 12, 31)))
    outcomes = compute(plots(*shapes.geometry), terms, rasters, False, chosen({}, None))
    return [outcome.values for outcome in outcomes if isinstance(outcome.values, LucEmissions)]


def plain(shared_data: Path, name: str, shapes: gpd.GeoDataFrame) -> list[Any]:
    """Values, coverage and cells of each polygon, by exactextract."""
    path = shared_data / "rasters" / f"{name}.tif"
    return list(exact_extract(path, shapes, ["coverage", "cell_id", "values"], output="pandas").itertuples())


def test_gross_emissions_are_pixels_times_coverage(shared_data: Path, shapes: gpd.GeoDataFrame, results: list[LucEmissions]) -> None:
    assert len(results) == 31
    for found, cells in zip(results, plain(shared_data, BANDS["gfw_flux.emissions_px"], shapes), strict=True):
        expected = np.ma.filled(np.ma.masked_invalid(cells.values), 0.0).astype(np.float64) @ cells.coverage
        if expected == 0:
            assert found.gfw_gross_emissions_tco2e is None
        else:
            assert found.gfw_gross_emissions_tco2e == pytest.approx(expected, rel=1e-7)


def test_the_emissions_of_mapme_sum_up(results: list[LucEmissions]) -> None:
    """212.52 + 591.90 + … of the snapshot are of 2001 to 2005 in patches over 1 ha: a part of ours."""
    assert results[0].gfw_gross_emissions_tco2e is not None
    assert results[0].gfw_gross_emissions_tco2e > 212.5213 + 591.9025 + 12352.3177 + 3556.2732 + 1623.9583


def test_loss_of_forest_by_year(shared_data: Path, shapes: gpd.GeoDataFrame, results: list[LucEmissions]) -> None:
    grid = open_raster(shared_data / "rasters/gfc_lossyear_dominican.tif").cells
    row_ha = grid.areas_m2(0, 0, grid.height, 1)[:, 0] / 1e4
    losses, covers = (plain(shared_data, BANDS[f"hansen_gfc.{band}"], shapes) for band in ("lossyear", "treecover2000"))
    for found, loss, cover in zip(results, losses, covers, strict=True):
        assert (loss.cell_id == cover.cell_id).all() and found.conversion_ha_by_year is not None
        weight = loss.coverage * row_ha[loss.cell_id // grid.width] * (cover.values > 30)
        for year in range(1, 24):
            assert found.conversion_ha_by_year[year - 1] == pytest.approx(weight[loss.values == year].sum(), rel=1e-7, abs=1e-12)
