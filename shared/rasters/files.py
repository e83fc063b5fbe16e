"""The files of the configured layers: which there are, what they say of themselves, and their own cells."""

from collections.abc import Sequence
from functools import partial
from threading import Lock
from time import monotonic
from typing import Final, Literal

from shared.errors import Unavailable
from shared.rasters.band import Piece, Source
from shared.rasters.catalogue import Layer, TileScheme, layer_of, named
from shared.rasters.handles import Handles
from shared.rasters.lanes import Lanes
from shared.rasters.places import Address, Place, Places
from shared.rasters.sampling import Bounds, Header, OpenRaster, Window, known_block, require_named_place
from shared.rasters.tiles import AnyTile, tiles_touching

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
