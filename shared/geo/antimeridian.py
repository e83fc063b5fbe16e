"""Polygons that run past the antimeridian, split there."""

import numpy as np
import shapely
from numpy.typing import NDArray


def split_at_antimeridian(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """The polygons (lon/lat in degrees, shape [n], valid), those that run past +-180 split there into what lies within.

    Longitudes are within 360 degrees of that range. Polygons that do not run past it are returned as they are.
    """
    split = polygons.copy()
    west, _, east, _ = shapely.bounds(polygons).T
    for index in np.flatnonzero((west < -180) | (east > 180)):
        split[index] = shapely.union_all([_shifted_part(polygons[index], turn) for turn in (-360.0, 0.0, 360.0)])
    return split


def _shifted_part(polygon: shapely.Geometry, degrees: float) -> shapely.Geometry:
    moved = shapely.transform(polygon, lambda xy: xy + np.array([degrees, 0.0]))
    return shapely.intersection(moved, shapely.box(-180, -90, 180, 90))
