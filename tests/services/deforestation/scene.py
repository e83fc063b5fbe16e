"""A small synthetic landscape near the equator, painted in Hansen's cells and written as GeoTIFFs that the reader reads."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio import Affine

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.rules import Thresholds
from services.deforestation.worker import LAYERS, compute
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Outcome, Plots, Terms, Window
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid

YEAR_BANDS = ("hansen_gfc.lossyear", "jrc_tmf.DeforestationYear", "jrc_tmf.DegradationYear")
CELLS = 80
CELL_DEG = 0.00025
WEST, NORTH = 10.0, 0.5
DEFAULTS = {"jrc_gfc2020.map": 1, "hansen_gfc.treecover2000": 80, "hansen_gfc.datamask": 1, "jrc_tmf.TransitionMap_Subtypes": 10}
YEARS = Window(date(2017, 1, 1), date(2025, 12, 31))
TERMS = Terms(YEARS)
CELL_HA = float(Grid(WEST, NORTH, CELL_DEG, CELL_DEG, 1, CELLS).row_areas_m2()[CELLS // 2]) / 10_000


@dataclass
class Scene:
    """Every band over 80 x 80 cells of 0.00025 degrees; undisturbed forest unless painted otherwise."""

    folder: Path
    without: tuple[str, ...] = ()
    """Bands or layers that are not configured."""
    extent: dict[str, int] = field(default_factory=dict)
    """By band or layer, the columns that its raster has; all when absent."""
    unreadable: tuple[str, ...] = ()
    observed_to: int | None = 2025
    """Year up to which the files are said to have observed; None: nothing is said."""
    gfc_10m: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """Row, column, height, width in GFC2020's own cells of 10 m, and value: painted last."""
    last_years: dict[str, int] = field(default_factory=dict)
    """By optional band, the year up to which its file is said to have observed; 2026 when absent."""
    bands: dict[str, NDArray[np.int32]] = field(init=False)

    def __post_init__(self) -> None:
        self.bands = {name: np.full((CELLS, CELLS), self._default(name), dtype=np.int32) for name in LAYERS}

    def lay(self, name: str, value: int = 0, row: int = 0, col: int = 0, height: int = CELLS, width: int = CELLS) -> "Scene":
        """Configure an optional band (`layer.band`), zero all over at first, and set a block of its cells."""
        self.bands.setdefault(name, np.zeros((CELLS, CELLS), dtype=np.int32))[row : row + height, col : col + width] = value
        return self

    def paint(self, row: int, col: int, height: int, width: int, **values: int) -> "Scene":
        """Set bands (by their name without the layer; `tmf2020` sets all yearly maps from then on) on a block of cells."""
        block = np.s_[row : row + height, col : col + width]
        for short, value in values.items():
            for name in self._named(short):
                self.bands[name][block] = value
        return self

    def rasters(self) -> Rasters:
        """The written landscape behind a reader."""
        files = {name: self._write(name) for name in self.bands if not self._listed(name, self.without)}
        optional = {name: self.last_years.get(name, 2026) for name in self.bands if name not in LAYERS}
        years = {} if self.observed_to is None else dict.fromkeys(YEAR_BANDS, self.observed_to)
        return Rasters(overrides=files, override_years=optional | years)

    def outcomes(
        self,
        *geometries: shapely.Geometry,
        window: Window = YEARS,
        give_up: bool = False,
        area_ha: float = np.nan,
        crop: str | None = None,
        held: Thresholds | None = None,
    ) -> list[Outcome]:
        """The outcome of each geometry in one chunk."""
        return compute(plots(*geometries, area_ha=area_ha), Terms(window, crop_type=crop), self.rasters(), give_up, held)

    def result(self, geometry: shapely.Geometry, **asked: Any) -> EudrDeforestation:
        """The values of one plot."""
        (outcome,) = self.outcomes(geometry, **asked)
        assert isinstance(outcome.values, EudrDeforestation), outcome
        return outcome.values

    def _named(self, short: str) -> list[str]:
        if short.startswith("tmf2"):
            return [name for name in LAYERS if "AnnualChange" in name and int(name[-4:]) >= int(short[3:])]
        return [next(name for name in LAYERS if name.endswith("." + short))]

    def _default(self, name: str) -> int:
        return 1 if "AnnualChange" in name else DEFAULTS.get(name, 0)

    def _listed(self, name: str, listed: "tuple[str, ...] | dict[str, int]") -> str | None:
        return next((entry for entry in listed if name == entry or name.startswith(entry + ".")), None)

    def _write(self, name: str) -> Path:
        path = self.folder / f"{name}.tif"
        path.unlink(missing_ok=True)  # an earlier picture of the scene
        if self._listed(name, self.unreadable):
            path.write_bytes(b"II*\0 not a raster")
            return path
        entry = self._listed(name, self.extent)
        values = self.bands[name][:, : self.extent[entry]] if entry else self.bands[name]
        step = 3 if name == "jrc_gfc2020.map" else 1
        values = values.repeat(step, axis=0).repeat(step, axis=1)
        for row, col, height, width, value in self.gfc_10m if step == 3 else ():
            values[row : row + height, col : col + width] = value
        kind = "uint16" if name.endswith("Year") else "uint8" if name in LAYERS else "int32"
        shutil.copyfile(written(values, kind, CELL_DEG / step), path)
        return path


_PICTURES = tempfile.TemporaryDirectory(prefix="plotproof-scenes-")
_WRITTEN: dict[bytes, Path] = {}


def written(values: NDArray[np.int32], kind: str, cell: float) -> Path:
    """A GeoTIFF of these values; equal pictures are written once, since most bands of most scenes are alike."""
    key = hashlib.sha256(f"{kind} {cell} {values.shape}".encode() + values.tobytes()).digest()
    if key not in _WRITTEN:
        path = Path(_PICTURES.name) / f"{len(_WRITTEN)}.tif"
        profile = {"driver": "GTiff", "count": 1, "dtype": kind, "crs": "EPSG:4326", "height": values.shape[0], "width": values.shape[1]}
        with rasterio.open(path, "w", transform=Affine(cell, 0, WEST, 0, -cell, NORTH), **profile) as file:
            file.write(values.astype(kind), 1)
        _WRITTEN[key] = path
    return _WRITTEN[key]


def near(value: float) -> object:
    """Equal but for what rows of cells (1e-7 of their area here) and float32 coverage (6e-8) differ."""
    return pytest.approx(value, rel=1e-4)


def block(row: float, col: float, height: float, width: float) -> shapely.Polygon:
    """A plot that covers a block of cells."""
    west, north = WEST + col * CELL_DEG, NORTH - row * CELL_DEG
    return shapely.box(west, north - height * CELL_DEG, west + width * CELL_DEG, north)


def plots(*geometries: shapely.Geometry, area_ha: float = np.nan) -> Plots:
    """A chunk of these geometries; points declare `area_ha`."""
    array = np.array(geometries, dtype=object)
    is_point = shapely.get_type_id(array) == shapely.GeometryType.POINT
    return Plots(np.arange(len(array)), array, np.where(is_point, area_ha, geodesic_area_ha(array)), is_point)


PLOT = block(30, 30, 20, 20)
