"""True ground areas on grids of any reference system: totals of plots against the geodesic, cells against a fine outline."""

import numpy as np
import pytest
import shapely
from pyproj import CRS, Geod, Transformer
from rasterio.transform import Affine, from_origin

from shared.geo.areas import geodesic_area_ha
from shared.rasters.raster import Raster, open_raster
from shared.zonal.passes import zonal
from shared.zonal.projected import ProjectedGrid
from shared.zonal.reductions.moments import moments
from shared.zonal.surroundings import surroundings
from tests.shared.zonal.conftest import Write

GEOD = Geod(ellps="WGS84")
SYSTEMS = {
    "UTM 30N, off its centre": ("EPSG:32630", 30.0, (-0.2, 6.1)),
    "UTM 22S": ("EPSG:32722", 10.0, (-53.9, -8.3)),
    "Web Mercator": ("EPSG:3857", 38.2, (-0.2, 6.1)),
    "Web Mercator far north": ("EPSG:3857", 38.2, (24.0, 61.5)),
    "MODIS sinusoidal": ("+proj=sinu +R=6371007.181 +units=m +no_defs", 463.3127, (103.0, 14.2)),
    "Homolosine": ("+proj=igh +datum=WGS84 +units=m +no_defs", 250.0, (-60.0, -9.5)),
    "equal-area cylinder": ("ESRI:54034", 100.0, (-0.2, 6.1)),
    "LAEA Europe": ("EPSG:3035", 100.0, (8.5, 47.2)),
    "Albers USA": ("EPSG:5070", 30.0, (-97.0, 38.5)),
    "Albers in US feet": ("+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +datum=NAD83 +units=us-ft +no_defs", 98.4, (-97.0, 38.5)),
    "SIRGAS degrees": ("EPSG:4674", 0.00025, (-53.9, -8.3)),
    "polar stereographic": ("EPSG:3995", 500.0, (20.0, 79.0)),
}
ROWS, COLUMNS = 420, 460


def grid_round(crs: str, step: float, place: tuple[float, float], turn_deg: float = 0.0) -> ProjectedGrid:
    """Cells whose middle is at the place."""
    x, y = Transformer.from_crs("OGC:CRS84", crs, always_xy=True).transform(*place)
    cos, sin = np.cos(np.radians(turn_deg)) * step, np.sin(np.radians(turn_deg)) * step
    a, b, d, e = cos, sin, sin, -cos
    return ProjectedGrid(
        (a, b, x - a * COLUMNS / 2 - b * ROWS / 2, d, e, y - d * COLUMNS / 2 - e * ROWS / 2),
        COLUMNS,
        ROWS,
        CRS.from_user_input(crs).to_wkt(),
    )


def plots_in(grid: ProjectedGrid) -> np.ndarray:
    """Discs, stars and one with a hole, in lon/lat, inside the grid."""
    rng = np.random.default_rng(9)
    lon, lat = grid.centres(0, 0, ROWS, COLUMNS)
    extent = min(abs(lon[0, -1] - lon[0, 0]), abs(lat[-1, 0] - lat[0, 0]))
    made = []
    for number in range(25):
        row, column = rng.integers(ROWS // 4, 3 * ROWS // 4), rng.integers(COLUMNS // 4, 3 * COLUMNS // 4)
        at = shapely.Point(lon[row, column], lat[row, column])
        radius = extent * 10.0 ** rng.uniform(-2.5, -1.1)
        disc = at.buffer(radius)
        made.append(
            disc - at.buffer(radius / 3)
            if number % 3 == 0
            else shapely.MultiPolygon([shapely.box(*disc.bounds)])
            if number % 3 == 1
            else disc
        )
    return np.array(made, dtype=object)


@pytest.mark.parametrize("turn_deg", [0.0, 17.0])
@pytest.mark.parametrize("name", SYSTEMS)
def test_cells_of_plots_add_up_to_their_geodesic_areas(write: Write, name: str, turn_deg: float) -> None:
    grid = grid_round(*SYSTEMS[name], turn_deg)
    raster = open_raster(write(np.ones((ROWS, COLUMNS), np.uint8), crs=grid.crs, transform=Affine(*grid.affine)))
    assert isinstance(raster.cells, ProjectedGrid)
    plots = plots_in(raster.cells)
    found = zonal(plots, {"a": raster}, {"m": moments("a")})["m"]
    # Edges are straight in lon/lat here and geodesics there: cut short, both are the same line.
    expected = geodesic_area_ha(shapely.segmentize(plots, 0.002))
    assert found.weight / 1e4 == pytest.approx(expected, rel=1e-5)
    assert found.mean == pytest.approx(np.ones(len(plots)), abs=0)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_area_of_a_cell_is_that_of_its_outline_on_the_ellipsoid(name: str) -> None:
    grid = grid_round(*SYSTEMS[name])
    areas = grid.areas_m2(0, 0, ROWS, COLUMNS)
    back = Transformer.from_crs(grid.crs, "OGC:CRS84", always_xy=True)
    a, b, c, d, e, f = grid.affine
    for row, column in ((0, 0), (3, 450), (200, 17), (419, 459), (63, 64), (64, 63)):
        along = np.linspace(0, 1, 20, endpoint=False)
        columns = column + np.concatenate((along, np.ones(20), 1 - along, np.zeros(20)))
        rows = row + np.concatenate((np.zeros(20), along, np.ones(20), 1 - along))
        lon, lat = back.transform(a * columns + b * rows + c, d * columns + e * rows + f)
        exact = abs(GEOD.polygon_area_perimeter(lon, lat)[0])
        assert areas[row, column] == pytest.approx(exact, rel=2e-7, abs=2e-4)


def test_areas_of_a_cell_do_not_depend_on_the_window() -> None:
    grid = grid_round(*SYSTEMS["UTM 30N, off its centre"], 5.0)
    whole = grid.areas_m2(0, 0, ROWS, COLUMNS)
    for top, left, rows, columns in ((0, 0, 1, 1), (63, 65, 3, 2), (128, 64, 200, 77), (419, 459, 1, 1)):
        assert (grid.areas_m2(top, left, rows, columns) == whole[top : top + rows, left : left + columns]).all()


def test_web_mercator_cells_shrink_by_the_square_of_the_cosine() -> None:
    grid = grid_round(*SYSTEMS["Web Mercator far north"])
    lat = np.radians(grid.centres(0, 0, ROWS, 1)[1][:, 0])
    assert grid.areas_m2(0, 0, ROWS, 1)[:, 0] == pytest.approx((38.2 * np.cos(lat)) ** 2, rel=7e-3)


def test_a_plane_without_reference_system_has_cells_of_its_own_measure() -> None:
    grid = ProjectedGrid((2.0, 0.0, 0.0, 0.0, -3.0, 30.0), 10, 10, "")
    assert (grid.areas_m2(2, 3, 4, 1) == 6.0).all()


def homolosine(write: Write) -> Raster:
    return open_raster(write(np.ones((400, 900), np.uint8), crs="+proj=igh +datum=WGS84 +units=m +no_defs",
                             transform=from_origin(-14_000_000, -3_000_000, 10_000, 10_000)))  # fmt: skip


def test_an_outline_over_a_gap_of_the_projection_has_no_cells_and_its_neighbour_all(write: Write) -> None:
    plots = np.array([shapely.box(-101, -41, -99, -39), shapely.box(-98, -41, -96, -39)], dtype=object)
    found = zonal(plots, {"a": homolosine(write)}, {"m": moments("a")})["m"]
    assert found.weight[0] == 0
    assert found.weight[1] / 1e4 == pytest.approx(geodesic_area_ha(shapely.segmentize(plots[1:], 0.01))[0], rel=1e-5)


def test_two_plots_on_both_sides_of_a_gap_do_not_tear_each_other(write: Write) -> None:
    west = shapely.box(-101, -41, -100.001, -40)
    east = shapely.Polygon([(-99.999, -41), (-99, -41), (-99, -40), (-99.999, -40)])
    assert abs(west.exterior.coords[-1][0] - east.exterior.coords[0][0]) < 0.003
    raster = homolosine(write)
    both, alone = (zonal(np.array(plots, dtype=object), {"a": raster}, {"m": moments("a")})["m"] for plots in ((west, east), (east,)))
    assert both.weight[0] > 0 and both.weight[1] == alone.weight[0] > 0


def test_a_place_outside_a_projection_has_no_cells(write: Write) -> None:
    raster = open_raster(write(np.ones((10, 10), np.uint8), crs="EPSG:3857", transform=from_origin(0, 100, 10, 10)))
    found = zonal(np.array([shapely.box(10, 89, 11, 90)], dtype=object), {"a": raster}, {"m": moments("a")})["m"]
    assert found.weight.tolist() == [0.0] and np.isnan(found.mean[0])


@pytest.mark.parametrize("far", [(-150.0, 10.0), (110.0, 1.0), (87.0, 0.0), (177.0, 0.0), (45.0, -0.5)])
def test_a_plot_far_from_a_utm_zone_has_no_cells_and_harms_no_neighbour(write: Write, far: tuple[float, float]) -> None:
    grid = grid_round("EPSG:32630", 30.0, (-0.2, 6.1))
    a, b, c, d, e, f = grid.affine
    raster = open_raster(write(np.arange(ROWS * COLUMNS, dtype=np.int32).reshape(ROWS, COLUMNS), crs="EPSG:32630",
                               transform=Affine(a, b, c, d, e, f)))  # fmt: skip
    near, away = plots_in(grid)[:5], shapely.box(far[0], far[1], far[0] + 0.01, far[1] + 0.01)
    astride = shapely.MultiPolygon([near[0], away]) if near[0].geom_type == "Polygon" else away
    alone = zonal(near, {"a": raster}, {"m": moments("a")})["m"]
    found = zonal(np.array([away, *near, astride], dtype=object), {"a": raster}, {"m": moments("a")})["m"]
    assert found.weight[0] == 0 and np.isnan(found.mean[0])
    assert found.weight[1:6].tolist() == alone.weight.tolist() and found.mean[1:6].tolist() == alone.mean.tolist()
    assert found.weight[6] in (0, alone.weight[0])
    window = surroundings(np.array([away, near[0]], dtype=object), {"a": raster}, 3)
    assert [one.plot for one in window] == [1]


@pytest.mark.parametrize("west", [-180.0, 0.0, -10.0, 170.0])
def test_plots_at_the_antimeridian_and_the_poles_have_their_whole_area(write: Write, west: float) -> None:
    """One raster round the globe, wherever it begins; plots are split at 180 degrees as staging leaves them."""
    values = np.tile(np.arange(720, dtype=np.int16), (360, 1))
    raster = open_raster(write(values, transform=from_origin(west, 90.0, 0.5, 0.5)))
    fiji = shapely.MultiPolygon([shapely.box(179.1, -17, 180, -16), shapely.box(-180, -17, -178.7, -16)])
    greenwich, cap, south = shapely.box(-0.7, 51, 0.9, 52), shapely.box(10.2, 88.5, 40, 90), shapely.box(-30, -90, 5.1, -89)
    plots = np.array([fiji, greenwich, cap, south, shapely.box(169.3, 1, 171.1, 2), shapely.box(-10.3, 1, -9.8, 2)], dtype=object)
    found = zonal(plots, {"a": raster}, {"m": moments("a")})["m"]
    parallel = geodesic_area_ha(shapely.segmentize(plots, 0.001))
    assert found.weight / 1e4 == pytest.approx(parallel, rel=1e-5)
    lons = (west + 0.25 + 0.5 * np.arange(720) + 180) % 360 - 180
    inside = (lons > 179) | (lons < -178.5)
    assert set(range(720)) >= {int(found.least[0]), int(found.greatest[0])} <= set(np.flatnonzero(inside))
