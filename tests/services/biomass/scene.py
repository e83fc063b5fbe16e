"""A small synthetic landscape of the Congo written as GeoTIFFs, each band on a grid of its own, that the reader reads."""

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

from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.deployment import chosen
from services.biomass.worker import compute
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Outcome, Plots, Terms, Window
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid

CELLS, CELL_DEG, WEST, NORTH = 80, 0.00025, 20.0, 0.5
CELL_HA = float(Grid(WEST, NORTH, CELL_DEG, CELL_DEG, 1, CELLS).row_areas_m2()[CELLS // 2]) / 10_000
STEP = {"cci_agb": 0.001, "soilgrids_ocs": 0.0025, "peatgrids": 0.01, "drivers_1km": 0.01, "fao_gez": 0.01}
"""Steps of the layers that are coarser than Hansen's, degrees; the last cells reach past the landscape."""
FOREST: dict[str, float] = {
    "hansen_gfc.lossyear": 0,
    "hansen_gfc.treecover2000": 90,
    "cci_agb.AGB_2007": 190,
    "cci_agb.AGB_SD_2007": 40,
    "cci_agb.AGB_2010": 200,
    "cci_agb.AGB_SD_2010": 40,
    "cci_agb.AGB_2022": 180,
    "cci_agb.AGB_SD_2022": 36,
    "whrc_agb2000.agb": 210,
    "soilgrids_ocs.mean": 60,
    "peatgrids.thickness": 0,
    "drivers_1km.class": 1,
    "fao_gez.zone": 11,
    "gfw_flux.emissions_px": 25,
}
"""Rainforest of Africa: 200 t/ha, 60 t C/ha of mineral soil, permanent agriculture where it falls."""
DTYPE = {"uint8": ("hansen_gfc", "drivers_1km", "fao_gez", "crop_mask", "jrc_tmf", "worldcover_2020"), "uint16": ("cci_agb",),
         "int16": ("soilgrids_ocs",)}  # fmt: skip
YEARS = Window(date(2021, 1, 1), date(2024, 12, 31))
TERMS = Terms(YEARS, crop_type="maize", country="CD")


@dataclass
class Scene:
    """Every band of `FOREST` over 80 x 80 cells of 0.00025 degrees, one value each unless painted otherwise."""

    folder: Path
    without: tuple[str, ...] = ()
    """Bands or layers that are not configured."""
    away: tuple[str, ...] = ()
    """Bands or layers whose raster lies elsewhere."""
    unreadable: tuple[str, ...] = ()
    more: dict[str, float] = field(default_factory=dict)
    """Further bands, and other values of those that there are."""
    observed_to: int = 2025
    bands: dict[str, NDArray[np.float64]] = field(init=False)

    def __post_init__(self) -> None:
        self.bands = {name: self._full(name, value) for name, value in (FOREST | self.more).items()}

    def lost(self, row: int, col: int, height: int, width: int, year: int) -> "Scene":
        """Forest lost in a year on a block of Hansen's cells."""
        self.bands["hansen_gfc.lossyear"][row : row + height, col : col + width] = year - 2000
        return self

    def rasters(self) -> Rasters:
        """The written landscape behind a reader."""
        files = {name: self._written(name) for name in self.bands if not _listed(name, self.without)}
        return Rasters(overrides=files, override_years={"hansen_gfc.lossyear": self.observed_to}, retry_delays_s=())

    def outcomes(
        self, *geometries: Any, terms: Terms = TERMS, give_up: bool = False, area_ha: float = np.nan, **changed: Any
    ) -> list[Outcome]:
        """The outcome of each geometry in one chunk, by these terms and changed thresholds."""
        return compute(plots(*geometries, area_ha=area_ha), terms, self.rasters(), give_up, chosen(changed, None))

    def result(self, geometry: Any, **more: Any) -> LucEmissions:
        """The values of one plot."""
        (outcome,) = self.outcomes(geometry, **more)
        assert isinstance(outcome.values, LucEmissions), outcome
        return outcome.values

    def _full(self, name: str, value: float) -> NDArray[np.float64]:
        cells = int(np.ceil(CELLS * CELL_DEG / _step(name) - 1e-9))
        return np.full((cells, cells), value, dtype=np.float64)

    def _written(self, name: str) -> Path:
        path = self.folder / f"{name}.tif"
        path.unlink(missing_ok=True)  # an earlier picture of the scene
        if _listed(name, self.unreadable):
            path.write_bytes(b"II*\0 not a raster")
            return path
        west = WEST + 90 if _listed(name, self.away) else WEST
        values, step = self.bands[name], _step(name)
        kind = next((kind for kind, layers in DTYPE.items() if name.partition(".")[0] in layers), "float32")
        profile = {"driver": "GTiff", "count": 1, "dtype": kind, "crs": "EPSG:4326", "height": values.shape[0], "width": values.shape[1]}
        with rasterio.open(path, "w", transform=Affine(step, 0, west, 0, -step, NORTH), **profile) as file:
            file.write(values.astype(kind), 1)
        return path


def _step(name: str) -> float:
    return STEP.get(name.partition(".")[0], CELL_DEG)


def _listed(name: str, listed: tuple[str, ...]) -> bool:
    return any(name == entry or name.startswith(entry + ".") for entry in listed)


def near(value: float) -> object:
    """Equal but for what rows of cells differ."""
    return pytest.approx(value, rel=1e-6)


def block(row: float, col: float, height: float, width: float) -> shapely.Polygon:
    """A plot that covers a block of cells."""
    west, north = WEST + col * CELL_DEG, NORTH - row * CELL_DEG
    return shapely.box(west, north - height * CELL_DEG, west + width * CELL_DEG, north)


def plots(*geometries: Any, area_ha: float = np.nan) -> Plots:
    """A chunk of these geometries; points declare `area_ha`."""
    array = np.array(geometries, dtype=object)
    is_point = shapely.get_type_id(array) == shapely.GeometryType.POINT
    return Plots(np.arange(len(array)), array, np.where(is_point, area_ha, geodesic_area_ha(array)), is_point)


PLOT = block(30, 30, 20, 20)
"""400 cells, some 31 ha."""
