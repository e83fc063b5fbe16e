"""Blocks of 10 km: places that are so near each other that their values are not independent."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_M: Final = 10_000.0
M_PER_DEG: Final = 111_195.0
"""Of a great circle on the authalic sphere."""
_ROW: Final = 1 << 20
"""More than the blocks round the equator."""


def block_of(lon: NDArray[np.float64], lat: NDArray[np.float64], size_m: float = BLOCK_M) -> NDArray[np.int64]:
    """The block of each place (degrees, shape [n]): rows of `size_m`, each cut into pieces about `size_m` wide; int64 [n]."""
    row = np.floor((lat + 90.0) * M_PER_DEG / size_m)
    middle = (row + 0.5) * size_m / M_PER_DEG - 90.0
    wide_deg = size_m / (M_PER_DEG * np.maximum(np.cos(np.radians(middle)), 1e-6))
    column = np.floor((lon + 180.0) / wide_deg)
    return (row * _ROW + column).astype(np.int64)


def block_sums(values: NDArray[np.float64], area_ha: NDArray[np.float64], block: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each block that occurs: the sum of value times area, and the area; [blocks, 2], by block."""
    blocks, of_value = np.unique(block, return_inverse=True)
    weighted = np.bincount(of_value, weights=values * area_ha, minlength=len(blocks))
    area = np.bincount(of_value, weights=area_ha, minlength=len(blocks))
    return np.column_stack([weighted, area])
