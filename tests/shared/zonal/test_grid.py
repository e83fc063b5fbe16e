"""Cell areas on WGS84 against printed values, geodesics and the formula in high precision."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
import shapely
from pyproj import Geod

from shared.zonal.grid import Grid

THIRTY_M, TEN_M = 0.00025, 1 / 12000


def cell_at(lat: float, step: float) -> float:
    return float(Grid(0.0, lat + step / 2, step, step, 1, 1).row_areas_m2()[0])


@pytest.mark.parametrize(
    ("lat", "area_m2"),
    [(0, 769.317), (5, 766.467), (10, 757.935), (20, 724.055), (30, 668.484), (45, 547.649), (60, 388.550)],
)
def test_a_cell_of_30_m_has_the_printed_area(lat: float, area_m2: float) -> None:
    assert cell_at(lat, THIRTY_M) == pytest.approx(area_m2, abs=5e-4)
    assert cell_at(-lat, THIRTY_M) == pytest.approx(area_m2, abs=5e-4)


@pytest.mark.parametrize(("lat", "area_m2"), [(0, 85.480), (10, 84.215), (20, 80.451), (30, 74.276), (45, 60.850), (60, 43.172)])
def test_a_cell_of_10_m_has_the_printed_area(lat: float, area_m2: float) -> None:
    assert cell_at(lat, TEN_M) == pytest.approx(area_m2, abs=5e-4)


def test_a_degree_cell_with_parallel_edges_has_the_published_area() -> None:
    assert Grid(3, 51, 1, 1, 1, 1).row_areas_m2()[0] == pytest.approx(7_892_218_858.0, abs=0.1)


def test_a_cell_equals_the_geodesic_area_of_its_densified_outline() -> None:
    cell = shapely.segmentize(shapely.box(10, 44, 11, 45), 0.001)
    area_m2, _ = Geod(ellps="WGS84").geometry_area_perimeter(cell)
    assert Grid(10, 45, 1, 1, 1, 1).row_areas_m2()[0] == pytest.approx(abs(area_m2), rel=1e-9)


def test_all_rows_together_are_the_ellipsoid() -> None:
    areas = Grid(-180, 90, 360, 0.5, 1, 360).row_areas_m2()
    assert areas.sum() == pytest.approx(510_065_621_724_089, rel=1e-12)  # WGS84: 5.10065621724089e14 m2


def test_no_digits_are_lost_in_small_cells() -> None:
    """The formula in the book, with 50 digits: its two large terms cancel in float64, ours must not."""
    getcontext().prec = 50
    south, step = Decimal("18.6"), Decimal("0.00025")
    expected = _book_area_m2(south, south + step, step)
    assert cell_at(18.600125, THIRTY_M) == pytest.approx(float(expected), rel=1e-11)


def _book_area_m2(south: Decimal, north: Decimal, width: Decimal) -> Decimal:
    pi = Decimal("3.14159265358979323846264338327950288419716939937510")
    a, f = Decimal(6378137), 1 / Decimal("298.257223563")
    e = (f * (2 - f)).sqrt()

    def q(degrees: Decimal) -> Decimal:
        sine = _sine(degrees * pi / 180)
        es = e * sine
        return sine / (1 - es * es) + ((1 + es) / (1 - es)).ln() / 2 / e

    return (a * (1 - f)) ** 2 / 2 * (width * pi / 180) * (q(north) - q(south))


def _sine(x: Decimal) -> Decimal:
    term = total = x
    for n in range(1, 30):
        term = -term * x * x / (2 * n * (2 * n + 1))
        total += term
    return total


def test_centres_and_bounds_are_where_the_cells_are() -> None:
    grid = Grid(10.0, 5.0, 0.5, 0.25, 3, 2)
    assert grid.lons().tolist() == [10.25, 10.75, 11.25]
    assert grid.lats().tolist() == [4.875, 4.625]
    assert grid.bounds == (10.0, 4.5, 11.5, 5.0)


@pytest.mark.parametrize("wrong", [(0, 0, 0.0, 1, 1, 1), (0, 0, 1, -1.0, 1, 1), (0, 0, 1, 1, 0, 1)])
def test_a_grid_without_cells_does_not_exist(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Grid(*wrong)  # type: ignore[arg-type]


def test_areas_fall_towards_the_pole() -> None:
    assert np.all(np.diff(Grid(0, 80, 1, 1, 1, 80).row_areas_m2()) > 0)
