"""The local plane of equal area: places, areas and shapes against the geodesic, at any latitude."""

import numpy as np
import pytest
import shapely
from pyproj import Geod, Proj

from services.biodiversity.ground import Lattice, ground_round, values_on
from shared.errors import Refused
from shared.geo.areas import geodesic_area_ha
from shared.geo.discs import discs
from shared.rasters.raster import open_raster
from tests.shared.zonal.conftest import NORTH, STEP, WEST, Write

WGS84 = Geod(ellps="WGS84")


def disc(lon: float, lat: float, area_ha: float) -> shapely.Polygon:
    return discs(np.array([lon]), np.array([lat]), np.array([area_ha]))[0]


@pytest.mark.parametrize("lat", [-54.0, -6.2, 0.0, 18.6, 47.0, 69.0])
def test_a_disc_and_its_landscape_have_their_geodesic_area(lat: float) -> None:
    ground = ground_round(disc(31.0, lat, 10.0), 1000.0, 10.0, 110.0, 10**7)
    radius_m = np.sqrt(10.0 * 10_000 / np.pi) + 1000.0
    assert ground.inside.sum() * 0.01 == pytest.approx(np.pi * radius_m**2 / 10_000, rel=2e-3)
    rows, columns = np.nonzero(ground.inside)
    outline = shapely.convex_hull(shapely.multipoints(np.column_stack((ground.lon[rows, columns], ground.lat[rows, columns]))))
    centres_ha = geodesic_area_ha(np.array([outline]))[0]
    assert centres_ha == pytest.approx(ground.inside.sum() * 0.01, rel=1.5e-2), "half a cell short on every side"


@pytest.mark.parametrize("lat", [-54.0, 0.0, 69.0])
def test_neighbouring_centres_are_ten_metres_apart(lat: float) -> None:
    ground = ground_round(disc(31.0, lat, 10.0), 1000.0, 10.0, 110.0, 10**7)
    _, _, across = WGS84.inv(ground.lon[:, :-1].ravel(), ground.lat[:, :-1].ravel(), ground.lon[:, 1:].ravel(), ground.lat[:, 1:].ravel())
    _, _, down = WGS84.inv(ground.lon[:-1].ravel(), ground.lat[:-1].ravel(), ground.lon[1:].ravel(), ground.lat[1:].ravel())
    assert np.array(across) == pytest.approx(10.0, abs=2e-3)
    assert np.array(down) == pytest.approx(10.0, abs=2e-3)


@pytest.mark.long
def test_places_between_nodes_are_those_of_the_projection() -> None:
    """A wide landscape: the straight line between nodes 500 m apart is off by less than 5 cm 12 km from the middle."""
    ground = ground_round(disc(-60.0, 68.0, 30_000.0), 1000.0, 10.0, 110.0, 10**7)
    plane = Proj(proj="laea", lon_0=-60.0, lat_0=float(np.mean(shapely.bounds(disc(-60.0, 68.0, 30_000.0))[[1, 3]])), ellps="WGS84")
    x, y = plane(ground.lon.ravel(), ground.lat.ravel())
    steps = np.diff(np.reshape(x, ground.lon.shape)[:, ::50], axis=1)
    assert steps == pytest.approx(500.0, abs=0.05)
    assert np.diff(np.reshape(y, ground.lat.shape)[::50], axis=0) == pytest.approx(-500.0, abs=0.05)


def test_a_landscape_reaches_its_buffer_and_no_further() -> None:
    plot = shapely.box(10.0, 5.0, 10.004, 5.003)
    ground = ground_round(plot, 1000.0, 10.0, 110.0, 10**7)
    rows, columns = np.nonzero(ground.inside)
    places = shapely.points(ground.lon[rows, columns], ground.lat[rows, columns])
    nearest = shapely.get_coordinates(shapely.shortest_line(places, plot)).reshape(-1, 2, 2)
    _, _, away = WGS84.inv(nearest[:, 0, 0], nearest[:, 0, 1], nearest[:, 1, 0], nearest[:, 1, 1])
    assert 990.0 < np.max(away) < 1008.0


def test_a_point_has_a_landscape_and_a_large_one_is_refused() -> None:
    assert ground_round(shapely.Point(10.0, 5.0), 1000.0, 10.0, 110.0, 10**6).inside.sum() * 0.01 == pytest.approx(np.pi * 100, rel=2e-3)
    with pytest.raises(Refused) as refusal:
        ground_round(disc(10.0, 5.0, 100_000.0), 1000.0, 10.0, 110.0, 10**6)
    assert refusal.value.code == "landscape_too_large"


def test_a_plot_on_the_antimeridian_has_one_landscape() -> None:
    plot = disc(180.0, -17.0, 10.0)
    assert plot.geom_type == "MultiPolygon"
    ground, elsewhere = (ground_round(one, 1000.0, 10.0, 110.0, 10**7) for one in (plot, disc(100.0, -17.0, 10.0)))
    assert ground.inside.sum() == pytest.approx(elsewhere.inside.sum(), rel=1e-4)
    assert np.ptp(ground.lon) == pytest.approx(np.ptp(elsewhere.lon), rel=1e-3)


def test_values_are_those_of_the_cells_that_hold_the_centres(write: Write) -> None:
    values = np.arange(120 * 120, dtype=np.uint16).reshape(120, 120)
    raster = open_raster(write(values))
    ground = ground_round(shapely.Point(WEST + 60 * STEP, NORTH - 60 * STEP), 1000.0, 10.0, 0.0, 10**6)
    read, known = values_on(ground, raster)
    column, row = np.floor((ground.lon - WEST) / STEP).astype(int), np.floor((NORTH - ground.lat) / STEP).astype(int)
    assert known.all()
    assert (read == values[row, column]).all()


@pytest.mark.parametrize("lon", [31.0, 180.0])
def test_a_window_has_the_cells_of_the_whole(lon: float) -> None:
    """Places to the bit but for the turn round the globe, and the same cells inside, wherever a window begins at a node."""
    place = disc(lon, 47.0, 800.0)
    whole = ground_round(place, 1000.0, 10.0, 110.0, 10**7)
    lattice = Lattice.round(np.array([place], dtype=object), 1000.0, 10.0, 110.0)
    for row, column, rows, columns in ((0, 0, 70, 33), (100, 50, 200, 300), (350, 350, 20, 20)):
        window, at = lattice.window(row, column, rows, columns), np.s_[row : row + rows, column : column + columns]
        assert (window.lat == whole.lat[at]).all() and np.abs(window.lon - whole.lon[at]).max() < 1e-12
        assert (window.inside == whole.inside[at]).all()


def test_the_landscape_of_two_plots_is_the_ground_within_the_buffer_of_either() -> None:
    near, far = (disc(31.0 + shift, 47.0, 20.0) for shift in (0.01, 0.2))
    both = np.array([disc(31.0, 47.0, 20.0), near, far], dtype=object)
    lattice = Lattice.round(both, 1000.0, 10.0, 110.0)
    assert len(shapely.get_parts(lattice.landscape)) == 2
    one_by_one = [Lattice.round(both[at : at + 1], 1000.0, 10.0, 110.0).landscape.area for at in range(3)]
    assert max(one_by_one) * 2 < lattice.landscape.area < sum(one_by_one)
