"""Neighbourhoods: whoever may hang together is together, on both sides of the antimeridian too; those far off are apart."""

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from pyproj import Geod
from scipy.sparse.csgraph import connected_components

from services.biodiversity.neighbourhoods import neighbourhoods
from services.biodiversity.rules import rules

WGS84 = Geod(ellps="WGS84")
RULES = rules()
NEAR_M = 2 * RULES.habitat_buffer_m + RULES.max_link_m


def together(*places: shapely.Geometry) -> list[list[int]]:
    return [members.tolist() for members in neighbourhoods(np.array(places, dtype=object), RULES)]


@pytest.mark.parametrize("lat", [0.0, 47.0, -70.0])
@pytest.mark.parametrize("lon", [31.0, 180.0])
def test_landscapes_of_two_neighbourhoods_are_further_apart_than_any_link(lon: float, lat: float) -> None:
    """Two points just within reach are together; at one and a half times as far they are not, in whatever direction."""
    for azimuth in (0.0, 45.0, 90.0, 200.0):
        near, far = (shapely.Point(*WGS84.fwd(lon, lat, azimuth, away)[:2]) for away in (NEAR_M, 1.5 * NEAR_M))
        assert together(shapely.Point(lon, lat), near) == [[0, 1]]
        assert together(shapely.Point(lon, lat), far) == [[0], [1]]


def test_plots_hang_together_by_others_between_and_by_their_own_parts() -> None:
    chain = [shapely.Point(10 + 0.06 * step, 5) for step in range(6)]
    assert together(*chain) == [[0, 1, 2, 3, 4, 5]]
    assert together(*chain[:2], *chain[4:]) == [[0, 1], [2, 3]]
    bridge = shapely.MultiPolygon([shapely.box(10, 5, 10.001, 5.001), shapely.box(10.3, 5, 10.301, 5.001)])
    assert together(shapely.Point(10.3, 5), shapely.Point(20, 5), shapely.Point(10, 5), bridge) == [[0, 2, 3], [1]]


@given(
    st.lists(st.tuples(st.floats(-0.25, 0.25), st.floats(-0.25, 0.25)), min_size=1, max_size=12),
    st.sampled_from([(0.0, 0.0), (180.0, -60.0)]),
)
@settings(max_examples=60, deadline=None)
def test_no_pair_within_reach_is_torn_apart(offsets: list[tuple[float, float]], middle: tuple[float, float]) -> None:
    lon, lat = ([start + offset[axis] for offset in offsets] for axis, start in enumerate(middle))
    lon = [(one + 180) % 360 - 180 for one in lon]
    found = together(*(shapely.Point(*place) for place in zip(lon, lat, strict=True)))
    assert sorted(number for members in found for number in members) == list(range(len(offsets)))
    assert [members[0] for members in found] == sorted(members[0] for members in found)
    of = {number: at for at, members in enumerate(found) for number in members}
    near = np.zeros((len(lon), len(lon)), dtype=bool)
    for a, b in combinations(range(len(lon)), 2):
        near[a, b] = WGS84.inv(lon[a], lat[a], lon[b], lat[b])[2] <= NEAR_M
    label = connected_components(near, directed=False)[1]
    assert all(of[a] == of[b] for a, b in combinations(range(len(lon)), 2) if label[a] == label[b])
