"""Open raster files of each thread, local or behind an address; with shared.rasters.vsi the only module that knows rasterio."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from functools import lru_cache, partial
from threading import local
from time import sleep
from typing import Final, TypeVar
from weakref import finalize

import numpy as np
import rasterio
from pyproj import CRS, Transformer
from rasterio._err import CPLE_BaseError
from rasterio.enums import MaskFlags
from rasterio.env import set_gdal_config
from rasterio.errors import RasterioError

from shared.errors import Unavailable
from shared.rasters.checksums import FileState, checksum, file_state
from shared.rasters.encoding import ENCODING
from shared.rasters.lattice import lattice_of
from shared.rasters.places import Address, LocalFile, Place
from shared.rasters.remote import ChangedError, RemoteFile, RemoteFiles
from shared.rasters.sampling import Block, OpenRaster
from shared.rasters.vsi import RemoteFolder

OPEN_DATASETS: Final = 128
"""Datasets that each thread keeps open, and with each a file: the bands of one statistic over two tiles, but for long series in time."""
_OPTIONS: Final = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
"""No look at neighbouring files, no side files."""
_MIB: Final = 1024 * 1024
_WGS84: Final = CRS.from_epsg(4326)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Handle:
    raster: OpenRaster
    folder: RemoteFolder | None = None
    """Where GDAL reads a remote file from; None for a local one."""
    context: Context = field(default_factory=Context)
    """rasterio keeps what it needs to close a remote file among the context variables of whoever opened it."""

    def used(self, use: Callable[[OpenRaster], T]) -> T:
        """What `use` makes of the raster; a fault of its bytes goes before whatever GDAL or `use` made of it."""
        return _without_fault(self.folder, lambda: use(self.raster))

    def close(self) -> None:
        self.context.run(self.raster.close)


class Handles:
    """Open files by thread: GDAL's datasets are never shared between threads.

    Remote files are closed before they can be forgotten: GDAL would call a reader that is gone.
    """

    def __init__(self, remote: RemoteFiles, cache_mib: int) -> None:
        """`cache_mib` bounds GDAL's block cache, of which a process has one."""
        self._remote = remote
        self._thread = local()
        self._remote_handles: set[_Handle] = set()
        finalize(self, _close_all, self._remote_handles)
        set_gdal_config("GDAL_CACHEMAX", cache_mib * _MIB)  # rasterio takes bytes; inside an Env, leaving it would undo this for all

    def with_raster(self, place: Place, use: Callable[[OpenRaster], T]) -> T | None:
        """What `use` makes of the open file, None where an address has none; begins again when a remote file changes meanwhile.

        Raises Unavailable (`layer_unavailable`, `layer_encoding`).
        """
        for delay_s in (*self._remote.retry_delays_s, None):
            try:
                return self._used(place, use)
            except (RasterioError, CPLE_BaseError, OSError) as error:
                raise Unavailable(f"{place.name} does not read: {error.__cause__ or error}", code="layer_unavailable") from error
            except ChangedError as error:
                if delay_s is None:
                    raise Unavailable(f"{place.name} keeps changing: {error}", code="layer_unavailable") from error
                sleep(delay_s)
        return None

    @contextmanager
    def environment(self) -> Iterator[None]:
        """GDAL's options for all that this thread reads within; set once, which takes as long as a small read."""
        if getattr(self._thread, "has_environment", False):
            yield
            return
        with rasterio.Env(**_OPTIONS):
            self._thread.has_environment = True
            try:
                yield
            finally:
                self._thread.has_environment = False

    def _used(self, place: Place, use: Callable[[OpenRaster], T]) -> T | None:
        with self.environment(), ExitStack() as on_error:
            on_error.callback(self._forget, place)  # GDAL may keep blocks that it did not get in full
            handle = self._opened(place)
            found = None if handle is None else handle.used(use)
            on_error.pop_all()
        return found

    def _opened(self, place: Place) -> _Handle | None:
        handles = self._handles()
        file = self._remote.open(place.url) if isinstance(place, Address) else None
        if isinstance(place, LocalFile):
            key = file_state(place.path)
        elif file is None:
            self._close(place)
            return None
        else:
            key = (place.url, file.size, id(file))
        if key not in handles:
            self._close(place)
            handles[key] = _opened_local(key, place.name) if file is None else _opened_remote(file, place.name)
            if file is not None:
                self._remote_handles.add(handles[key])
            if len(handles) > OPEN_DATASETS:
                self._end(handles.popitem(last=False)[1])
        handles.move_to_end(key)
        return handles[key]

    def _handles(self) -> "OrderedDict[FileState, _Handle]":
        if not hasattr(self._thread, "handles"):
            self._thread.handles = OrderedDict()
        handles: OrderedDict[FileState, _Handle] = self._thread.handles
        return handles

    def _close(self, place: Place) -> None:
        name = str(place.path) if isinstance(place, LocalFile) else place.url
        for key in [key for key in self._handles() if key[0] == name]:
            self._end(self._handles().pop(key))

    def _forget(self, place: Place) -> None:
        """Open the file anew when it is used next, and ask again whether it is still the same."""
        self._close(place)
        if isinstance(place, Address):
            self._remote.forget(place.url)

    def _end(self, handle: _Handle) -> None:
        handle.close()
        self._remote_handles.discard(handle)


def _close_all(handles: set[_Handle]) -> None:
    while handles:
        handles.pop().close()


def _opened_local(state: FileState, name: str) -> _Handle:
    return _Handle(_open(state[0], name, checksum(state), None))


def _opened_remote(file: RemoteFile, name: str) -> _Handle:
    folder, context = RemoteFolder(file), Context()
    return _without_fault(folder, lambda: context.run(_opened_whole, name, file.checksum, folder, context))


def _opened_whole(name: str, mark: str, folder: RemoteFolder, context: Context) -> _Handle:
    raster = _open("remote.tif", name, mark, folder)
    if folder.faults.first is not None:  # GDAL may have opened what it was given only a part of
        raster.close()
    return _Handle(raster, folder, context)


def _without_fault(folder: RemoteFolder | None, work: Callable[[], T]) -> T:
    try:
        return work()
    finally:
        if folder is not None and folder.faults.first is not None:
            raise folder.faults.first


def _open(path: str, name: str, mark: str, opener: RemoteFolder | None) -> OpenRaster:
    """The GeoTIFF at a path; raises Unavailable (`layer_encoding`) when it is not one placed band."""
    dataset = rasterio.open(path, driver="GTiff", GEOREF_SOURCES="INTERNAL", opener=opener)
    with ExitStack() as on_error:
        on_error.callback(dataset.close)
        opened = _described(dataset, name, mark)
        on_error.pop_all()
    return opened


def _described(dataset: rasterio.DatasetReader, name: str, mark: str) -> OpenRaster:
    if dataset.count != 1 or dataset.crs is None:
        raise Unavailable(f"{name} has {dataset.count} bands and reference system {dataset.crs}", code=ENCODING)
    crs, lonlat, to_crs, back = _reference(dataset.crs.to_wkt())
    lattice = lattice_of(tuple(dataset.transform)[:6], dataset.width, dataset.height) if lonlat else None
    flipped = lattice is not None and dataset.transform.e > 0
    left, bottom, right, top = dataset.bounds  # bottom lies above top when the file is south-up
    return OpenRaster(
        checksum=mark,
        width=dataset.width,
        height=dataset.height,
        dtype=np.dtype(dataset.dtypes[0]),
        nodata=dataset.nodata,
        scale=float(dataset.scales[0]),
        offset=float(dataset.offsets[0]),
        unit=dataset.block_shapes[0],
        crs=crs,
        affine=tuple(dataset.transform)[:6],
        lattice=lattice,
        to_crs=to_crs,
        to_pixel=tuple(~dataset.transform)[:6],
        bounds=lattice.bounds if lattice else back.transform_bounds(left, min(bottom, top), right, max(bottom, top)),
        block=partial(_block, dataset, flipped, MaskFlags.per_dataset in dataset.mask_flag_enums[0]),
        close=dataset.close,
    )


@lru_cache(maxsize=64)
def _reference(wkt: str) -> tuple[str, bool, Transformer, Transformer]:
    """A reference system as pyproj writes it, whether it is lon/lat on WGS84, and the ways to it and back.

    Remembered, since it takes longer than all else of an opening, and a series in time is opened a thousand times over.
    """
    crs = CRS.from_wkt(wkt)
    ways = Transformer.from_crs(_WGS84, crs, always_xy=True), Transformer.from_crs(crs, _WGS84, always_xy=True)
    return crs.to_wkt(), crs.equals(_WGS84, ignore_axis_order=True), *ways


def _block(dataset: rasterio.DatasetReader, flipped: bool, masked: bool, top: int, bottom: int, left: int, right: int) -> Block:
    rows = (dataset.height - bottom, dataset.height - top) if flipped else (top, bottom)
    window = (rows, (left, right))
    values = dataset.read(1, window=window)
    mask = dataset.read_masks(1, window=window) > 0 if masked else np.ones(values.shape, dtype=np.bool_)
    return (values[::-1], mask[::-1]) if flipped else (values, mask)
