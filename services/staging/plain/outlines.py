"""Pick the plain outlines out of a column of WKB: those that need no mending, no decoding and no second look."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from services.staging.checks.thresholds import SHAPE
from services.staging.plain import figures, kernel
from services.staging.rules import MIN_WIDTH_DEG, NULL_ISLAND_DEG
from shared.geo.areas import POLAR_DEG, SHORT_EDGE_DEG
from shared.geo.hashing import geometry_hashes

_OUTLINE: Final = np.array([POLAR_DEG, SHORT_EDGE_DEG, NULL_ISLAND_DEG, MIN_WIDTH_DEG])
_FIGURE: Final = np.array([SHAPE.grid_deg, SHAPE.grid_tolerance_deg, SHAPE.regular_share, SHAPE.circle_vertices], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class PlainOutlines:
    """Polygons of one ring (k of them) among n geometries: valid, in degrees, counterclockwise, far from poles and (0, 0)."""

    rows: NDArray[np.intp]
    """Their positions in the column, ascending."""
    wkb: pa.BinaryArray
    hashes: pa.StringArray
    """As `geometry_hashes` has them."""
    facts: NDArray[np.float64]
    """Columns as `figures` names them; shape [k, 8]."""
    signs: NDArray[np.uint8]
    """As `figures` names them."""
    vertices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def without(self, rows: list[int]) -> "PlainOutlines":
        """Those at other positions than `rows`."""
        kept = ~np.isin(self.rows, rows)
        taken = pa.array(np.flatnonzero(kept))
        return PlainOutlines(
            self.rows[kept], self.wkb.take(taken), self.hashes.take(taken), self.facts[kept], self.signs[kept], self.vertices[kept]
        )


def plain_outlines(column: pa.Array, max_vertices: int, may_turn: bool) -> PlainOutlines:
    """The plain outlines of a binary column of n geometries in longitude and latitude; nulls are none.

    Longer ones than `max_vertices` are left out, and clockwise ones unless `may_turn`. Each depends on its own bytes alone.
    """
    column = column.cast(pa.large_binary())
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8)
    starts = offsets - offsets[0] if len(offsets) else offsets
    size = int(starts[-1]) if len(starts) else 0
    stored, hashed, flags = np.empty(size, np.uint8), np.empty(size, np.uint8), np.zeros(len(column), np.uint8)
    kernel.sweep(data, offsets, max_vertices, may_turn, _OUTLINE, stored, hashed, flags)
    if column.null_count:
        flags[column.is_null().to_numpy(zero_copy_only=False)] = 0
    rows = np.flatnonzero(flags)
    vertices = (np.diff(starts)[rows] - kernel.HEAD_BYTES) // kernel.POSITION_BYTES
    facts, signs = np.empty((len(rows), 8)), np.empty(len(rows), np.uint8)
    figures.measure(stored, starts[rows], vertices, _FIGURE, facts, signs)
    wkb = _binary(stored, starts, rows)
    return PlainOutlines(rows, wkb, _hashes(hashed, starts, rows, flags, wkb), facts, signs, vertices)


def _binary(data: kernel.Bytes, starts: NDArray[np.int64], rows: NDArray[np.intp]) -> pa.BinaryArray:
    count = len(starts) - 1
    every = pa.LargeBinaryArray.from_buffers(pa.large_binary(), count, [None, pa.py_buffer(starts), pa.py_buffer(data)])
    return (every if len(rows) == count else every.take(pa.array(rows))).cast(pa.binary())


def _hashes(
    hashed: kernel.Bytes, starts: NDArray[np.int64], rows: NDArray[np.intp], flags: kernel.Bytes, wkb: pa.BinaryArray
) -> pa.StringArray:
    text = hashed.data
    begin, end = starts[rows].tolist(), starts[rows + 1].tolist()
    hashes = [sha256(text[first:last]).hexdigest() for first, last in zip(begin, end, strict=True)]
    unsure = np.flatnonzero((flags[rows] & kernel.HASHABLE) == 0)
    if len(unsure):
        for at, digest in zip(unsure.tolist(), geometry_hashes(shapely.from_wkb(wkb.take(pa.array(unsure)).to_pylist())), strict=True):
            hashes[at] = digest
    return pa.array(hashes, pa.string())
