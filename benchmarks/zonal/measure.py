"""One way, measured in a process of its own: `python -m benchmarks.zonal.measure FOLDER LAYER PLOTS METHOD CORES` prints JSON."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.zonal import data, methods
from shared.geo.areas import geodesic_area_ha

FEW = 2_000
"""Plots of the ways that take long for each plot, drawn at random from all."""
REPEATS, ENOUGH_S = 5, 4.0
"""The fastest of so many repetitions counts, or of as many as fit in so many seconds."""
SLOW = {"rasterstats", "naive windows", "exactextract by feature"}
WAYS: dict[str, methods.Method] = {
    "rasterstats": methods.rasterstats_categorical,
    "naive windows": methods.naive_windows,
    "exactextract by feature": methods.exactextract_by_feature,
    "exactextract by raster": methods.exactextract_by_raster,
    "extractrs (means)": methods.extractrs_mean,
}
OURS = "plotproof"
ALL = "all layers"


def main() -> None:
    """Measure and print: seconds of the fastest of some repetitions, plots, peak MB, and errors of area."""
    folder, layer, count, way, cores = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    plots = data.plots(count)
    if way in SLOW and count > FEW:
        plots = plots[np.sort(np.random.default_rng(1).choice(count, FEW, replace=False))]
    run, limit = _runs(folder, layer, plots, way, cores)
    _warm(folder, layer, way, plots[:10], cores)
    took: list[float] = []
    read: list[float] = []
    areas = np.empty(0)
    while len(took) < REPEATS and sum(took) < ENOUGH_S:
        begun = time.perf_counter()
        areas = run()
        took.append(time.perf_counter() - begun)
        if limit is not None:
            begun = time.perf_counter()
            limit()
            read.append(time.perf_counter() - begun)
    expected = geodesic_area_ha(plots) * 1e4
    off = np.abs(areas - expected) / expected
    print(
        json.dumps(
            {
                "s": min(took),
                "plots": len(plots),
                "peak_mb": _peak_mb(),
                "limit_s": min(read) if read else None,
                "error": [off.mean(), off.max()],
            }
        )
    )


def _runs(
    folder: Path, layer: str, plots: NDArray[np.object_], way: str, cores: int
) -> tuple[Callable[[], methods.Areas], Callable[[], None] | None]:
    """The way to measure, and for ours the reads alone (on one core, where they do not share it)."""
    if way != OURS:
        return lambda: WAYS[way](folder / f"{layer}.tif", plots), None
    if layer == ALL:
        reads = [methods.reads_of(folder / f"{name}.tif", plots) for name in methods.LAYERS]
        return lambda: methods.all_layers(folder, plots, cores), lambda: _each(reads)
    return lambda: methods.ours(folder / f"{layer}.tif", plots, cores), methods.reads_of(folder / f"{layer}.tif", plots)


def _peak_mb() -> float:
    """Peak resident memory; getrusage would tell that of the parent where it was larger."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def _each(reads: list[Callable[[], None]]) -> None:
    for read in reads:
        read()


def _warm(folder: Path, layer: str, way: str, plots: NDArray[np.object_], cores: int) -> None:
    """Imports, compilation and the file cache are not measured; the block cache of GDAL is cold in each repetition."""
    for name in methods.LAYERS if layer == ALL else (layer,):
        (folder / f"{name}.tif").read_bytes()
    _runs(folder, layer, plots, way, cores)[0]()


if __name__ == "__main__":
    main()
