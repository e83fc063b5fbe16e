"""Geodesic areas: published values, holes, parts, winding, and what has no area."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from shared.geo.areas import geodesic_area_ha


def array(*geometries: shapely.Geometry | None) -> np.ndarray:
    return np.array(geometries, dtype=object)


def test_a_degree_cell_has_the_published_geodesic_area() -> None:
    # PostGIS, as quoted in the tests of exactextract: 7,892,061,583.206543 m2
    assert geodesic_area_ha(array(shapely.box(3, 50, 4, 51)))[0] == pytest.approx(789206.1583206543, rel=1e-12)


def test_holes_subtract_whatever_their_winding() -> None:
    outer, inner = shapely.box(0, 0, 0.02, 0.02), shapely.box(0.005, 0.005, 0.01, 0.01)
    hole = shapely.get_coordinates(inner)
    same_way = shapely.Polygon(shapely.get_coordinates(outer), [hole])
    other_way = shapely.Polygon(shapely.get_coordinates(outer), [hole[::-1]])
    whole, cut = geodesic_area_ha(array(outer, inner))
    assert geodesic_area_ha(array(same_way, other_way)) == pytest.approx([whole - cut] * 2, rel=1e-12)


def test_parts_add() -> None:
    one, two = shapely.box(10, 10, 10.01, 10.01), shapely.box(10.02, 10, 10.03, 10.01)
    assert geodesic_area_ha(array(shapely.MultiPolygon([one, two])))[0] == pytest.approx(geodesic_area_ha(array(one, two)).sum(), rel=1e-12)


def test_what_is_no_surface_has_no_area() -> None:
    nothing = array(shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon(), shapely.MultiPolygon(), None)
    assert geodesic_area_ha(nothing).tolist() == [0.0] * 5


def test_each_area_stands_at_its_geometry() -> None:
    areas = geodesic_area_ha(array(shapely.Point(0, 0), shapely.box(0, 0, 0.01, 0.01), None, shapely.box(0, 0, 0.02, 0.01)))
    assert areas[0] == areas[2] == 0
    assert areas[3] == pytest.approx(2 * areas[1], rel=1e-6)


def test_no_geometries_have_no_areas() -> None:
    assert geodesic_area_ha(array()).shape == (0,)


@pytest.mark.parametrize("lat", [-84.9, -60, -30, -0.01, 5, 20, 45, 70, 84.9])
@pytest.mark.parametrize("size_deg", [0.0003, 0.002, 0.02, 0.3])
def test_plots_of_all_sizes_have_karneys_area(lat: float, size_deg: float) -> None:
    """GeographicLib one by one is the reference; its own rounding is some 1e-4 m2."""
    geod, rng = Geod(ellps="WGS84"), np.random.default_rng(7)
    angle = np.linspace(0, 2 * np.pi, 14)[:-1]
    made = []
    for _ in range(40):
        radius = rng.uniform(0.6, 1.0, len(angle)) * size_deg
        middle = rng.uniform(-179, 179), lat + rng.uniform(-0.05, 0.05)
        made.append(shapely.Polygon(np.column_stack((middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)))))
    expected = [abs(geod.geometry_area_perimeter(one)[0]) / 1e4 for one in made]
    assert geodesic_area_ha(array(*made)) == pytest.approx(expected, rel=2e-7, abs=1e-7)


def test_a_ring_round_the_antimeridian_or_a_pole_is_karneys() -> None:
    over = shapely.Polygon([(179.995, 10), (-179.995, 10), (-179.995, 10.01), (179.995, 10.01)])
    same = shapely.box(20, 10, 20.01, 10.01)
    cap = shapely.Polygon([(lon, 89.995) for lon in range(-180, 180, 1)])
    expected = abs(Geod(ellps="WGS84").geometry_area_perimeter(cap)[0]) / 1e4
    areas = geodesic_area_ha(array(over, same, cap))
    assert areas[0] == pytest.approx(areas[1], rel=1e-9) and areas[2] == pytest.approx(expected, rel=1e-9)


def test_company_changes_no_bit() -> None:
    made = [shapely.Point(x, 2 * x).buffer(0.001 * (1 + x)) for x in range(20)]
    together = geodesic_area_ha(array(*made))
    assert [geodesic_area_ha(array(one))[0] for one in made] == together.tolist()
