"""Nearest-neighbour reading of an open raster at lon/lat places, whatever its reference system and direction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from shared.errors import Unavailable
from shared.rasters.band import Piece, Source
from shared.rasters.catalogue import BandSpec, Layer
from shared.rasters.encoding import ENCODING, not_nodata, require_codes
from shared.rasters.lattice import SNAP, Lattice, require_readable
from shared.rasters.places import Place
from shared.rasters.tiles import Tile
from shared.rasters.windows import TileWindow

Bounds: TypeAlias = tuple[float, float, float, float]
Block: TypeAlias = tuple[NDArray[np.integer], NDArray[np.bool_]]
_Floats: TypeAlias = NDArray[np.float64]
_Reached: TypeAlias = tuple[NDArray[np.bool_], NDArray[np.integer], NDArray[np.bool_]]
"""Where the raster reaches, its values there (0 elsewhere), its mask there (false elsewhere)."""

_TILE_SLACK_DEG = 0.5
"""Tiles of TMF exceed their nominal 10 degrees a little; a file that lies elsewhere than its name says is an error."""


@dataclass(frozen=True, slots=True)
class OpenRaster:
    """One open file. `lattice` when its axes are lon/lat on WGS84, else `to_crs` leads from those to its own."""

    checksum: str
    width: int
    height: int
    nodata: float | None
    lattice: Lattice | None
    to_crs: Transformer
    to_pixel: tuple[float, float, float, float, float, float]
    """Affine coefficients from the raster's coordinates to (column, row)."""
    bounds: Bounds
    """(west, south, east, north) in degrees."""
    block: Callable[[int, int, int, int], Block]
    """Values and mask of rows [a, b) and columns [c, d); rows count from the north when there is a lattice."""
    close: Callable[[], None]


def lattice_of_window(raster: OpenRaster, layer: Layer, tile: Tile | None, place: Place, bounds: Bounds) -> Lattice | None:
    """The cells to compare on when the raster touches `bounds`: its own, or the layer's nominal ones when it has none in lon/lat."""
    _require_named_place(raster, layer, tile, place)
    west, south, east, north = raster.bounds
    if not (bounds[0] < east and bounds[2] >= west and bounds[1] <= north and bounds[3] > south):
        return None
    step = layer.resolution_deg
    return raster.lattice or Lattice(-180.0, 90.0, step, step, round(360 / step), round(180 / step))


def read_piece(raster: OpenRaster, layer: Layer, band: BandSpec, window: TileWindow, place: Place, lons: _Floats, lats: _Floats) -> Piece:
    """Values of the raster at the crossings of `lons` and `lats`; a piece without source when it reaches none of them.

    Raises Unavailable (`layer_encoding`) for values that the catalogue does not know.
    """
    _require_named_place(raster, layer, window.tile, place)
    lattice = raster.lattice
    reached, values, mask = _read_transformed(raster, lons, lats) if lattice is None else _read_separable(raster, lattice, lons, lats)
    known = reached & mask & not_nodata(values, band, raster.nodata)
    require_codes(values, known, band, place.name)
    source = Source(layer.id, band.name, place.name, place.version, raster.checksum) if reached.any() else None
    return Piece(window.rows, window.columns, values, known, source)


def _read_separable(raster: OpenRaster, lattice: Lattice, lons: _Floats, lats: _Floats) -> _Reached:
    columns, rows = lattice.columns(lons), lattice.rows(lats)
    in_columns, in_rows = (columns >= 0) & (columns < raster.width), (rows >= 0) & (rows < raster.height)
    reached = in_rows[:, None] & in_columns[None, :]
    if not reached.any():
        return _nothing(reached)
    columns, rows = columns[in_columns], rows[in_rows]
    block, block_mask = _block_around(raster, rows, columns)
    if block.shape == reached.shape and _consecutive(rows) and _consecutive(columns):  # the grid is the raster's own: nothing to pick
        return reached, block, block_mask
    picked = np.ix_(rows - rows.min(), columns - columns.min())
    return _spread(reached, block[picked].ravel(), block_mask[picked].ravel())


def _read_transformed(raster: OpenRaster, lons: _Floats, lats: _Floats) -> _Reached:
    x, y = raster.to_crs.transform(*np.meshgrid(lons, lats))
    a, b, c, d, e, f = raster.to_pixel
    columns, rows = np.floor(a * x + b * y + c + SNAP), np.floor(d * x + e * y + f + SNAP)
    reached = (columns >= 0) & (columns < raster.width) & (rows >= 0) & (rows < raster.height)  # false for inf, outside the projection
    if not reached.any():
        return _nothing(reached)
    columns_in, rows_in = columns[reached].astype(np.int64), rows[reached].astype(np.int64)
    block, block_mask = _block_around(raster, rows_in, columns_in)
    picked = (rows_in - rows_in.min(), columns_in - columns_in.min())
    return _spread(reached, block[picked], block_mask[picked])


def _block_around(raster: OpenRaster, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Block:
    top, bottom, left, right = int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1
    require_readable((bottom - top) * (right - left))
    return raster.block(top, bottom, left, right)


def _consecutive(indices: NDArray[np.int64]) -> bool:
    return bool(np.all(np.diff(indices) == 1))


def _spread(reached: NDArray[np.bool_], values: NDArray[np.integer], mask: NDArray[np.bool_]) -> _Reached:
    all_values = np.zeros(reached.shape, dtype=values.dtype)
    all_mask = np.zeros(reached.shape, dtype=np.bool_)
    all_values[reached], all_mask[reached] = values, mask
    return reached, all_values, all_mask


def _nothing(reached: NDArray[np.bool_]) -> _Reached:
    return reached, np.zeros(reached.shape, dtype=np.uint8), reached


def _require_named_place(raster: OpenRaster, layer: Layer, tile: Tile | None, place: Place) -> None:
    if tile is None:
        return
    size = layer.tiles.size_deg + _TILE_SLACK_DEG
    west, south, east, north = raster.bounds
    if west < tile.west - _TILE_SLACK_DEG or east > tile.west + size or north > tile.north + _TILE_SLACK_DEG or south < tile.north - size:
        found = f"{west:.4f} {south:.4f} {east:.4f} {north:.4f}"
        raise Unavailable(f"{place.name} lies at {found}, not where its name says", code=ENCODING)
