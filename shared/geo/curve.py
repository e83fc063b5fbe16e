"""Order of places along a Hilbert curve, so that neighbours in a list are neighbours on the ground."""

import numpy as np
from numpy.typing import NDArray

_ORDER = 32
_SIDE = 1 << _ORDER


def hilbert_key(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Position of each point (degrees, shape [n]) on a Hilbert curve of order 32 over [-180, 180] x [-90, 90]; uint64 [n].

    Coordinates must be finite; those outside are moved to the edge. The curve is the one of Hilbert (1891) that
    starts in the south-west and ends in the south-east, found bit by bit from the top with the quadrant's
    reflection carried along.
    """
    x = _steps(lon, -180.0, 360.0)
    y = _steps(lat, -90.0, 180.0)
    key = np.zeros(np.shape(x), dtype=np.uint64)
    one = np.uint64(1)
    for bit in range(_ORDER - 1, -1, -1):
        shift = np.uint64(bit)
        east, north = (x >> shift) & one, (y >> shift) & one
        key = (key << np.uint64(2)) | ((np.uint64(3) * east) ^ north)
        south = north == 0
        mirror = np.where(south & (east == one), np.uint64(_SIDE - 1), np.uint64(0))
        x, y = x ^ mirror, y ^ mirror
        x, y = np.where(south, y, x), np.where(south, x, y)
    return key


def _steps(degrees: NDArray[np.float64], low: float, extent: float) -> NDArray[np.uint64]:
    steps = np.floor((np.asarray(degrees, dtype=np.float64) - low) / extent * _SIDE)
    return np.clip(steps, 0, _SIDE - 1).astype(np.uint64)
