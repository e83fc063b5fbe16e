"""What a statistic's own arithmetic costs: its time over that of the zonal engine for the same layers and plots, on one core."""

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

import sample
from services.deforestation.worker import LAYERS, compute
from shared.geo.areas import geodesic_area_ha
from shared.geo.curve import hilbert_key
from shared.outcome import Plots, Terms, Window
from shared.rasters.opening import open_band
from shared.rasters.reader import Rasters
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class

CHUNK = 250
"""Plots of a chunk in a deployment."""
TERMS = Terms(Window(date(2017, 1, 1), date(2025, 12, 31)))


def factors(home: Path, plots: int) -> list[dict[str, Any]]:
    """CPU seconds of both ways, each run twice and the better one told, and their ratio."""
    layers_dir = sample.generate(home / "sample").layers_dir
    chunks = _chunks(sample.many(home / "plots.geojson", plots, 1))
    engine_s = _best(lambda: _engine(layers_dir, chunks))
    method_s = _best(lambda: _method(layers_dir, chunks))
    rows = {"zonal engine": engine_s, "eudr_deforestation": method_s}
    return [{"way": way, "plots": plots, "cpu_s": cpu_s, "factor": cpu_s / engine_s} for way, cpu_s in rows.items()]


def _chunks(file: Path) -> list[Plots]:
    """The plots in the order of staging: along a Hilbert curve."""
    features = orjson.loads(file.read_bytes())["features"]
    geometry = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    west, south, east, north = shapely.bounds(geometry).T
    geometry = geometry[np.argsort(hilbert_key((west + east) / 2, (south + north) / 2))]
    plots = Plots(np.arange(len(geometry)), geometry, geodesic_area_ha(geometry), np.zeros(len(geometry), dtype=bool))
    return [plots.span(first, first + CHUNK) for first in range(0, len(plots), CHUNK)]


def _engine(layers_dir: Path, chunks: list[Plots]) -> None:
    """Areas by class of every band that the method needs."""
    rasters = Rasters(layers_dir=layers_dir)
    for chunk in chunks:
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(chunk.geometry))
        opened = {name: open_band(rasters, name, (west, south, east, north)).source for name in LAYERS}
        sources = {name: source for name, source in opened.items() if source is not None}
        codes = {name: Classes.of(*range(2000, 2026)) if name.endswith("Year") else Classes.of(*range(26)) for name in sources}
        zonal(chunk.geometry, sources, {name: area_by_class(name, codes[name]) for name in sources}, checked=True)


def _method(layers_dir: Path, chunks: list[Plots]) -> None:
    rasters = Rasters(layers_dir=layers_dir)
    for chunk in chunks:
        compute(chunk, TERMS, rasters)


def _best(way: Callable[[], None]) -> float:
    taken = []
    for _ in range(2):
        begun = time.process_time()
        way()
        taken.append(time.process_time() - begun)
    return min(taken)
