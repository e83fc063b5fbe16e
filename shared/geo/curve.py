"""Order of places along a Hilbert curve, so that neighbours in a list are neighbours on the ground."""

import numba
import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.uint64]
_ORDER = 32
_SIDE = 1 << _ORDER


def hilbert_key(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Position of each point (degrees, shape [n]) on a Hilbert curve of order 32 over [-180, 180] x [-90, 90]; uint64 [n].

    Coordinates must be finite; those outside are moved to the edge. The curve is the one of Hilbert (1891) that
    starts in the south-west and ends in the south-east.
    """
    key = np.empty(len(lon), dtype=np.uint64)
    _keys(_steps(lon, -180.0, 360.0), _steps(lat, -90.0, 180.0), key)
    return key


@numba.njit("void(uint64[::1], uint64[::1], uint64[::1])", nogil=True, cache=True)
def _keys(across: Steps, up: Steps, key: Steps) -> None:
    """Find the keys bit by bit from the top, with the quadrant's reflection carried along."""
    one, two, three, every = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(_SIDE - 1)
    for at in range(len(key)):
        x, y, found = across[at], up[at], np.uint64(0)
        for bit in range(_ORDER - 1, -1, -1):
            east, north = (x >> np.uint64(bit)) & one, (y >> np.uint64(bit)) & one
            found = (found << two) | ((three * east) ^ north)
            if north == 0:
                mirror = every * east
                x, y = y ^ mirror, x ^ mirror
        key[at] = found


def _steps(degrees: NDArray[np.float64], low: float, extent: float) -> Steps:
    steps = np.floor((np.asarray(degrees, dtype=np.float64) - low) / extent * _SIDE)
    return np.ascontiguousarray(np.clip(steps, 0, _SIDE - 1).astype(np.uint64))
