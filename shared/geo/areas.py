"""Geodesic areas of geometries on the WGS84 ellipsoid."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

M2_PER_HA = 10_000.0
_WGS84 = Geod(ellps="WGS84")
_F = 1 / 298.257223563
_E = float(np.sqrt(_F * (2 - _F)))
_B_M = 6_378_137.0 * (1 - _F)
AUTHALIC_RADIUS_M = float(np.sqrt(_B_M**2 / 2 * (1 / (1 - _E**2) + np.arctanh(_E) / _E)))
"""Of the sphere with the area of the ellipsoid."""
SHORT_EDGE_DEG = 0.02
POLAR_DEG = 85.0
"""Beyond it a short step in longitude is hardly one on the ground, and GeographicLib does it all."""


def geodesic_area_ha(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """Area of each geometry in hectares: shape [n] in, float64 [n] out.

    Edges are geodesics. Holes subtract, parts add, whatever the winding. Points, lines, empty geometries and None have
    area 0. Input is lon/lat in degrees on WGS84, valid, each ring smaller than half of the Earth.

    Rings whose edges are all short are reckoned at once on the authalic sphere, where a geodesic of `SHORT_EDGE_DEG` is a
    great circle but for 1e-8 of the ring's area; rings with a longer edge, or near a pole, one by one with GeographicLib
    (Karney 2013, in PROJ). Each area depends on its own geometry alone.
    """
    area_m2 = np.zeros(len(geometries), dtype=np.float64)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    is_polygon = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    rings, part = shapely.get_rings(parts[is_polygon], return_index=True)
    if not len(rings):
        return area_m2
    lonlat, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.searchsorted(ring, np.arange(len(rings) + 1))
    is_shell = np.concatenate(([True], part[1:] != part[:-1]))
    ring_m2, long = _great_circle_m2(lonlat[:, 0], lonlat[:, 1], ring, len(rings))
    for at in np.flatnonzero(long):
        lon, lat = np.ascontiguousarray(lonlat[ends[at] : ends[at + 1]].T)
        ring_m2[at] = abs(_WGS84.polygon_area_perimeter(lon, lat)[0])
    np.add.at(area_m2, owner[is_polygon][part], np.where(is_shell, ring_m2, -ring_m2))
    return area_m2 / M2_PER_HA


def _great_circle_m2(
    lon: NDArray[np.float64], lat: NDArray[np.float64], ring: NDArray[np.integer], rings: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Area of each ring in m2, and whether it has an edge that is too long for it; vertices [n] with their ring, rising.

    The area between an edge and the equator is the spherical excess `2 atan(tan(dlon / 2) sin(b) / cos(db / 2))`, b the mean
    of the authalic latitudes of its ends and db their difference.
    """
    _, beta = authalic(lat)
    inside = ring[1:] == ring[:-1]
    turn = np.diff(lon)[inside]
    turn = np.where(np.abs(turn) > 180.0, turn - np.copysign(360.0, turn), turn)
    mean, half = ((beta[1:] + beta[:-1]) / 2)[inside], (np.diff(beta) / 2)[inside]
    excess = 2 * np.arctan(np.tan(np.radians(turn) / 2) * np.sin(mean) / np.cos(half))
    of = ring[1:][inside]
    area = np.abs(np.bincount(of, weights=excess, minlength=rings)) * AUTHALIC_RADIUS_M**2
    too_long = (np.abs(turn) > SHORT_EDGE_DEG) | (np.abs(half) > np.radians(SHORT_EDGE_DEG) / 2) | (np.abs(mean) > np.radians(POLAR_DEG))
    return area, np.bincount(of, weights=too_long, minlength=rings) > 0


def authalic(lat: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area in m2 between the equator and each latitude (degrees) per radian of longitude, and the authalic latitude in radians.

    Snyder 1987, eq. 3-11 and 3-12.
    """
    sin = np.sin(np.radians(lat))
    q = (sin / (1 - (_E * sin) ** 2) + np.arctanh(_E * sin) / _E) * (_B_M**2 / 2)
    return q, np.arcsin(np.clip(q / AUTHALIC_RADIUS_M**2, -1.0, 1.0))


def authalic_m2(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area in m2 on WGS84 of n small shapes given by k corners in degrees, both [k, n]; float64 [n], nan for corners at inf.

    Edges are straight in longitude and authalic latitude, an equal-area map (Snyder 1987, eq. 3-12, 10-1): the area is
    exact for these edges, and within (side / radius of the Earth)^2 of that between any other smooth ones.
    """
    q, _ = authalic(lat)
    x = np.radians((lon - lon[0] + 180.0) % 360.0 - 180.0)
    y = q - q[0]
    doubled = (x * np.roll(y, -1, axis=0) - np.roll(x, -1, axis=0) * y).sum(axis=0)
    areas: NDArray[np.float64] = np.abs(doubled) / 2
    return areas
