"""The configured layers of this process, and a view of them that records which files were read."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from shared.rasters.band import Band, Piece, Source
from shared.rasters.catalogue import catalogue
from shared.rasters.reader import Rasters
from shared.rasters.sampling import Window
from shared.rasters.tiles import AnyTile
from shared.settings import Settings
from shared.zonal.grid import Grid


def open_rasters(settings: Settings) -> Rasters:
    """The layers as the settings configure them."""
    return Rasters(
        settings.layers_dir,
        settings.layers_online,
        settings.layer_files,
        settings.gdal_cache_mib,
        url_override=settings.layer_urls,
        override_years=settings.layer_years,
        s3_unsigned=settings.aws_no_sign_request,
    )


class RecordedRasters:
    """Rasters whose every read leaves its sources here: one for each chunk."""

    def __init__(self, rasters: Rasters) -> None:
        self._rasters = rasters
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


def layer_manifest(rasters: Rasters, layer_ids: Iterable[str]) -> dict[str, Any]:
    """What a run pins of each layer: version, title, licence, citation, and whether it is configured here."""
    known = catalogue()
    return {layer_id: _facts(rasters, known[layer_id]) for layer_id in layer_ids}


def _facts(rasters: Rasters, layer: Any) -> dict[str, Any]:
    configured = sorted(band for band in layer.bands if rasters.state(layer.id, band) == "configured")
    return {
        "title": layer.title,
        "version": layer.version,
        "licence": layer.licence,
        "citation": layer.citation,
        "configured_bands": configured,
    }
