"""Equal ground has equal hashes, different ground has not."""

from hashlib import sha256

import numpy as np
import shapely
from hypothesis import given, strategies as st

from shared.geo.hashing import geometry_hashes

CORNERS = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
HOLES = [[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0)], [(3.0, 3.0), (3.5, 3.0), (3.5, 3.5)]]


def hash_of(geometry: shapely.Geometry) -> str:
    return geometry_hashes(np.array([geometry], dtype=object))[0]


def test_the_hash_is_the_sha256_of_the_normalised_wkb() -> None:
    point = shapely.Point(1.25, -2.5)
    assert hash_of(point) == sha256(bytes.fromhex("0101000000") + np.array([1.25, -2.5], "<f8").tobytes()).hexdigest()


@given(start=st.integers(0, 3), backwards=st.booleans(), swapped=st.booleans())
def test_start_winding_and_order_of_rings_do_not_matter(start: int, backwards: bool, swapped: bool) -> None:
    corners = CORNERS[start:] + CORNERS[:start]
    other = shapely.Polygon(corners[::-1] if backwards else corners, HOLES[::-1] if swapped else HOLES)
    assert hash_of(other) == hash_of(shapely.Polygon(CORNERS, HOLES))


def test_the_order_of_parts_does_not_matter() -> None:
    one, two = shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)
    assert hash_of(shapely.MultiPolygon([one, two])) == hash_of(shapely.MultiPolygon([two, one]))


def test_heights_and_the_sign_of_zero_do_not_matter() -> None:
    assert hash_of(shapely.Point(-0.0, 1.0, 250.0)) == hash_of(shapely.Point(0.0, 1.0))
    assert hash_of(shapely.Point(-1e-9, 1.0)) == hash_of(shapely.Point(0.0, 1.0))


def test_less_than_half_a_step_is_the_same_place_and_a_step_is_another() -> None:
    assert hash_of(shapely.Point(10.00000004, 5)) == hash_of(shapely.Point(10, 5))
    assert hash_of(shapely.Point(10.0000001, 5)) != hash_of(shapely.Point(10, 5))


def test_a_filled_hole_is_another_geometry() -> None:
    assert hash_of(shapely.Polygon(CORNERS)) != hash_of(shapely.Polygon(CORNERS, HOLES))
