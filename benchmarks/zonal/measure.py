"""One way, measured in a process of its own: `python -m benchmarks.zonal.measure FOLDER LAYER PLOTS WAY CORES [CHUNKS]` prints JSON."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.zonal import data, others
from shared.geo.areas import geodesic_area_ha

REPEATS, ENOUGH_S, ENOUGH_OURS_S = 5, 2.0, 4.0
"""The fastest of so many repetitions counts, or of as many as fit in so many seconds; ours take turns with the reads."""
OURS = "plotproof"
STREAM = "plotproof in chunks"
"""As ours, on CHUNKS times PLOTS plots, of which no more than PLOTS are in memory."""
ALL = "all layers"


def main() -> None:
    """Measure and print: seconds of the fastest of some repetitions, plots, peak MB, and errors of area."""
    folder, layer, count, way, cores = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    if way == STREAM:
        print(json.dumps(stream(folder, layer, count, cores, int(sys.argv[6]))))
    else:
        print(json.dumps(repeated(folder, layer, taken(data.plots(count), layer, way), way, cores)))


def repeated(folder: Path, layer: str, plots: NDArray[np.object_], way: str, cores: int) -> dict[str, Any]:
    """The fastest of some repetitions on the same plots; the reads alone take turns with ours."""
    run, limit = _runs(folder, layer, plots, way, cores)
    _warm(folder, layer, way, plots[:10], cores)
    peak_known = _forget_peak()
    took: list[float] = []
    read: list[float] = []
    areas, peak_mb = np.empty(0), None
    while len(took) < REPEATS and sum(took) < (ENOUGH_OURS_S if way == OURS else ENOUGH_S):
        seconds, total = _timed(run)
        took.append(seconds)
        peak_mb = peak_mb or (_peak_mb() if peak_known else None)
        areas = total()
        del total  # what one repetition has found is not in memory in the next
        if limit is not None:
            read.append(_timed(limit)[0])
    off = _errors(plots, areas)
    limit_s = min(read) if read else None
    return {"s": min(took), "plots": len(plots), "peak_mb": peak_mb, "limit_s": limit_s, "error": [off.mean(), off.max()]}


def stream(folder: Path, layer: str, count: int, cores: int, chunks: int) -> dict[str, Any]:
    """Seconds of all chunks together, each of other plots; making these is not timed, but in the peak of memory."""
    _warm(folder, layer, OURS, data.plots(10), cores)
    peak_known = _forget_peak()
    took, read, mean, worst = 0.0, 0.0, 0.0, 0.0
    for chunk in range(chunks):
        plots = data.plots(count, 1 + chunk)
        (seconds, total), reading = (_timed(one) for one in _runs(folder, layer, plots, OURS, cores) if one is not None)
        took, read = took + seconds, read + reading[0]
        off = _errors(plots, total())
        mean, worst = mean + off.mean() / chunks, max(worst, off.max())
    peak_mb = _peak_mb() if peak_known else None
    return {"s": took, "plots": count * chunks, "peak_mb": peak_mb, "limit_s": read, "error": [mean, worst]}


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    found = run()
    return time.perf_counter() - begun, found


def _errors(plots: NDArray[np.object_], areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the covered area of each plot against its geodesic area, relative."""
    expected = geodesic_area_ha(plots) * 1e4
    return np.asarray(np.abs(areas - expected) / expected)


def most_plots(layer: str, way: str) -> int | None:
    """Plots of the ways that take long for each plot; None: all."""
    if way in ("rasterstats", "naive windows", "exactextract by feature"):
        return 2_000
    return 10_000 if layer == ALL and way == "exactextract by raster" else None


def taken(plots: NDArray[np.object_], layer: str, way: str) -> NDArray[np.object_]:
    """The plots that are measured, drawn at random from all and left in their order."""
    most = most_plots(layer, way)
    if most is None or len(plots) <= most:
        return plots
    return plots[np.sort(np.random.default_rng(1).choice(len(plots), most, replace=False))]


def _runs(
    folder: Path, layer: str, plots: NDArray[np.object_], way: str, cores: int
) -> tuple[Callable[[], others.Total], Callable[[], None] | None]:
    """The way to measure, and for ours the reads alone, on as many threads."""
    if way != OURS:
        one = others.WAYS[way]
        return (lambda: others.in_turn(one, folder, plots)) if layer == ALL else (lambda: one(folder / f"{layer}.tif", plots)), None
    from benchmarks.zonal import ours  # its compiled code is in memory only where it is measured

    if layer == ALL:
        reads = [ours.reads_of(folder / f"{name}.tif", plots, cores) for name in others.LAYERS]
        return lambda: ours.all_layers(folder, plots, cores), lambda: _each(reads)
    path = folder / f"{layer}.tif"
    return lambda: ours.one_layer(path, plots, cores), ours.reads_of(path, plots, cores)


def _forget_peak() -> bool:
    """The peak begins anew: making the plots and warming up are not the way's. False where the system does not let us: no peak is told."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    except OSError:
        return False
    return True


def _peak_mb() -> float:
    """Peak resident memory; getrusage would tell that of the parent where it was larger."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def _each(reads: list[Callable[[], None]]) -> None:
    for read in reads:
        read()


def _warm(folder: Path, layer: str, way: str, plots: NDArray[np.object_], cores: int) -> None:
    """Imports, compilation and the file cache are not measured; the block cache of GDAL is cold in each repetition."""
    for name in others.LAYERS if layer == ALL else (layer,):
        with (folder / f"{name}.tif").open("rb") as file:
            while file.read(1 << 20):
                pass
    _runs(folder, layer, plots, way, cores)[0]()


if __name__ == "__main__":
    main()
