"""Real Hansen loss over a real polygon in the Dominican Republic and 200 plots cut from it, against exactextract itself."""

from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from exactextract import exact_extract

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.worker import compute
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Outcome, Plots
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid
from tests.services.deforestation.scene import TERMS

N_CUT = 200


@pytest.fixture(scope="module")
def chunk(shared_data: Path) -> Plots:
    whole = geopandas.read_file(shared_data / "plots" / "mapme_gfw_sample_1.gpkg").geometry.iloc[0]
    dice = np.random.default_rng(7)
    west, south, east, north = whole.bounds
    cut: list[shapely.Polygon] = []
    while len(cut) < N_CUT:
        disc = shapely.buffer(shapely.Point(dice.uniform(west, east), dice.uniform(south, north)), dice.uniform(0.0002, 0.002), quad_segs=3)
        if whole.contains(disc):
            cut.append(disc)
    geometry = np.array([whole, *cut], dtype=object)
    return Plots(np.arange(len(geometry)), geometry, geodesic_area_ha(geometry), np.zeros(len(geometry), dtype=bool))


@pytest.fixture(scope="module")
def outcomes(shared_data: Path, chunk: Plots) -> list[Outcome]:
    rasters = shared_data / "rasters"
    names = {"hansen_gfc.lossyear": "gfc_lossyear_dominican.tif", "hansen_gfc.treecover2000": "gfc_treecover2000_dominican.tif"}
    return compute(chunk, TERMS, Rasters(overrides={band: rasters / name for band, name in names.items()}))


def loss_by_year_ha(path: Path, geometries: np.ndarray) -> np.ndarray:
    """exactextract's coverage times the WGS84 area of the cells, by loss year; [plots, 23]: the file ends with 2023."""
    with rasterio.open(path) as raster:
        t = raster.transform
        grid = Grid(t.c, t.f, t.a, -t.e, raster.width, raster.height)
    frame = geopandas.GeoDataFrame(geometry=geometries, crs="EPSG:4326")
    areas = np.zeros((len(geometries), 23))
    for plot, feature in enumerate(exact_extract(str(path), frame, ["values", "coverage", "cell_id"])):
        found = feature["properties"]
        year, row = np.asarray(found["values"]).astype(int), np.asarray(found["cell_id"]).astype(int) // grid.width
        ha = np.asarray(found["coverage"]) * grid.row_areas_m2()[row] / 10_000
        areas[plot] = np.bincount(year, weights=ha, minlength=24)[1:24]
    return areas


def test_loss_by_year_is_exactextract_times_wgs84_cells(shared_data: Path, chunk: Plots, outcomes: list[Outcome]) -> None:
    expected = loss_by_year_ha(shared_data / "rasters" / "gfc_lossyear_dominican.tif", chunk.geometry)
    found = np.array([o.values.hansen_loss_ha_by_year for o in outcomes if isinstance(o.values, EudrDeforestation)])
    assert found.shape == (N_CUT + 1, 23)
    assert expected[0].sum() > 50, "there is loss to compare"
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)  # 1e-9 ha: a tenth of a coordinate's last digit along an edge
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-7)


def test_cells_add_up_to_the_geodesic_area(chunk: Plots, outcomes: list[Outcome]) -> None:
    cells = np.array([o.values.cell_area_ha for o in outcomes if isinstance(o.values, EudrDeforestation)])
    np.testing.assert_allclose(cells, chunk.area_ha, rtol=1e-5)
    assert cells[0] == pytest.approx(2271.88, abs=0.01), "methods 7.2"


def test_results_without_jrc_say_so_and_clear_nothing(outcomes: list[Outcome]) -> None:
    classes = set()
    for outcome in outcomes:
        found = outcome.values
        assert isinstance(found, EudrDeforestation)
        classes.add(found.alert_class)
        assert {name for name, state in found.layer_states.items() if state != "not_configured"} == {"hansen_gfc"}
        assert (found.families_available, found.baseline_source, found.confidence) == (1, "hansen_gfc", "low")
        assert {"baseline_not_available", "layer_not_configured:jrc_gfc2020", "layer_not_configured:jrc_tmf"} <= set(outcome.reasons)
        assert found.verdict == "not assessed"
        assert (found.loss_tmf_def_ha, found.primary_2020_ha, found.excluded_commodity_ha) == (None, None, None)
    assert "none" not in classes and {"inconclusive", "critical_unconfirmed"} <= classes


def test_years_that_the_file_has_not_observed_are_null_and_not_zero(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert isinstance(outcome.values, EudrDeforestation)
        series = outcome.values.annual_defor_ha
        assert series is not None
        assert all(year is not None for year in series[:3]) and series[3:] == (None, None)
