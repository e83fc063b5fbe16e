"""What rasters give of a run of windows, and what a source of windows must answer."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.zonal.grid import Cells


@dataclass(frozen=True, slots=True)
class Block:
    """Values of one or several windows as they stand in the file, one after the other, each row by row."""

    values: NDArray[Any]
    """[cells], whole numbers or floats."""
    known: NDArray[np.bool_] | None
    """[cells]: where a value is known by mask; None where only `nodata` and NaN say so."""
    nodata: float | None
    """Value that means that nothing is known."""
    scale: float = 1.0
    offset: float = 0.0
    """What a value measures is `value * scale + offset`."""


class Source(Protocol):
    """One band of a raster (or several tiles of it), read by window; safe to read from several threads."""

    @property
    def cells(self) -> Cells:
        """Its grid."""

    @property
    def unit(self) -> tuple[int, int]:
        """Rows and columns that are decoded at once: windows keep inside multiples of it."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its values."""

    @property
    def nodata(self) -> float | None:
        """Value that means that nothing is known."""

    @property
    def scale(self) -> float:
        """What a value measures is `value * scale + offset`."""

    @property
    def offset(self) -> float:
        """See `scale`."""

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Fill `out` [rows, columns] with the window at (top, left), which lies inside the grid; its mask, if it has one."""


class Forwarded:
    """What a source that stands for another, its `source`, says as that one does; how it reads is its own."""

    __slots__ = ()
    source: Source

    @property
    def cells(self) -> Cells:
        """Of the other."""
        return self.source.cells

    @property
    def unit(self) -> tuple[int, int]:
        """Of the other."""
        return self.source.unit

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the other."""
        return self.source.dtype

    @property
    def nodata(self) -> float | None:
        """Of the other."""
        return self.source.nodata

    @property
    def scale(self) -> float:
        """Of the other."""
        return self.source.scale

    @property
    def offset(self) -> float:
        """Of the other."""
        return self.source.offset
