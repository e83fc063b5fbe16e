"""Coverage fractions: hand-checked cells, the published tables of exactextract, and what must hold for every plot."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from shared.errors import Refused
from shared.zonal.coverage import coverage
from shared.zonal.grid import Grid

NINE = Grid(0.0, 3.0, 1.0, 1.0, 3, 3)


def plots(*geometries: shapely.Geometry | None) -> np.ndarray:
    return np.array(geometries, dtype=object)


def fractions(geometry: shapely.Geometry, grid: Grid = NINE) -> np.ndarray:
    """Fractions by row and column, 0 where there is no entry."""
    found = coverage(plots(geometry), grid)
    table = np.zeros(grid.height * grid.width)
    table[found.cell] = found.fraction
    return table.reshape(grid.height, grid.width)


def test_the_rectangle_of_exactextracts_basic_stats() -> None:
    assert fractions(shapely.box(0.5, 0.5, 2.5, 2.5)).tolist() == [[0.25, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]


def test_the_polygon_of_exactextracts_published_matrix() -> None:
    polygon = shapely.Polygon([(0.5, 0.5), (2.5, 0.5), (2.5, 2), (2, 2), (2, 2.5), (0.5, 2.5)])
    assert fractions(polygon).tolist() == [[0.25, 0.5, 0], [0.5, 1, 0.5], [0.25, 0.5, 0.25]]


def test_the_published_mean_and_variance_follow() -> None:
    weight = fractions(shapely.box(0.5, 0.5, 2.5, 2.5)).ravel()
    values = np.arange(1.0, 10.0)
    mean = (weight * values).sum() / weight.sum()
    assert (weight.sum(), mean, (weight * (values - mean) ** 2).sum() / weight.sum()) == (4, 5, 5)


def test_half_a_cell_counts_half() -> None:
    assert fractions(shapely.Polygon([(1, 1), (2, 1), (2, 2)]))[1, 1] == 0.5


def test_a_hole_is_not_covered() -> None:
    table = fractions(shapely.box(0, 0, 3, 3) - shapely.box(1, 1, 2, 2))
    assert table[1, 1] == 0 and table.sum() == 8


def test_parts_in_one_cell_add() -> None:
    parts = shapely.MultiPolygon([shapely.box(0.1, 0.1, 0.3, 0.6), shapely.box(0.5, 0.1, 0.7, 0.6)])
    assert fractions(parts)[2, 0] == pytest.approx(0.2, rel=1e-6)


def test_a_plot_far_smaller_than_a_cell_keeps_its_share() -> None:
    assert fractions(shapely.box(1.5, 1.5, 1.501, 1.501))[1, 1] == pytest.approx(1e-6, rel=1e-4)


def test_rows_count_from_the_north() -> None:
    found = coverage(plots(shapely.box(0, 2, 1, 3), shapely.box(2, 0, 3, 1)), NINE)
    assert found.cell.tolist() == [0, 8]


def test_a_plot_along_the_cells_touches_no_neighbour() -> None:
    step = 0.00025
    grid = Grid(-71.73775, 18.687, step, step, 192, 221)
    edges = [grid.west + column * step for column in (10, 12)], [grid.north - row * step for row in (20, 18)]
    found = coverage(plots(shapely.box(edges[0][0], edges[1][0], edges[0][1], edges[1][1])), grid)
    assert found.cell.tolist() == [18 * 192 + 10, 18 * 192 + 11, 19 * 192 + 10, 19 * 192 + 11]
    assert found.fraction == pytest.approx([1] * 4, abs=1e-7)


def test_a_point_on_the_border_between_two_tiles_counts_once() -> None:
    """Two grids that share an edge share out a plot that lies on it; nothing is lost or counted twice."""
    west, east = Grid(9.0, 1.0, 0.25, 0.25, 4, 4), Grid(10.0, 1.0, 0.25, 0.25, 4, 4)
    plot = shapely.box(9.9, 0.3, 10.2, 0.6)
    covered = coverage(plots(plot), west).fraction.sum() + coverage(plots(plot), east).fraction.sum()
    assert covered == pytest.approx(plot.area / 0.0625, rel=1e-6)


def test_what_lies_outside_is_not_covered() -> None:
    found = coverage(plots(shapely.box(-1, -1, 0.5, 0.5), shapely.box(10, 10, 11, 11), shapely.Polygon(), shapely.box(3, 0, 4, 1)), NINE)
    assert (found.plot.tolist(), found.cell.tolist(), found.fraction.tolist()) == ([0], [6], [0.25])


@pytest.mark.parametrize(
    "geometry", [shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]), shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)]), None]
)
def test_what_is_no_valid_area_is_refused(geometry: shapely.Geometry | None) -> None:
    with pytest.raises(Refused) as refused:
        coverage(plots(shapely.box(0, 0, 1, 1), geometry), NINE)
    assert refused.value.code == "invalid_geometry"
    assert "geometry 1" in refused.value.detail


def test_no_plots_have_no_coverage() -> None:
    found = coverage(plots(), NINE)
    assert (len(found.plot), len(found.cell), len(found.fraction)) == (0, 0, 0)


def star(x: float, y: float, radii: np.ndarray) -> shapely.Polygon:
    """A ragged plot round (x, y), in cells."""
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return shapely.Polygon(np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)]))


PLACES = st.floats(4, 16)
STARS = st.builds(star, PLACES, PLACES, st.lists(st.floats(0.1, 4), min_size=5, max_size=9).map(np.array))
TWENTY = Grid(0.0, 20.0, 1.0, 1.0, 20, 20)


@settings(max_examples=60, deadline=None)
@given(STARS)
def test_fractions_add_up_to_the_plot(plot: shapely.Polygon) -> None:
    found = coverage(plots(plot), TWENTY)
    assert found.fraction.sum() == pytest.approx(plot.area, rel=1e-5, abs=1e-6)
    assert np.all((found.fraction > 0) & (found.fraction <= 1))


@settings(max_examples=40, deadline=None)
@given(STARS)
def test_each_fraction_is_the_area_of_the_intersection(plot: shapely.Polygon) -> None:
    cells = shapely.box(*np.meshgrid(np.arange(20.0), np.arange(19.0, -1, -1)), *np.meshgrid(np.arange(1.0, 21), np.arange(20.0, 0, -1)))
    expected = shapely.area(shapely.intersection(cells, plot))
    assert fractions(plot, TWENTY) == pytest.approx(expected, abs=2e-6)


@settings(max_examples=40, deadline=None)
@given(STARS, st.floats(-1, 1), st.floats(4, 16))
def test_the_pieces_of_a_split_plot_add_up(plot: shapely.Polygon, slope: float, height: float) -> None:
    below = shapely.Polygon([(-1, -50), (21, -50), (21, height + slope * 11), (-1, height - slope * 11)])
    pieces = [plot & below, plot - below]
    assert sum(fractions(piece, TWENTY) for piece in pieces if not piece.is_empty) == pytest.approx(fractions(plot, TWENTY), abs=2e-6)


@settings(max_examples=40, deadline=None)
@given(STARS, st.integers(-200, 200), st.integers(-200, 200))
def test_a_shift_by_whole_cells_changes_nothing(plot: shapely.Polygon, columns: int, rows: int) -> None:
    moved = shapely.transform(plot, lambda xy: xy + np.array([columns, rows]))
    grid = Grid(float(columns), 20.0 + rows, 1.0, 1.0, 20, 20)
    assert fractions(moved, grid) == pytest.approx(fractions(plot, TWENTY), abs=1e-6)


def test_a_plot_does_not_depend_on_its_company_or_on_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    many = plots(*(star(x, y, rng.uniform(0.5, 4, 9)) for x, y in rng.uniform(4, 16, (120, 2))))
    together = coverage(many, TWENTY)
    with monkeypatch.context() as small:
        small.setattr("shared.zonal.coverage.BATCH_CELLS", 30)  # some plots are larger: they are cut into bands of rows
        apart = coverage(many, TWENTY)
    assert np.array_equal(together.cell, apart.cell) and np.array_equal(together.fraction, apart.fraction)
    alone = coverage(many[57:58], TWENTY)
    mine = together.plot == 57
    assert np.array_equal(alone.cell, together.cell[mine]) and np.array_equal(alone.fraction, together.fraction[mine])


def test_entries_are_sorted_by_plot_and_cell() -> None:
    rng = np.random.default_rng(3)
    found = coverage(plots(*(star(x, y, rng.uniform(0.5, 4, 7)) for x, y in rng.uniform(4, 16, (60, 2)))), TWENTY)
    keys = found.plot.astype(np.int64) * 400 + found.cell
    assert np.all(np.diff(keys) > 0)
    assert [str(a.dtype) for a in (found.plot, found.cell, found.fraction)] == ["int32", "int64", "float64"]
