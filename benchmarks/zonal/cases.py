"""The cases of the zonal benchmark: every way in a process of its own, and the ratios between them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.zonal import data
from benchmarks.zonal.measure import ALL, OURS, WAYS

SINGLE = ("lossyear30", "treecover30", "landcover10")
COUNTS = (10_000, 100_000)
LIMIT = "the same reads, nothing computed"


@dataclass(frozen=True, slots=True)
class Row:
    """One way in one case."""

    case: str
    plots: int
    method: str
    plots_per_s: float
    peak_mb: float
    ratio_to_exactextract: float | None
    """To the faster of its strategies in the same case, both on one core."""
    ratio_to_rasterstats: float | None
    ratio_to_extractrs: float | None
    share_of_read_limit: float | None
    """Of the plots a second that the reads alone would allow on one core."""
    mean_error: float | None
    """Of the covered area against the geodesic, relative, mean over plots."""
    worst_error: float | None
    measured: int
    """Plots that were measured: the slow ways take some of them."""


def quick(folder: Path, console: Console) -> list[Row]:
    """The headline: one sparse layer, 10,000 plots, one core."""
    return list(_case(folder, "lossyear30", COUNTS[0], console))


def whole(folder: Path, console: Console) -> list[Row]:
    """One layer at a time, then all in one pass; 10,000 and 100,000 plots."""
    rows = [row for count in COUNTS for layer in SINGLE for row in _case(folder, layer, count, console)]
    return rows + [row for count in COUNTS for row in _all_layers(folder, count, console)]


def _case(folder: Path, layer: str, count: int, console: Console) -> Iterator[Row]:
    found = {way: _measured(folder, layer, count, way, 1, console) for way in (OURS, *WAYS)}
    speed = {way: one["plots"] / one["s"] for way, one in found.items()}
    exact = max(speed["exactextract by raster"], speed["exactextract by feature"])
    cores = os.cpu_count() or 1
    runs = [(f"{way}, 1 core" if way == OURS else way, one, one["limit_s"]) for way, one in found.items()]
    if cores > 1:
        runs.insert(1, (f"{OURS}, {cores} cores", _measured(folder, layer, count, OURS, cores, console), found[OURS]["limit_s"]))
    for way, one, limit_s in runs:
        own = one["plots"] / one["s"]
        share = limit_s / one["s"] if limit_s else None
        ratios = _ratios(own, exact, speed)
        yield Row(f"{layer}, one layer", count, way, own, one["peak_mb"], *ratios, share, *_errors(one), one["plots"])
    limit = count / found[OURS]["limit_s"]
    ratios = _ratios(limit, exact, speed)
    yield Row(f"{layer}, one layer", count, LIMIT, limit, found[OURS]["peak_mb"], *ratios, 1.0, None, None, count)


def _ratios(own: float, exact: float, speed: dict[str, float]) -> tuple[float, float, float]:
    """To exactextract, rasterstats and extractrs."""
    return own / exact, own / speed["rasterstats"], own / speed["extractrs (means)"]


def _errors(one: dict[str, Any]) -> tuple[float, float]:
    return one["error"][0], one["error"][1]


def _all_layers(folder: Path, count: int, console: Console) -> Iterator[Row]:
    case = "four layers, one pass"
    one = _measured(folder, ALL, count, OURS, 1, console)
    limit_s, cores = one["limit_s"], os.cpu_count() or 1
    for used in range(1, cores + 1, max(1, cores - 1)):
        held = one if used == 1 else _measured(folder, ALL, count, OURS, used, console)
        name = f"{OURS}, {used} core{'s' if used > 1 else ''}"
        yield Row(case, count, name, count / held["s"], held["peak_mb"], None, None, None, limit_s / held["s"], *_errors(held), count)
    yield Row(case, count, LIMIT, count / limit_s, one["peak_mb"], None, None, None, 1.0, None, None, count)


def _measured(folder: Path, layer: str, count: int, way: str, cores: int, console: Console) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.zonal.measure", str(folder), layer, str(count), way, str(cores)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{way} on {layer} with {count} plots failed: {done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    console.print(f"  {layer}, {count} plots, {way}, {cores} cores: {found['plots'] / found['s']:,.0f} plots/s")
    return found


def generate(folder: Path) -> None:
    """The rasters of all cases, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    data.rasters(folder)
