"""The kernel against shapely, cell by cell, over random shapes of every kind, and against exactextract."""

import numpy as np
import pytest
import shapely
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource

from shared.zonal.coverage import LEAST_FRACTION, coverage
from shared.zonal.grid import Grid

SIZE = 12
GRID = Grid(0.0, float(SIZE), 1.0, 1.0, SIZE, SIZE)
COLUMN, ROW = np.tile(np.arange(SIZE), SIZE), np.repeat(np.arange(SIZE), SIZE)
CELLS = shapely.STRtree(shapely.box(COLUMN, SIZE - 1 - ROW, COLUMN + 1, SIZE - ROW))
SHAPES = 10_000
SHAPELY_TOLERANCE = 1e-12


def star(rng: np.random.Generator, spread: float) -> shapely.Polygon:
    """Vertices at growing angles round a place that may lie outside the grid."""
    corners = int(rng.integers(3, 14))
    angle, radius = np.sort(rng.uniform(0, 2 * np.pi, corners)), rng.uniform(0.05, spread, corners)
    return shapely.Polygon(rng.uniform(-1, SIZE + 1, 2) + np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))


def on_borders(rng: np.random.Generator) -> shapely.Polygon:
    """A star whose vertices lie on corners and edges of cells."""
    corners = shapely.get_coordinates(star(rng, 6))[:-1]
    return shapely.Polygon(np.where(rng.random(corners.shape) < 0.8, np.round(corners), corners))


def sliver(rng: np.random.Generator) -> shapely.Polygon:
    """A line that is hardly wider than a thousandth of a cell."""
    return shapely.LineString(rng.uniform(0, SIZE, (3, 2))).buffer(10.0 ** rng.uniform(-5, -2), cap_style="flat")


def shape(rng: np.random.Generator, number: int) -> shapely.Geometry:
    """One of: star, star with a hole, two parts, sub-cell, sliver, vertices on borders, rectangle on borders."""
    kinds = [
        lambda: star(rng, 6),
        lambda: shapely.make_valid(star(rng, 6)) - shapely.make_valid(star(rng, 2)),
        lambda: shapely.MultiPolygon([shapely.box(*low, *(low + rng.uniform(0.01, 2, 2))) for low in ([1.0, 1.0], [5.5, 4.2])]),
        lambda: star(rng, 0.3),
        lambda: sliver(rng),
        lambda: on_borders(rng),
        lambda: shapely.box(2, 3, 2 + int(rng.integers(1, 6)), 3 + int(rng.integers(1, 6))),
    ]
    while True:
        made = shapely.make_valid(kinds[number % len(kinds)]())
        if made.geom_type in ("Polygon", "MultiPolygon") and made.area > 1e-6:
            return made


@pytest.fixture(scope="module")
def shapes() -> np.ndarray:
    rng = np.random.default_rng(20261122)
    return np.array([shape(rng, number) for number in range(SHAPES)], dtype=object)


def table(shapes: np.ndarray) -> np.ndarray:
    """Fractions by plot and cell."""
    found = coverage(shapes, GRID)
    fractions = np.zeros((len(shapes), SIZE * SIZE))
    fractions[found.plot, found.cell] = found.fraction
    return fractions


@pytest.mark.long
def test_shares_are_shapelys_intersections_over_ten_thousand_shapes(shapes: np.ndarray) -> None:
    ours, theirs = table(shapes), np.zeros((len(shapes), SIZE * SIZE))
    plot, cell = CELLS.query(shapes)  # whose boxes meet; the rest is 0
    theirs[plot, cell] = shapely.area(shapely.intersection(shapes[plot], CELLS.geometries[cell]))
    theirs[theirs < LEAST_FRACTION] = 0
    off = np.abs(ours - theirs)
    off[(theirs < 2 * LEAST_FRACTION) & (off < 2 * LEAST_FRACTION)] = 0  # on one side of the least fraction or the other
    worst = np.unravel_index(off.argmax(), off.shape)
    assert off.max() < SHAPELY_TOLERANCE, f"{shapes[worst[0]].wkt} cell {worst[1]}"


def test_shares_are_exactextracts_to_its_float32_over_ten_thousand_shapes(shapes: np.ndarray) -> None:
    """Where it loses a whole cell (vertices some 1e-14 off a border), shapely says who is right."""
    ours = table(shapes)
    features = [{"type": "Feature", "properties": {"at": at}, "geometry": one.__geo_interface__} for at, one in enumerate(shapes)]
    raster = NumPyRasterSource(np.ones((SIZE, SIZE)), 0, 0, SIZE, SIZE)
    rows = exact_extract(raster, JSONFeatureSource(features), ["cell_id", "coverage"], include_cols=["at"])
    theirs = np.zeros_like(ours)
    for row in rows:
        theirs[row["properties"]["at"], row["properties"]["cell_id"]] = row["properties"]["coverage"]
    lost = np.flatnonzero(np.abs(ours - theirs).max(axis=1) > 1e-3)
    assert len(lost) <= 3
    assert ours[lost].sum(axis=1) == pytest.approx(
        shapely.area(shapely.intersection(shapes[lost], shapely.box(0, 0, SIZE, SIZE))), rel=1e-9
    )
    others = np.setdiff1d(np.arange(len(shapes)), lost)
    assert np.abs(ours - theirs)[others].max() < 1e-6  # some cells with many crossings gather several roundings of float32
    large = others[ours[others].sum(axis=1) > 0.01]
    assert theirs[large].sum(axis=1) == pytest.approx(ours[large].sum(axis=1), rel=1e-7)


def test_a_whole_plot_is_its_area(shapes: np.ndarray) -> None:
    inside = shapes[shapely.covered_by(shapes, shapely.box(0, 0, SIZE, SIZE))]
    assert table(inside).sum(axis=1) == pytest.approx(shapely.area(inside), rel=1e-11, abs=SIZE * SIZE * LEAST_FRACTION)


def test_a_window_far_from_the_origin_keeps_its_digits() -> None:
    square = shapely.box(1e6 + 0.25, 0.25, 1e6 + 1.75, 1.75)
    found = coverage(np.array([square], dtype=object), Grid(0.0, 2.0, 1.0, 1.0, 2_000_000, 2))
    assert found.fraction.tolist() == [0.5625] * 4
