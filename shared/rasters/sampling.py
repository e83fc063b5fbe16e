"""Nearest-neighbour reading of an open raster at lon/lat places, whatever its reference system and direction."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from shared.errors import Unavailable
from shared.rasters.band import Piece, Source
from shared.rasters.catalogue import BandSpec, Layer, TileScheme
from shared.rasters.encoding import ENCODING, event_years, not_nodata, require_codes, require_packing
from shared.rasters.lattice import SNAP, Lattice, require_readable
from shared.rasters.places import Place
from shared.rasters.tiles import AnyTile, Tile
from shared.rasters.windows import TileWindow

Bounds: TypeAlias = tuple[float, float, float, float]
Block: TypeAlias = tuple[NDArray[Any], NDArray[np.bool_]]
Window: TypeAlias = tuple[int, int, int, int]
"""Rows [top, bottom) and columns [left, right)."""
_Floats: TypeAlias = NDArray[np.float64]
_Indices: TypeAlias = NDArray[np.int64]
_ReadBlock: TypeAlias = Callable[[_Indices, _Indices], Block]

_TILE_SLACK_DEG = 0.5
"""Tiles of TMF exceed their nominal 10 degrees a little; a file that lies elsewhere than its name says is an error."""

STRIP_CELLS = 20_000_000
"""Cells of a raster that are looked through at once."""


@dataclass(frozen=True, slots=True)
class OpenRaster:
    """One open file. `lattice` when its axes are lon/lat on WGS84, else `to_crs` leads from those to its own."""

    checksum: str
    width: int
    height: int
    dtype: np.dtype[Any]
    nodata: float | None
    scale: float
    offset: float
    """As the file declares them: 1 and 0 where it does not."""
    unit: tuple[int, int]
    """Rows and columns of its blocks."""
    crs: str
    """WKT."""
    affine: tuple[float, float, float, float, float, float]
    """Coefficients from (column, row) to the raster's coordinates."""
    lattice: Lattice | None
    to_crs: Transformer
    to_pixel: tuple[float, float, float, float, float, float]
    """Affine coefficients from the raster's coordinates to (column, row)."""
    bounds: Bounds
    """(west, south, east, north) in degrees."""
    block: Callable[[int, int, int, int], Block]
    """Values and mask of rows [a, b) and columns [c, d); rows count from the north when there is a lattice."""
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Header:
    """What is remembered of a tile: where it lies (None: nowhere) and its file (None: an address has none)."""

    until: float
    place: Place | None
    raster: OpenRaster | None


def nominal_lattice(layer: Layer) -> Lattice:
    """Cells by the catalogue, for a file that has none in degrees."""
    step = layer.resolution_deg
    return Lattice(-180.0, 90.0, step, step, round(360 / step), round(180 / step))


def touches(raster: OpenRaster, bounds: Bounds) -> bool:
    """Whether the raster may hold a place of the bounds; so it is where its own in degrees cannot be said (a sinusoidal globe)."""
    return bool(touching(raster, np.array([bounds]))[0])


def touching(raster: OpenRaster, bounds: _Floats) -> NDArray[np.bool_]:
    """The same of many bounds, [n, 4]."""
    west, south, east, north = raster.bounds
    if not all(map(isfinite, raster.bounds)):
        return np.ones(len(bounds), dtype=np.bool_)
    own_west, own_south, own_east, own_north = bounds.T
    found: NDArray[np.bool_] = (own_west < east) & (own_east >= west) & (own_south <= north) & (own_north > south)
    return found


def read_piece(raster: OpenRaster, layer: Layer, band: BandSpec, window: TileWindow, place: Place, lons: _Floats, lats: _Floats) -> Piece:
    """Values of the raster at the crossings of `lons` and `lats`; a piece without source when it reaches none of them.

    Raises Unavailable (`layer_encoding`) for values that the catalogue does not know.
    """
    require_named_place(raster, layer, window.tile, place)

    def block(rows: _Indices, columns: _Indices) -> Block:
        top, bottom, left, right = int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1
        return known_block(raster, (top, bottom, left, right), band, place.name)

    read = (
        _read_transformed(raster, lons, lats, block)
        if raster.lattice is None
        else _read_separable(raster, raster.lattice, lons, lats, block)
    )
    if read is None:
        shape = (len(lats), len(lons))
        return Piece(window.rows, window.columns, np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.bool_), None)
    source = Source(layer.id, band.name, place.name, place.version, raster.checksum)
    return Piece(window.rows, window.columns, *read, source)


def newest_event(raster: OpenRaster, band: BandSpec) -> int:
    """The newest year of any cell of a band of years, 0 where there is none; reads the raster in strips."""
    require_packing(raster.dtype, raster.scale, raster.offset, band, band.name)
    newest = 0
    rows = max(1, STRIP_CELLS // raster.width)
    for top in range(0, raster.height, rows):
        values, mask = raster.block(top, min(top + rows, raster.height), 0, raster.width)
        known = mask & not_nodata(values, band, raster.nodata)
        newest = max(newest, int(event_years(values, band).max(initial=0, where=known)))
    return newest


def known_block(raster: OpenRaster, window: Window, band: BandSpec, name: str) -> Block:
    """The raster's own cells in rows [top, bottom) and columns [left, right): values, and where they are known.

    Looked at before they are spread over finer cells: a 30 m layer has nine cells of 10 m for each of its own.
    Raises Unavailable (`layer_encoding`), Refused (`window_too_large`).
    """
    top, bottom, left, right = window
    require_readable((bottom - top) * (right - left))
    require_packing(raster.dtype, raster.scale, raster.offset, band, name)
    values, mask = raster.block(top, bottom, left, right)
    known = mask & not_nodata(values, band, raster.nodata)
    require_codes(values, known, band, name)
    return values, known


def _read_separable(raster: OpenRaster, lattice: Lattice, lons: _Floats, lats: _Floats, block: _ReadBlock) -> Block | None:
    """Values and where they are known, [lats, lons]; None when the raster reaches no crossing."""
    columns, rows = lattice.columns(lons), lattice.rows(lats)
    in_columns, in_rows = (columns >= 0) & (columns < raster.width), (rows >= 0) & (rows < raster.height)
    if not (in_columns.any() and in_rows.any()):
        return None
    columns, rows = columns[in_columns], rows[in_rows]
    values, known = block(rows, columns)
    from_top, from_left = rows - rows.min(), columns - columns.min()
    values, known = _picked(values, from_top, from_left), _picked_known(known, from_top, from_left)
    if in_columns.all() and in_rows.all():
        return values, known
    inside = _span(in_rows), _span(in_columns)
    all_values, all_known = np.zeros((len(lats), len(lons)), dtype=values.dtype), np.zeros((len(lats), len(lons)), dtype=np.bool_)
    all_values[inside], all_known[inside] = values, known
    return all_values, all_known


def _picked(cells: NDArray[Any], rows: _Indices, columns: _Indices) -> NDArray[Any]:
    """The cells at the crossings; one axis after the other is several times as fast as both at once.

    Whole rows are copied fast: columns are picked among the fewer rows.
    """
    if cells.shape == (len(rows), len(columns)) and _consecutive(rows) and _consecutive(columns):
        return cells  # the grid is the raster's own: nothing to pick
    if len(rows) < len(cells):
        return cells.take(rows, axis=0).take(columns, axis=1)
    return cells.take(columns, axis=1).take(rows, axis=0)


def _picked_known(known: NDArray[np.bool_], rows: _Indices, columns: _Indices) -> NDArray[np.bool_]:
    """The same of where cells are known, which mostly is everywhere."""
    return np.ones((len(rows), len(columns)), dtype=np.bool_) if known.all() else _picked(known, rows, columns)


def _read_transformed(raster: OpenRaster, lons: _Floats, lats: _Floats, block: _ReadBlock) -> Block | None:
    x, y = raster.to_crs.transform(*np.meshgrid(lons, lats))
    a, b, c, d, e, f = raster.to_pixel
    columns, rows = np.floor(a * x + b * y + c + SNAP), np.floor(d * x + e * y + f + SNAP)
    reached = (columns >= 0) & (columns < raster.width) & (rows >= 0) & (rows < raster.height)  # false for inf, outside the projection
    if not reached.any():
        return None
    columns_in, rows_in = columns[reached].astype(np.int64), rows[reached].astype(np.int64)
    values, known = block(rows_in, columns_in)
    picked = (rows_in - rows_in.min(), columns_in - columns_in.min())
    all_values, all_known = np.zeros(reached.shape, dtype=values.dtype), np.zeros(reached.shape, dtype=np.bool_)
    all_values[reached], all_known[reached] = values[picked], known[picked]
    return all_values, all_known


def _span(inside: NDArray[np.bool_]) -> slice:
    """Places go one way, so those that are inside lie side by side."""
    first = int(inside.argmax())
    return slice(first, first + int(np.count_nonzero(inside)))


def _consecutive(indices: _Indices) -> bool:
    return bool(np.all(np.diff(indices) == 1))


def require_named_place(raster: OpenRaster, layer: Layer, tile: AnyTile | None, place: Place) -> None:
    """Raises Unavailable (`layer_encoding`) for a tile in degrees that lies elsewhere than its name says."""
    if not isinstance(tile, Tile) or not isinstance(layer.tiles, TileScheme):
        return
    size = layer.tiles.size_deg + _TILE_SLACK_DEG
    west, south, east, north = raster.bounds
    if west < tile.west - _TILE_SLACK_DEG or east > tile.west + size or north > tile.north + _TILE_SLACK_DEG or south < tile.north - size:
        found = f"{west:.4f} {south:.4f} {east:.4f} {north:.4f}"
        raise Unavailable(f"{place.name} lies at {found}, not where its name says", code=ENCODING)
