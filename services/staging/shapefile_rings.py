"""What GDAL does not say of a shapefile: how its rings are wound, and where its index points."""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_HEAD_BYTES: Final = 100
_RECORD_HEAD_BYTES: Final = 8
_POLYGONS: Final = (5, 15, 25)
"""Shape types: polygon, with heights, with measures (ESRI 1998)."""
_COUNTS_AT: Final = 36
"""Where a polygon says its numbers of rings and of positions, after its type and box."""
_RINGS_AT: Final = 44


class Rings:
    """The records of a .shp file by its .shx."""

    def __init__(self, shp: Path, shx: Path) -> None:
        self._bytes = np.memmap(shp, dtype=np.uint8, mode="r")
        index = np.fromfile(shx, dtype=">i4", offset=min(_HEAD_BYTES, shx.stat().st_size))
        pairs = index[: len(index) // 2 * 2].reshape(-1, 2).astype(np.int64) * 2
        self._starts, sizes = pairs[:, 0] + _RECORD_HEAD_BYTES, pairs[:, 1]
        self.is_complete = bool(((sizes >= 4) & (pairs[:, 0] >= _HEAD_BYTES) & (self._starts + sizes <= len(self._bytes))).all())
        """Whether every record that the index names lies within the file."""
        self._ends = self._starts + sizes

    def shells(self, row: int) -> int | None:
        """Rings of a polygon that run clockwise, as shells do; None when it is no polygon of several rings, or damaged."""
        record = self._bytes[self._starts[row] : self._ends[row]]
        if len(record) < _RINGS_AT or int(record[:4].view("<i4")[0]) not in _POLYGONS:
            return None
        rings, positions = map(int, np.array(record[_COUNTS_AT:_RINGS_AT]).view("<i4"))
        first = _RINGS_AT + 4 * rings
        if rings < 2 or positions < 0 or first + 16 * positions > len(record):
            return None
        starts = np.array(record[_RINGS_AT:first]).view("<i4")
        xy = np.array(record[first : first + 16 * positions]).view("<f8").reshape(-1, 2)
        if starts[0] != 0 or (np.diff([*starts, positions]) < 1).any():
            return None
        return sum(_is_clockwise(ring) for ring in np.split(xy, starts[1:]))


def _is_clockwise(ring: NDArray[np.float64]) -> bool:
    x, y = (ring - ring[0]).T
    return bool((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() < 0)
