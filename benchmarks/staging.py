"""Staging beside plain reading: the same file of plots, read by geopandas or pyogrio alone, and staged as a whole."""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from benchmarks.sections import put, table
from contracts.v1.batch import BatchParameters
from contracts.v1.stats import Statistic
from services.staging.child import warm_up
from services.staging.sandbox import ENVIRONMENT
from services.staging.stage import Limits, stage
from tests.services.staging import formats

PLOTS = 100_000
REPEATS = 3
"""The fastest of so many turns counts; staging and reading take turns."""
MEMORY = {name: ENVIRONMENT[name] for name in ("MALLOC_ARENA_MAX", "ARROW_DEFAULT_MEMORY_POOL", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
"""How a parsing process gets its memory."""
_WEST, _SOUTH, _CELL_DEG = 108.0, 12.4, 0.0022


@dataclass(frozen=True, slots=True)
class Format:
    """A format as files of it are called."""

    suffix: str
    media_type: str
    is_read: bool = True
    """Whether geopandas or pyogrio reads it as plots."""


FORMATS = {
    "GeoParquet": Format("parquet", formats.GEOPARQUET),
    "GeoJSON": Format("geojson", "application/geo+json"),
    "GeoJSON lines": Format("geojsonl", formats.LINES),
    "CSV (WKT)": Format("csv", "text/csv"),
    "Shapefile": Format("zip", "application/zip"),
    "GeoPackage": Format("gpkg", "application/geopackage+sqlite3"),
    "KML": Format("kml", "application/vnd.google-earth.kml+xml"),
    "XLSX (WKT)": Format("xlsx", formats.XLSX, is_read=False),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One format."""

    format: str
    plots: int
    size_mb: float
    staged_per_s: float
    read_per_s: float | None
    """None where there is no plain reading."""
    cpu_s: float
    """Of staging, all threads."""
    read_cpu_s: float | None
    peak_mb: float
    """Of the process that staged, libraries and borders included."""


def plots(count: int) -> geopandas.GeoDataFrame:
    """Fields beside each other in the highlands of Vietnam, 0.1 to 4 ha, 8 to 24 corners, seven decimals, in no order of space."""
    rng = np.random.default_rng(count)
    side = int(np.ceil(np.sqrt(count)))
    cell = np.stack(np.divmod(np.arange(count), side), axis=1)[:, ::-1]
    middle = np.array([_WEST, _SOUTH]) + (cell + 0.5 + rng.uniform(-0.1, 0.1, (count, 2))) * _CELL_DEG
    corners = rng.integers(8, 25, count)
    owner = np.repeat(np.arange(count), corners)
    angle = 2 * np.pi * (np.arange(len(owner)) - np.repeat(np.cumsum(corners) - corners, corners)) / corners[owner]
    area_ha = np.clip(rng.lognormal(np.log(1.2), 0.6, count), 0.1, 4.0)
    radius = np.sqrt(area_ha * 1e4 / np.pi)[owner] / 111_000 * rng.uniform(0.75, 1.25, len(owner))
    xy = np.round(middle[owner] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), 7)
    outlines: NDArray[np.object_] = shapely.polygons(shapely.linearrings(xy, indices=owner))
    number = np.arange(count)
    columns = {
        "plotid": [f"P-{n:07d}" for n in number],
        "farmer": [f"Farmer {n % 1000:03d}" for n in number],
        "crop": "coffee",
        "trees": number % 700,
    }
    return geopandas.GeoDataFrame(columns, geometry=rng.permutation(outlines), crs=4326)


def write(frame: geopandas.GeoDataFrame, name: str, path: Path) -> None:
    """Write the plots in one format, as the usual program writes it."""
    drivers = {"GeoJSON": "GeoJSON", "GeoJSON lines": "GeoJSONSeq", "GeoPackage": "GPKG", "KML": "KML"}
    if name == "GeoParquet":
        frame.to_parquet(path)
    elif name == "Shapefile":
        with tempfile.TemporaryDirectory() as folder:
            frame.to_file(Path(folder) / "plots.shp")
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
                for part in sorted(Path(folder).iterdir()):
                    packed.write(part, part.name)
    elif name in drivers:
        frame.to_file(path, driver=drivers[name], **({"COORDINATE_PRECISION": 7} if "JSON" in name else {}))
    else:
        rows = formats.wkt_rows(frame)
        path.write_bytes(formats.csv_of(rows) if name.startswith("CSV") else formats.xlsx(rows))


def whole(folder: Path, count: int = PLOTS) -> list[Row]:
    """A row for each format, each measured in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = plots(count)
    rows = []
    for name, form in FORMATS.items():
        path = folder / f"plots.{form.suffix}"
        write(frame, name, path)
        command = [sys.executable, "-m", "benchmarks.staging", name, str(path)]
        told = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **MEMORY})
        rows.append(Row(**json.loads(told.stdout.splitlines()[-1])))
    return rows


def run(folder: Path, page: Path) -> list[Row]:
    """Measure, and write the section of the page."""
    rows = whole(folder)
    put(page, "Staging", section(rows))
    return rows


def measure(name: str, source: Path) -> Row:
    """Stage and read `source` in turns in this process."""
    warm_up()
    parameters = BatchParameters(collection_name="bench", stats=(Statistic.EUDR_DEFORESTATION,), end_date=date(2025, 12, 31))
    accepted = 0

    def staged() -> None:
        nonlocal accepted
        with tempfile.TemporaryDirectory() as folder:
            found = stage(
                source, FORMATS[name].media_type, Path(folder) / "plots.parquet", parameters, Limits(), lambda _done, _total: None
            )
            accepted = found.accepted

    reading: list[tuple[float, float]] = []
    staging: list[tuple[float, float]] = []
    peak_mb = 0.0
    for _ in range(REPEATS):
        staging.append(_timed(staged))
        peak_mb = peak_mb or _peak_mb()
        if FORMATS[name].is_read:
            reading.append(_timed(lambda: _read(name, source)))
    wall_s, read_s = min(staging)[0], min(reading)[0] if reading else None
    return Row(
        name,
        accepted,
        round(source.stat().st_size / 1e6, 1),
        accepted / wall_s,
        None if read_s is None else accepted / read_s,
        min(cpu for _, cpu in staging),
        min((cpu for _, cpu in reading), default=None),
        peak_mb,
    )


def _read(name: str, source: Path) -> Any:
    if name == "GeoParquet":
        return geopandas.read_parquet(source)
    if name.startswith("CSV"):
        return pyogrio.read_dataframe(source, GEOM_POSSIBLE_NAMES="wkt")
    return pyogrio.read_dataframe(f"/vsizip/{source}" if name == "Shapefile" else source)


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


def section(rows: list[Row]) -> list[str]:
    """The rows as lines of the page."""
    names = ("format", "MB", "staged, plots/s", "read alone, plots/s", "staged : read", "CPU s staged", "CPU s read", "peak MB")
    lines = [
        f"{rows[0].plots:,} fields beside each other (8 to 24 corners, four properties), as one file of each format. *Staged* is all",
        "of it: read, check each plot and all against each other, find the country, sort along the curve, write. *Read alone*",
        "is `geopandas.read_parquet` for GeoParquet and `pyogrio.read_dataframe` for the rest, of the same file, in turns in the",
        f"same process; the fastest of {REPEATS} counts. Goals: 0.5 for GeoParquet, 1 for GeoJSON. {os.cpu_count()} cores, of which",
        "staging uses up to two.",
        "",
    ]
    return [*lines, *table(names, [_cells(row) for row in rows])]


def _cells(row: Row) -> list[str]:
    known = row.read_per_s is not None and row.read_cpu_s is not None
    read = [f"{row.read_per_s:,.0f}", f"{row.staged_per_s / row.read_per_s:.2f}"] if row.read_per_s else ["", ""]
    read_cpu = f"{row.read_cpu_s:.2f}" if known else ""
    return [row.format, f"{row.size_mb:.1f}", f"{row.staged_per_s:,.0f}", *read, f"{row.cpu_s:.2f}", read_cpu, f"{row.peak_mb:,.0f}"]


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], Path(sys.argv[2])))))
