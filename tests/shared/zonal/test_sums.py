"""Sums over coverage: hand-checked areas, additivity, and independence of company and window."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from shared.geo.areas import geodesic_area_ha
from shared.zonal.coverage import Coverage, coverage
from shared.zonal.grid import Grid
from shared.zonal.sums import area_by_class_ha, area_ha, entry_area_ha, masked_area_ha

NINE = Grid(10.0, 1.0, 0.01, 0.01, 3, 3)
ROW_HA = NINE.row_areas_m2() / 1e4
HALF = Coverage(np.array([0, 0, 2], np.int32), np.array([0, 4, 8], np.int64), np.array([0.5, 1.0, 0.25]))
CLASSES = np.array([[0, 1, 2], [0, 1, 2], [0, 1, -1]])


def test_an_area_is_fraction_times_the_cell_of_its_row() -> None:
    assert entry_area_ha(HALF, NINE) == pytest.approx([0.5 * ROW_HA[0], ROW_HA[1], 0.25 * ROW_HA[2]], rel=1e-15)
    assert area_ha(HALF, NINE, 3) == pytest.approx([0.5 * ROW_HA[0] + ROW_HA[1], 0, 0.25 * ROW_HA[2]], rel=1e-15)


def test_a_mask_leaves_out_what_is_false() -> None:
    mask = np.ones((3, 3), dtype=bool)
    mask[1, 1] = False
    assert masked_area_ha(HALF, NINE, 3, mask) == pytest.approx([0.5 * ROW_HA[0], 0, 0.25 * ROW_HA[2]], rel=1e-15)


def test_areas_by_class_leave_out_classes_below_zero() -> None:
    expected = [[0.5 * ROW_HA[0], ROW_HA[1], 0], [0, 0, 0], [0, 0, 0]]
    assert area_by_class_ha(HALF, NINE, 3, CLASSES, 3) == pytest.approx(np.array(expected), rel=1e-15)


def test_raw_bytes_are_classes_without_overflow() -> None:
    many = 300
    every = Coverage(np.arange(many, dtype=np.int32), np.zeros(many, np.int64), np.ones(many))
    classes = np.full((3, 3), 200, dtype=np.uint8)
    table = area_by_class_ha(every, NINE, many, classes, 201)
    assert table[:, 200] == pytest.approx([ROW_HA[0]] * many) and table[:, :200].sum() == 0


def test_a_class_too_many_is_an_error_and_not_a_lost_area() -> None:
    with pytest.raises(ValueError, match="class 1 with 1"):
        area_by_class_ha(HALF, NINE, 3, CLASSES, 1)


def test_an_array_of_another_grid_is_an_error() -> None:
    with pytest.raises(ValueError, match="shape"):
        masked_area_ha(HALF, NINE, 3, np.ones((3, 4), dtype=bool))


def test_no_entries_are_zero_areas() -> None:
    nothing = Coverage(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    assert area_ha(nothing, NINE, 2).tolist() == [0.0, 0.0]
    assert area_by_class_ha(nothing, NINE, 2, CLASSES, 3).tolist() == [[0.0] * 3] * 2


def plot_at(lon: float, lat: float, size_deg: float) -> shapely.Polygon:
    return shapely.Polygon([(lon, lat), (lon + size_deg, lat + 0.3 * size_deg), (lon + 0.6 * size_deg, lat + size_deg)])


@settings(max_examples=40, deadline=None)
@given(lon=st.floats(-179, 178), lat=st.floats(-60, 60), size_deg=st.floats(0.0005, 0.01))
def test_cells_add_up_to_the_geodesic_area(lon: float, lat: float, size_deg: float) -> None:
    plot = np.array([plot_at(lon, lat, size_deg)], dtype=object)
    step = 0.00025
    grid = Grid(np.floor(lon / step) * step - step, np.ceil(lat / step) * step + 45 * step, step, step, 50, 50)
    straight = geodesic_area_ha(shapely.segmentize(plot, 2e-4))  # edges are straight in lon/lat, not geodesics: 1e-5 for 1 km
    assert area_ha(coverage(plot, grid), grid, 1) == pytest.approx(straight, rel=2e-6)


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0.1, 0.9), seed=st.integers(0, 1000))
def test_the_classes_of_a_plot_add_up_to_its_area_and_its_halves_to_its_classes(share: float, seed: int) -> None:
    grid = Grid(10.0, 1.0, 0.01, 0.01, 20, 20)
    classes = np.random.default_rng(seed).integers(0, 5, (20, 20))
    whole = plot_at(10.03, 0.83, 0.12)
    west, south, east, north = whole.bounds
    cut = west + share * (east - west)
    halves = [whole & shapely.box(west, south, cut, north), whole & shapely.box(cut, south, east, north)]
    found = coverage(np.array([whole, *halves], dtype=object), grid)
    table = area_by_class_ha(found, grid, 3, classes, 5)
    assert table.sum(axis=1) == pytest.approx(area_ha(found, grid, 3), rel=1e-12)
    assert table[1] + table[2] == pytest.approx(table[0], rel=1e-5, abs=1e-4)


def test_a_plot_has_the_same_bits_alone_and_among_others() -> None:
    grid = Grid(10.0, 1.0, 0.01, 0.01, 20, 20)
    many = np.array([plot_at(10.01 + 0.001 * i, 0.82 + 0.0005 * i, 0.05) for i in range(40)], dtype=object)
    together = area_ha(coverage(many, grid), grid, 40)
    alone = [area_ha(coverage(many[i : i + 1], grid), grid, 1)[0] for i in range(40)]
    assert together.tolist() == alone


def test_another_window_gives_the_same_areas_for_the_same_coverage() -> None:
    large = Grid(-71.75, 18.7, 0.00025, 0.00025, 400, 400)
    small = Grid(large.west + 100 * large.dx, large.north - 120 * large.dy, large.dx, large.dy, 60, 50)
    rows, columns = np.divmod(np.arange(3000), 60)
    share = np.linspace(0.01, 1, 3000)
    in_small = Coverage(np.zeros(3000, np.int32), rows * 60 + columns, share)
    in_large = Coverage(np.zeros(3000, np.int32), (rows + 120) * 400 + columns + 100, share)
    assert area_ha(in_small, small, 1) == pytest.approx(area_ha(in_large, large, 1), rel=1e-12)
