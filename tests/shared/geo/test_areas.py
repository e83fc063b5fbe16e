"""Geodesic areas: published values, holes, parts, winding, and what has no area."""

import numpy as np
import pytest
import shapely

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
