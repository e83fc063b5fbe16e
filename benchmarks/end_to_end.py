"""One real job through a running system: from the POST to the end of the run, and where the time went."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.systems import System

SAMPLE_S = 0.1
STATISTIC = "eudr_deforestation"
END_DATE = "2025-12-31"


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


def run_job(setup: str, system: System, plots_file: Path, name: str) -> dict[str, Any]:
    """Submit the file, wait for the end, and say how long what took; seconds, MB, plots a second."""
    with Watch(system) as watch, httpx.Client(base_url=system.url, headers=system.headers, timeout=600) as http:
        begun = time.perf_counter()
        with plots_file.open("rb") as file:
            files = {"file": ("plots.geojson", file, "application/geo+json")}
            data = {"collection_name": name, "stats": STATISTIC, "end_date": END_DATE}
            answer = http.post("/batch_process", files=files, data=data)
        answer.raise_for_status()
        tracking_id = answer.json()["tracking_id"]
        while True:
            progress = http.get("/batch_progress", params={"tracking_id": tracking_id}).json()
            if progress["finished_at"]:
                break
            time.sleep(0.05)
        total_s = time.perf_counter() - begun
        stream_s = _stream_s(http, tracking_id)
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
    }


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
