"""Plotproof's way to areas by class over one raster or four, and the reads that it makes; each call starts with closed files."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.zonal.others import LAYERS, Areas, Total
from shared.rasters.raster import open_raster
from shared.zonal.passes import block_of, zonal
from shared.zonal.plan import Plan
from shared.zonal.reductions.classes import Classes, area_by_class, joint_area
from shared.zonal.reductions.moments import moments
from shared.zonal.room import Rooms

CLASSES = {"lossyear30": Classes.of(*range(26)), "treecover30": Classes.of(*range(101)), "landcover10": Classes.of(*range(10, 101, 10))}


def one_layer(path: Path, plots: NDArray[np.object_], threads: int = 1) -> Total:
    """Exact coverage, ground areas on WGS84, by class."""
    found = zonal(plots, {"a": open_raster(path)}, {"areas": area_by_class("a", CLASSES[path.stem])}, threads=threads, checked=True)
    return lambda: _total(found["areas"])


def all_layers(folder: Path, plots: NDArray[np.object_], threads: int = 1) -> Total:
    """Loss by year where cover is 30 % or more, land cover by class and biomass, in one pass over four files."""
    loss, cover, land, biomass = (open_raster(folder / f"{name}.tif") for name in LAYERS)
    found = zonal(
        plots,
        {"loss": loss, "cover": cover, "land": land, "biomass": biomass},
        {
            "loss": joint_area("loss", CLASSES["lossyear30"], "cover", Classes.of(range(30), range(30, 101))),
            "land": area_by_class("land", CLASSES["landcover10"]),
            "biomass": moments("biomass"),
        },
        threads=threads,
        checked=True,
    )
    return lambda: _total(found["land"])


def reads_of(path: Path, plots: NDArray[np.object_], threads: int = 1) -> Callable[[], None]:
    """The reads that the way above makes, from a closed file, into the same memory and on as many threads, and nothing else."""
    raster = open_raster(path)
    plan = Plan.of(plots, raster.cells, raster.unit)
    windows = [plan.reads(run) for run in plan.runs()]

    def read() -> None:
        fresh, rooms = open_raster(path), Rooms()
        if threads == 1:
            for some in windows:
                block_of(fresh, some, rooms.own())
            return
        with ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(lambda some: block_of(fresh, some, rooms.own()), windows):
                pass

    return read


def _total(areas: NDArray[np.float64]) -> Areas:
    total: Areas = areas.sum(axis=1)
    return total
