"""The curve visits every place once and never jumps."""

import numpy as np

from shared.geo.curve import hilbert_key


def lattice(side: int) -> tuple[np.ndarray, np.ndarray]:
    lons = (np.arange(side) + 0.5) / side * 360 - 180
    lats = (np.arange(side) + 0.5) / side * 180 - 90
    east, north = np.meshgrid(lons, lats)
    return east.ravel(), north.ravel()


def test_the_four_quarters_come_in_hilberts_order() -> None:
    south_west, south_east, north_west, north_east = hilbert_key(*lattice(2))
    assert south_west < north_west < north_east < south_east


def test_neighbours_on_the_curve_are_neighbours_on_the_ground() -> None:
    side = 64
    order = np.argsort(hilbert_key(*lattice(side)))
    steps = np.abs(np.diff(order % side)) + np.abs(np.diff(order // side))
    assert set(steps.tolist()) == {1}


def test_places_a_centimetre_apart_have_keys_of_their_own() -> None:
    keys = hilbert_key(np.array([10.0, 10.0000001, 10.0]), np.array([5.0, 5.0, 5.0000001]))
    assert len(set(keys.tolist())) == 3


def test_the_edges_of_the_world_have_keys() -> None:
    keys = hilbert_key(np.array([-180.0, 180.0, 180.0, -180.0]), np.array([-90.0, -90.0, 90.0, 90.0]))
    assert keys.dtype == np.uint64
    assert keys[0] == 0 and keys[1] == 2**64 - 1
