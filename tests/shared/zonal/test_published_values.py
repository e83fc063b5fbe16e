"""Values that others published: exactextract's and rasterstats' own tests, and mapme's tree cover (methods 7.6)."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from rasterio.transform import from_origin
from scipy import ndimage

from shared.rasters.raster import open_raster
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.reductions.moments import moments
from shared.zonal.reductions.values import majority, quantile, value_areas, variety
from shared.zonal.surroundings import Surroundings, surroundings
from tests.shared.zonal.conftest import Write

NINE = np.arange(1, 10, dtype=np.float64).reshape(3, 3)
SQUARE = np.array([shapely.box(0.5, 0.5, 2.5, 2.5)], dtype=object)
PLANE = {"crs": None, "transform": from_origin(0, 3, 1, 1)}
SPHERE_M = 6_378_137.0


def test_basic_statistics_of_exactextract(write: Write) -> None:
    found = zonal(SQUARE, {"a": open_raster(write(NINE, **PLANE))}, {"m": moments("a"), "v": value_areas("a")})
    m, v = found["m"], found["v"]
    assert (m.cells[0], m.mean[0], m.least[0], m.greatest[0], m.variance[0]) == (4, 5, 1, 9, 5)
    assert (variety(v)[0], quantile(v, 0.25)[0], quantile(v, 0.5)[0], quantile(v, 0.75)[0]) == (9, 3, 5, 6)
    assert majority(v)[0] == 5
    assert v.area_m2.tolist() == [0.25, 0.5, 0.25, 0.5, 1, 0.5, 0.25, 0.5, 0.25]


def test_weights_of_exactextract(write: Write) -> None:
    weights = np.array([[0, 0, 0], [0, 0, 0], [1, 1, 1]], dtype=np.float64)
    sources = {"a": open_raster(write(NINE, **PLANE)), "w": open_raster(write(weights, **PLANE))}
    m = zonal(SQUARE, sources, {"m": moments("a", "w")})["m"]
    assert (m.mean[0], m.variance[0]) == (8, 0.5)


def test_least_coverage_of_exactextract(write: Write) -> None:
    found = zonal(SQUARE, {"a": open_raster(write(NINE, **PLANE))}, {"m": moments("a"), "v": value_areas("a")}, least=0.49)
    assert found["v"].value.tolist() == [2, 4, 5, 6, 8]  # cells 1, 3, 4, 5 and 7, counted from 0
    assert found["m"].cells[0] == 3


def test_categories_of_exactextract(write: Write) -> None:
    rows = np.repeat([[1], [2], [3]], 3, axis=1).astype(np.int32)
    areas = zonal(SQUARE, {"a": open_raster(write(rows, **PLANE))}, {"c": area_by_class("a", Classes.of(1, 2, 3))})["c"][0]
    assert (areas / areas.sum()).tolist() == [0.25, 0.5, 0.25, 0]


def test_an_outline_that_is_no_rectangle_of_exactextract(write: Write) -> None:
    outline = shapely.Polygon([(0.5, 0.5), (2.5, 0.5), (2.5, 2), (2, 2), (2, 2.5), (0.5, 2.5)])
    (window,) = surroundings(np.array([outline], dtype=object), {"a": open_raster(write(NINE, **PLANE))}, 1)
    assert window.share.tolist() == [[0.25, 0.5, 0], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]


def test_a_cell_of_one_degree_has_the_area_of_methods(write: Write) -> None:
    raster = open_raster(write(np.ones((1, 1), np.uint8), transform=from_origin(3, 51, 1, 1)))
    area = zonal(np.array([shapely.box(3, 50, 4, 51)], dtype=object), {"a": raster}, {"m": moments("a")})["m"].weight[0]
    assert area == pytest.approx(7_892_218_858.0, abs=0.5)  # parallel edges; geodesic edges: 7,892,061,583.2


def centre_rule(window: Surroundings, outline: shapely.Geometry, path: Path) -> np.ndarray:
    """Cells whose centre lies in the outline, which is in the raster's own reference system."""
    import rasterio

    with rasterio.open(path) as file:
        rows, columns = window.share.shape
        column, row = np.meshgrid(window.left + np.arange(columns) + 0.5, window.top + np.arange(rows) + 0.5)
        x, y = file.transform @ (column, row)
    return np.asarray(shapely.contains_xy(outline, x, y))


def test_counts_and_means_of_rasterstats(shared_data: Path) -> None:
    """rasterstats counts cells by their centre; exact coverage gives nearly the same mean for plots of 50 and 75 cells."""
    path = shared_data / "rasters/rasterstats_slope.tif"
    drawn = gpd.read_file(shared_data / "plots/rasterstats_polygons.gpkg")
    same = gpd.read_file(shared_data / "plots/rasterstats_polygons_no_overlap.gpkg").crs
    outlines = drawn.set_crs(same, allow_override=True).geometry.to_numpy()
    plots = gpd.GeoSeries(shapely.segmentize(outlines, 10.0), crs=same).to_crs(4326).to_numpy()
    raster = open_raster(path)
    windows = list(surroundings(plots, {"slope": raster}, 2))
    inside = [centre_rule(window, outline, path) & window.known["slope"] for window, outline in zip(windows, outlines, strict=True)]
    assert [int(one.sum()) for one in inside] == [75, 50]
    means = [float(window.values["slope"][one].mean()) for window, one in zip(windows, inside, strict=True)]
    assert round(means[0], 2) == 14.66
    found = zonal(plots, {"slope": raster}, {"m": moments("slope")})["m"]
    assert found.cells == pytest.approx([75, 50], rel=0.05) and found.mean == pytest.approx(means, rel=0.03)
    assert found.weight == pytest.approx(shapely.area(outlines), rel=2e-3)  # the system's own scale, not the ground


def mapme(shared_data: Path) -> tuple[Surroundings, np.ndarray, np.ndarray]:
    plot = gpd.read_file(shared_data / "plots/mapme_gfw_sample_1.gpkg").geometry.to_numpy()
    rasters = shared_data / "rasters"
    names = {"cover": "gfc_treecover2000_dominican", "loss": "gfc_lossyear_dominican", "emissions": "gfw_gross_emissions_dominican"}
    (window,) = surroundings(plot, {name: open_raster(rasters / f"{file}.tif") for name, file in names.items()}, 0)
    touched = window.share > 0
    forest = (np.where(touched, window.values["cover"], 0) >= 10) & window.known["cover"]
    labels, count = ndimage.label(forest)
    rows = open_raster(rasters / "gfc_lossyear_dominican.tif").cells
    top, bottom = np.radians([rows.north - (window.top + np.arange(len(labels)) + at) * rows.dy for at in (0, 1)])
    sphere_m2 = (SPHERE_M**2 * np.radians(rows.dx) * (np.sin(top) - np.sin(bottom)))[:, np.newaxis]
    patch_m2 = ndimage.sum(window.share * sphere_m2, labels, np.arange(count + 1))
    return window, (patch_m2 > 10_000)[labels] & forest, sphere_m2


def test_tree_cover_of_mapme_by_its_rule_and_on_the_ellipsoid(shared_data: Path) -> None:
    window, kept, sphere_m2 = mapme(shared_data)
    expected = gpd.pd.read_csv(shared_data / "reference/mapme_expected.csv").set_index("year_or_band")["expected"]
    ours = {2000: 2046.361, 2001: 2045.850, 2002: 2044.171, 2003: 2010.489, 2004: 2001.144, 2005: 1996.891}
    for year in range(2000, 2006):
        lost = (window.values["loss"] > 0) & (window.values["loss"] <= year - 2000)
        standing = window.share * (kept & ~lost)
        assert float((standing * sphere_m2).sum() / 1e4) == pytest.approx(expected[year], abs=1e-3), year
        assert float((standing * window.area_m2).sum() / 1e4) == pytest.approx(ours[year], abs=1e-3), year


def test_emissions_of_mapme_by_whole_cells_and_by_coverage(shared_data: Path) -> None:
    window, kept, _ = mapme(shared_data)
    emissions = np.where(window.known["emissions"], window.values["emissions"], 0).astype(np.float64)
    whole = [212.5268, 619.3609, 12932.7655, 3676.1357, 1731.4164]
    covered = [212.5213, 591.9025, 12352.3177, 3556.2732, 1623.9583]
    for year in range(2001, 2006):
        lost = kept & (window.values["loss"] == year - 2000)
        assert float(emissions[lost].sum()) == pytest.approx(whole[year - 2001], rel=2e-7)
        assert float((emissions * window.share)[lost].sum()) == pytest.approx(covered[year - 2001], abs=1e-4)
