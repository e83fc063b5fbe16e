"""What plots share with the features of a layer: the areas, the union, and what the layer does not know."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from pyproj import Geod

from shared.geo.areas import geodesic_area_ha
from shared.vectors.layer import LARGE_VERTICES, PolygonLayer
from tests.shared.vectors.make import array, polygons_of

WGS84 = Geod(ellps="WGS84")
LEFT, RIGHT = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)


def layer_of(folder: Path, *geometries: shapely.Geometry, layer_id: str = "hydrobasins_lev06") -> PolygonLayer:
    layer = polygons_of(folder, layer_id, geometries).layer(layer_id)
    assert layer is not None
    return layer


def in_memory(*geometries: shapely.Geometry) -> PolygonLayer:
    """A layer without a file."""
    return PolygonLayer("hydrobasins_lev06", "v1c", "sha256:0", "lev06_v1c.parquet", "land", array(*geometries), {}, 0)


def test_a_plot_over_an_edge_is_shared_by_geodesic_area(tmp_path: Path) -> None:
    plot = shapely.box(0.99, 0.5, 1.03, 0.51)  # a quarter of it west of the edge
    found = layer_of(tmp_path, LEFT, RIGHT).overlaps(array(plot))
    assert (found.plot.tolist(), found.feature.tolist()) == ([0, 0], [0, 1])
    whole = abs(WGS84.geometry_area_perimeter(plot)[0])
    assert found.area_m2 == pytest.approx([whole / 4, whole * 3 / 4], rel=1e-6)


def test_pairs_are_sorted_and_what_only_touches_is_left_out(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, RIGHT, LEFT)
    plots = array(shapely.box(0.5, 0.5, 1.5, 0.6), shapely.box(0.2, 1.0, 0.3, 1.1), shapely.box(1.2, 0.2, 1.3, 0.3))
    found = layer.overlaps(plots)
    assert list(zip(found.plot.tolist(), found.feature.tolist(), strict=True)) == [(0, 0), (0, 1), (2, 0)]
    assert layer.known(plots, found).tolist() == [True, False, True]


def test_a_point_lies_in_its_feature_and_on_an_edge_in_both(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, LEFT, RIGHT)
    found = layer.overlaps(array(shapely.Point(0.5, 0.5), shapely.Point(1, 0.5), shapely.Point(5, 5)))
    assert list(zip(found.plot.tolist(), found.feature.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1)]
    assert found.area_m2.tolist() == [0, 0, 0]


def test_what_several_features_cover_is_counted_once(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, shapely.box(0, 0, 1.01, 1), shapely.box(0.99, 0, 2, 1), shapely.box(0, 0, 0.2, 1))
    plots = array(shapely.box(0.98, 0.4, 1.02, 0.41), shapely.box(8, 0, 9, 1), shapely.box(0.19, 0.4, 0.21, 0.41))
    whole = geodesic_area_ha(plots) * 10_000
    assert layer.overlaps(plots).area_m2[:2] == pytest.approx([whole[0] * 0.75, whole[0] * 0.75], rel=1e-6)
    assert layer.covered_m2(plots) == pytest.approx([whole[0], 0, whole[2]], rel=1e-6)
    assert layer.covered_m2(plots, np.array([False, False, True])) == pytest.approx([0, 0, whole[2] / 2], rel=1e-6)


def test_a_plot_on_both_sides_of_the_antimeridian_meets_both_parts(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, shapely.box(179, 0, 181, 1))
    plot = shapely.union(shapely.box(179.99, 0.5, 180, 0.51), shapely.box(-180, 0.5, -179.99, 0.51))
    found = layer.overlaps(array(plot))
    assert found.feature.tolist() == [0]
    assert found.area_m2 / 10_000 == pytest.approx(geodesic_area_ha(array(plot)))


def test_sites_are_known_to_be_absent_within_the_bounds_of_the_file_and_not_beyond(tmp_path: Path) -> None:
    layer = layer_of(tmp_path, LEFT, shapely.box(4, 4, 5, 5), layer_id="wdpa")
    plots = array(shapely.box(2, 2, 2.1, 2.1), shapely.box(7, 2, 7.1, 2.1), shapely.Point(0.5, 0.5))
    assert layer.version == "2026-09"
    assert layer.known(plots, layer.overlaps(plots)).tolist() == [True, False, True]


def coast(vertices: int) -> shapely.Geometry:
    """A jagged feature with many vertices: radius 1 +- 0.2 degrees."""
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 1 + 0.15 * np.sin(40 * turn) + 0.05 * np.sin(vertices / 7 * turn)
    return shapely.polygons(np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]))


COAST = coast(8 * LARGE_VERTICES)
places = st.tuples(st.floats(-1.3, 1.3), st.floats(-1.3, 1.3), st.floats(0.0005, 0.5), st.floats(0.0005, 0.5))


@settings(max_examples=60, deadline=None)
@given(places)
def test_the_cut_of_a_large_feature_changes_no_area(place: tuple[float, float, float, float]) -> None:
    west, south, width, height = place
    plot = array(shapely.box(west, south, west + width, south + height))
    found = in_memory(COAST).overlaps(plot)
    expected = geodesic_area_ha(shapely.intersection(plot, array(COAST))) * 10_000
    assert found.area_m2.sum() == pytest.approx(expected[0], rel=1e-9, abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.lists(places, min_size=1, max_size=6))
def test_a_plots_areas_are_the_same_bits_in_any_company(several: list[tuple[float, float, float, float]]) -> None:
    layer = in_memory(COAST, LEFT, RIGHT)
    plots = array(*(shapely.box(x, y, x + width, y + height) for x, y, width, height in several))
    together, covered = layer.overlaps(plots), layer.covered_m2(plots)
    for at in range(len(plots)):
        alone = layer.overlaps(plots[at : at + 1])
        assert alone.area_m2.tolist() == together.area_m2[together.plot == at].tolist()
        assert layer.covered_m2(plots[at : at + 1])[0] == covered[at]
