"""Discs have the area that was asked for, wherever they are."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from pyproj import Geod

from shared.errors import Refused
from shared.geo.areas import geodesic_area_ha
from shared.geo.discs import discs, with_points_drawn


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


@settings(max_examples=60, deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-80, 80), area_ha=st.floats(1e-4, 1e6))
def test_the_area_is_the_one_asked_for(lon: float, lat: float, area_ha: float) -> None:
    disc = discs(floats(lon), floats(lat), floats(area_ha))
    assert geodesic_area_ha(disc)[0] == pytest.approx(area_ha, rel=1e-6, abs=5e-8)  # the measure itself rounds at some cm2
    assert shapely.is_valid(disc[0])


def test_the_radius_of_four_hectares_makes_up_for_the_corners() -> None:
    # a circle of 4 ha has a radius of 112.84 m; 64 chords lose 0.16 % of the area, so the corners lie 0.08 % further out
    ring = shapely.get_coordinates(discs(floats(10), floats(0), floats(4))[0])
    assert len(ring) == 65
    _, _, radius_m = Geod(ellps="WGS84").inv(np.full(64, 10.0), np.zeros(64), ring[:64, 0], ring[:64, 1])
    assert radius_m == pytest.approx([112.84 * 1.0008] * 64, rel=1e-4)


def test_a_disc_over_the_antimeridian_is_split() -> None:
    disc = discs(floats(179.9999), floats(-17), floats(400))[0]
    assert disc.geom_type == "MultiPolygon"
    west, _, east, _ = disc.bounds
    assert (west, east) == (-180, 180)
    assert geodesic_area_ha(np.array([disc], dtype=object))[0] == pytest.approx(400, rel=1e-6)


@pytest.mark.parametrize("area_ha", [0.0, -1.0, float("nan"), float("inf")])
def test_an_area_that_is_none_is_refused(area_ha: float) -> None:
    with pytest.raises(Refused, match="area") as refused:
        discs(floats(0), floats(0), floats(area_ha))
    assert refused.value.code == "disc_area"


def test_a_disc_that_reaches_a_pole_is_refused() -> None:
    with pytest.raises(Refused):
        discs(floats(0), floats(89.999), floats(100_000))


def test_no_points_make_no_discs() -> None:
    assert discs(floats(), floats(), floats()).shape == (0,)


def test_points_among_plots_are_drawn_and_one_that_cannot_be_hurts_no_other() -> None:
    square = shapely.box(10.0, 5.0, 10.01, 5.01)
    geometry = np.array([square, shapely.Point(10, 5), shapely.Point(11, 5), shapely.Point(0, 90)], dtype=object)
    outline, area_ha = with_points_drawn(geometry, np.array([123.0, 2.0, np.nan, 1.0]), np.array([False, True, True, True]), 4.0)
    assert outline[0] is square and outline[3] is None
    assert [one.geom_type for one in outline[1:3]] == ["Polygon", "Polygon"]
    assert area_ha == pytest.approx([123.0, 2.0, 4.0, 1.0], rel=1e-6)
    assert geodesic_area_ha(outline[1:3]).tolist() == area_ha[1:3].tolist()
