"""A small synthetic landscape near the equator: every layer of the statistic, painted in cells of 10 m and written as files."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine

from contracts.v1.results.biodiversity import Biodiversity
from services.biodiversity.worker import compute
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Outcome, Plots, Terms, Window
from shared.rasters.reader import Rasters
from shared.rasters.recorded import RecordedRasters
from shared.vectors.opening import Polygons
from tests.shared.vectors.make import write_layer

CELLS = 360
STEP = 1 / 12000
WEST, NORTH = 10.0, 0.5
BANDS: dict[str, tuple[Any, int, float]] = {
    "eth_chm.Map": (np.uint8, 1, 20),
    "eth_chm.Map_SD": (np.uint8, 1, 4),
    "meta_chm.height": (np.uint8, 1, 24),
    "worldcover.map": (np.uint8, 1, 10),
    "worldcover_2020.map": (np.uint8, 1, 10),
    "sbtn_natural.classification": (np.uint8, 3, 2),
    "bii_io.2020": (np.float32, 12, 0.75),
    "bii_nhm.lbii": (np.float32, 120, 0.5),
}
"""Type, cells of 10 m along its side, and value by default."""
WINDOW = Window(date(2020, 1, 1), date(2025, 12, 31))
USUAL = ("meta_chm", "worldcover_2020", "bii_nhm", "wdpa", "kba")
"""What is not configured unless a test asks for it: second choices, and what operators supply."""


@dataclass
class Scene:
    """Undisturbed forest of 20 m over 3.3 km, unless painted otherwise."""

    folder: Path
    without: tuple[str, ...] = USUAL
    """Layers or bands that are not configured."""
    extent: dict[str, int] = field(default_factory=dict)
    """By layer, the columns of 10 m that its rasters have; all when absent."""
    unreadable: tuple[str, ...] = ()
    sites: dict[str, list[tuple[shapely.Geometry, dict[str, str]]]] = field(default_factory=dict)
    """Outlines and columns of the features of `wdpa` and `kba`."""
    bands: dict[str, NDArray[Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.bands = {name: np.full((CELLS // size,) * 2, value, dtype=kind) for name, (kind, size, value) in BANDS.items()}

    def paint(self, name: str, row: int, column: int, rows: int, columns: int, value: float) -> "Scene":
        """Set a band on a block of cells of 10 m."""
        size = BANDS[name][1]
        self.bands[name][row // size : (row + rows) // size, column // size : (column + columns) // size] = value
        return self

    def rasters(self) -> RecordedRasters:
        """The written landscape behind a reader."""
        files = {name: self._write(name) for name in BANDS if not self._listed(name, self.without)}
        sites = {layer: self._sites(layer) for layer in ("wdpa", "kba") if layer not in self.without}
        return RecordedRasters(Rasters(overrides=files), Polygons(None, sites))

    def outcomes(
        self,
        *geometries: shapely.Geometry,
        window: Window = WINDOW,
        give_up: bool = False,
        area_ha: float = np.nan,
        crop: str | None = None,
    ) -> list[Outcome]:
        """The outcome of each geometry in one chunk."""
        return compute(plots_of(*geometries, area_ha=area_ha), Terms(window, crop_type=crop), self.rasters(), give_up)

    def result(self, geometry: shapely.Geometry, **more: Any) -> Biodiversity:
        """The values of one plot."""
        (outcome,) = self.outcomes(geometry, **more)
        assert isinstance(outcome.values, Biodiversity), outcome
        return outcome.values

    def _listed(self, name: str, listed: Any) -> str | None:
        return next((entry for entry in listed if name == entry or name.startswith(entry + ".")), None)

    def _write(self, name: str) -> Path:
        path = self.folder / f"{name}.tif"
        path.unlink(missing_ok=True)  # an earlier picture of the scene
        if self._listed(name, self.unreadable):
            path.write_bytes(b"II*\0 not a raster")
            return path
        kind, size, _ = BANDS[name]
        entry = self._listed(name, self.extent)
        values = self.bands[name][:, : self.extent[entry] // size] if entry else self.bands[name]
        profile = {"driver": "GTiff", "count": 1, "dtype": kind, "crs": "EPSG:4326", "height": values.shape[0], "width": values.shape[1]}
        if kind == np.float32:
            profile["nodata"] = np.nan
        cell = STEP * size
        with rasterio.open(path, "w", transform=Affine(cell, 0, WEST, 0, -cell, NORTH), **profile) as file:
            file.write(values, 1)
        return path

    def _sites(self, layer: str) -> Path:
        path = self.folder / f"{layer}.parquet"
        if self._listed(layer, self.unreadable):
            path.write_bytes(b"not a table")
            return path
        rows = self.sites.get(layer, [])
        names = {name for _, columns in rows for name in columns}
        return write_layer(path, layer, [outline for outline, _ in rows], {name: [columns[name] for _, columns in rows] for name in names})


def plots_of(*geometries: shapely.Geometry, area_ha: float = np.nan) -> Plots:
    """The geometries as a chunk; points have `area_ha`."""
    outlines = np.array(geometries, dtype=object)
    is_point = np.array([one.geom_type == "Point" for one in geometries])
    areas = np.where(is_point, area_ha, geodesic_area_ha(outlines))
    return Plots(np.arange(len(geometries)), outlines, areas, is_point)


def block(row: float, column: float, rows: float, columns: float) -> shapely.Polygon:
    """A plot that covers a block of cells of 10 m."""
    west, north = WEST + column * STEP, NORTH - row * STEP
    return shapely.box(west, north - rows * STEP, west + columns * STEP, north)
