"""A band of the catalogue, all its tiles, as one source of the zonal engine."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.rasters.catalogue import layer_of
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid

UNIT = (512, 512)
"""Rows and columns that are asked for at once: the blocks of published tiles, or a multiple of them."""


@dataclass(frozen=True, slots=True)
class LayerBand:
    """A band whose tiles lie on one lon/lat lattice; cells of missing tiles are not known."""

    rasters: Rasters
    layer: str
    band: str
    cells: Grid
    """Round the globe, from pole to pole."""
    unit: tuple[int, int] = UNIT
    nodata: None = None
    """What is known stands in the mask."""
    scale: float = 1.0
    offset: float = 0.0

    @classmethod
    def near(cls, rasters: Rasters, layer: str, band: str, bounds: tuple[float, float, float, float]) -> "LayerBand | None":
        """The band on the lattice that its raster at the bounds (west, south, east, north; degrees) has; None where none lies there.

        Raises Unavailable when that raster does not read now.
        """
        here = rasters.grid(layer, band, bounds, 0)
        if here is None:
            return None
        west = here.west - round((here.west + 180.0) / here.dx) * here.dx
        north = here.north + round((90.0 - here.north) / here.dy) * here.dy
        cells = Grid(west, north, here.dx, here.dy, round(360.0 / here.dx), round((north + 90.0) / here.dy))
        return cls(rasters, layer, band, cells)

    @property
    def dtype(self) -> np.dtype[Any]:
        """By the catalogue."""
        return np.dtype(layer_of(self.layer).band(self.band).dtype)

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill `out` with the window; where it is known.

        Raises Unavailable (`layer_unavailable`) for a tile that should be there and is not: missing is not zero.
        """
        rows, columns = out.shape
        window = Grid(
            self.cells.west + left * self.cells.dx, self.cells.north - top * self.cells.dy, self.cells.dx, self.cells.dy, columns, rows
        )
        read = self.rasters.sample(self.layer, self.band, window)
        if read.state == "failed":
            raise Unavailable(f"a tile of {self.layer}.{self.band} at {window.bounds} is missing", code="layer_unavailable")
        out[:] = read.values
        return read.valid
