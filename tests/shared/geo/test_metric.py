"""Buffers are as wide as asked for on the ground, and outer rings have no holes."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from pyproj import Geod

from shared.geo.areas import geodesic_area_ha
from shared.geo.metric import buffer_m, outer_rings

GEOD = Geod(ellps="WGS84")


def array(*geometries: shapely.Geometry) -> np.ndarray:
    return np.array(geometries, dtype=object)


def square(lon: float, lat: float, side_m: float) -> shapely.Polygon:
    corners = [GEOD.fwd(lon, lat, azimuth, side_m / np.sqrt(2))[:2] for azimuth in (45, 135, 225, 315)]
    return shapely.Polygon(corners)


def metres_between(one: shapely.Geometry, other: shapely.Geometry) -> np.ndarray:
    """Ground distance from each vertex of `one` to the vertices of the densified `other`."""
    vertices = shapely.get_coordinates(one)
    ring = shapely.get_coordinates(shapely.segmentize(other, 2e-6))
    near = [ring[np.argmin((ring[:, 0] - x) ** 2 * np.cos(np.radians(y)) ** 2 + (ring[:, 1] - y) ** 2)] for x, y in vertices]
    _, _, distance = GEOD.inv(vertices[:, 0], vertices[:, 1], np.array(near)[:, 0], np.array(near)[:, 1])
    return np.asarray(distance)


@settings(max_examples=40, deadline=None)
@given(lon=st.floats(-179, 179), lat=st.floats(-70, 70), distance_m=st.floats(5, 30), side_m=st.floats(20, 400))
def test_a_dilated_plot_ends_at_the_distance_up_to_70_degrees(lon: float, lat: float, distance_m: float, side_m: float) -> None:
    plot = square(lon, lat, side_m)
    wide = buffer_m(array(plot), np.array([distance_m]))[0]
    assert metres_between(wide, plot) == pytest.approx(distance_m, rel=0.005, abs=0.002)  # 2 mm: the vertices of the densified ring


@pytest.mark.parametrize("lat", [-70.0, 0.0, 45.0, 70.0])
def test_a_plot_of_15_km_is_buffered_within_half_a_percent(lat: float) -> None:
    plot = square(20.0, lat, 15_000)
    wide = buffer_m(array(plot), np.array([1000.0]))[0]
    _, south, _, north = wide.bounds
    corners = np.array(plot.bounds)
    _, _, past_north = GEOD.inv(20.0, corners[3], 20.0, north)
    _, _, past_south = GEOD.inv(20.0, corners[1], 20.0, south)
    assert [past_north, past_south] == pytest.approx([1000, 1000], rel=0.005)
    for corner in shapely.get_coordinates(plot):  # the rounded corners, where the scale is worst
        ring = shapely.get_coordinates(wide)
        _, _, distance = GEOD.inv(np.full(len(ring), corner[0]), np.full(len(ring), corner[1]), ring[:, 0], ring[:, 1])
        assert np.min(distance) == pytest.approx(1000, rel=0.005)


def test_an_eroded_square_loses_the_distance_on_each_side() -> None:
    plot = square(-60.0, -10.0, 100)
    narrow = buffer_m(array(plot), np.array([-5.0]))
    assert geodesic_area_ha(narrow)[0] == pytest.approx(0.81, rel=1e-4)  # 90 m x 90 m


def test_what_erodes_to_nothing_is_empty() -> None:
    narrow = buffer_m(array(square(0, 0, 20), square(0, 0, 40)), np.array([-11.0, -11.0]))
    assert shapely.is_empty(narrow).tolist() == [True, False]


def test_each_geometry_has_its_own_distance() -> None:
    plots = array(square(10, 5, 100), square(-120, 60, 100))
    areas = geodesic_area_ha(buffer_m(plots, np.array([10.0, -10.0])))
    assert areas[0] == pytest.approx(1 + 4 * 0.1 + np.pi * 0.01, rel=1e-3)
    assert areas[1] == pytest.approx(0.64, rel=1e-3)


def test_a_point_becomes_a_disc() -> None:
    assert geodesic_area_ha(buffer_m(array(shapely.Point(30, 45)), np.array([50.0])))[0] == pytest.approx(np.pi * 0.25, rel=2e-3)


def test_the_input_is_left_as_it_was() -> None:
    plot = square(1, 1, 100)
    plots, before = array(plot), plot.wkb
    buffer_m(plots, np.array([5.0]))
    assert plots[0] is plot and plot.wkb == before


def test_no_geometries_are_buffered_to_none() -> None:
    assert buffer_m(array(), np.array([])).shape == (0,)


def test_outer_rings_fill_holes_and_leave_the_rest() -> None:
    holed = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (2, 1), (2, 2), (1, 2)]])
    plain, point = shapely.box(5, 5, 6, 6), shapely.Point(1, 1)
    filled = outer_rings(array(holed, plain, point, shapely.MultiPolygon([holed, plain])))
    assert [filled[0].area, filled[1].area, filled[3].area] == [16, 1, 17]
    assert filled[2] is point


def test_a_part_inside_a_hole_is_not_counted_twice() -> None:
    holed = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (3, 1), (3, 3), (1, 3)]])
    filled = outer_rings(array(shapely.MultiPolygon([holed, shapely.box(1.5, 1.5, 2.5, 2.5)])))[0]
    assert filled.area == 16 and filled.is_valid
