"""Plain outlines are what GEOS calls valid, measured and hashed as it does; whatever is not certain is left to it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from services.staging.checks.shape import DRAWN, GRID, shapes_of
from services.staging.facts import facts_of
from services.staging.plain.figures import AREA_HA, EAST, LAT, LON, NORTH, QUOTIENT, SOUTH, WEST
from services.staging.plain.outlines import PlainOutlines, plain_outlines
from shared.geo.areas import geodesic_area_ha
from shared.geo.hashing import geometry_hashes

SQUARE = [(10.0, 5.0), (10.001, 5.0), (10.001, 5.001), (10.0, 5.001), (10.0, 5.0)]
MOST = 100_000


def plain_of(*geometries: Any, most: int = MOST, may_turn: bool = True, **options: Any) -> PlainOutlines:
    wkb = [shapely.to_wkb(one, **{"byte_order": 1, **options}) if isinstance(one, shapely.Geometry) else one for one in geometries]
    return plain_outlines(pa.array(wkb, pa.binary()), most, may_turn)


def ring(count: int, radius: float = 0.005, x: float = 10.0, y: float = 5.0) -> Any:
    angle = np.arange(count) * 2 * np.pi / count
    return shapely.Polygon(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]))


steps = st.integers(0, 12)
rings = st.lists(st.tuples(steps, steps), min_size=3, max_size=9).filter(lambda xy: len(set(xy)) > 2)
places = st.sampled_from([(10.0, 5.0), (-179.99, 84.98), (0.011, -0.011), (106.1234567, 61.7654321)])


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(st.lists(rings, min_size=1, max_size=6), places, st.sampled_from([1e-3, 1.234567e-4, 1e-7]))
def test_what_is_plain_is_what_geos_finds(outlines: list[list[tuple[int, int]]], place: tuple[float, float], step: float) -> None:
    some = np.array([shapely.Polygon(np.array(xy) * step + place) for xy in outlines], dtype=object)
    plain = plain_of(*some)
    kept = some[plain.rows]
    assert shapely.is_valid(kept).all()
    wound = shapely.orient_polygons(kept, exterior_cw=False)
    assert plain.wkb.to_pylist() == [*shapely.to_wkb(wound, byte_order=1)]
    assert plain.hashes.to_pylist() == geometry_hashes(wound)
    assert plain.facts[:, AREA_HA] == pytest.approx(geodesic_area_ha(wound), rel=1e-7, abs=1e-10)
    assert plain.facts[:, [WEST, SOUTH, EAST, NORTH]].tolist() == shapely.bounds(wound).tolist()
    centroid = shapely.centroid(wound)
    assert np.abs(plain.facts[:, LON] - shapely.get_x(centroid)).max(initial=0) < 1e-9
    assert np.abs(plain.facts[:, LAT] - shapely.get_y(centroid)).max(initial=0) < 1e-9
    shapes = shapes_of(wound)
    assert plain.facts[:, QUOTIENT] == pytest.approx(shapes.quotient, rel=1e-6)
    assert plain.signs.tolist() == shapes.signs.tolist()
    assert plain.vertices.tolist() == shapely.get_num_coordinates(wound).tolist()


def test_most_of_what_people_draw_is_plain() -> None:
    random = np.random.default_rng(3)
    fields = [shapely.Polygon(shapely.get_coordinates(ring(n))[:-1] + random.uniform(-1e-4, 1e-4, (n, 2))) for n in range(8, 60)]
    assert len(plain_of(*fields)) == len(fields)


@pytest.mark.parametrize("corners", [5, 7, 101])
def test_what_runs_twice_round_its_middle_is_left_alone(corners: int) -> None:
    once = shapely.get_coordinates(ring(corners))[:-1]
    twice = shapely.Polygon(once[np.arange(corners) * 2 % corners])
    assert plain_of(shapely.Polygon(once), twice, twice.reverse()).rows.tolist() == [0]


def test_signs_of_drawing() -> None:
    found = plain_of(shapely.Polygon(SQUARE), ring(4, 0.00123456), ring(64), ring(11), ring(12))
    assert found.signs.tolist() == [GRID | DRAWN, DRAWN, DRAWN, 0, DRAWN]


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        b"",
        b"\x01\x03\x00\x00\x00\x01\x00\x00\x00\x05\x00\x00\x00",
        shapely.Point(10, 5),
        shapely.MultiPolygon([shapely.Polygon(SQUARE)]),
        shapely.Polygon(SQUARE, [[(10.0002, 5.0002), (10.0002, 5.0004), (10.0004, 5.0004), (10.0002, 5.0002)]]),
        shapely.Polygon([(10, 5), (10.001, 5.001), (10.001, 5), (10, 5.001)]),
        shapely.Polygon([(10, 5), (10.001, 5), (10.002, 5), (10.0005, 5)]),
        shapely.Polygon([(10, 5), (10.001, 5), (10.001, 5.001), (10.001, 5.002), (10.001, 5.001), (10, 5.001)]),
        shapely.Polygon([(10, 5), (10.001, 5), (10.0005, 5.0005), (10.001, 5.001), (10, 5.001), (10.0005, 5.0005)]),
        shapely.Polygon([*SQUARE[:2], *SQUARE[1:]]),
        shapely.Polygon([(x, y, 1.0) for x, y in SQUARE]),
        shapely.Polygon([(x - 10, y - 5) for x, y in SQUARE]),
        shapely.Polygon([(x, y + 81) for x, y in SQUARE]),
        shapely.Polygon([(x + 170, y) for x, y in SQUARE]),
        shapely.Polygon([(x * 21, y) for x, y in SQUARE]),
        shapely.Polygon([(10, 5), (10.03, 5), (10.03, 5.001)]),
        shapely.Polygon([(10, 5), (10.0000001, 5), (10.0000001, 5.0000001)]),
        shapely.Polygon([(10, 5), (np.nan, 5), (10.001, 5.001)]),
        shapely.Polygon([(10, 5), (np.inf, 5), (10.001, 5.001)]),
        ring(256),
    ],
)
def test_all_else_is_left_alone(geometry: Any) -> None:
    found = plain_of(shapely.Polygon(SQUARE), geometry, ring(255))
    assert found.rows.tolist() == [0, 2]


def test_other_forms_of_wkb_are_left_alone() -> None:
    square = shapely.Polygon(SQUARE)
    assert not len(plain_of(square, byte_order=0))
    assert not len(plain_of(shapely.set_srid(square, 4326), include_srid=True))
    assert not len(plain_of(shapely.to_wkb(square, byte_order=1)[:-1]))
    assert not len(plain_of(shapely.to_wkb(square, byte_order=1) + b"\0"))


def test_limits_and_turning_are_asked_for() -> None:
    square = shapely.Polygon(SQUARE)
    assert len(plain_of(square, most=5)) == 1
    assert len(plain_of(square, most=4)) == 0
    assert len(plain_of(square.reverse(), may_turn=False)) == 0
    assert plain_of(square.reverse()).wkb[0].as_py() == shapely.to_wkb(square.reverse().reverse(), byte_order=1)


def test_a_part_of_a_column_is_read_by_its_own_offsets() -> None:
    column = pa.array([b"x" * 9, shapely.to_wkb(ring(12)), None, shapely.to_wkb(ring(4)), b"y"], pa.binary()).slice(1, 3)
    found = plain_outlines(column, MOST, True)
    assert found.rows.tolist() == [0, 2]
    assert found.without([0]).hashes.to_pylist() == geometry_hashes(np.array([ring(4)]))


def test_facts_are_the_same_whichever_way_an_outline_comes() -> None:
    some = np.array([ring(12), shapely.Polygon(SQUARE), shapely.Point(10, 5), ring(300), shapely.MultiPolygon([ring(5), ring(5, x=11)])])
    plain = plain_of(*some)
    rest = np.delete(np.arange(len(some)), plain.rows)
    rows, one = facts_of(plain, rest, some[rest])
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert facts_of(None, np.arange(len(some)), some)[1].equals(one)
    assert one["parts"].to_pylist() == [1, 1, 1, 1, 2]
    assert one["is_point"].to_pylist() == [False, False, True, False, False]
