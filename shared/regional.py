"""What a statistic finds in a reference region: computed by the first run that needs it, read by all others."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from contracts.routes import RESULT_OF
from contracts.v1.stats import Statistic
from shared.alone import Compute
from shared.db import Database, methods, parked, regions, tasks
from shared.db.regions import ValueKey
from shared.db.rows import dumps
from shared.db.runs import AnyRow
from shared.errors import Unavailable
from shared.geo.discs import discs
from shared.lease import Lease
from shared.outcome import Outcome, Plots, Terms
from shared.rasters.recorded import RecordedRasters
from shared.reference.commodity import masks_of, of_commodity
from shared.reference.cover import dominant_cover
from shared.reference.keys import cover_key, mask_key, value_key
from shared.reference.regions import region_geometry, region_key
from shared.reference.sample import sample_of
from shared.reference.standing import kept_text
from shared.reference.windows import Windows, draw

CLAIM_S: Final = 600.0
"""How long others wait for whoever computes a region."""
CHUNK: Final = 160
"""Windows that are computed at once."""
PLOTS: Final = 500
"""Plots whose land cover is looked up at once."""
POINT_HA: Final = 4.0


async def compute_region(
    database: Database, lease: Lease, run: AnyRow, stat: Statistic, compute: Compute, terms: Terms, rasters: RecordedRasters, threads: Any
) -> None:
    """End a region's task once the region's row is there: read, or computed and written.

    Raises Unavailable (`region_is_computed`) while another run computes it, and as `compute`.
    """
    async with database.read() as connection:
        region = await regions.region(connection, run.run_id, lease.taken.key.part)
    if region is None:
        return
    facts = orjson.loads(region.facts)
    key = value_key(run, stat, facts)
    try:
        await _look_up_cover(database, run, lease.taken.key.part, facts, rasters, threads)
        await _look_up_commodity(database, run, facts, rasters, threads)
    except Unavailable:
        if not lease.last_try:
            raise  # else the comparison goes without
    async with database.read() as connection:
        known = await regions.value(connection, key)
    if known is None:
        await _claim(database, lease, key)
        vals = await asyncio.get_running_loop().run_in_executor(threads, _sampled, stat, compute, terms, rasters, facts, lease.last_try)
        sources = rasters.sources()
    else:
        vals, sources = known.vals, orjson.loads(known.sources)
    async with database.write() as connection:
        await tasks.finish(connection, lease.taken, "done", plots=lease.taken.plots)
        await methods.record_sources(connection, run.run_id, sources)
        if known is None:
            await regions.put_value(connection, key, vals, sources)
            await parked.drop_claim(connection, _claim_name(key))


async def _claim(database: Database, lease: Lease, key: ValueKey) -> None:
    """Be the one who computes a region; on the last try do it whoever else does."""
    async with database.write() as connection:
        mine = await parked.claim(connection, _claim_name(key), lease.taken.key.run_id, CLAIM_S)
    if not mine and not lease.last_try:
        raise Unavailable("another run computes this region", "region_is_computed")


async def _look_up_cover(database: Database, run: AnyRow, part: int, facts: dict[str, Any], rasters: RecordedRasters, threads: Any) -> None:
    """Write the land cover of the region's windows and of the run's plots in it; nothing when the layer is not configured."""
    loop, key = asyncio.get_running_loop(), cover_key(facts)
    async with database.read() as connection:
        known = await regions.value(connection, key)
    if known is None:
        windows = await loop.run_in_executor(threads, _windows, rasters, facts)
        cover = await loop.run_in_executor(threads, dominant_cover, rasters, windows.geometry)
        if cover is None:
            return
        async with database.write() as connection:
            await regions.put_value(connection, key, dumps({"cover": cover.tolist()}), [])
    while True:
        async with database.read() as connection:
            rows = await regions.without_cover(connection, run.run_id, part, PLOTS)
        cover = await loop.run_in_executor(threads, dominant_cover, rasters, outlines(rows)) if rows else None
        if cover is None:
            return
        async with database.write() as connection:
            found = {row.plot_no: int(one) for row, one in zip(rows, cover, strict=True)}
            await regions.put_cover(connection, run.run_id, part, found)


async def _look_up_commodity(database: Database, run: AnyRow, facts: dict[str, Any], rasters: RecordedRasters, threads: Any) -> None:
    """Write which of the region's windows are of the run's commodity, by the first of its masks that is configured."""
    loop = asyncio.get_running_loop()
    for band in masks_of(orjson.loads(run.parameters).get("crop_type")):
        key = mask_key(facts, band)
        async with database.read() as connection:
            if await regions.value(connection, key) is not None:
                return
        windows = await loop.run_in_executor(threads, _windows, rasters, facts)
        found = await loop.run_in_executor(threads, of_commodity, rasters, band, windows.geometry)
        if found is not None:
            async with database.write() as connection:
                await regions.put_value(connection, key, dumps({"windows": kept_text(found)}), [])
            return


def outlines(rows: Sequence[Any]) -> NDArray[np.object_]:
    """The geometries of rows of plots; a point as the disc of its area, or of 4 ha."""
    geometry = np.array([row.geom for row in rows], dtype=object)
    points = np.flatnonzero(shapely.get_dimensions(geometry) == 0)
    if len(points):
        area_ha = np.array([rows[int(at)].area_ha or POINT_HA for at in points], dtype=np.float64)
        geometry[points] = discs(shapely.get_x(geometry[points]), shapely.get_y(geometry[points]), area_ha)
    return geometry


def _claim_name(key: ValueKey) -> str:
    return "region:" + sha256(repr(key).encode()).hexdigest()[:32]


def _windows(rasters: RecordedRasters, facts: Mapping[str, Any]) -> Windows:
    """The windows of a region. Raises Unavailable (`layer_changed`) when the layer is not the one that was pinned."""
    layer = rasters.polygons(str(facts["layer"]))
    if layer is None or layer.checksum != facts["checksum"]:
        raise Unavailable(f"the regions of {facts['layer']} are not those that the run was planned with", "layer_changed")
    return draw(region_geometry(layer, str(facts["id"])), float(facts["size_ha"]), region_key(dict(facts)))


def _sampled(stat: Statistic, compute: Compute, terms: Terms, rasters: RecordedRasters, facts: Mapping[str, Any], give_up: bool) -> str:
    """The row's values; runs in a thread."""
    windows = _windows(rasters, facts)
    return dumps(sample_of(RESULT_OF[stat], windows, _computed(compute, windows, terms, rasters, give_up)))


def _computed(compute: Compute, windows: Windows, terms: Terms, rasters: RecordedRasters, give_up: bool) -> Sequence[Outcome]:
    n = len(windows)
    plots = Plots(np.arange(n), windows.geometry, np.full(n, windows.size_ha), np.zeros(n, dtype=bool))
    return [one for start in range(0, n, CHUNK) for one in compute(plots.span(start, start + CHUNK), terms, rasters, give_up)]
