"""The files of the configured layers: which there are, what they say of themselves, and their own cells."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import Lock
from time import monotonic
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.rasters.band import Piece, Source
from shared.rasters.catalogue import Layer, TileScheme, layer_of, named
from shared.rasters.handles import Handles
from shared.rasters.lanes import Lanes
from shared.rasters.lattice import Lattice
from shared.rasters.places import Address, Place, Places
from shared.rasters.sampling import Bounds, Header, OpenRaster, Window, known_block, nominal_lattice, require_named_place, touching
from shared.rasters.tiles import AnyTile, tiles_touching

_Floats = NDArray[np.float64]
_Indices = NDArray[np.int64]
HEADER_S: Final = 5.0
"""Time for which the place and the cells of a tile are taken for granted."""


class LayerFiles:
    """Safe to use from several threads: each has its own open files."""

    def __init__(self, places: Places, handles: Handles) -> None:
        self._places = places
        self._handles = handles
        self._lanes = Lanes()
        self._lock = Lock()
        self._seen: dict[str, set[Source]] = {}
        self._headers: dict[tuple[str, str, AnyTile | None], Header] = {}

    def state(self, layer_id: str, band: str) -> Literal["configured", "not_configured"]:
        """Whether the band has any source: a given file, a file in the layer's folder, or an address. Raises Refused (`layer_unknown`)."""
        layer = layer_of(layer_id)
        return "configured" if self._places.configured(layer, layer.band(band).name) else "not_configured"

    def tiles(self, name: str, bounds: Bounds) -> Sequence[AnyTile | None]:
        """The lon/lat tiles of a band (`layer.band`) that touch the bounds; None alone where one file stands for all.

        Raises ValueError for tiles of a projected plane, which have no lon/lat cells (`shared.rasters.opening` reads them).
        """
        layer = named(name)[0]
        if self.one_file(name):
            return [None]
        if not isinstance(layer.tiles, TileScheme):
            raise ValueError(f"{layer.id} has no tiles in degrees")
        return [tile for tile in tiles_touching(bounds, layer.tiles.size_deg) if layer.exists_at(tile)]

    def by_tiles(self, name: str, bounds: _Floats) -> Iterator[tuple[_Indices, Sequence[AnyTile | None]]]:
        """Places among the bounds [n, 4] that touch the same tiles, and these, as `tiles` tells them."""
        layer = named(name)[0]
        if self.one_file(name) or not isinstance(layer.tiles, TileScheme):
            key = np.zeros((len(bounds), 1))
        else:
            edges = bounds[:, [0, 2, 1, 3]] / layer.tiles.size_deg
            key = np.column_stack([np.floor(edges[:, :2]), np.ceil(edges[:, 2:])])
        _, first, of = np.unique(key, axis=0, return_index=True, return_inverse=True)
        for at in np.argsort(first).tolist():
            west, south, east, north = bounds[first[at]].tolist()
            yield np.flatnonzero(of.ravel() == at), self.tiles(name, (west, south, east, north))

    def lattices(self, name: str, tiles: Sequence[AnyTile | None], bounds: _Floats) -> Iterator[tuple[_Indices, Lattice]]:
        """Places among the bounds [n, 4], and the cells of the first of the tiles whose raster touches them; without those of none.

        A raster in another reference system has no lon/lat cells: it gets the layer's nominal ones. Raises Unavailable.
        """
        layer, spec = named(name)
        left = np.arange(len(bounds))
        for tile in tiles:
            place, raster = self._header(layer, spec.name, tile) if len(left) else (None, None)
            if place is None or raster is None:
                continue
            require_named_place(raster, layer, tile, place)
            there = touching(raster, bounds[left])
            if there.any():
                yield left[there], raster.lattice or nominal_lattice(layer)
            left = left[~there]

    def reading(self) -> AbstractContextManager[None]:
        """GDAL's options for all that this thread reads within; set once, which takes as long as a small read."""
        return self._handles.environment()

    def one_file(self, name: str) -> bool:
        """Whether the band is one file: by the catalogue, or because one was given for it."""
        layer, spec = named(name)
        return layer.tiles is None or self._places.given(layer, spec.name) is not None

    def header(self, name: str, tile: AnyTile | None) -> OpenRaster | None:
        """The plain facts of a tile's file (None: of the band's one file); None where there is none.

        Raises Unavailable when it does not read now, or is missing but published.
        """
        layer, spec = named(name)
        place, raster = self._header(layer, spec.name, tile)
        if raster is not None and place is not None:
            require_named_place(raster, layer, tile, place)
        elif tile is not None and self._places.published(layer, tile):
            raise Unavailable(f"the tile {layer.tile_name(tile)} of {name} is missing", code="layer_unavailable")
        return raster

    def block(self, name: str, tile: AnyTile | None, window: Window) -> Piece:
        """The cells of a tile's file in rows [top, bottom) and columns [left, right), as they stand there.

        Raises Unavailable (`layer_unavailable`, `layer_encoding`), also when there is no such file any more.
        """
        layer, spec = named(name)
        place = self._places.of(layer, spec.name, tile)
        if place is None:
            raise Unavailable(f"a file of {name} has vanished", code="layer_unavailable")

        def read(raster: OpenRaster) -> Piece:
            values, known = known_block(raster, window, spec, place.name)
            source = Source(layer.id, spec.name, place.name, place.version, raster.checksum)
            return Piece(slice(0, len(values)), slice(0, values.shape[1]), values, known, source)

        with_file = partial(self._handles.with_raster, place, read)
        piece = self._lanes.submit(name, with_file).result() if isinstance(place, Address) else with_file()
        if piece is None or piece.source is None:
            raise Unavailable(f"{place.name} has vanished", code="layer_unavailable")
        with self._lock:
            self._seen.setdefault(layer.id, set()).add(piece.source)
        return piece

    def _header(self, layer: Layer, band: str, tile: AnyTile | None) -> tuple[Place | None, OpenRaster | None]:
        """Where the tile lies and what its file says of itself, remembered for a few seconds: every plot of a chunk asks.

        The raster may belong to another thread: only its plain facts are to be used.
        """
        key = (layer.id, band, tile)
        known = self._headers.get(key)
        if known is None or known.until < monotonic():
            place = self._places.of(layer, band, tile)
            raster = self._opened(f"{layer.id}.{band}", place)
            known = self._headers[key] = Header(monotonic() + HEADER_S, place, raster)
        return known.place, known.raster

    def _opened(self, name: str, place: Place | None) -> OpenRaster | None:
        if isinstance(place, Address):
            return self._lanes.submit(name, lambda: self._handles.with_raster(place, lambda opened: opened)).result()
        return None if place is None else self._handles.with_raster(place, lambda opened: opened)
