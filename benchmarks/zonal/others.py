"""Other ways to areas by class (or what a library gives nearest to it) over one raster or several; each call starts with closed files."""

from collections.abc import Callable
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from shared.zonal.grid import Grid

# Each library is imported by its own way: the peak memory of one does not hold the others.

Areas = NDArray[np.float64]
"""Covered area in all of each plot, m2."""
Total = Callable[[], Areas]
"""How to add up what a way has found: for the error of area, after the clock has stopped."""
Way = Callable[[Path, NDArray[np.object_]], Total]

LAYERS = ("lossyear30", "treecover30", "landcover10", "agb100")
"""What the four statistics read at least: loss by year where there was forest, land cover, biomass."""
MEASURED = "agb100"
"""The layer of quantities: moments are asked of it, areas by class of the others."""


def exactextract_by_raster(path: Path, plots: NDArray[np.object_]) -> Total:
    """exactextract, raster-sequential: shares of each class in the covered cells, and the covered area on its sphere."""
    return _exactextract(path, plots, "raster-sequential")


def exactextract_by_feature(path: Path, plots: NDArray[np.object_]) -> Total:
    """exactextract, feature-sequential."""
    return _exactextract(path, plots, "feature-sequential")


def _exactextract(path: Path, plots: NDArray[np.object_], strategy: str) -> Total:
    import geopandas
    from exactextract import exact_extract

    frame = geopandas.GeoDataFrame({"at": np.arange(len(plots))}, geometry=plots, crs=4326)
    asked = ["mean", "stdev", "min", "max"] if path.stem == MEASURED else ["unique", "frac"]
    rows = exact_extract(str(path), frame, [*asked, "count(coverage_weight=area_spherical_m2)"], include_cols=["at"], strategy=strategy)

    def total() -> Areas:
        areas = np.zeros(len(plots))
        for row in rows:
            areas[row["properties"]["at"]] = row["properties"]["count"]
        return areas

    return total


def extractrs_mean(path: Path, plots: NDArray[np.object_]) -> Total:
    """extractrs: the whole window in memory and its mean (it has no areas by class)."""
    import extractrs

    with rasterio.open(path) as raster:
        window = _window(raster, tuple(shapely.total_bounds(plots)))
        values = raster.read(1, window=window).astype(np.float64)
        west, south, east, north = raster.window_bounds(window)
        dx, dy = raster.res
    cache = extractrs.build_cache(shapely.to_wkb(plots).tolist(), list(range(len(plots))), west, south, east, north, dx, dy)
    extractrs.apply_stat(cache, values, -1.0, "mean")
    return lambda: np.asarray(extractrs.apply_stat(cache, values, -1.0, "count")) * _cell_m2(path, plots)


def naive_windows(path: Path, plots: NDArray[np.object_]) -> Total:
    """One read a plot and a mask by cell centres, as most scripts do; cells by class of bands of bytes, moments of quantities."""
    from rasterio.features import geometry_mask

    measured, cells, moments = path.stem == MEASURED, np.zeros((len(plots), 256)), np.full((len(plots), 4), np.nan)
    with rasterio.open(path) as raster:
        for at, plot in enumerate(plots):
            window = _window(raster, plot.bounds)
            values = raster.read(1, window=window)
            inside = values[geometry_mask([plot], values.shape, raster.window_transform(window), invert=True)]
            if not measured:
                cells[at] = np.bincount(inside, minlength=256)
            elif inside.size:
                moments[at] = inside.mean(), inside.std(), inside.min(), inside.max()
    return lambda: cells.sum(axis=1) * _cell_m2(path, plots)


def rasterstats(path: Path, plots: NDArray[np.object_]) -> Total:
    """rasterstats: cells of each class by their centres."""
    from rasterstats import zonal_stats

    asked = {"stats": "mean std min max"} if path.stem == MEASURED else {"categorical": True}
    rows = zonal_stats([plot.__geo_interface__ for plot in plots], str(path), nodata=255, **asked)
    return lambda: np.array([sum(row.values()) for row in rows], dtype=np.float64) * _cell_m2(path, plots)


def in_turn(way: Way, folder: Path, plots: NDArray[np.object_]) -> Total:
    """One layer after the other; the area is that of the land cover."""
    found = {name: way(folder / f"{name}.tif", plots) for name in LAYERS}
    return found["landcover10"]


WAYS: dict[str, Way] = {
    "rasterstats": rasterstats,
    "naive windows": naive_windows,
    "exactextract by feature": exactextract_by_feature,
    "exactextract by raster": exactextract_by_raster,
    "extractrs (means)": extractrs_mean,
}


def _window(raster: Any, bounds: tuple[float, float, float, float]) -> Window:
    """The cells that the bounds touch."""
    exact = raster.window(*bounds)
    left, top = floor(exact.col_off), floor(exact.row_off)
    return Window(left, top, ceil(exact.col_off + exact.width) - left, ceil(exact.row_off + exact.height) - top)


def _cell_m2(path: Path, plots: NDArray[np.object_]) -> Areas:
    """Area of the cell under the middle of each plot: what is done with counts of cells."""
    with rasterio.open(path) as raster:
        west, north, (dx, dy) = raster.bounds.left, raster.bounds.top, raster.res
        by_row = Grid(west, north, dx, dy, raster.width, raster.height).row_areas_m2()
    areas: Areas = by_row[np.floor((north - shapely.get_y(shapely.centroid(plots))) / dy).astype(int)]
    return areas
