"""The configured layers of this process, rasters and polygons, and a view of them that records which files were read."""

import hashlib
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from shared.rasters.band import Band, Piece, Source
from shared.rasters.catalogue import catalogue
from shared.rasters.reader import Rasters
from shared.rasters.sampling import Window
from shared.rasters.tiles import AnyTile
from shared.settings import Settings
from shared.vectors.layer import PolygonLayer
from shared.vectors.opening import Polygons, is_vector
from shared.zonal.grid import Grid

POLYGONS: Final = "polygons"
"""Stands for the band where a polygon layer is recorded."""
MOST_NAMED: Final = 64
"""Bands that a run pins by name; a series of thousands is pinned by its digest."""


def open_rasters(settings: Settings) -> Rasters:
    """The layers as the settings configure them."""
    return Rasters(
        settings.layers_dir,
        settings.layers_online,
        {key: path for key, path in settings.layer_files.items() if not is_vector(key)},
        settings.gdal_cache_mib,
        url_override=settings.layer_urls,
        override_years=settings.layer_years,
        s3_unsigned=settings.aws_no_sign_request,
    )


def open_vectors(settings: Settings) -> Polygons:
    """The polygon layers as the settings configure them."""
    files = {key: path for key, path in settings.layer_files.items() if is_vector(key)}
    return Polygons(settings.layers_dir, files, settings.polygon_layer_mib << 20)


class RecordedRasters:
    """Rasters and polygon layers whose every read leaves its sources here: one for each chunk."""

    def __init__(self, rasters: Rasters, vectors: Polygons | None = None) -> None:
        self._rasters = rasters
        self._vectors = vectors or Polygons()
        self.read: set[Source] = set()
        """Every file that was read."""

    def sample(self, layer_id: str, band: str, grid: Grid) -> Band:
        """As `Rasters.sample`."""
        read = self._rasters.sample(layer_id, band, grid)
        self.read.update(read.sources)
        return read

    def sample_all(self, names: Iterable[str], grid: Grid, given_up: set[str] | None = None) -> dict[str, Band]:
        """As `Rasters.sample_all`."""
        read = self._rasters.sample_all(names, grid, given_up)
        self.read.update(source for band in read.values() for source in band.sources)
        return read

    def polygons(self, layer_id: str) -> PolygonLayer | None:
        """The polygon layer; None when it is not configured. Raises as `Polygons.layer`."""
        layer = self._vectors.layer(layer_id)
        if layer is not None:
            self.read.add(Source(layer.id, POLYGONS, layer.name, layer.version, layer.checksum))
        return layer

    def block(self, name: str, tile: AnyTile | None, window: Window) -> Piece:
        """As `Rasters.block`."""
        piece = self._rasters.block(name, tile, window)
        self.read.update([piece.source] if piece.source else [])
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rasters, name)

    def sources(self) -> list[dict[str, str]]:
        """The files that were read: layer, band, name, version and checksum, in order."""
        rows = [{"layer": s.layer, "band": s.band, "name": s.name, "version": s.version, "checksum": s.checksum} for s in self.read]
        return sorted(rows, key=lambda row: (row["layer"], row["band"], row["name"]))


AnyRasters: TypeAlias = Rasters | RecordedRasters


def layer_manifest(rasters: Rasters, vectors: Polygons, layer_ids: Iterable[str]) -> dict[str, Any]:
    """What a run pins of each layer: version, title, licence, citation, and whether it is configured here.

    Of a polygon layer also the checksum of its file, which is read for it.
    """
    known = catalogue()
    return {layer_id: vectors.facts(layer_id) if is_vector(layer_id) else _facts(rasters, known[layer_id]) for layer_id in layer_ids}


def _facts(rasters: Rasters, layer: Any) -> dict[str, Any]:
    configured = sorted(band for band in layer.bands if rasters.state(layer.id, band) == "configured")
    if len(configured) > MOST_NAMED:
        digest = hashlib.sha256("\n".join(configured).encode()).hexdigest()
        configured = [configured[0], f"{len(configured)} bands, sha256:{digest}", configured[-1]]
    return {
        "title": layer.title,
        "version": layer.version,
        "licence": layer.licence,
        "citation": layer.citation,
        "configured_bands": configured,
    }
