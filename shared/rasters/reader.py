"""Values of layers at the cells of a grid, from local tiles, given files or public addresses; the only module that knows rasterio."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Lock, local
from time import monotonic, sleep
from typing import Final, Literal, TypeVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from rasterio._err import CPLE_BaseError
from rasterio.enums import MaskFlags
from rasterio.env import set_gdal_config
from rasterio.errors import RasterioError

from shared.errors import Unavailable
from shared.rasters.band import Band, LayerPin, Piece, Source, assembled, not_configured
from shared.rasters.catalogue import BandSpec, Layer, catalogue, layer_of
from shared.rasters.checksums import FileState, checksum, file_state
from shared.rasters.encoding import ENCODING, require_whole_numbers
from shared.rasters.lattice import lattice_of, require_readable
from shared.rasters.places import LocalFile, Place, Places
from shared.rasters.probe import gdal_options, remote_checksum
from shared.rasters.sampling import Block, Bounds, Header, OpenRaster, lattice_of_window, newest_event, read_piece
from shared.rasters.tiles import Tile, tiles_touching
from shared.rasters.windows import TileWindow, tile_windows
from shared.zonal.grid import Grid

OPEN_DATASETS: Final = 48
"""Datasets that each thread keeps open: the bands of TMF over one tile, and some more."""
HEADER_S: Final = 5.0
"""Time for which the place and the cells of a tile are taken for granted."""
ABSENT_S: Final = 600.0
"""Time for which a tile that answered 404 is not asked for again."""
_MIB: Final = 1024 * 1024
_WGS84: Final = CRS.from_epsg(4326)
_Floats = NDArray[np.float64]
T = TypeVar("T")


class Rasters:
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
    ) -> None:
        """`overrides` gives files by `layer.band` (or `layer` where it has one band), `url_override` address templates by layer.

        `override_years` says by `layer.band` up to which year such a file has observed (else: its newest event).
        `cache_mib` bounds GDAL's block cache, of which a process has one. Raises Refused (`layer_unknown`, `layer_file_missing`).
        """
        self._places = Places(layers_dir, online, overrides or {}, url_override or {})
        self._retry_delays_s = retry_delays_s
        self._timeout_s = timeout_s
        self._options = gdal_options(timeout_s)
        self._thread = local()
        self._lock = Lock()
        self._seen: dict[str, set[Source]] = {}
        self._absent_until: dict[str, float] = {}
        self._override_years = override_years or {}
        self._newest: dict[FileState, int] = {}
        self._headers: dict[tuple[str, str, Tile | None], Header] = {}
        set_gdal_config("GDAL_CACHEMAX", cache_mib * _MIB)  # rasterio takes bytes; inside an Env, leaving it would undo this for all

    def state(self, layer_id: str, band: str) -> Literal["configured", "not_configured"]:
        """Whether the band has any source: a given file, a file in the layer's folder, or an address. Raises Refused (`layer_unknown`)."""
        layer = layer_of(layer_id)
        return "configured" if self._places.configured(layer, layer.band(band).name) else "not_configured"

    def grid(self, layer_id: str, band: str, bounds: Bounds, margin_cells: int) -> Grid | None:
        """The window of the layer's own cells over `bounds` (west, south, east, north; degrees), with `margin_cells` more on each side.

        It snaps to the cells of the first tile, from the north-west, that touches the bounds, and may go on over other
        tiles and past all of them. A raster in another reference system has no lon/lat cells: it gets the layer's
        nominal ones. None when no raster touches the bounds. Raises Refused (`window_too_large`), Unavailable.
        """
        layer = layer_of(layer_id)
        for tile in [None] if self._places.given(layer, band) else tiles_touching(bounds, layer.tiles.size_deg):
            place, raster = self._header(layer, layer.band(band).name, tile)
            lattice = lattice_of_window(raster, layer, tile, place, bounds) if place is not None and raster is not None else None
            if lattice is not None:
                return lattice.window(bounds, margin_cells)
        return None

    def sample(self, layer_id: str, band: str, grid: Grid) -> Band:
        """The band's values at the centres of the grid's cells (nearest neighbour, nothing resampled).

        A missing tile leaves its cells invalid. Raises Unavailable: `layer_unavailable` when a file does not read (an address
        after the retries), `layer_encoding` when it does not hold what the catalogue says; Refused (`window_too_large`).
        """
        layer = layer_of(layer_id)
        spec = layer.band(band)
        shape = (grid.height, grid.width)
        require_readable(grid.width * grid.height)
        if not self._places.configured(layer, band):
            return not_configured(shape, spec.dtype)
        lons, lats = grid.lons(), grid.lats()
        windows = self._windows(layer, band, lons, lats)
        pieces = [self._piece(layer, spec, window, lons[window.columns], lats[window.rows]) for window in windows]
        result = assembled(pieces, shape, spec.dtype)
        with self._lock:
            self._seen.setdefault(layer_id, set()).update(result.sources)
        return result

    def last_year(self, layer_id: str, band: str) -> int | None:
        """The last year that a band of years has observed: the catalogue's, or for a file in its place what was said of it.

        Where nothing was said, its newest event: a file does not tell how far it looked beyond that, and an older release
        must not be taken for a newer one. Reads such a file whole, once. None for a band without years or without event.
        """
        layer = layer_of(layer_id)
        spec = layer.band(band)
        given = self._places.given(layer, spec.name)
        if given is None or spec.decoder not in ("year", "year_offset"):
            return spec.last_year
        if f"{layer_id}.{band}" in self._override_years:
            return self._override_years[f"{layer_id}.{band}"]
        key = file_state(given.path)
        if key not in self._newest:
            self._newest[key] = self._with_raster(given, lambda raster: newest_event(raster, spec)) or 0
        return min(self._newest[key], spec.last_year or 0) or None

    def describe(self) -> dict[str, LayerPin]:
        """Version of each layer that is configured, and its files that this process has read so far, by layer id."""
        configured = [layer for layer in catalogue().values() if any(self._places.configured(layer, band) for band in layer.bands)]
        with self._lock:
            return {layer.id: LayerPin(layer.version, tuple(sorted(self._seen.get(layer.id, ())))) for layer in configured}

    def _header(self, layer: Layer, band: str, tile: Tile | None) -> tuple[Place | None, OpenRaster | None]:
        """Where the tile lies and what its file says of itself, remembered for a few seconds: every plot of a chunk asks.

        The raster may belong to another thread: only its plain facts are to be used.
        """
        key = (layer.id, band, tile)
        known = self._headers.get(key)
        if known is None or known.until < monotonic():
            place = self._places.of(layer, band, tile)
            raster = None if place is None else self._with_raster(place, lambda opened: opened)
            known = self._headers[key] = Header(monotonic() + HEADER_S, place, raster)
        return known.place, known.raster

    def _windows(self, layer: Layer, band: str, lons: _Floats, lats: _Floats) -> list[TileWindow]:
        if self._places.given(layer, band):
            return [TileWindow(None, slice(0, len(lats)), slice(0, len(lons)))]
        return tile_windows(lons, lats, layer.tiles.size_deg)

    def _piece(self, layer: Layer, spec: BandSpec, window: TileWindow, lons: _Floats, lats: _Floats) -> Piece:
        place = self._places.of(layer, spec.name, window.tile)
        if place is not None:
            read = partial(read_piece, layer=layer, band=spec, window=window, place=place, lons=lons, lats=lats)
            piece = self._with_raster(place, read)
            if piece is not None:
                return piece
        empty = np.zeros((len(lats), len(lons)), dtype=spec.dtype)
        failed = window.tile is not None and self._places.published(layer, window.tile)
        return Piece(window.rows, window.columns, empty, empty.astype(np.bool_), None, failed)

    def _with_raster(self, place: Place, use: Callable[[OpenRaster], T]) -> T | None:
        """What `use` makes of the open file, None where an address has none; tries addresses again, files not."""
        delays_s = () if isinstance(place, LocalFile) else self._retry_delays_s
        for delay_s in (*delays_s, None):
            try:
                with rasterio.Env(**self._options):
                    raster = self._opened(place)
                    return None if raster is None else use(raster)
            except (RasterioError, CPLE_BaseError, OSError) as error:
                self._close(place)
                if delay_s is None:
                    raise Unavailable(f"{place.name} does not read: {error.__cause__ or error}", code="layer_unavailable") from error
                sleep(delay_s)
        return None

    def _opened(self, place: Place) -> OpenRaster | None:
        handles = self._handles()
        key = file_state(place.path) if isinstance(place, LocalFile) else (place.url, 0, 0)
        if key not in handles:
            mark = checksum(key) if isinstance(place, LocalFile) else self._remote_checksum(place.url)
            if mark is None:
                return None
            handles[key] = _open(key[0], place.name, mark)
            if len(handles) > OPEN_DATASETS:
                handles.popitem(last=False)[1].close()
        handles.move_to_end(key)
        return handles[key]

    def _remote_checksum(self, url: str) -> str | None:
        if monotonic() < self._absent_until.get(url, 0.0):
            return None
        mark = remote_checksum(url, self._timeout_s, self._retry_delays_s)
        if mark is None:
            self._absent_until[url] = monotonic() + ABSENT_S
        return mark

    def _handles(self) -> "OrderedDict[FileState, OpenRaster]":
        if not hasattr(self._thread, "handles"):
            self._thread.handles = OrderedDict()
        handles: OrderedDict[FileState, OpenRaster] = self._thread.handles
        return handles

    def _close(self, place: Place) -> None:
        name = str(place.path) if isinstance(place, LocalFile) else place.url
        for key in [key for key in self._handles() if key[0] == name]:
            self._handles().pop(key).close()


def _open(path: str, name: str, mark: str) -> OpenRaster:
    """The GeoTIFF at a path or address; raises Unavailable (`layer_encoding`) when it is not one band of placed whole numbers."""
    dataset = rasterio.open(path, driver="GTiff", GEOREF_SOURCES="INTERNAL")
    if dataset.count != 1 or dataset.crs is None:
        raise Unavailable(f"{name} has {dataset.count} bands and reference system {dataset.crs}", code=ENCODING)
    require_whole_numbers(np.dtype(dataset.dtypes[0]), name)
    crs = CRS.from_wkt(dataset.crs.to_wkt())
    lonlat = crs.equals(_WGS84, ignore_axis_order=True)
    lattice = lattice_of(tuple(dataset.transform)[:6], dataset.width, dataset.height) if lonlat else None
    left, bottom, right, top = dataset.bounds  # bottom lies above top when the file is south-up
    back = Transformer.from_crs(crs, _WGS84, always_xy=True)
    return OpenRaster(
        checksum=mark,
        width=dataset.width,
        height=dataset.height,
        nodata=dataset.nodata,
        lattice=lattice,
        to_crs=Transformer.from_crs(_WGS84, crs, always_xy=True),
        to_pixel=tuple(~dataset.transform)[:6],
        bounds=lattice.bounds if lattice else back.transform_bounds(left, min(bottom, top), right, max(bottom, top)),
        block=lambda top, bottom, left, right: _block(dataset, lattice is not None, top, bottom, left, right),
        close=dataset.close,
    )


def _block(dataset: rasterio.DatasetReader, from_north: bool, top: int, bottom: int, left: int, right: int) -> Block:
    flipped = from_north and dataset.transform.e > 0
    rows = (dataset.height - bottom, dataset.height - top) if flipped else (top, bottom)
    window = (rows, (left, right))
    values = dataset.read(1, window=window)
    masked = MaskFlags.per_dataset in dataset.mask_flag_enums[0]
    mask = dataset.read_masks(1, window=window) > 0 if masked else np.ones(values.shape, dtype=np.bool_)
    return (values[::-1], mask[::-1]) if flipped else (values, mask)
