"""Synthetic layers near the equator, written as GeoTIFFs under their public names: every month has the value that a test gives it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.io import MemoryFile

from contracts.v1.results.water import Water
from services.water.rules import rules, series
from services.water.worker import compute
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Outcome, Plots, Terms, Window
from shared.rasters.bands import BandSpec
from shared.rasters.catalogue import layer_of
from shared.rasters.reader import Rasters
from shared.rasters.recorded import RecordedRasters
from shared.vectors.opening import Polygons
from tests.shared.vectors.make import write_layer

WEST, NORTH = 10.0, 1.0
SIDE_DEG = 1.0
"""Every layer covers one degree, but for a plane of tiles, of which one file stands for all."""
STEPS = {
    "chirps3": 0.05,
    "wapor3_aeti": 0.0125,
    "wapor3_ret": 0.25,
    "terraclimate": 1 / 24,
    "smap_l4": 0.1,
    "mod16": 0.05,
    "mod11": 0.05,
    "ssebop": 0.05,
}
WINDOW = Window(date(2017, 1, 1), date(2025, 12, 31))
TERMS = Terms(WINDOW)
Value = Callable[[BandSpec], float]
"""What a band measures, in the units of the catalogue."""


@dataclass
class Scene:
    """A folder of layers; nothing is configured until it is painted."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    _polygons: Polygons | None = None

    def paint(self, name: str, first: date, last: date, value: Value, cells: NDArray[np.float64] | None = None) -> "Scene":
        """Write every band of a series (by its name in `rules.series`) that lies within two days.

        `cells` are factors by cell, nan for what is not known; all are 1 without.
        """
        wanted = series(rules())[name]
        layer, step = layer_of(wanted.layer), STEPS[wanted.layer]
        size = round(SIDE_DEG / step)
        factors = np.ones((size, size)) if cells is None else cells
        transform = Affine(SIDE_DEG / size, 0, WEST, 0, -SIDE_DEG / size, NORTH)
        for band in layer.between(first, last, wanted.variable):
            raw = np.round(factors * value(band) / band.scale, 9)
            raw = np.where(np.isnan(raw), self.unknown(band), raw)
            path = self.path(layer.id, band)
            path.parent.mkdir(parents=True, exist_ok=True)
            values = (raw if band.dtype == "float32" else np.round(raw)).astype(band.dtype)
            path.write_bytes(geotiff(values.tobytes(), band.dtype, size, transform))
        return self

    def path(self, layer_id: str, band: BandSpec) -> Path:
        """Where the file of a band lies; a file given by hand for a layer in tiles."""
        layer = layer_of(layer_id)
        if layer.tiles is None:
            return self.folder / layer_id / layer.tile_file(band.name, None)
        self.files[f"{layer_id}.{band.name}"] = self.folder / "given" / f"{layer_id}_{band.name}.tif"
        return self.files[f"{layer_id}.{band.name}"]

    def unknown(self, band: BandSpec) -> float:
        """The code of a band that says that nothing is known; urban for MOD16."""
        return 32762 if band.unknown else float(band.nodata if band.nodata is not None else np.nan)

    def basins(self, geometries: list[shapely.Geometry], columns: Mapping[str, list[Any]]) -> "Scene":
        """Write Aqueduct's polygons."""
        write_layer(self.folder / "aqueduct40" / "baseline_annual.parquet", "aqueduct40", geometries, columns)
        return self

    def rasters(self) -> RecordedRasters:
        """The written layers as a statistic gets them."""
        return RecordedRasters(Rasters(self.folder, overrides=self.files), Polygons(self.folder))

    def outcomes(
        self, *geometries: shapely.Geometry, terms: Terms = TERMS, give_up: bool = False, area_ha: float = np.nan
    ) -> list[Outcome]:
        """The outcome of each geometry in one chunk."""
        return list(compute(plots(*geometries, area_ha=area_ha), terms, self.rasters(), give_up))

    def outcome(self, geometry: shapely.Geometry, **more: Any) -> Outcome:
        """The outcome of one plot."""
        (found,) = self.outcomes(geometry, **more)
        return found

    def result(self, geometry: shapely.Geometry, **more: Any) -> Water:
        """The values of one plot."""
        values = self.outcome(geometry, **more).values
        assert isinstance(values, Water)
        return values


@cache
def geotiff(values: bytes, dtype: str, size: int, transform: Affine) -> bytes:
    """The file of a square raster; most months of a series are alike."""
    profile: dict[str, Any] = {"driver": "GTiff", "count": 1, "dtype": dtype, "crs": "EPSG:4326", "height": size, "width": size}
    with MemoryFile() as memory:
        with memory.open(transform=transform, **profile) as file:
            file.write(np.frombuffer(values, dtype=dtype).reshape(size, size), 1)
        return bytes(memory.read())


def plots(*geometries: shapely.Geometry, area_ha: float = np.nan) -> Plots:
    """A chunk of these geometries; points declare `area_ha`."""
    held = np.array(geometries, dtype=object)
    is_point = shapely.get_type_id(held) == shapely.GeometryType.POINT
    return Plots(np.arange(len(held)), held, np.where(is_point, area_ha, geodesic_area_ha(held)), is_point)


def square(lon: float, lat: float, side_deg: float = 0.001) -> shapely.Polygon:
    """A plot round a place."""
    return shapely.box(lon - side_deg / 2, lat - side_deg / 2, lon + side_deg / 2, lat + side_deg / 2)


def years(first: int, last: int) -> tuple[date, date]:
    """First and last day of whole years."""
    return date(first, 1, 1), date(last, 12, 31)


def year_of(band: BandSpec) -> int:
    """Calendar year of a band."""
    assert band.start is not None
    return band.start.year


def days_of(band: BandSpec) -> int:
    """Days of a band."""
    return band.days
