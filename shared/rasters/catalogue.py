"""The catalogue: what each raster layer is, how it is encoded and tiled, where it is published, and under which licence."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.errors import Refused
from shared.rasters.tiles import Tile, TileNaming


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BandSpec(_Entry):
    """How one band is encoded; years are calendar years."""

    name: str
    dtype: Literal["uint8", "uint16"]
    """Type of the published files; any whole-number type that holds the same codes is read."""
    decoder: Literal["categorical", "percent", "year", "year_offset"]
    """`year`: the value is the year of an event, 0 none; `year_offset`: the same after adding `year_offset`."""
    year_offset: int = 0
    units: str
    values: tuple[tuple[int, int], ...] = Field(min_length=1)
    """Ranges of the values that may stand in a file, ends included; anything else is another encoding."""
    nodata: int | None = None
    """Value that says that nothing is known, beside what a file itself declares."""
    meaning: dict[int, str] = Field(default_factory=dict)
    first_year: int | None = None
    """First and last year that the band has observed."""
    last_year: int | None = None


class TileScheme(_Entry):
    """Square tiles named by their north-west corner."""

    size_deg: int = Field(gt=0)
    naming: TileNaming


class Layer(_Entry):
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
    resolution_deg: float = Field(gt=0)
    """Nominal step of the cells; the files' own is what is used."""
    south: float = -90.0
    north: float = 90.0
    """Latitudes between which the layer exists."""
    range_reads: bool
    """Whether `url` serves parts of files; else its tiles must be mirrored into the layer's folder."""
    url: str
    """Address of a tile: `{band}`, `{tile}`, or `{lat}` and `{lon}` for the two halves of its name."""
    file: str
    """Name of a tile inside the layer's folder, by the same fields."""
    tiles: TileScheme
    bands: dict[str, BandSpec]

    @model_validator(mode="before")
    @classmethod
    def _bands_by_name(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """A band with `years` stands for one band a year, `{year}` in its name."""
        bands: dict[str, dict[str, Any]] = {}
        for band in raw["bands"]:
            first, last = band.pop("years", (None, None))
            if first is None:
                bands[band["name"]] = band
                continue
            for year in range(first, last + 1):
                name = band["name"].format(year=year)
                bands[name] = band | {"name": name, "first_year": year, "last_year": year}
        return raw | {"bands": bands}

    def band(self, name: str) -> BandSpec:
        """The band of that name; raises Refused (`layer_unknown`)."""
        if name not in self.bands:
            raise Refused(f"layer {self.id} has no band {name}", code="layer_unknown")
        return self.bands[name]

    def tile_file(self, band: str, tile: Tile) -> str:
        """Path of a tile inside the layer's folder."""
        return self.file.format(band=band, tile=tile.name(self.tiles.naming))

    def tile_url(self, band: str, tile: Tile, template: str | None = None) -> str:
        """Public address of a tile, or its address by another template."""
        name = tile.name(self.tiles.naming)
        lat, _, lon = name.partition("_")
        return (template or self.url).format(band=band, tile=name, lat=lat, lon=lon)


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
