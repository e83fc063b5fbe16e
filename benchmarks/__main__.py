"""`python -m benchmarks [zonal | quick | methods | staging | end-to-end]`: the engine, what methods cost more, staging, whole jobs."""

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks import end_to_end, methods, staging
from benchmarks.zonal import cases, page
from contracts.v1.stats import Statistic

HERE = Path(__file__).parent
console = Console(width=170)


def main() -> None:
    """Run the parts that are asked for; both without a word."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part", nargs="?", choices=("zonal", "quick", "methods", "staging", "end-to-end"))
    arguments.add_argument("--plots", type=int, default=20_000, help="of the whole jobs")
    arguments.add_argument("--stats", default=",".join(Statistic), help="of the whole jobs, with commas")
    arguments.add_argument("--counts", type=int, nargs="+", default=cases.COUNTS, help="plots of the cases of the zonal part")
    arguments.add_argument("--chunks", type=int, default=cases.CHUNKS, help="of the first of these counts, for its stream of plots")
    arguments.add_argument("--method-plots", type=int, nargs=2, default=(4_000, 100_000), help="of the demo and of the larger land")
    arguments.add_argument("--out", type=Path, help="folder for benchmarks.md and latest.json, in place of docs and benchmarks")
    arguments.add_argument("--keep", type=Path, help="folder in which the rasters of the zonal part stay for the next run")
    asked = arguments.parse_args()
    if asked.out is not None:
        asked.out.mkdir(parents=True, exist_ok=True)
    written = (asked.out or HERE.parent / "docs") / "benchmarks.md"
    with tempfile.TemporaryDirectory(prefix="plotproof-bench-") as folder:
        if asked.part in (None, "zonal", "quick"):
            bench = cases.Bench(asked.keep or Path(folder) / "rasters", console, tuple(asked.counts), asked.chunks)
            zonal(bench, (asked.out or HERE) / "latest.json", None if asked.part == "quick" else written)
        if asked.part in (None, "staging"):
            staging.run(Path(folder) / "plots", written)
        if asked.part in (None, "methods"):
            methods.run(Path(folder) / "methods", asked.method_plots, console, written)
        if asked.part in (None, "end-to-end"):
            end_to_end.run(Path(folder), asked.plots, tuple(Statistic(name) for name in asked.stats.split(",")), console, written)


def zonal(bench: cases.Bench, latest: Path, written: Path | None) -> None:
    """The engine beside other ways: tables, `latest.json`, and the section of the page unless it is the quick case."""
    console.print(f"load average {os.getloadavg()[0]:.1f}; generating the rasters")
    cases.generate(bench.folder)
    rows = bench.quick() if written is None else bench.whole()
    for table in page.tables(rows):
        console.print(table)
    page.write_json(rows, latest)
    if written is not None:
        page.write_page(rows, written)


if __name__ == "__main__":
    main()
