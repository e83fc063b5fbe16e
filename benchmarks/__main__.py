"""`python -m benchmarks [zonal | quick | methods | staging | end-to-end]`: the engine, what methods cost more, staging, whole jobs."""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import sample
from benchmarks import staging
from benchmarks.end_to_end import run_job
from benchmarks.methods import factors
from benchmarks.zonal import cases, page
from services.deforestation.worker import LAYERS
from tests.systems import distributed, embedded

HERE = Path(__file__).parent
console = Console(width=170)


def main() -> None:
    """Run the parts that are asked for; both without a word."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("part", nargs="?", choices=("zonal", "quick", "methods", "staging", "end-to-end"))
    arguments.add_argument("--plots", type=int, default=20_000, help="of the whole jobs")
    arguments.add_argument("--counts", type=int, nargs="+", default=cases.COUNTS, help="plots of the cases of the zonal part")
    arguments.add_argument("--chunks", type=int, default=cases.CHUNKS, help="of the first of these counts, for its stream of plots")
    arguments.add_argument("--out", type=Path, help="folder for benchmarks.md and latest.json, in place of docs and benchmarks")
    arguments.add_argument("--keep", type=Path, help="folder in which the rasters of the zonal part stay for the next run")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="plotproof-bench-") as folder:
        if asked.part in (None, "zonal", "quick"):
            bench = cases.Bench(asked.keep or Path(folder) / "rasters", console, tuple(asked.counts), asked.chunks)
            zonal(bench, asked.part == "quick", asked.out)
        if asked.part in (None, "staging"):
            staging.run(Path(folder) / "plots", (asked.out or HERE.parent / "docs") / "benchmarks.md")
        if asked.part in (None, "methods"):
            methods(Path(folder) / "methods", asked.plots)
        if asked.part in (None, "end-to-end"):
            end_to_end(Path(folder), asked.plots)


def zonal(bench: cases.Bench, quick: bool, out: Path | None) -> None:
    """The engine beside other ways: tables, `latest.json`, and unless it is the quick case the page."""
    console.print(f"load average {os.getloadavg()[0]:.1f}; generating the rasters")
    cases.generate(bench.folder)
    rows = bench.quick() if quick else bench.whole()
    for table in page.tables(rows):
        console.print(table)
    page.write_json(rows, (out or HERE) / "latest.json")
    if not quick:
        written = (out or HERE.parent / "docs") / "benchmarks.md"
        page.write_page(rows, written)
        staging.write_section(written)


def methods(home: Path, plots: int) -> None:
    """Statistics over the engine's time for the same layers."""
    home.mkdir()
    table = Table(title="CPU time over that of the zonal engine for the same bands")
    for column in (
        "way",
        "bands",
        "plots",
        "engine on the cells of the analysis, CPU s",
        "method, CPU s",
        "factor",
        "engine on own cells, CPU s",
        "factor",
    ):
        table.add_column(column, justify="left" if column == "way" else "right")
    for row in factors(home, plots):
        cpu = (f"{row[name]:.2f}" for name in ("joined_s", "cpu_s", "factor", "own_s", "factor_own"))
        table.add_row(row["way"], str(row["bands"]), str(row["plots"]), *cpu)
    console.print(table)


def end_to_end(home: Path, plots: int) -> None:
    """The whole job in each set-up, twice: the first run warms caches."""
    layers_dir = sample.generate(home / "sample").layers_dir
    file = sample.many(home / "plots.geojson", plots, 1)
    _print(_embedded(home, layers_dir, file) + _distributed(home, layers_dir, file))


def _embedded(home: Path, layers_dir: Path, file: Path) -> list[dict[str, Any]]:
    with embedded(home / "embedded", layers_dir) as system:
        run_job("embedded", system, file, "warm-up")
        return [run_job("embedded: one process, SQLite", system, file, "measured")]


def _distributed(home: Path, layers_dir: Path, file: Path) -> list[dict[str, Any]]:
    rabbitmq, database = os.environ.get("RABBITMQ_URL"), os.environ.get("DATABASE_URL")
    if not rabbitmq or not database:
        console.print("RABBITMQ_URL and DATABASE_URL are not set: `make bench` starts private ones; one set-up is left out")
        return []
    with distributed(rabbitmq, database, home / "distributed", layers_dir) as system:
        run_job("distributed", system, file, "warm-up")
        return [run_job("distributed: RabbitMQ, PostGIS, 2 deforestation workers", system, file, "measured")]


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(title=f"From the POST to the end of the run: eudr_deforestation on {len(LAYERS)} bands")
    for column in ("set-up", "plots", "s", "plots/s", "peak MB (largest)", "/healthz p99, ms (goal: 50)"):
        table.add_column(column, justify="left" if column == "set-up" else "right")
    for row in rows:
        peak = max(row["peak_mb"].values())
        table.add_row(
            row["setup"],
            str(row["plots"]),
            f"{row['total_s']:.1f}",
            f"{row['plots_per_s']:.0f}",
            f"{peak:.0f}",
            f"{row['healthz_p99_ms']:.0f}",
        )
    console.print(table)
    for row in rows:
        console.print(f"[bold]{row['setup']}[/bold] ({row['status']}): where the time went")
        console.print(
            "  stages, s: "
            + ", ".join(f"{name} {seconds:.1f}" for name, seconds in row["stages_s"].items())
            + f"; /fetch_plots {row['fetch_s']:.1f}"
        )
        console.print("  CPU, s:    " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in row["cpu_s"].items()))
        console.print("  peak, MB:  " + ", ".join(f"{name} {peak:.0f}" for name, peak in row["peak_mb"].items()))


if __name__ == "__main__":
    main()
