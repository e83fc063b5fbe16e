"""What a statistic's own arithmetic costs: its time over that of the zonal engine for the same layers and plots, on one core."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from rich.console import Console
from rich.table import Table

import sample
from benchmarks.sections import put, table
from sample.landscape import COLS as SIDE, block_area_ha
from services.biomass import worker as biomass
from services.biomass.bands import BANDS
from services.biomass.deployment import chosen
from services.deforestation import worker as deforestation
from shared.geo.areas import geodesic_area_ha
from shared.geo.curve import hilbert_key
from shared.outcome import Plots, Terms, Window
from shared.rasters.bands import BandSpec
from shared.rasters.opening import open_band
from shared.rasters.reader import Rasters
from shared.service import settle
from shared.zonal.held import HeldOnce
from shared.zonal.joining import Joined
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.reductions.moments import moments
from shared.zonal.reductions.reduction import Reduction

CHUNK = 250
"""Plots of a chunk in a deployment."""
RUNS = 3
ROWS, COLS = 3_000, 12_000
"""Cells of the larger land: as far as the demo's tiles of three degrees go."""
NAMES = (
    "way",
    "bands",
    "plots",
    "plots/km2",
    "engine on the cells of the analysis, CPU s",
    "method, CPU s",
    "factor",
    "engine on own cells, CPU s",
    "factor on own cells",
)
TERMS = Terms(Window(date(2017, 1, 1), date(2025, 12, 31)))
_CODED = ("categorical", "year", "year_offset")
"""Decoders of bands whose values are counted by area; of the others a mean is asked."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is done with each chunk, and the bands it reads as far as they are configured."""

    name: str
    bands: tuple[str, ...]
    """`layer.band`, each once."""
    analysis: tuple[tuple[str, tuple[str, ...]], ...]
    """Bands by the band on whose cells the method looks at them one beside the other."""
    of_chunk: Callable[[Plots, Rasters], object]


def ways() -> tuple[Way, ...]:
    """Each statistic by itself, and both in one pass over the chunks."""
    deployed = chosen({}, None)

    def eudr(chunk: Plots, rasters: Rasters) -> object:
        return deforestation.compute(chunk, TERMS, rasters)

    def luc(chunk: Plots, rasters: Rasters) -> object:
        return biomass.compute(chunk, TERMS, rasters, False, deployed)

    both = tuple(dict.fromkeys((*deforestation.LAYERS, *BANDS)))
    on_forest, on_loss = ("jrc_gfc2020.map", deforestation.LAYERS), ("hansen_gfc.lossyear", BANDS)
    more = "hansen_gfc.lossyear", tuple(band for band in both if band == "hansen_gfc.lossyear" or band not in deforestation.LAYERS)
    return (
        Way("eudr_deforestation", deforestation.LAYERS, (on_forest,), eudr),
        Way("luc_emissions", BANDS, (on_loss,), luc),
        Way("both", both, (on_forest, more), lambda *given: (eudr(*given), luc(*given))),
    )


def run(home: Path, plots: Sequence[int], console: Console, page: Path) -> None:
    """Measure so many plots of the demo and so many of the larger land, print the table and write the section of the page."""
    home.mkdir(parents=True, exist_ok=True)
    few, many = plots
    found = [*factors(demo(home, few), RUNS), *factors(larger(home, many), 1)]
    rows = [[str(cell) if not isinstance(cell, float) else f"{cell:.2f}" for cell in row.values()] for row in found]
    drawn = Table(title="CPU time over that of the zonal engine for the same bands")
    for name in NAMES:
        drawn.add_column(name, justify="left" if name == "way" else "right")
    for row in rows:
        drawn.add_row(*row)
    console.print(drawn)
    about = [
        "CPU time of a statistic over that of the zonal engine for the same bands and plots (areas by class of bands of codes, moments of",
        f"the others), in chunks of {CHUNK} plots: {few:,} plots on the layers of the demo (the better of {RUNS} runs), and {many:,} on",
        f"{ROWS * COLS // SIDE**2} times as much of the same land, round as many more villages (one run). The engine is told twice:",
        "all bands on the cells of the analysis, as the method needs them (the coarser ones read once a chunk, as the methods do),",
        "and each band on its own cells. The denser the plots, the less reading each has to pay for, and the more its own arithmetic",
        "weighs.",
        "Goal: 1.3 for both together over 100,000 plots, on the cells of the analysis.",
        "",
    ]
    put(page, "Methods over the engine", [*about, *table(NAMES, rows)])


@dataclass(frozen=True, slots=True)
class Setting:
    """Layers, and plots over them in chunks."""

    layers_dir: Path
    chunks: list[Plots]
    plots_per_km2: float


def demo(home: Path, plots: int) -> Setting:
    """Plots in the villages of the demo."""
    layers_dir = sample.generate(home / "sample").layers_dir
    return Setting(layers_dir, _chunks(sample.many(home / "few.geojson", plots, 1)), plots / _km2(SIDE, SIDE))


def larger(home: Path, plots: int) -> Setting:
    """Plots in those of a larger land."""
    layers_dir = sample.generate_land(home / "land", ROWS, COLS)
    return Setting(layers_dir, _chunks(sample.many(home / "many.geojson", plots, 1, ROWS, COLS)), plots / _km2(ROWS, COLS))


def factors(setting: Setting, runs: int) -> list[dict[str, Any]]:
    """CPU seconds of each way and of the engine for its bands, the best of several runs, and their ratio.

    The engine is told twice: each band on its own cells, and all of them on the cells of the analysis, as the method needs them.
    """
    return [_factor(way, setting, runs) for way in ways()]


def _factor(way: Way, setting: Setting, runs: int) -> dict[str, Any]:
    joined_s, cpu_s, own_s = _best(
        setting,
        runs,
        lambda chunk, rasters: [_engine(bands, chunk, rasters, on) for on, bands in way.analysis],
        way.of_chunk,
        lambda chunk, rasters: _engine(way.bands, chunk, rasters),
    )
    rasters = Rasters(layers_dir=setting.layers_dir)
    return {
        "way": way.name,
        "bands": sum(rasters.state(*name.split(".")) == "configured" for name in way.bands),
        "plots": sum(map(len, setting.chunks)),
        "plots_per_km2": setting.plots_per_km2,
        "joined_s": joined_s,
        "cpu_s": cpu_s,
        "factor": cpu_s / joined_s,
        "own_s": own_s,
        "factor_own": cpu_s / own_s,
    }


def _km2(rows: int, cols: int) -> float:
    return block_area_ha(0, 0, rows, cols) / 100


def _chunks(file: Path) -> list[Plots]:
    """The plots in the order of staging: along a Hilbert curve."""
    features = orjson.loads(file.read_bytes())["features"]
    geometry = np.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    west, south, east, north = shapely.bounds(geometry).T
    geometry = geometry[np.argsort(hilbert_key((west + east) / 2, (south + north) / 2))]
    plots = Plots(np.arange(len(geometry)), geometry, geodesic_area_ha(geometry), np.zeros(len(geometry), dtype=bool))
    return [plots.span(first, first + CHUNK) for first in range(0, len(plots), CHUNK)]


def _engine(bands: tuple[str, ...], chunk: Plots, rasters: Rasters, on: str | None = None) -> object:
    """Areas by class of the bands that hold codes, means of the others, all in one pass; on the cells of the band `on`, if any."""
    with rasters.reading():
        return _asked_for(bands, chunk, rasters, on)


def _asked_for(bands: tuple[str, ...], chunk: Plots, rasters: Rasters, on: str | None) -> object:
    west, south, east, north = (float(edge) for edge in shapely.total_bounds(chunk.geometry))
    bounds = (west, south, east, north)
    opened = {name: open_band(rasters, name, bounds) for name in bands}
    sources = {name: one.source for name, one in opened.items() if one.source is not None}
    if on is not None:
        # a coarser band has few cells under a chunk: it is read once, as the methods do, and not for each window of the finer one
        sources = {
            name: one if one.cells == sources[on].cells else Joined.to(HeldOnce(one, bounds), sources[on]) for name, one in sources.items()
        }
    return zonal(chunk.geometry, sources, {name: _asked(name, opened[name].spec) for name in sources}, checked=True)


def _asked(name: str, spec: BandSpec) -> Reduction:
    if spec.decoder not in _CODED:
        return moments(name)
    return area_by_class(name, Classes.of(*(code for low, high in spec.values for code in range(int(low), int(high) + 1))))


def _best(setting: Setting, runs: int, *of_chunk: Callable[[Plots, Rasters], object]) -> list[float]:
    """CPU seconds of each for all chunks, the best of several runs, in a thread as in a worker.

    They take turns, chunk by chunk, so that none has the better minute.
    """
    settle()  # as a service does once it is loaded
    with ThreadPoolExecutor(1) as thread:
        return [min(taken) for taken in zip(*(thread.submit(_once, setting, of_chunk).result() for _ in range(runs)), strict=True)]


def _once(setting: Setting, of_chunk: Sequence[Callable[[Plots, Rasters], object]]) -> list[float]:
    rasters, taken_s = [Rasters(layers_dir=setting.layers_dir) for _ in of_chunk], [0.0] * len(of_chunk)
    for chunk in setting.chunks:
        for at, one in enumerate(of_chunk):
            begun = time.process_time()
            one(chunk, rasters[at])
            taken_s[at] += time.process_time() - begun
    return taken_s
