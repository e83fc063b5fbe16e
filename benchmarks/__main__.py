"""`python -m benchmarks`: plots a second from the POST to the end, for both set-ups, beside doing it by hand."""

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import geopandas
from rich.console import Console
from rich.table import Table

import sample
from benchmarks.by_hand import plots_per_s, with_exactextract, with_rasterstats
from benchmarks.end_to_end import run_job
from services.deforestation.worker import LAYERS
from tests.systems import distributed, embedded

console = Console(width=140)


def main() -> None:
    """Run the job in each set-up twice (the first warms caches) and print one table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--plots", type=int, default=20_000)
    plots = arguments.parse_args().plots
    with tempfile.TemporaryDirectory(prefix="plotproof-bench-") as folder:
        home = Path(folder)
        layers_dir = sample.generate(home / "sample").layers_dir
        file = sample.many(home / "plots.geojson", plots, 1)
        rows = _embedded(home, layers_dir, file) + _distributed(home, layers_dir, file)
        few = geopandas.read_file(file, rows=2000)
        by_hand = {
            "exactextract, one layer": plots_per_s(with_exactextract, layers_dir, few),
            "rasterstats, one layer": plots_per_s(with_rasterstats, layers_dir, few),
        }
    _print(rows, by_hand)


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


def _print(rows: list[dict[str, Any]], by_hand: dict[str, float]) -> None:
    table = Table(title=f"From the POST to the end of the run: eudr_deforestation on {len(LAYERS)} bands")
    for column in ("set-up", "plots", "s", "plots/s", *(f"vs {name}" for name in by_hand), "peak MB (largest)", "/healthz p99 ms"):
        table.add_column(column, justify="left" if column == "set-up" else "right")
    for row in rows:
        ratios = [f"{row['plots_per_s'] / speed:.2f} x" for speed in by_hand.values()]
        peak = max(row["peak_mb"].values())
        table.add_row(
            row["setup"],
            str(row["plots"]),
            f"{row['total_s']:.1f}",
            f"{row['plots_per_s']:.0f}",
            *ratios,
            f"{peak:.0f}",
            f"{row['healthz_p99_ms']:.0f}",
        )
    for name, speed in by_hand.items():
        table.add_row(f"by hand: {name}", "2000", "", f"{speed:.0f}", *("" for _ in by_hand), "", "")
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
