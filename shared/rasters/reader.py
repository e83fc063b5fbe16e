"""Values of layers at the cells of a grid, from local tiles, given files or addresses; addresses side by side."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shared.errors import Unavailable
from shared.rasters.band import Band, LayerPin, Piece, assembled, not_configured
from shared.rasters.bands import DATES, YEARS, BandSpec
from shared.rasters.catalogue import Layer, TileScheme, catalogue, layer_of, named
from shared.rasters.checksums import FileState, file_state
from shared.rasters.files import LayerFiles
from shared.rasters.handles import Handles
from shared.rasters.lattice import require_readable
from shared.rasters.places import Address, Places
from shared.rasters.remote import KNOWN_S, RemoteFiles
from shared.rasters.sampling import (
    Bounds,
    newest_event,
    read_piece,
)
from shared.rasters.windows import TileWindow, tiles_of_grid
from shared.zonal.grid import Grid

_Floats = NDArray[np.float64]


class Rasters(LayerFiles):
    """The configured layers of this process; safe to use from several threads (each has its own open files)."""

    def __init__(
        self,
        layers_dir: Path | None = None,
        online: bool = False,
        overrides: Mapping[str, Path] | None = None,
        cache_mib: int = 128,
        url_override: Mapping[str, str] | None = None,
        override_years: Mapping[str, int] | None = None,
        timeout_s: float = 30.0,
        retry_delays_s: tuple[float, ...] = (0.5, 2.0),
        s3_unsigned: bool = False,
        known_s: float = KNOWN_S,
    ) -> None:
        """`overrides` gives files by `layer.band` (or `layer` where it has one band), `url_override` address templates by layer
        (`https://…` or `s3://bucket/…` with `{band}` and `{tile}`), which are read even without `online`.

        `override_years` says by `layer.band` up to which year such a file has observed (else: its newest event).
        `cache_mib` bounds GDAL's block cache, of which a process has one. Requests to addresses take at most `timeout_s` each and
        are tried again after `retry_delays_s`; after `known_s` a file is asked for again, whether it was there or not.
        Raises Refused (`layer_unknown`, `layer_file_missing`, `layer_address`).
        """
        super().__init__(
            Places(layers_dir, online, overrides or {}, url_override or {}),
            Handles(RemoteFiles(timeout_s, retry_delays_s, s3_unsigned, known_s), cache_mib),
        )
        self._override_years = override_years or {}
        self._newest: dict[FileState, int] = {}

    def grid(self, layer_id: str, band: str, bounds: Bounds, margin_cells: int) -> Grid | None:
        """The window of the layer's own cells over `bounds` (west, south, east, north; degrees), with `margin_cells` more on each side.

        It snaps to the cells of the first tile, from the north-west, that touches the bounds, and may go on over other
        tiles and past all of them. A raster in another reference system has no lon/lat cells: it gets the layer's
        nominal ones. None when no raster touches the bounds. Raises Refused (`window_too_large`), Unavailable.
        """
        name, at = f"{layer_id}.{band}", np.array([bounds])
        for _, lattice in self.lattices(name, self.tiles(name, bounds), at):
            return lattice.window(bounds, margin_cells)
        return None

    def sample(self, layer_id: str, band: str, grid: Grid) -> Band:
        """The band's values at the centres of the grid's cells (nearest neighbour, nothing resampled).

        A missing tile leaves its cells invalid. Raises Unavailable: `layer_unavailable` when a file does not read (an address
        after the retries), `layer_encoding` when it does not hold what the catalogue says; Refused (`window_too_large`).
        """
        return self.sample_all([f"{layer_id}.{band}"], grid)[f"{layer_id}.{band}"]

    def sample_all(self, names: Iterable[str], grid: Grid, given_up: set[str] | None = None) -> dict[str, Band]:
        """As `sample`, for many bands (`layer.band`) of one grid, by name in the order given; bands behind addresses side by side.

        The first error by the order of names is raised, whichever came first. With `given_up`, a band that is Unavailable
        is added to it instead, and has the state `failed` and no valid cell.
        """
        require_readable(grid.width * grid.height)
        readers: dict[str, Callable[[], Band]] = {}
        ahead: list[Future[Band]] = []
        found: dict[str, Band] = {}
        try:
            for name in names:
                readers[name] = partial(self._sampled, name, grid)
                if self._has_address(name, grid):
                    ahead.append(self._lanes.submit(name, readers[name]))
                    readers[name] = ahead[-1].result
            with self._handles.environment():
                for name, read in readers.items():  # local bands are read here: threads would gain them nothing
                    try:
                        found[name] = read()
                    except Unavailable:
                        if given_up is None:
                            raise
                        given_up.add(name)
                        found[name] = replace(not_configured((grid.height, grid.width), "uint8"), state="failed")
        finally:
            for later in ahead:
                later.cancel()
        return found

    def _sampled(self, name: str, grid: Grid) -> Band:
        layer, spec = named(name)
        band = spec.name
        shape = (grid.height, grid.width)
        if not self._places.configured(layer, band):
            return not_configured(shape, spec.dtype)
        lons, lats = grid.lons(), grid.lats()
        windows = self._windows(layer, band, grid)
        pieces = [self._piece(layer, spec, window, lons[window.columns], lats[window.rows]) for window in windows]
        result = assembled(pieces, shape, spec.dtype)
        with self._lock:
            self._seen.setdefault(layer.id, set()).update(result.sources)
        return result

    def last_year(self, layer_id: str, band: str) -> int | None:
        """The last year that a band of years has observed: the catalogue's, or for a file in its place what was said of it.

        Where nothing was said, its newest event: a file does not tell how far it looked beyond that, and an older release
        must not be taken for a newer one. Reads such a file whole, once. None for a band without years or without event.
        """
        layer = layer_of(layer_id)
        spec = layer.band(band)
        given = self._places.given(layer, spec.name)
        if given is None or spec.decoder not in YEARS + DATES:
            return spec.last_year
        if f"{layer_id}.{band}" in self._override_years:
            return self._override_years[f"{layer_id}.{band}"]
        key = file_state(given.path)
        if key not in self._newest:
            self._newest[key] = self._handles.with_raster(given, lambda raster: newest_event(raster, spec)) or 0
        return min(self._newest[key], spec.last_year or 0) or None

    def describe(self) -> dict[str, LayerPin]:
        """Version of each layer that is configured, and its files that this process has read so far, by layer id."""
        configured = [layer for layer in catalogue().values() if any(self._places.configured(layer, band) for band in layer.bands)]
        with self._lock:
            return {layer.id: LayerPin(layer.version, tuple(sorted(self._seen.get(layer.id, ())))) for layer in configured}

    def _has_address(self, name: str, grid: Grid) -> bool:
        layer, spec = named(name)
        if not self._places.readable_online(layer):
            return False
        windows = self._windows(layer, spec.name, grid)
        return any(isinstance(self._places.of(layer, spec.name, window.tile), Address) for window in windows)

    def _windows(self, layer: Layer, band: str, grid: Grid) -> tuple[TileWindow, ...]:
        if not isinstance(layer.tiles, TileScheme) or self._places.given(layer, band):
            return (TileWindow(None, slice(0, grid.height), slice(0, grid.width)),)
        return tiles_of_grid(grid, layer.tiles.size_deg)

    def _piece(self, layer: Layer, spec: BandSpec, window: TileWindow, lons: _Floats, lats: _Floats) -> Piece:
        place = self._places.of(layer, spec.name, window.tile)
        if place is not None:
            read = partial(read_piece, layer=layer, band=spec, window=window, place=place, lons=lons, lats=lats)
            piece = self._handles.with_raster(place, read)
            if piece is not None:
                return piece
        empty = np.zeros((len(lats), len(lons)), dtype=spec.dtype)
        failed = window.tile is not None and self._places.published(layer, window.tile)
        return Piece(window.rows, window.columns, empty, empty.astype(np.bool_), None, failed)
