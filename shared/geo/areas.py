"""Geodesic areas of geometries on the WGS84 ellipsoid."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

M2_PER_HA = 10_000.0
_WGS84 = Geod(ellps="WGS84")


def geodesic_area_ha(geometries: NDArray[np.object_]) -> NDArray[np.float64]:
    """Area of each geometry in hectares: shape [n] in, float64 [n] out.

    Edges are geodesics (Karney 2013, GeographicLib in PROJ). Holes subtract, parts add, whatever the winding.
    Rounding is some 1e-4 m2 for a ring, whatever its size. Points, lines, empty geometries and None have area 0.
    Input is lon/lat in degrees on WGS84, valid, each ring smaller than half of the Earth.
    """
    area_m2 = np.zeros(len(geometries), dtype=np.float64)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    is_polygon = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    rings, part = shapely.get_rings(parts[is_polygon], return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.searchsorted(ring, np.arange(len(rings) + 1))
    is_shell = np.concatenate(([True], part[1:] != part[:-1])) if len(part) else np.empty(0, dtype=bool)
    signs = np.where(is_shell, 1.0, -1.0)
    lon, lat = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    for index, plot in enumerate(owner[is_polygon][part]):
        span = slice(ends[index], ends[index + 1])
        ring_area_m2, _ = _WGS84.polygon_area_perimeter(lon[span], lat[span])
        area_m2[plot] += signs[index] * abs(ring_area_m2)
    return area_m2 / M2_PER_HA


def authalic_m2(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area in m2 on WGS84 of n small shapes given by k corners in degrees, both [k, n]; float64 [n], nan for corners at inf.

    Edges are straight in longitude and authalic latitude, an equal-area map (Snyder 1987, eq. 3-12, 10-1): the area is
    exact for these edges, and within (side / radius of the Earth)^2 of that between any other smooth ones.
    """
    flattening = 1 / 298.257223563
    e = np.sqrt(flattening * (2 - flattening))
    sin = np.sin(np.radians(lat))
    q = (sin / (1 - (e * sin) ** 2) + np.arctanh(e * sin) / e) * (6_378_137.0 * (1 - flattening)) ** 2 / 2
    x = np.radians((lon - lon[0] + 180.0) % 360.0 - 180.0)
    y = q - q[0]
    doubled = (x * np.roll(y, -1, axis=0) - np.roll(x, -1, axis=0) * y).sum(axis=0)
    areas: NDArray[np.float64] = np.abs(doubled) / 2
    return areas
