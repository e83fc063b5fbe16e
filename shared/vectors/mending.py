"""Polygons as published made fit to compute with: valid, within the degrees of the Earth, nothing but area."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.antimeridian import split_at_antimeridian

LARGEST_LONGITUDE_DEG = 540.0
"""Some files go on past the antimeridian; more than once round the Earth is another reference system."""


@dataclass(frozen=True, slots=True)
class Mended:
    """Polygons that can be computed with, and how many of them had to be changed for it."""

    geometry: NDArray[np.object_]
    """[n] valid polygons and multipolygons; empty where there was no geometry."""
    changed: int
    """Polygons that were not valid, or ran past the antimeridian."""


def mended(geometries: NDArray[np.object_]) -> Mended:
    """The polygons, those that are not valid rebuilt from their rings (`make_valid`, method `structure`), those past +-180 split.

    Shape [n]: polygons, multipolygons and None in degrees. Raises ValueError for other geometries and for what are no degrees.
    """
    flat = shapely.force_2d(np.where(shapely.is_missing(geometries), shapely.Polygon(), geometries))
    kinds = shapely.get_type_id(flat)
    if np.any((kinds != shapely.GeometryType.POLYGON) & (kinds != shapely.GeometryType.MULTIPOLYGON)):
        raise ValueError("holds geometries that are no polygons")
    lonlat = np.abs(shapely.get_coordinates(flat))
    if not np.all(lonlat <= (LARGEST_LONGITUDE_DEG, 90.0)):
        raise ValueError("holds coordinates that are no degrees")
    broken = ~shapely.is_valid(flat)
    flat[broken] = shapely.make_valid(flat[broken], method="structure", keep_collapsed=False)
    west, _, east, _ = shapely.bounds(flat).T
    wide = (west < -180) | (east > 180)
    flat[wide] = split_at_antimeridian(flat[wide])
    changed = np.flatnonzero(broken | wide)
    for index in changed:
        flat[index] = _area_of(flat[index])
    return Mended(flat, len(changed))


def _area_of(geometry: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a geometry, without the lines and points that mending may leave."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
