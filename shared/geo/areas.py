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
    for polygon, index in zip(parts[is_polygon], owner[is_polygon], strict=True):
        outer, *holes = (_ring_area_m2(ring) for ring in shapely.get_rings(polygon))
        area_m2[index] += outer - sum(holes)
    return area_m2 / M2_PER_HA


def _ring_area_m2(ring: shapely.Geometry) -> float:
    coordinates = shapely.get_coordinates(ring)
    area_m2, _ = _WGS84.polygon_area_perimeter(coordinates[:, 0], coordinates[:, 1])
    return abs(float(area_m2))
