"""Bands of the catalogue as sources of the zonal engine: lon/lat tiles, tiles of a plane, one file in any reference system."""

from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from shared.errors import Unavailable
from shared.rasters.catalogue import BandSpec, Layer, PlaneScheme, named
from shared.rasters.encoding import ENCODING
from shared.rasters.recorded import AnyRasters
from shared.rasters.sampling import OpenRaster, Window, nominal_lattice, touches
from shared.rasters.tiles import PlaneTile
from shared.zonal.block import Source
from shared.zonal.grid import Grid
from shared.zonal.projected import ProjectedGrid, from_lonlat

UNIT = (512, 512)
"""Rows and columns that are asked for at once: the blocks of published tiles, or a multiple of them."""
_SLACK_CELLS = 0.1
"""By which the cells of a tile of a plane may lie off the lattice of the whole."""
FAULTS = 3
"""Files that do not read before no other is asked: each may cost all the time of its retries."""
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """What every source says of its values; nothing is decoded here: reductions do."""

    rasters: AnyRasters
    name: str
    """`layer.band`."""

    @property
    def spec(self) -> BandSpec:
        """By the catalogue."""
        return named(self.name)[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """By the catalogue."""
        return np.dtype(self.spec.dtype)

    @property
    def nodata(self) -> None:
        """What is known stands in the mask."""

    @property
    def scale(self) -> float:
        """What a value measures is `value * scale + offset`."""
        return self.spec.scale

    @property
    def offset(self) -> float:
        """See `scale`."""
        return self.spec.offset


@dataclass(frozen=True, slots=True)
class LayerBand(_Decoded):
    """A band whose files lie on one lon/lat lattice; cells of missing tiles are not known."""

    cells: Grid
    """Round the globe, from pole to pole: the same bits whichever tile it was told from."""
    unit: tuple[int, int] = UNIT

    @classmethod
    def near(cls, rasters: AnyRasters, layer: str, band: str, bounds: Bounds) -> "LayerBand | None":
        """The band on the lattice that its raster at the bounds (west, south, east, north; degrees) has; None where none lies there.

        Raises Unavailable when that raster does not read now.
        """
        found = source_near(rasters, f"{layer}.{band}", bounds)
        return found if isinstance(found, cls) else None

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill `out` with the window; where it is known.

        Raises Unavailable (`layer_unavailable`) for a tile that should be there and is not: missing is not zero.
        """
        rows, columns = out.shape
        window = Grid(
            self.cells.west + left * self.cells.dx, self.cells.north - top * self.cells.dy, self.cells.dx, self.cells.dy, columns, rows
        )
        layer, _, band = self.name.partition(".")
        read = self.rasters.sample(layer, band, window)
        if read.state == "failed":
            raise Unavailable(f"a tile of {self.name} at {window.bounds} is missing", code="layer_unavailable")
        out[:] = read.values
        return read.valid


@dataclass(frozen=True, slots=True)
class FileBand(_Decoded):
    """A band that is one file in a reference system of its own, or turned."""

    cells: ProjectedGrid
    unit: tuple[int, int]

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill `out` with the window; where it is known. Raises Unavailable."""
        rows, columns = out.shape
        piece = self.rasters.block(self.name, None, (top, top + rows, left, left + columns))
        out[:] = piece.values
        return piece.valid


@dataclass(frozen=True, slots=True)
class PlaneBand(_Decoded):
    """A band in tiles of a projected plane, all on one lattice; cells of missing tiles are not known."""

    scheme: PlaneScheme
    cells: ProjectedGrid
    """Of the whole plane, by the catalogue: a tile that has others is refused."""
    unit: tuple[int, int] = UNIT

    @classmethod
    def of(cls, rasters: AnyRasters, name: str, scheme: PlaneScheme) -> "PlaneBand":
        """The band on the lattice of its plane."""
        step = scheme.side / scheme.cells
        crs = CRS.from_user_input(named(name)[0].crs).to_wkt()
        affine = (step, 0.0, scheme.west, 0.0, -step, scheme.north)
        return cls(rasters, name, scheme, ProjectedGrid(affine, scheme.columns * scheme.cells, scheme.rows * scheme.cells, crs))

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill `out` with the window; where it is known.

        Raises Unavailable (`layer_unavailable`, `layer_encoding`), also for a tile that should be there and is not.
        """
        rows, columns = out.shape
        side = self.scheme.cells
        out[:], known = 0, np.zeros(out.shape, dtype=np.bool_)
        for row in range(top // side, (top + rows - 1) // side + 1):
            for column in range(left // side, (left + columns - 1) // side + 1):
                tile = PlaneTile(row, column)
                raster = self.rasters.header(self.name, tile)
                if raster is not None:
                    self._fill(tile, raster, (top, top + rows, left, left + columns), out, known)
        return known

    def _fill(self, tile: PlaneTile, raster: OpenRaster, window: Window, out: NDArray[Any], known: NDArray[np.bool_]) -> None:
        """Copy what the window and a tile's file have in common."""
        side = self.scheme.cells
        first_row, first_column = self._corner(tile, raster)
        top, left = max(window[0], first_row, tile.row * side), max(window[2], first_column, tile.column * side)
        bottom = min(window[1], first_row + raster.height, (tile.row + 1) * side)
        right = min(window[3], first_column + raster.width, (tile.column + 1) * side)
        if top >= bottom or left >= right:
            return
        inside = (top - first_row, bottom - first_row, left - first_column, right - first_column)
        piece = self.rasters.block(self.name, tile, inside)
        at = np.s_[top - window[0] : bottom - window[0], left - window[2] : right - window[2]]
        out[at], known[at] = piece.values, piece.valid

    def _corner(self, tile: PlaneTile, raster: OpenRaster) -> tuple[int, int]:
        """Row and column of the plane at which a tile's file begins; raises Unavailable (`layer_encoding`) for another lattice."""
        a, b, c, d, e, f = raster.affine
        step, _, west, _, _, north = self.cells.affine
        column, row = (c - west) / step, (north - f) / step
        off = max(abs(column - round(column)), abs(row - round(row)))
        off = max(off, abs(a / step - 1.0) * raster.width, abs(-e / step - 1.0) * raster.height)
        side = self.scheme.cells
        named_so = (floor(row + 0.5) // side, floor(column + 0.5) // side) == (tile.row, tile.column)
        if b or d or off > _SLACK_CELLS or not named_so:
            raise Unavailable(f"the tile {self.scheme.name(tile)} of {self.name} lies off its place in the plane", code=ENCODING)
        return round(row), round(column)


def source_near(rasters: AnyRasters, name: str, bounds: Bounds) -> Source | None:
    """The band `layer.band` as a source of the zonal engine; None where none of its files touches the bounds (degrees).

    One file may stand in the place of tiles. A plane of tiles is a source everywhere: its lattice needs no file. A file that
    does not read is passed over, since no plot need lie on it: raises Unavailable when no other tells the lattice.
    """
    layer, _ = named(name)
    if isinstance(layer.tiles, PlaneScheme) and not rasters.one_file(name):
        return PlaneBand.of(rasters, name, layer.tiles)
    faults: list[Unavailable] = []
    for tile in rasters.tiles(name, bounds):
        try:
            raster = rasters.header(name, tile)
        except Unavailable as error:
            faults.append(error)
            if len(faults) == FAULTS:
                break
            continue
        if raster is None or not touches(raster, bounds):
            continue
        if raster.lattice is None and tile is None:
            return FileBand(rasters, name, ProjectedGrid(raster.affine, raster.width, raster.height, raster.crs), raster.unit)
        lattice = (raster.lattice or nominal_lattice(layer)).common()
        return LayerBand(rasters, name, Grid(lattice.west, lattice.north, lattice.dx, lattice.dy, lattice.width, lattice.height))
    if faults:
        raise faults[0]
    return None


def plane_tile_at(layer: Layer, lon: float, lat: float) -> PlaneTile | None:
    """The tile of the layer's plane that holds a place (degrees); None outside the plane, and where the layer has no such tiles."""
    if not isinstance(layer.tiles, PlaneScheme):
        return None
    x, y = from_lonlat(CRS.from_user_input(layer.crs).to_wkt()).transform(lon, lat)
    tile = PlaneTile(floor((layer.tiles.north - y) / layer.tiles.side), floor((x - layer.tiles.west) / layer.tiles.side))
    return tile if layer.exists_at(tile) else None
