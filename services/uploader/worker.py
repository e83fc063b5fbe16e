"""The uploader as a service: hears that plots are staged, and makes a row of each, one chunk a transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import shapely

from contracts.envelope import Message
from contracts.v1.plots import PlotsStaged, PlotsUploaded
from contracts.v1.stage import StageEvent
from shared.bus import Delivery, Handler
from shared.db import collections, plots, tasks
from shared.db.rows import dumps
from shared.errors import Conflict
from shared.lease import Lease, hold
from shared.service import Resources
from shared.staged import STAGED_FILE, Source, StagedPlots, read_chunk


@asynccontextmanager
async def uploader(resources: Resources) -> AsyncIterator[None]:
    """Hear the uploader queue while the block runs."""
    await resources.bus.subscribe("uploader", {PlotsStaged: upload_plots(resources)}, at_once=2)
    yield


def upload_plots(resources: Resources) -> Handler:
    """The handler of `plots.staged.v1`: every staged plot is a row."""

    async def handle(delivery: Delivery[PlotsStaged]) -> AsyncIterator[Message]:
        staged = delivery.message
        async with hold(resources.database, resources.settings, tasks.Key(staged.run_id, "uploading"), delivery) as lease:
            if lease is not None:
                await _upload(resources, staged.collection_id, lease)
        async with resources.database.read() as connection:
            ended = [row for row in await tasks.of_run(connection, staged.run_id, ("done", "failed")) if row.stage == "uploading"]
        for row in ended:
            if row.state == "done":
                yield PlotsUploaded(collection_id=staged.collection_id, run_id=staged.run_id)
            else:
                yield StageEvent(run_id=staged.run_id, stage="uploading", part=0, state="failed", code=row.code)

    return handle


async def _upload(resources: Resources, collection_id: str, lease: Lease) -> None:
    async with resources.database.read() as connection:
        collection = await collections.get(connection, collection_id)
    if collection is None:
        raise Conflict(f"collection {collection_id} was deleted")
    key = f"collections/{collection_id}/{STAGED_FILE}"
    file = resources.blobs.local_path(key) or resources.blobs.range_file(key)
    done = 0
    for part in range(len(orjson.loads(collection.chunks))):
        rows = await asyncio.to_thread(_read_rows, collection_id, file, part, key)
        done += len(rows)
        async with resources.database.write() as connection:
            # Renewing first fences a holder that was overtaken: it must not write over the other's rows.
            if not await tasks.renew(connection, lease.taken, resources.settings.lease_s, done):
                raise Conflict(f"uploading of {collection_id} was taken over")
            await plots.replace(connection, collection_id, rows)
        lease.advance(done)
    async with resources.database.write() as connection:
        await tasks.finish(connection, lease.taken, "done", plots=done)


def _read_rows(collection_id: str, file: Source, part: int, key: str) -> list[plots.PlotRow]:
    return plot_rows(collection_id, read_chunk(file, part, key))


def plot_rows(collection_id: str, staged: StagedPlots) -> list[plots.PlotRow]:
    """The rows of one chunk."""
    geometries: Any = staged.geometry
    texts = shapely.to_geojson(geometries)
    return [
        plots.PlotRow(
            collection_id=collection_id,
            plot_no=int(staged.plot_no[at]),
            plot_id=staged.plot_id[at],
            feature_index=int(staged.feature_index[at]),
            geom=geometries[at],
            geojson=texts[at],
            properties=staged.properties[at],
            area_ha=None if staged.area_ha[at] != staged.area_ha[at] else float(staged.area_ha[at]),
            geometry_hash=staged.geometry_hash[at],
            notes=dumps(list(staged.notes[at])),
            country=staged.country[at],
            locations_confidence=staged.locations_confidence[at],
        )
        for at in range(len(staged.plot_no))
    ]
