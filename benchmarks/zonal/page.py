"""The zonal benchmark as a table, as `benchmarks/latest.json`, and as a section of `docs/benchmarks.md`."""

import json
from dataclasses import asdict
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import rasterio
from rich.table import Table

from benchmarks.sections import put, table
from benchmarks.zonal.cases import Row

JSON_FIELDS = ("case", "plots", "method", "plots_per_s", "peak_mb", "ratio_to_exactextract", "ratio_to_rasterstats", "share_of_read_limit")
HEADINGS = ("way", "x exactextract", "x rasterstats", "x extractrs", "of the read limit", "plots/s", "peak MB", "area error, mean", "worst")
LIBRARIES = ("exactextract", "extractrs", "rasterstats", "rasterio", "numba", "numpy", "shapely")


def write_json(rows: list[Row], path: Path) -> None:
    """The rows, for machines."""
    path.write_text(json.dumps([{name: asdict(row)[name] for name in JSON_FIELDS} for row in rows], indent=1) + "\n", encoding="utf-8")


def tables(rows: list[Row]) -> list[Table]:
    """One table a case, for the terminal."""
    made = []
    for (case, plots), some in groupby(rows, key=lambda row: (row.case, row.plots)):
        drawn = Table(*HEADINGS, title=f"{case}, {plots:,} plots")
        for row in some:
            drawn.add_row(*_cells(row))
        made.append(drawn)
    return made


def write_page(rows: list[Row], page: Path) -> None:
    """The section of the page: no figure in it is written by hand."""
    lines = [*_about(), ""]
    for (case, plots), some in groupby(rows, key=lambda row: (row.case, row.plots)):
        lines += [f"### {case}, {plots:,} plots", "", *table(HEADINGS, [_cells(row) for row in some])]
    put(page, "Zonal engine", lines)


def _about() -> list[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"GDAL {rasterio.__gdal_version__}, {versions}.",
        "",
        "`make bench-quick` does the first case on one core in under three minutes. Ratios are within this run, between ways on as many",
        "cores, and to the faster strategy of exactextract; plots a second are of this machine only.",
        "",
        "Plots: lognormal, median 2.2 ha, 0.1 to 50 ha, 8 to 24 corners, round 166 villages in 1.66 x 1.66 degrees. Rasters of that",
        "extent only, in EPSG:4326, blocks of 512, deflate: loss years (sparse) and tree cover (noise) at 0.00025 degrees, land cover at",
        "a third of that, biomass (float32) at 100 m. 100,000 plots share the blocks of the same extent, so reading costs each less.",
        "",
        "Task: area by class of every plot. extractrs has no areas by class and gives means of a window held in memory; rasterstats and",
        "the naive way (a window read and a mask for each plot) count cells by their centres. Four layers: plotproof gives loss by year",
        "where tree cover is 30 % or more as a joint table, land cover by class and moments of biomass in one pass; the others take the",
        "layers in turn and give no joint table.",
        "",
        "Each way runs in a process of its own that may use one core or all (only plotproof and the reads are given threads), imports and",
        "compilation done, file cache warm, GDAL's block cache cold, geometries in memory; the fastest of up to five repetitions counts,",
        "fewer where two seconds (plotproof: four) are over. A way with a number of plots behind it measured so many, drawn at random from",
        "10,000: it costs about the same for each. Peak memory is of the whole process with its libraries, for the plots measured.",
        "Memory that is freed stays with the process (glibc is told so), for every way and for the reads: else chance decides which",
        "repetitions get it anew from the system, page by page.",
        "In chunks: ours alone, on a million plots of which 10,000 are in memory; each chunk lies anywhere in the extent, and its blocks",
        "are read anew.",
        "The read limit is the same reads of the same blocks on as many threads with nothing computed, in turns with plotproof in one",
        "process. The area error is that of the covered area of a plot against its geodesic area, relative; exactextract reckons on a",
        "sphere of the equatorial radius.",
    ]


def _cells(row: Row) -> list[str]:
    way = row.method if row.measured == row.plots else f"{row.method} ({row.measured:,} plots)"
    of_row = (row.ratio_to_exactextract, row.ratio_to_rasterstats, row.ratio_to_extractrs)
    ratios = [f"{ratio:.3g}" if ratio is not None else "" for ratio in of_row]
    share = f"{row.share_of_read_limit:.0%}" if row.share_of_read_limit is not None else ""
    peak = f"{row.peak_mb:,.0f}" if row.peak_mb is not None else ""
    errors = [f"{error:.1e}" if error is not None else "" for error in (row.mean_error, row.worst_error)]
    return [way, *ratios, share, f"{row.plots_per_s:,.0f}", peak, *errors]
