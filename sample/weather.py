"""Two made-up years of rain and evapotranspiration by month, in the coarse cells of the published climate data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sample.tiles import Tile, write

YEARS: Final = (2024, 2025)
RAIN_MM: Final = (12, 34, 92, 128, 166, 204, 118, 72, 138, 152, 54, 22)
PET_MM: Final = (132, 130, 141, 134, 124, 106, 101, 97, 104, 116, 120, 124)
AET_MM: Final = (58, 52, 90, 112, 116, 101, 96, 88, 98, 108, 88, 66)
"""Of each month of a mean year; the demo has two rainy seasons."""
_WETNESS: Final = {2024: 0.86, 2025: 1.04}
"""Rain of a year over that of a mean one."""
_NODATA: Final = -9999.0
_CHIRPS, _TERRACLIMATE = 20, 24
"""Cells in a degree."""
_NORTH_DEG: Final = 7.0
_WEST_DEG: Final = -0.5
_SIDE_DEG: Final = 1

Months = NDArray[np.float32]


def write_weather(layers: Path) -> None:
    """Write each month as a file of a degree round the region: rain of CHIRPS; rain and evapotranspiration of TerraClimate."""
    for year in YEARS:
        for month in range(1, 13):
            stamp = f"{year}.{month:02d}"
            _write(layers, f"chirps3/chirps-v3.0.{stamp}.cog", _CHIRPS, rain_mm(year, month, _CHIRPS))
            for variable, band in climate_mm(year, month):
                _write(layers, f"terraclimate/TerraClimate_{variable}_{year}-{month:02d}.tif", _TERRACLIMATE, band)


def rain_mm(year: int, month: int, cells_per_degree: int) -> Months:
    """Rain of a month, more of it in the north; float32 [cells_per_degree, cells_per_degree], row 0 in the north."""
    north_share = np.linspace(1.0, 0.0, cells_per_degree)[:, np.newaxis]
    wet = RAIN_MM[month - 1] * _WETNESS[year] * (0.95 + 0.1 * north_share)
    return _rounded(np.broadcast_to(wet, (cells_per_degree, cells_per_degree)))


def climate_mm(year: int, month: int) -> Iterator[tuple[str, Months]]:
    """Rain, potential and actual evapotranspiration of a month by TerraClimate's names; potential grows to the east."""
    east_share = np.linspace(0.0, 1.0, _TERRACLIMATE)[np.newaxis, :]
    shape = (_TERRACLIMATE, _TERRACLIMATE)
    yield "ppt", rain_mm(year, month, _TERRACLIMATE)
    yield "pet", _rounded(np.broadcast_to(PET_MM[month - 1] * (0.97 + 0.06 * east_share), shape))
    yield "aet", _rounded(np.full(shape, AET_MM[month - 1] * min(1.0, _WETNESS[year])))


def _rounded(millimetres: NDArray[np.float64]) -> Months:
    """To a tenth: the last bits of a product differ between machines."""
    return np.round(millimetres, 1).astype(np.float32)


def _write(layers: Path, path: str, cells_per_degree: int, band: Months) -> None:
    north, west, side = round(_NORTH_DEG * cells_per_degree), round(_WEST_DEG * cells_per_degree), _SIDE_DEG * cells_per_degree
    write(layers, Tile(path, cells_per_degree, north, west, side, side), band, north, west, nodata=_NODATA)
