"""Hashes that are equal exactly for geometries that are equal on the ground."""

from hashlib import sha256

import numpy as np
import shapely
from numpy.typing import NDArray

STEPS_PER_DEGREE = 1e7


def geometry_hashes(geometries: NDArray[np.object_]) -> list[str]:
    """sha256 (hex) of each geometry's normalised 2-D little-endian WKB, coordinates rounded to 1e-7 degrees (1 cm).

    Start vertex, winding, order of rings and parts, third dimension and the sign of zero do not matter. A
    polygon and a multipolygon of one part are different geometries.
    """
    flat = shapely.force_2d(geometries)
    rounded = shapely.transform(flat, _rounded)
    wkb = shapely.to_wkb(shapely.normalize(rounded), output_dimension=2, byte_order=1, include_srid=False)
    return [sha256(value).hexdigest() for value in wkb]


def _rounded(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    steps: NDArray[np.float64] = np.rint(xy * STEPS_PER_DEGREE) / STEPS_PER_DEGREE
    return steps + 0.0  # -0.0 + 0.0 is 0.0
