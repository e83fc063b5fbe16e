"""One real job through each set-up: from the POST to the end of the run, where the time went, and whether all answers are equal."""

import hashlib
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from rich.console import Console

import sample
from benchmarks.sections import put, table
from contracts.v1.stats import Statistic
from tests.systems import System, distributed, embedded

SAMPLE_S = 0.1
WARM_UP_PLOTS = 300
END_DATE = "2025-12-31"
FETCHED = {
    Statistic.EUDR_DEFORESTATION: "/fetch_plots",
    Statistic.LUC_EMISSIONS: "/fetch_biomass_emissions",
    Statistic.BIODIVERSITY: "/fetch_biodiversity",
    Statistic.WATER: "/fetch_water_stress",
}


@dataclass
class Watch:
    """CPU seconds and peak memory of processes while the block runs, read from the operating system."""

    system: System
    peak_mb: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    health_ms: list[float] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        self._processes = {name: psutil.Process(process.pid) for name, process in self.system.processes.items()}
        self._before = {name: sum(process.cpu_times()[:2]) for name, process in self._processes.items()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.cpu_s = {name: sum(process.cpu_times()[:2]) - self._before[name] for name, process in self._processes.items()}

    def _sample(self) -> None:
        with httpx.Client() as http:
            while not self._over.wait(SAMPLE_S):
                for name, process in self._processes.items():
                    self.peak_mb[name] = max(self.peak_mb.get(name, 0.0), process.memory_info().rss / 1e6)
                begun = time.perf_counter()
                http.get(f"{self.system.url}/healthz", timeout=10)
                self.health_ms.append(1000 * (time.perf_counter() - begun))


def run(home: Path, plots: int, stats: tuple[Statistic, ...], console: Console, page: Path) -> None:
    """The same job in each set-up, after a small one that warms caches; one table, and whether every answer has equal bytes."""
    layers_dir = sample.generate(home / "sample").layers_dir
    warm_up, file = sample.many(home / "warm-up.geojson", WARM_UP_PLOTS, 2), sample.many(home / "all.geojson", plots, 1)
    rows = []
    with embedded(home / "embedded", layers_dir) as system:
        run_job("warm-up", system, warm_up, stats)
        rows.append(run_job("embedded: one process, SQLite", system, file, stats))
    rabbitmq, database = os.environ.get("RABBITMQ_URL"), os.environ.get("DATABASE_URL")
    if not rabbitmq or not database:
        console.print("RABBITMQ_URL and DATABASE_URL are not set: `make bench` starts private ones; one set-up is left out")
    else:
        with distributed(rabbitmq, database, home / "distributed", layers_dir) as system:
            run_job("warm-up", system, warm_up, stats)
            rows.append(run_job("distributed: RabbitMQ, PostGIS, 2 deforestation workers", system, file, stats))
    lines = _lines(rows, stats)
    console.print("\n".join(lines))
    put(page, "Whole jobs", lines)


def run_job(setup: str, system: System, plots_file: Path, stats: tuple[Statistic, ...]) -> dict[str, Any]:
    """Submit the file, wait for the end, and say how long what took (seconds, MB, plots a second) and what the answers hash to."""
    with Watch(system) as watch, httpx.Client(base_url=system.url, headers=system.headers, timeout=600) as http:
        begun = time.perf_counter()
        with plots_file.open("rb") as file:
            files = {"file": ("plots.geojson", file, "application/geo+json")}
            data = {"collection_name": f"{plots_file.stem} plots", "stats": ",".join(stats), "end_date": END_DATE}
            answer = http.post("/batch_process", files=files, data=data)
        answer.raise_for_status()
        submitted = answer.json()
        while True:
            progress = http.get("/batch_progress", params={"tracking_id": submitted["tracking_id"]}).json()
            if progress["finished_at"]:
                break
            time.sleep(0.05)
        total_s = time.perf_counter() - begun
        stream_s = _stream_s(http, submitted["tracking_id"])
        paths = (*dict.fromkeys(("/fetch_plots", *(FETCHED[stat] for stat in stats))), "/fetch_supply_shed")
        answers = {path: _digest(http, path, submitted) for path in paths}
    plots = progress["plots"]["accepted"]
    return {
        "setup": setup,
        "status": progress["status"],
        "plots": plots,
        "total_s": total_s,
        "plots_per_s": plots / total_s,
        "stages_s": {stage["name"]: _seconds(stage) for stage in progress["stages"]},
        "fetch_s": stream_s,
        "cpu_s": watch.cpu_s,
        "peak_mb": watch.peak_mb,
        "healthz_p99_ms": sorted(watch.health_ms)[int(0.99 * (len(watch.health_ms) - 1))],
        "answers": answers,
    }


def _digest(http: httpx.Client, path: str, submitted: dict[str, str]) -> str:
    """SHA-256 of what a path answers as lines of JSON, without the ids of the run."""
    digest = hashlib.sha256()
    with http.stream("GET", path, params={"filename": submitted["collection_id"], "format": "ndjson"}) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            for name in ("collection_id", "run_id"):
                line = line.replace(submitted[name], f"<{name}>")
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _seconds(stage: dict[str, Any]) -> float:
    if not stage["started_at"] or not stage["finished_at"]:
        return 0.0
    return (datetime.fromisoformat(stage["finished_at"]) - datetime.fromisoformat(stage["started_at"])).total_seconds()


def _stream_s(http: httpx.Client, tracking_id: str) -> float:
    begun = time.perf_counter()
    with http.stream("GET", "/fetch_plots", params={"filename": tracking_id}) as answer:
        for _ in answer.iter_raw():
            pass
    return time.perf_counter() - begun


def _lines(rows: list[dict[str, Any]], stats: tuple[Statistic, ...]) -> list[str]:
    names = ("set-up", "plots", "s", "plots/s", "peak MB (largest)", "/healthz p99, ms (goal: 50)")
    cells = [
        (
            row["setup"],
            f"{row['plots']:,}",
            f"{row['total_s']:.1f}",
            f"{row['plots_per_s']:,.0f}",
            f"{max(row['peak_mb'].values()):,.0f}",
            f"{row['healthz_p99_ms']:.0f}",
        )
        for row in rows
    ]
    lines = [f"From the POST to the end of the run: {', '.join(stats)}, plots of the demo's landscape that lie over each other.", ""]
    lines += table(names, cells)
    for row in rows:
        lines += [f"{row['setup']} ({row['status']}):", "", f"- stages, s: {_told(row['stages_s'])}; /fetch_plots {row['fetch_s']:.1f}"]
        lines += [f"- CPU, s: {_told(row['cpu_s'])}", f"- peak, MB: {_told(row['peak_mb'], 0)}", ""]
    for path, digest in rows[0]["answers"].items():
        same = len({row["answers"][path] for row in rows}) == 1
        lines.append(f"- `{path}`: SHA-256 {digest[:16]}…, {'equal bytes' if same else 'DIFFERENT BYTES'} in {len(rows)} set-ups")
    return lines


def _told(amounts: dict[str, float], digits: int = 1) -> str:
    return ", ".join(f"{name} {amount:,.{digits}f}" for name, amount in amounts.items())
