"""Discs of a wanted area around points, for plots that are given as a point and a size."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from shared.errors import Refused
from shared.geo.antimeridian import split_at_antimeridian
from shared.geo.areas import M2_PER_HA, geodesic_area_ha

VERTICES = 64
_WGS84 = Geod(ellps="WGS84")
_AZIMUTHS_DEG = np.arange(VERTICES) * (-360.0 / VERTICES)
"""Falling, so that the rings run counter-clockwise."""
_LARGEST_WIDTH_M = 1_000_000.0
_FLAT_HA = 100.0
"""Up to here the plane is right to 1e-9, and closer than the measured area (GeographicLib rounds at some 1e-4 m2)."""


def discs(lon: NDArray[np.float64], lat: NDArray[np.float64], area_ha: NDArray[np.float64]) -> NDArray[np.object_]:
    """Polygons of 64 vertices round the points (degrees, shape [n]) whose geodesic area is `area_ha` (shape [n]) within 1e-6.

    The vertices lie on a geodesic circle whose radius makes up for the 0.16 % that an inscribed polygon loses
    (methods 7.3). A disc that crosses the antimeridian is split there into a MultiPolygon. Raises Refused
    (`disc_area`) for an area that is not positive and finite, and for a disc that is over 1,000 km wide or reaches a pole.
    """
    area_m2 = area_ha * M2_PER_HA
    if not np.all(np.isfinite(area_m2) & (area_m2 > 0)):
        raise Refused("the area of a disc must be positive and finite", code="disc_area")
    radius_m = np.sqrt(area_m2 * 2 / (VERTICES * np.sin(2 * np.pi / VERTICES)))
    _refuse_poles(lat, radius_m)
    for _ in range(2):  # the ellipsoid is not flat: 7e-6 of a disc of a million hectares, nothing of a small one
        measured_ha = geodesic_area_ha(_circles(lon, lat, radius_m))
        radius_m = np.where(area_ha > _FLAT_HA, radius_m * np.sqrt(area_ha / measured_ha), radius_m)
    return split_at_antimeridian(_circles(lon, lat, radius_m))


def with_points_drawn(
    geometry: NDArray[np.object_], area_ha: NDArray[np.float64], is_point: NDArray[np.bool_], default_ha: float
) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Outlines and areas (shape [n]) with each point made the disc of its area, or of the default where that is nan.

    The area of a disc is the one measured. None in the place of a point of which no disc can be drawn.
    """
    outline, drawn_ha = geometry.copy(), area_ha.astype(np.float64, copy=True)
    points = np.flatnonzero(is_point)
    drawn_ha[points] = np.where(np.isnan(drawn_ha[points]), default_ha, drawn_ha[points])
    for index in points:  # one by one: one that cannot be drawn hurts no other
        at = np.array([shapely.get_x(outline[index])]), np.array([shapely.get_y(outline[index])])
        try:
            outline[index] = discs(*at, drawn_ha[[index]])[0]
            drawn_ha[index] = geodesic_area_ha(outline[[index]])[0]
        except Refused:
            outline[index] = None
    return outline, drawn_ha


def _refuse_poles(lat: NDArray[np.float64], radius_m: NDArray[np.float64]) -> None:
    metres_to_pole = (90 - np.abs(lat)) * 110_000
    if np.any(radius_m * 1.1 >= metres_to_pole) or np.any(radius_m > _LARGEST_WIDTH_M / 2):
        raise Refused("a disc reaches a pole or is wider than 1,000 km", code="disc_area")


def _circles(lon: NDArray[np.float64], lat: NDArray[np.float64], radius_m: NDArray[np.float64]) -> NDArray[np.object_]:
    """Rings round the points, their longitudes within 180 degrees of the centre even when that is past +-180."""
    shape = (len(lon), VERTICES)
    centre_lon, centre_lat, azimuth, distance = (
        np.ascontiguousarray(np.broadcast_to(a, shape)) for a in (lon[:, None], lat[:, None], _AZIMUTHS_DEG, radius_m[:, None])
    )
    ring_lon, ring_lat, _ = _WGS84.fwd(centre_lon, centre_lat, azimuth, distance)
    unwrapped = centre_lon + (np.asarray(ring_lon) - centre_lon + 180) % 360 - 180
    polygons: NDArray[np.object_] = shapely.polygons(np.stack([unwrapped, np.asarray(ring_lat)], axis=-1))
    return polygons
