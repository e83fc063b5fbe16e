"""The cases of the zonal benchmark: every way in a process of its own, and the ratios between them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.zonal import data
from benchmarks.zonal.measure import ALL, OURS, STREAM, most_plots
from benchmarks.zonal.others import WAYS

SINGLE = ("lossyear30", "treecover30", "landcover10")
COUNTS = (10_000, 100_000)
LIMIT = "the same reads, nothing computed"
CHUNKS = 100
"""Of the first number of plots each: the stream of a million."""
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(4 << 30)}
"""glibc keeps what is freed, for every way and for the reads: else chance decides which of two that take turns gets its memory
anew from the system, page by page, when files are closed after each repetition. A service keeps its files open."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way in one case; ratios are to other ways on as many cores."""

    case: str
    plots: int
    method: str
    plots_per_s: float
    peak_mb: float | None
    """Of the whole process; None for the reads alone, which share one with ours, and where the system does not tell."""
    ratio_to_exactextract: float | None
    """To the faster of its strategies in the same case; None, as the other ratios, where ours is alone."""
    ratio_to_rasterstats: float | None
    ratio_to_extractrs: float | None
    share_of_read_limit: float | None
    """Of the plots a second that the reads alone would allow on as many threads."""
    mean_error: float | None
    """Of the covered area against the geodesic, relative, mean over plots."""
    worst_error: float | None
    measured: int
    """Plots that were measured: the slow ways take some of them."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Measures cases over the rasters of `folder` and tells of each way when it is done."""

    folder: Path
    console: Console
    counts: tuple[int, ...] = COUNTS
    chunks: int = CHUNKS
    _found: dict[tuple[str, int, str, int], dict[str, Any]] = field(default_factory=dict)

    def quick(self) -> list[Row]:
        """The headline: one sparse layer, 10,000 plots, one core."""
        return list(self.case("lossyear30", self.counts[0], 1))

    def whole(self) -> list[Row]:
        """One layer at a time, then all in one pass; 10,000 and 100,000 plots; one core and all; and a stream of a million plots."""
        used = sorted({1, len(os.sched_getaffinity(0))})
        cases = [(layer, count, cores) for layer in (*SINGLE, ALL) for count in self.counts for cores in used]
        return [row for case in cases for row in self.case(*case)] + [row for cores in used for row in self.stream(SINGLE[0], cores)]

    def case(self, layer: str, count: int, cores: int) -> Iterator[Row]:
        """Every way on so many cores, and the limit; of all layers the others take one after the other."""
        case = "four layers" if layer == ALL else f"{layer}, one layer"
        found = {way: self._measured(layer, count, way, cores) for way in (OURS, *WAYS)}
        speed = {way: one["plots"] / one["s"] for way, one in found.items()}
        limit_s = found[OURS]["limit_s"]
        for way, one in found.items():
            share, (mean, worst) = limit_s / one["s"] if way == OURS else None, one["error"]
            ratios = _ratios(speed[way], speed)
            yield Row(case, count, way + _on(cores), speed[way], one["peak_mb"], *ratios, share, mean, worst, one["plots"])
        yield Row(case, count, LIMIT + _on(cores), count / limit_s, None, *_ratios(count / limit_s, speed), 1.0, None, None, count)

    def stream(self, layer: str, cores: int) -> Iterator[Row]:
        """Ours on many chunks of plots, one after the other, each anywhere in the extent and read anew: memory stays that of one."""
        one = self._run(layer, self.counts[0], STREAM, cores, str(self.chunks))
        case, plots, (mean, worst) = f"{layer}, one layer, in {self.chunks} chunks", one["plots"], one["error"]
        speed, limit = plots / one["s"], plots / one["limit_s"]
        yield Row(case, plots, OURS + _on(cores), speed, one["peak_mb"], None, None, None, speed / limit, mean, worst, plots)
        yield Row(case, plots, LIMIT + _on(cores), limit, None, None, None, None, 1.0, None, None, plots)

    def _measured(self, layer: str, count: int, way: str, cores: int) -> dict[str, Any]:
        """Of the slow ways the same measurement stands for every number of plots: each costs them about the same."""
        if most_plots(layer, way) is not None:
            count = min(count, self.counts[0])
        key = (layer, count, way, cores)
        if key not in self._found:
            self._found[key] = self._run(*key)
        return self._found[key]

    def _run(self, layer: str, count: int, way: str, cores: int, *more: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "benchmarks.zonal.measure", str(self.folder), layer, str(count), way, str(cores), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | ALLOCATOR)
        if done.returncode:
            raise RuntimeError(f"{way} on {layer} with {count} plots failed: {done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        self.console.print(f"  {layer}, {count} plots, {way}, cores: {cores}: {found['plots'] / found['s']:,.0f} plots/s")
        return found


def _on(cores: int) -> str:
    return f", {cores} core{'s' if cores > 1 else ''}"


def _ratios(own: float, speed: dict[str, float]) -> tuple[float, float, float]:
    """To exactextract, rasterstats and extractrs."""
    exact = max(one for way, one in speed.items() if way.startswith("exactextract"))
    return own / exact, own / speed["rasterstats"], own / speed["extractrs (means)"]


def generate(folder: Path) -> None:
    """The rasters of all cases, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    data.rasters(folder)
