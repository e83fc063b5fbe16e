"""Tiles in the size, grid, type and name of the published ones, empty but for the region (sparse GeoTIFF)."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rasterio
from numpy.typing import NDArray
from rasterio import Affine
from rasterio.windows import Window

from sample.landscape import Land, latitude, longitude
from sample.views import TMF_CELL_DEG, gfc2020_band, hansen_bands, tmf_bands, tmf_window

TAGS: Final = {"SYNTHETIC": "yes", "TIFFTAG_IMAGEDESCRIPTION": "SYNTHETIC demo data of Plotproof: shows no real place"}
TILE_DEG: Final = 10
TILE_NORTH_DEG: Final = 10
TILE_WESTS_DEG: Final = (-10, 0)
BLOCK_CELLS: Final = 512


@dataclass(frozen=True, slots=True)
class Tile:
    """One file: lines of its grid are counted in cells from (0, 0) to the north and the east."""

    path: str
    cells_per_degree: float
    north: int
    west: int
    height: int
    width: int

    @property
    def transform(self) -> Affine:
        """Affine of the tile, degrees."""
        cell = 1 / self.cells_per_degree
        return Affine(cell, 0, self.west / self.cells_per_degree, 0, -cell, self.north / self.cells_per_degree)


def write_layers(land: Land, layers: Path) -> None:
    """Write all tiles of the three data sets of forest and its loss under `layers`, one folder a layer."""
    for west_deg in TILE_WESTS_DEG:
        for name, band in hansen_bands(land).items():
            write(layers, _hansen_tile(name, west_deg), band, *region_lines(4000))
        write(layers, _gfc2020_tile(west_deg), gfc2020_band(land), *region_lines(12000))
        for name, band in tmf_bands(land).items():
            write(layers, _tmf_tile(name, west_deg), band, *tmf_window()[:2])


def _hansen_tile(band: str, west_deg: int) -> Tile:
    name = f"hansen_gfc/Hansen_GFC-2025-v1.13_{band}_{TILE_NORTH_DEG:02d}N_{abs(west_deg):03d}{'W' if west_deg < 0 else 'E'}.tif"
    return Tile(name, 4000, TILE_NORTH_DEG * 4000, west_deg * 4000, 40_000, 40_000)


def _gfc2020_tile(west_deg: int) -> Tile:
    return Tile(
        f"jrc_gfc2020/JRC_GFC2020_V4_{_jrc_corner(west_deg)}.tif", 12_000, TILE_NORTH_DEG * 12_000, west_deg * 12_000, 120_000, 120_000
    )


def _tmf_tile(band: str, west_deg: int) -> Tile:
    """One cell more on every side than the nominal ten degrees need, as the published tiles exceed them."""
    west, east = math.floor(west_deg / TMF_CELL_DEG) - 1, math.ceil((west_deg + TILE_DEG) / TMF_CELL_DEG) + 1
    north, south = math.ceil(TILE_NORTH_DEG / TMF_CELL_DEG) + 1, math.floor((TILE_NORTH_DEG - TILE_DEG) / TMF_CELL_DEG) - 1
    return Tile(f"jrc_tmf/{_jrc_corner(west_deg)}/{band}.tif", 1 / TMF_CELL_DEG, north, west, north - south, east - west)


def _jrc_corner(west_deg: int) -> str:
    return f"N{TILE_NORTH_DEG}_{'W' if west_deg < 0 else 'E'}{abs(west_deg)}"


def region_lines(cells_per_degree: int) -> tuple[int, int]:
    """North and west line of the region on cells that end on its edges."""
    return round(latitude(0) * cells_per_degree), round(longitude(0) * cells_per_degree)


def write(layers: Path, tile: Tile, band: NDArray[Any], north: int, west: int, nodata: float | None = None) -> None:
    """Write the part of `band` (its first line `north`, its first column `west`) that lies in `tile`."""
    path = layers / tile.path
    path.parent.mkdir(parents=True, exist_ok=True)
    left, right = max(west, tile.west), min(west + band.shape[1], tile.west + tile.width)
    part = band[:, left - west : right - west]
    profile = {"driver": "GTiff", "count": 1, "dtype": band.dtype, "crs": "EPSG:4326", "width": tile.width, "height": tile.height}
    profile |= {"nodata": nodata, "compress": "deflate"}
    if min(tile.width, tile.height) >= BLOCK_CELLS:
        profile |= {"tiled": True, "blockxsize": BLOCK_CELLS, "blockysize": BLOCK_CELLS, "sparse_ok": True}
    with rasterio.open(path, "w", transform=tile.transform, **profile) as file:
        file.update_tags(**TAGS)
        file.write(part, 1, window=Window(left - tile.west, tile.north - north, part.shape[1], part.shape[0]))
