"""Files of the data sets of `stand` in the size, grid, type and name of the published ones."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sample.landscape import Land
from sample.stand import (
    AGB_CELL_DEG,
    AGB_YEARS,
    BII_CELL_DEG,
    BII_YEARS,
    DRIVER_CELL_DEG,
    agb,
    agb_sd,
    drivers,
    height_sd,
    heights,
    intactness,
    land_cover,
)
from sample.tiles import TILE_DEG, TILE_NORTH_DEG, TILE_WESTS_DEG, Tile, region_lines, write
from sample.views import window_of

_WORLDCOVER: Final = {
    2020: "worldcover_2020/ESA_WorldCover_10m_2020_v100_{}_Map.tif",
    2021: "worldcover/ESA_WorldCover_10m_2021_v200_{}_Map.tif",
}
_SMALL_SOUTH_DEG: Final = 6
_SMALL_DEG: Final = 3
_NO_HEIGHT: Final = 255


def write_stand_layers(land: Land, layers: Path) -> None:
    """Write all files of the five data sets under `layers`, one folder a layer."""
    write_biomass(land, layers)
    write_land_cover(land, layers)
    _write_heights(land, layers)
    write_drivers(land, layers)
    north, west, south, east = window_of(BII_CELL_DEG)
    for year in BII_YEARS:
        region = Tile(f"bii_io/bii_io_{year}.tif", 1 / BII_CELL_DEG, north, west, north - south, east - west)
        write(layers, region, intactness(land, year), north, west)


def write_drivers(land: Land, layers: Path) -> None:
    """The one file of the drivers of loss."""
    globe = Tile("drivers_1km/drivers_forest_loss_1km_2001_2025_v1_3.tif", 100, 8_000, -18_000, 14_000, 36_000)
    write(layers, globe, drivers(*land.gfc.shape), *window_of(DRIVER_CELL_DEG)[:2], nodata=0)


def write_biomass(land: Land, layers: Path) -> None:
    """CCI's tiles of ten degrees: biomass and its standard deviation of each year."""
    side, north = TILE_DEG * 1125, TILE_NORTH_DEG * 1125
    for year in AGB_YEARS:
        for name, band in (("AGB", agb(land, year)), ("AGB_SD", agb_sd(land, year))):
            for west_deg in TILE_WESTS_DEG:
                path = f"cci_agb/N{TILE_NORTH_DEG}{_lon(west_deg)}_ESACCI-BIOMASS-L4-{name}-MERGED-100m-{year}-fv6.0.tif"
                write(layers, Tile(path, 1125, north, west_deg * 1125, side, side), band, *window_of(AGB_CELL_DEG)[:2])


def write_land_cover(land: Land, layers: Path, years: Iterable[int] = tuple(_WORLDCOVER)) -> None:
    """WorldCover's tiles of these years."""
    _write_ten_metres(layers, {_WORLDCOVER[year]: (land_cover(land, year), 0) for year in years})


def _write_heights(land: Land, layers: Path) -> None:
    metres = heights(land)
    bands = {"": metres, "_SD": height_sd(metres)}
    _write_ten_metres(
        layers, {f"eth_chm/ETH_GlobalCanopyHeight_10m_2020_{{}}_Map{end}.tif": (band, _NO_HEIGHT) for end, band in bands.items()}
    )


def _write_ten_metres(layers: Path, bands: Mapping[str, tuple[NDArray[np.uint8], int]]) -> None:
    """Tiles of three degrees, named by their south-western corner; what lies south of them is left out."""
    side, north = _SMALL_DEG * 12_000, (_SMALL_SOUTH_DEG + _SMALL_DEG) * 12_000
    for west_deg in (-_SMALL_DEG, 0):
        for name, (band, nodata) in bands.items():
            path = name.format(f"N{_SMALL_SOUTH_DEG:02d}{_lon(west_deg)}")
            write(layers, Tile(path, 12_000, north, west_deg * 12_000, side, side), band, *region_lines(12_000), nodata=nodata)


def _lon(west_deg: int) -> str:
    return f"{'W' if west_deg < 0 else 'E'}{abs(west_deg):03d}"
