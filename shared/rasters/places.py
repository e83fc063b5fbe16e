"""Where the tiles of layers lie: a file given by hand, the layer's folder, or an address, public or of this deployment."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path
from string import Formatter
from time import time_ns
from typing import TypeAlias
from urllib.parse import urlsplit

from shared.errors import Refused
from shared.rasters.catalogue import Layer, layer_of
from shared.rasters.tiles import AnyTile

LOCAL_VERSION = "local"
TILE_LIST = "tiles.txt"
SETTLED_NS = 2_000_000_000
"""A folder that changed within this time is looked at again."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A raster on this machine."""

    path: Path
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Address:
    """A raster behind an address (`http://`, `https://`, `s3://bucket/key`) that serves ranges; it may turn out not to exist."""

    url: str
    name: str
    version: str


Place: TypeAlias = LocalFile | Address


@dataclass(frozen=True, slots=True)
class _Listing:
    """The names in a folder, in order, when it changed last, and which patterns have a name like them."""

    changed_ns: int
    names: list[str]
    matches: dict[str, bool]


class Places:
    """The configured sources of layers; looks at folders anew each time, so that a mirror may grow while we run."""

    def __init__(self, layers_dir: Path | None, online: bool, overrides: Mapping[str, Path], url_override: Mapping[str, str]) -> None:
        self._layers_dir = layers_dir
        self._online = online
        self._listings: dict[Path, _Listing] = {}
        self._folders: dict[str, Path] = {}
        self._url_override = {layer_id: _checked_template(layer_of(layer_id), template) for layer_id, template in url_override.items()}
        self._given = {_layer_band(key): _existing(key, path) for key, path in overrides.items()}

    def given(self, layer: Layer, band: str) -> LocalFile | None:
        """The file that was given in the place of the whole band."""
        path = self._given.get((layer.id, band))
        return LocalFile(path, path.name, LOCAL_VERSION) if path else None

    def configured(self, layer: Layer, band: str) -> bool:
        """True when the band has any source: a given file, a file in the layer's folder, or an address."""
        return self.given(layer, band) is not None or self._mirrored(layer, band) or self.readable_online(layer)

    def of(self, layer: Layer, band: str, tile: AnyTile | None) -> Place | None:
        """The raster of a tile (None: of the whole band): given, local, else its address when the layer has one to read, else None."""
        given = self.given(layer, band) if tile is None else None
        if given is not None or not layer.exists_at(tile):
            return given
        local = self._local(layer, layer.tile_file(band, tile))
        if local is not None and local.path.is_file():
            return local
        if self.readable_online(layer):
            url = layer.tile_url(band, tile, self._url_override.get(layer.id))
            return Address(url, url, layer.version)
        return None

    def published(self, layer: Layer, tile: AnyTile) -> bool:
        """True when the folder's `tiles.txt` (one tile name a line, # comments) names the tile: then it should be here."""
        folder = self._folder(layer)
        if folder is None or not (folder / TILE_LIST).is_file():
            return False
        lines = (line.partition("#")[0].strip() for line in (folder / TILE_LIST).read_text("utf-8").splitlines())
        return layer.tile_name(tile) in set(lines)

    def _local(self, layer: Layer, name: str) -> LocalFile | None:
        """A file of the layer's folder, whether it is there or not."""
        folder = self._folder(layer)
        return None if folder is None else _local_file(folder, name, layer.version)

    def _folder(self, layer: Layer) -> Path | None:
        if self._layers_dir is None:
            return None
        if layer.id not in self._folders:
            self._folders[layer.id] = self._layers_dir / layer.id
        return self._folders[layer.id]

    def _mirrored(self, layer: Layer, band: str) -> bool:
        folder = self._folder(layer)
        if folder is None or layer.tiles is None:
            local = self._local(layer, layer.tile_file(band, None))
            return local is not None and local.path.is_file()
        return self._has_match(folder, layer.any_tile_file(band))

    def _has_match(self, folder: Path, pattern: str) -> bool:
        """Whether a file of the folder has a name like the pattern; a series in time asks for a thousand of them."""
        begins = pattern.partition("*")[0]
        folders, _, name = pattern.rpartition("/")
        if (folders or not begins) and (folders != "*" or "*" in name):
            return any(folder.glob(pattern))
        try:
            if folders:
                return any((folder / tile / name).is_file() for tile in self._listing(folder).names)
            listing = self._listing(folder)
        except (FileNotFoundError, NotADirectoryError):
            return False
        if pattern not in listing.matches:
            first = bisect_left(listing.names, begins)
            alike = takewhile(lambda name: name.startswith(begins), islice(listing.names, first, None))
            listing.matches[pattern] = any(fnmatchcase(name, pattern) for name in alike)
        return listing.matches[pattern]

    def _listing(self, folder: Path) -> "_Listing":
        """What is in a folder; remembered while it does not change. Raises FileNotFoundError, NotADirectoryError."""
        changed_ns = folder.stat().st_mtime_ns
        known = self._listings.get(folder)
        if known is None or known.changed_ns != changed_ns:
            known = _Listing(changed_ns, sorted(entry.name for entry in folder.iterdir()), {})
            if time_ns() - changed_ns > SETTLED_NS:  # two changes may bear the same time
                self._listings[folder] = known
        return known

    def readable_online(self, layer: Layer) -> bool:
        """True when tiles that are not here are asked for at an address."""
        return layer.id in self._url_override or (self._online and layer.range_reads)


@lru_cache(maxsize=4096)
def _local_file(folder: Path, name: str, version: str) -> LocalFile:
    """Remembered, since every window of every band asks."""
    return LocalFile(folder / name, name, version)


def _layer_band(key: str) -> tuple[str, str]:
    layer_id, _, band = key.partition(".")
    layer = layer_of(layer_id)
    if not band and len(layer.bands) > 1:
        raise Refused(f"{layer_id} has several bands: name one, as {layer_id}.{next(iter(layer.bands))}", code="layer_unknown")
    return layer_id, layer.band(band).name if band else next(iter(layer.bands))


def _existing(key: str, path: Path) -> Path:
    if not path.is_file():
        raise Refused(f"the file for {key} does not exist: {path}", code="layer_file_missing")
    return path


def _checked_template(layer: Layer, template: str) -> str:
    """The address template when it leads to each tile of each band; raises Refused (`layer_address`).

    A template that leads to one file for two bands would give one band's values for the other's.
    """
    try:
        fields = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
    except ValueError as error:
        raise Refused(f"the address template of {layer.id} does not parse ({error}): {template}", code="layer_address") from error
    of_tile, of_time = {"tile", "lat", "lon"}, {name for band in layer.bands.values() for name in band.fields}
    by_tile = layer.tiles is None or "tile" in fields or {"lat", "lon"} <= fields
    foreign = fields - {"band", "variable"} - of_time - (of_tile if layer.tiles else set())
    if foreign or not by_tile or not _one_each(layer, template):
        wanted = "{band} and {tile} (or {lat} and {lon})" if layer.tiles else "{band}"
        raise Refused(f"the address template of {layer.id} must name {wanted}: {template}", code="layer_address")
    parts = urlsplit(template)
    if parts.scheme not in ("http", "https", "s3") or not parts.netloc:
        raise Refused(f"the address template of {layer.id} must begin with http://, https:// or s3://: {template}", code="layer_address")
    return template


def _one_each(layer: Layer, template: str) -> bool:
    """Whether the template leads to a file of its own for each band."""
    tile = dict.fromkeys(("tile", "lat", "lon"), "")
    found = {template.format(band=band.name, variable=band.variable, **tile, **band.fields) for band in layer.bands.values()}
    return len(found) == len(layer.bands)
