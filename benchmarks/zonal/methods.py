"""Ways to areas by class (or what a library gives nearest to it) for plots over one raster; each call starts with closed files."""

from collections.abc import Callable
from math import ceil, floor
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from exactextract import exact_extract
from numpy.typing import NDArray
from rasterio.features import geometry_mask
from rasterio.windows import Window
from rasterstats import zonal_stats

from shared.rasters.raster import open_raster
from shared.zonal.grid import Grid
from shared.zonal.joining import Joined
from shared.zonal.passes import block_of, zonal
from shared.zonal.plan import Plan
from shared.zonal.reductions.classes import Classes, area_by_class, joint_area
from shared.zonal.reductions.moments import moments

Areas = NDArray[np.float64]
"""Covered area in all of each plot, m2: the sum of what each way gives by class."""
Method = Callable[[Path, NDArray[np.object_]], Areas]

CLASSES = {"lossyear30": Classes.of(*range(26)), "treecover30": Classes.of(*range(101)), "landcover10": Classes.of(*range(10, 101, 10))}
LAYERS = ("lossyear30", "treecover30", "landcover10", "agb100")
"""What the four statistics read at least: loss by year where there was forest, land cover, biomass."""


def ours(path: Path, plots: NDArray[np.object_], threads: int = 1) -> Areas:
    """Exact coverage, ground areas on WGS84, by class."""
    found = zonal(plots, {"a": open_raster(path)}, {"areas": area_by_class("a", CLASSES[path.stem])}, threads=threads, checked=True)
    areas: Areas = found["areas"].sum(axis=1)
    return areas


def all_layers(folder: Path, plots: NDArray[np.object_], threads: int = 1) -> Areas:
    """Loss by year where cover is 30 % or more, land cover by class and biomass, in one pass over four files."""
    loss, cover, land, biomass = (open_raster(folder / f"{name}.tif") for name in LAYERS)
    found = zonal(
        plots,
        {"loss": loss, "cover": Joined.to(cover, loss) if cover.cells != loss.cells else cover, "land": land, "biomass": biomass},
        {
            "loss": joint_area("loss", CLASSES["lossyear30"], "cover", Classes.of(range(30), range(30, 101))),
            "land": area_by_class("land", CLASSES["landcover10"]),
            "biomass": moments("biomass"),
        },
        threads=threads,
        checked=True,
    )
    areas: Areas = found["land"].sum(axis=1)
    return areas


def reads_of(path: Path, plots: NDArray[np.object_]) -> Callable[[], None]:
    """The reads that `ours` makes, from a closed file, and nothing else."""
    raster = open_raster(path)
    plan = Plan.of(plots, raster.cells, raster.unit)
    windows = [plan.reads(run) for run in plan.runs()]

    def read() -> None:
        fresh = open_raster(path)
        for some in windows:
            block_of(fresh, some)

    return read


def exactextract_by_raster(path: Path, plots: NDArray[np.object_]) -> Areas:
    """exactextract, raster-sequential: shares of each class of the covered area on its sphere."""
    return _exactextract(path, plots, "raster-sequential")


def exactextract_by_feature(path: Path, plots: NDArray[np.object_]) -> Areas:
    """exactextract, feature-sequential."""
    return _exactextract(path, plots, "feature-sequential")


def _exactextract(path: Path, plots: NDArray[np.object_], strategy: str) -> Areas:
    frame = geopandas.GeoDataFrame({"at": np.arange(len(plots))}, geometry=plots, crs=4326)
    operations = ["unique", "frac", "count(coverage_weight=area_spherical_m2)"]
    rows = exact_extract(str(path), frame, operations, include_cols=["at"], strategy=strategy)
    areas = np.zeros(len(plots))
    for row in rows:
        areas[row["properties"]["at"]] = row["properties"]["count"]
    return areas


def extractrs_mean(path: Path, plots: NDArray[np.object_]) -> Areas:
    """extractrs: the whole window in memory, its mean (it has no areas by class), and the covered cells."""
    import extractrs

    with rasterio.open(path) as raster:
        window = _window(raster, tuple(shapely.total_bounds(plots)))
        values = raster.read(1, window=window).astype(np.float64)
        west, south, east, north = raster.window_bounds(window)
        dx, dy = raster.res
    cache = extractrs.build_cache(shapely.to_wkb(plots).tolist(), list(range(len(plots))), west, south, east, north, dx, dy)
    extractrs.apply_stat(cache, values, -1.0, "mean")
    cells = np.asarray(extractrs.apply_stat(cache, values, -1.0, "count"))
    return cells * _cell_m2(plots, dx, dy)


def naive_windows(path: Path, plots: NDArray[np.object_]) -> Areas:
    """One read a plot and a mask by cell centres, as most scripts do."""
    areas = np.zeros(len(plots))
    with rasterio.open(path) as raster:
        dx, dy = raster.res
        for at, plot in enumerate(plots):
            window = _window(raster, plot.bounds)
            values = raster.read(1, window=window)
            inside = geometry_mask([plot], values.shape, raster.window_transform(window), invert=True)
            areas[at] = np.bincount(values[inside], minlength=256).sum()
    return areas * _cell_m2(plots, dx, dy)


def rasterstats_categorical(path: Path, plots: NDArray[np.object_]) -> Areas:
    """rasterstats: cells of each class by their centres."""
    rows = zonal_stats([plot.__geo_interface__ for plot in plots], str(path), categorical=True, nodata=255)
    with rasterio.open(path) as raster:
        dx, dy = raster.res
    return np.array([sum(row.values()) for row in rows], dtype=np.float64) * _cell_m2(plots, dx, dy)


def _window(raster: Any, bounds: tuple[float, float, float, float]) -> Window:
    """The cells that the bounds touch."""
    exact = raster.window(*bounds)
    left, top = floor(exact.col_off), floor(exact.row_off)
    return Window(left, top, ceil(exact.col_off + exact.width) - left, ceil(exact.row_off + exact.height) - top)


def _cell_m2(plots: NDArray[np.object_], dx: float, dy: float) -> Areas:
    """Area of the cell at the middle of each plot: what is done with counts of cells."""
    lat = shapely.get_y(shapely.centroid(plots))
    return np.array([Grid(0.0, one + dy / 2, dx, dy, 1, 1).row_areas_m2()[0] for one in lat])
