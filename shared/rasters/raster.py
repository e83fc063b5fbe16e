"""One band of a raster file as the zonal engine reads it: any reference system, number type, scale, mask and direction."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from shared.errors import Refused
from shared.rasters.lattice import lattice_of
from shared.zonal.grid import Cells, Grid
from shared.zonal.projected import ProjectedGrid

_LONLAT = CRS.from_user_input("OGC:CRS84")


@dataclass(frozen=True, slots=True)
class Raster:
    """A band, safe to read from several threads: each opens the file for itself."""

    path: str
    band: int
    cells: Cells
    unit: tuple[int, int]
    """Rows and columns of the blocks of the file."""
    dtype: np.dtype[Any]
    nodata: float | None
    scale: float
    offset: float
    masked: bool
    """A mask in the file says what is known, not a value."""
    from_south: bool
    _handles: threading.local = field(default_factory=threading.local, compare=False, repr=False)

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Fill `out` [rows, columns] with the window at (top, left), values as they stand in the file; its mask, if the file has one."""
        rows, columns = out.shape
        first = self.cells.height - top - rows if self.from_south else top
        window = Window(left, first, columns, rows)
        dataset = self._open()
        if self.from_south:
            out[:] = dataset.read(self.band, window=window)[::-1]
        else:
            dataset.read(self.band, window=window, out=out)
        known = dataset.read_masks(self.band, window=window) > 0 if self.masked else None
        return known[::-1] if known is not None and self.from_south else known

    def _open(self) -> Any:
        if not hasattr(self._handles, "dataset"):
            self._handles.dataset = rasterio.open(self.path, driver="GTiff")
        return self._handles.dataset


def open_raster(path: Path | str, band: int = 1, *, nodata: float | None = None) -> Raster:
    """Band `band` (from 1) of a GeoTIFF; `nodata` stands in for the value that the file declares.

    Raises Refused: `raster_band_missing`; `raster_not_placed` for a file without transform. A file without reference
    system is a plane in metres.
    """
    with rasterio.open(str(path), driver="GTiff") as dataset:
        if not 1 <= band <= dataset.count:
            raise Refused(f"{path} has {dataset.count} bands, not {band}", code="raster_band_missing")
        if dataset.transform.is_identity and dataset.crs is None:
            raise Refused(f"{path} does not say where it lies", code="raster_not_placed")
        cells, from_south = _cells(dataset)
        return Raster(
            path=str(path),
            band=band,
            cells=cells,
            unit=dataset.block_shapes[band - 1],
            dtype=np.dtype(dataset.dtypes[band - 1]),
            nodata=dataset.nodatavals[band - 1] if nodata is None else nodata,
            scale=float(dataset.scales[band - 1]),
            offset=float(dataset.offsets[band - 1]),
            masked=MaskFlags.per_dataset in dataset.mask_flag_enums[band - 1],
            from_south=from_south,
        )


def _cells(dataset: Any) -> tuple[Cells, bool]:
    """The grid of a file, and whether its rows run from south to north (they are turned on reading)."""
    a, b, c, d, e, f = tuple(dataset.transform)[:6]
    crs = CRS.from_wkt(dataset.crs.to_wkt()) if dataset.crs else None
    lattice = lattice_of((a, b, c, d, e, f), dataset.width, dataset.height)
    if crs is not None and crs.equals(_LONLAT, ignore_axis_order=True) and lattice is not None:
        return Grid(lattice.west, lattice.north, lattice.dx, lattice.dy, lattice.width, lattice.height), e > 0
    return ProjectedGrid((a, b, c, d, e, f), dataset.width, dataset.height, crs.to_wkt() if crs else ""), False
