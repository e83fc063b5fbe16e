"""What people do without a system: loss by year for the same plots from one layer, by a loop over a library."""

import time
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import rasterio
from exactextract import exact_extract
from rasterstats import zonal_stats

TILES = ("10N_010W", "10N_000E")


def tiles(layers_dir: Path) -> list[Path]:
    """The Hansen loss tiles of the landscape."""
    return [layers_dir / "hansen_gfc" / f"Hansen_GFC-2025-v1.13_lossyear_{tile}.tif" for tile in TILES]


def with_exactextract(layers_dir: Path, plots: geopandas.GeoDataFrame) -> None:
    """Exact shares of each loss year, tile by tile, in the faster of its two strategies."""
    for tile in tiles(layers_dir):
        exact_extract(str(tile), plots, ["unique", "frac"], strategy="raster-sequential")


def with_rasterstats(layers_dir: Path, plots: geopandas.GeoDataFrame) -> None:
    """Cells of each loss year by their centres, tile by tile."""
    for tile in tiles(layers_dir):
        with rasterio.open(tile) as raster:
            inside = plots.cx[raster.bounds.left : raster.bounds.right, raster.bounds.bottom : raster.bounds.top]
        if len(inside):
            zonal_stats(inside, str(tile), categorical=True, nodata=255)


def plots_per_s(method: Callable[[Path, geopandas.GeoDataFrame], None], layers_dir: Path, plots: geopandas.GeoDataFrame) -> float:
    """Plots a second of one method, reading the plots not counted."""
    begun = time.perf_counter()
    method(layers_dir, plots)
    return float(np.round(len(plots) / (time.perf_counter() - begun), 1))
