"""The reference regions of a run: found when it is planned, and told when it ends."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from services.tracker.survey import PAGE, with_discs
from shared.db import Database, plots
from shared.db.runs import AnyRow, asked_plots
from shared.errors import PlotproofError
from shared.reference.assignment import Assigned, assign
from shared.reference.regions import region_facts, region_key
from shared.reference.windows import size_class_ha
from shared.settings import Settings
from shared.vectors.layer import PolygonLayer
from shared.vectors.opening import Polygons, is_vector

log = structlog.get_logger()
ALL: Final = "all"


@dataclass
class Found:
    """The regions of a run: rows of `run_regions` and `plot_regions`."""

    regions: list[dict[str, Any]] = field(default_factory=list)
    plots: list[dict[str, Any]] = field(default_factory=list)
    compared: int = 0
    """So many regions, from part 0 on, are computed; the others have fewer plots."""


def kinds_of(run: AnyRow) -> tuple[str, ...]:
    """The kinds of regions that a run asks for, as asked."""
    kind = orjson.loads(run.parameters).get("stat_type")
    return () if kind is None else (str(kind),)


async def find_regions(database: Database, settings: Settings, run: AnyRow) -> Found:
    """The regions that the run's plots lie in, those with the most plots first. A layer that is not there has none."""
    asked = kinds_of(run)
    kinds = sorted(settings.region_layers) if ALL in asked else [kind for kind in asked if kind in settings.region_layers]
    layers = {kind: layer for kind in kinds if (layer := await asyncio.to_thread(_layer, settings, settings.region_layers[kind]))}
    if not layers:
        return Found()
    threshold = float(orjson.loads(run.parameters).get("overlap_threshold", 0.5))
    assigned: dict[str, list[Assigned]] = {kind: [] for kind in layers}
    numbers, areas = [], []
    async for at, geometry, area_ha in _outlines(database, run):
        numbers.append(at)
        areas.append(area_ha)
        for kind, layer in layers.items():
            assigned[kind].append(await asyncio.to_thread(assign, layer, geometry, threshold))
    if not numbers:
        return Found()
    size_ha = size_class_ha(np.concatenate(areas))
    return _rows(layers, assigned, np.concatenate(numbers), {"size_ha": size_ha, "overlap_threshold": threshold}, settings.max_regions)


def _rows(
    layers: Mapping[str, PolygonLayer], assigned: Mapping[str, list[Assigned]], plot_no: NDArray[Any], facts: Mapping[str, Any], most: int
) -> Found:
    found, parts = Found(), _ranked(layers, assigned)
    for part, (kind, key, feature, count) in enumerate(parts):
        told = {**region_facts(layers[kind], feature), **facts, "plots": count}
        found.regions.append({"part": part, "stat_type": kind, "region_id": key, "facts": orjson.dumps(told).decode()})
    part_of = {(kind, key): part for part, (kind, key, _, _) in enumerate(parts)}
    for kind, pages in assigned.items():
        features = np.concatenate([page.feature for page in pages])
        fractions = np.concatenate([page.fraction for page in pages])
        by_overlap = np.concatenate([page.by_overlap for page in pages])
        keys = _keys(layers[kind], features)
        for at in np.flatnonzero(features >= 0):
            fraction = None if np.isnan(fractions[at]) else round(float(fractions[at]), 9)
            row = {"stat_type": kind, "plot_no": int(plot_no[at]), "part": part_of[kind, keys[int(features[at])]]}
            found.plots.append({**row, "fraction": fraction, "by_overlap": bool(by_overlap[at])})
    found.compared = min(len(parts), most)
    return found


def _ranked(layers: Mapping[str, PolygonLayer], assigned: Mapping[str, list[Assigned]]) -> list[tuple[str, str, int, int]]:
    """Kind, key, first feature and plots of each region; the most plots first, then by kind and key."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for kind, pages in assigned.items():
        features = np.concatenate([page.feature for page in pages])
        keys = _keys(layers[kind], features)
        for feature, count in zip(*np.unique(features[features >= 0], return_counts=True), strict=True):
            region = (kind, keys[int(feature)])
            counts[region] += int(count)
            first.setdefault(region, int(feature))
    ordered = sorted(counts, key=lambda region: (-counts[region], region))
    return [(*region, first[region], counts[region]) for region in ordered]


def _keys(layer: PolygonLayer, features: NDArray[Any]) -> dict[int, str]:
    return {int(one): region_key(region_facts(layer, int(one))) for one in np.unique(features[features >= 0])}


async def _outlines(database: Database, run: AnyRow) -> Any:
    """Plot numbers, outlines (points as discs where their area is known) and areas of the run's plots, page by page."""
    asked, after = asked_plots(run), -1
    wanted = None if asked is None else frozenset(asked)
    while True:
        async with database.read() as connection:
            page = await plots.outlines_after(connection, run.collection_id, after, PAGE)
        if not page:
            return
        after = page[-1].plot_no
        rows = [row for row in page if wanted is None or row.plot_no in wanted]
        if rows:
            area_ha = np.array([row.area_ha for row in rows], dtype=np.float64)
            yield np.array([row.plot_no for row in rows]), with_discs(_objects(rows), area_ha), area_ha


def _objects(rows: Sequence[Any]) -> NDArray[np.object_]:
    return np.array([row.geom for row in rows], dtype=object)


def _layer(settings: Settings, layer_id: str) -> PolygonLayer | None:
    """The layer; None, with a warning, when it is not configured or does not read: a run does not wait for it."""
    files = tuple(sorted((key, path) for key, path in settings.layer_files.items() if is_vector(key)))
    try:
        layer = _polygons(settings.layers_dir, files, settings.polygon_layer_mib << 20).layer(layer_id)
    except PlotproofError as error:
        log.warning("regions not read", layer=layer_id, code=error.code, detail=error.detail)
        return None
    if layer is None:
        log.warning("regions not configured", layer=layer_id)
    return layer


@lru_cache(maxsize=2)
def _polygons(layers_dir: Path | None, files: tuple[tuple[str, Path], ...], limit_bytes: int) -> Polygons:
    """The layers of this process, each read once."""
    return Polygons(layers_dir, dict(files), limit_bytes)
