"""The catalogue: what each raster layer is, how it is encoded and tiled, where it is published, and under which licence."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from shared.errors import Refused
from shared.rasters.bands import BandSpec, Entry
from shared.rasters.periods import in_time
from shared.rasters.tiles import AnyTile, PlaneNaming, PlaneTile, Tile, TileNaming

__all__ = ["BandSpec", "Layer", "PlaneScheme", "TileScheme", "catalogue", "layer_of", "named"]


class TileScheme(Entry):
    """Square tiles of whole degrees, named by a corner."""

    size_deg: int = Field(gt=0)
    naming: TileNaming
    corner: Literal["north_west", "south_west"] = "north_west"

    def name(self, tile: Tile) -> str:
        """The publisher's name of a tile."""
        lat = tile.north - (self.size_deg if self.corner == "south_west" else 0)
        return Tile(lat, tile.west).name(self.naming, self.size_deg)


class PlaneScheme(Entry):
    """Square tiles of a projected plane, all on one lattice of cells."""

    naming: PlaneNaming
    west: float
    """Edges of the whole, in units of the layer's `crs`."""
    north: float
    side: float = Field(gt=0)
    """Of a tile, in the same units."""
    cells: int = Field(gt=0)
    """Along the side of a tile; a file that has others is another encoding."""
    columns: int = Field(gt=0)
    rows: int = Field(gt=0)

    def name(self, tile: PlaneTile) -> str:
        """The publisher's name of a tile."""
        return tile.name(self.naming, self.rows)


class Layer(Entry):
    """One data set of one version."""

    id: str
    title: str
    version: str
    licence: str
    licence_url: str
    citation: str
    attribution: str
    source_page: str
    crs: str
    """Of the published files, in words that pyproj understands; what a file says of itself is what is used, but for tiles of a plane."""
    resolution_deg: float = Field(gt=0)
    """Nominal step of the cells (at the equator, where they are not in degrees); the files' own is what is used."""
    south: float = -90.0
    north: float = 90.0
    """Latitudes between which the layer exists."""
    range_reads: bool
    """Whether `url` serves parts of files; else its files must be mirrored into the layer's folder."""
    url: str = ""
    """Address of a file: `{band}`, `{variable}`, fields of bands in time, `{tile}`, or `{lat}` and `{lon}` for the two halves of its name.

    Empty where one needs a key or a login: such a layer is read from its folder only."""
    file: str
    """Name of a file inside the layer's folder, by the same fields."""
    tiles: TileScheme | PlaneScheme | None = None
    """None: every band is one file."""
    bands: dict[str, BandSpec]

    @model_validator(mode="before")
    @classmethod
    def _bands_by_name(cls, raw: dict[str, Any]) -> dict[str, Any]:
        return raw | {"bands": {band["name"]: band for entry in raw["bands"] for band in in_time(entry)}}

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        if self.range_reads and not all(band.url or self.url for band in self.bands.values()):
            raise ValueError(f"{self.id} is to be read by range, but has no address")
        return self

    def band(self, name: str) -> BandSpec:
        """The band of that name; raises Refused (`layer_unknown`)."""
        if name not in self.bands:
            raise Refused(f"layer {self.id} has no band {name}", code="layer_unknown")
        return self.bands[name]

    def between(self, first: date, last: date, variable: str = "") -> list[BandSpec]:
        """The bands in time of a variable that lie whole within two days, both included, in order of time."""
        of_variable = (band for band in self.bands.values() if band.variable == variable)
        held = [(band.start, band) for band in of_variable if band.start and band.end and first <= band.start and band.end <= last]
        return [band for _, band in sorted(held, key=lambda pair: pair[0])]

    def tile_name(self, tile: AnyTile) -> str:
        """The publisher's name of a tile; raises ValueError for one of another scheme."""
        if isinstance(self.tiles, TileScheme) and isinstance(tile, Tile):
            return self.tiles.name(tile)
        if isinstance(self.tiles, PlaneScheme) and isinstance(tile, PlaneTile):
            return self.tiles.name(tile)
        raise ValueError(f"{self.id} has no tile {tile}")

    def exists_at(self, tile: AnyTile | None) -> bool:
        """Whether the layer may have such a tile at all; of a layer of one file, that file."""
        if isinstance(self.tiles, TileScheme) and isinstance(tile, Tile):
            return tile.north <= self.north and tile.north - self.tiles.size_deg >= self.south and -180 <= tile.west < 180
        if isinstance(self.tiles, PlaneScheme) and isinstance(tile, PlaneTile):
            return 0 <= tile.row < self.tiles.rows and 0 <= tile.column < self.tiles.columns
        return self.tiles is None and tile is None

    def tile_file(self, band: str, tile: AnyTile | None) -> str:
        """Path of a file inside the layer's folder."""
        spec = self.band(band)
        return self._filled(spec.file or self.file, spec, None if tile is None else self.tile_name(tile))

    def any_tile_file(self, band: str) -> str:
        """The same for whatever tile, as a pattern."""
        spec = self.band(band)
        return self._filled(spec.file or self.file, spec, "*")

    def tile_url(self, band: str, tile: AnyTile | None, template: str | None = None) -> str:
        """Public address of a file, or its address by another template; empty when it has none."""
        spec = self.band(band)
        return self._filled(template or spec.url or self.url, spec, None if tile is None else self.tile_name(tile))

    def _filled(self, template: str, band: BandSpec, tile: str | None) -> str:
        lat, _, lon = (tile or "").partition("_")
        return template.format(band=band.name, variable=band.variable, tile=tile or "", lat=lat, lon=lon, **band.fields)


@cache
def catalogue() -> dict[str, Layer]:
    """Every layer by its id, read from the TOML files of this package."""
    sources = sorted((files("shared.rasters") / "layers").iterdir(), key=lambda entry: entry.name)
    layers = [Layer.model_validate(tomllib.loads(entry.read_text("utf-8"))) for entry in sources if entry.name.endswith(".toml")]
    return {layer.id: layer for layer in layers}


def layer_of(layer_id: str) -> Layer:
    """The layer of that id; raises Refused (`layer_unknown`)."""
    if layer_id not in catalogue():
        raise Refused(f"no layer is called {layer_id}; there are {', '.join(catalogue())}", code="layer_unknown")
    return catalogue()[layer_id]


def named(name: str) -> tuple[Layer, BandSpec]:
    """Layer and band of a name `layer.band`; raises Refused (`layer_unknown`)."""
    layer_id, _, band = name.partition(".")
    layer = layer_of(layer_id)
    return layer, layer.band(band)
