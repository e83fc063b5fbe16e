"""Staging as a service: hears orders, checks their file, and leaves the staged plots and what was wrong with the others."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid5

import orjson
import structlog

from contracts.envelope import NAMESPACE, Message
from contracts.v1.batch import INLINE_LIMIT_BYTES, BatchParameters, BatchProcess, BlobFile
from contracts.v1.plots import PlotsStaged
from contracts.v1.stage import StageEvent
from contracts.v1.stats import Statistic
from services.staging.stage import Limits, Staged, stage
from shared.bus import Delivery, Handler
from shared.db import Database, collections, runs, tasks
from shared.db.rows import dumps
from shared.errors import Refused, Unreadable
from shared.lease import Lease, hold
from shared.service import Resources
from shared.staged import STAGED_FILE

log = structlog.get_logger()
GEOJSON = "application/geo+json"


@asynccontextmanager
async def staging(resources: Resources) -> AsyncIterator[None]:
    """Hear the staging queue while the block runs."""
    await asyncio.to_thread(warm_up)
    await resources.bus.subscribe("staging", {BatchProcess: stage_orders(resources)}, at_once=2)
    yield


def warm_up() -> None:
    """Stage one plot, so that the first file does not wait for what is imported on first use."""
    with tempfile.TemporaryDirectory(prefix="plotproof-staging-") as folder:
        source = Path(folder) / "source"
        source.write_bytes(b'{"type":"Polygon","coordinates":[[[10,10],[10.001,10],[10.001,10.001],[10,10]]]}')
        parameters = BatchParameters(collection_name="warm-up", stats=(Statistic.EUDR_DEFORESTATION,), end_date=date(2021, 1, 1))
        stage(source, GEOJSON, Path(folder) / STAGED_FILE, parameters, Limits(), lambda _done, _total: None)


def stage_orders(resources: Resources) -> Handler:
    """The handler of `batch.process.v1`: a staged collection, or a run that fails with its problem."""

    async def handle(delivery: Delivery[BatchProcess]) -> AsyncIterator[Message]:
        order = await accepted(resources, delivery)
        if order is None:
            return
        key = tasks.Key(str(order.run_id), "staging")
        async with hold(resources.database, resources.settings, key, delivery) as lease:
            if lease is not None:
                await _stage(resources, order, lease)
        async for message in _follows(resources.database, order):
            yield message

    return handle


async def accepted(resources: Resources, delivery: Delivery[BatchProcess]) -> BatchProcess | None:
    """The order as its rows hold it; None when it was deleted.

    An order without ids was published to the broker directly: its rows are made here, for the owner that its
    broker user is mapped to. Raises `Unreadable` when the user is not mapped.
    """
    order = delivery.message
    if order.collection_id is None:
        return await _ordered_directly(resources, delivery)
    async with resources.database.read() as connection:
        row = await collections.get(connection, order.collection_id)
    return None if row is None else BatchProcess.model_validate_json(row.order_data)


async def _ordered_directly(resources: Resources, delivery: Delivery[BatchProcess]) -> BatchProcess:
    owner = resources.settings.broker_owners.get(delivery.user or "")
    if owner is None:
        raise Unreadable(f"the broker user {delivery.user!r} is mapped to no owner (BROKER_OWNERS)", "owner_unknown")
    collection_id = "0x" + hashlib.sha256(f"{owner}\n{delivery.id}".encode()).hexdigest()
    run_id = str(uuid5(NAMESPACE, collection_id))
    order = delivery.message.model_copy(update={"collection_id": collection_id, "run_id": run_id})
    if order.geojson is not None:
        order = await _inline_to_blob(resources, order, orjson.dumps(order.geojson))
    async with resources.database.write() as connection:
        await collections.ensure(connection, owner, order)
    return order


async def _inline_to_blob(resources: Resources, order: BatchProcess, body: bytes) -> BatchProcess:
    if len(body) > INLINE_LIMIT_BYTES:
        raise Unreadable(f"inline GeoJSON is larger than {INLINE_LIMIT_BYTES} bytes: send it by blob", "payload_too_large")

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    key = f"collections/{order.collection_id}/source"
    written = await resources.blobs.put_stream(key, chunks(), INLINE_LIMIT_BYTES)
    file = BlobFile(key=key, media_type=GEOJSON, sha256=written.sha256, size_bytes=written.size_bytes)
    return order.model_copy(update={"file": file, "geojson": None})


async def _stage(resources: Resources, order: BatchProcess, lease: Lease) -> None:
    """Do the work of the task that `lease` holds, and end it as done or failed."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="plotproof-staging-"))
    try:
        staged = await _checked(resources, order, lease, folder)
        await resources.blobs.put_file(f"collections/{order.collection_id}/{STAGED_FILE}", folder / STAGED_FILE)
        await _store(resources.database, order, lease, staged)
    except Refused as refused:
        await _store_refusal(resources.database, order, lease, refused)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)


async def _checked(resources: Resources, order: BatchProcess, lease: Lease, folder: Path) -> Staged:
    if order.file is None:
        raise Refused("the order has no file", "file_missing")
    config = resources.settings
    if unserved := sorted(set(order.parameters.stats) - set(config.served_stats)):
        served = ", ".join(config.served_stats)
        raise Refused(f"{', '.join(unserved)} is not served by this deployment; it serves {served}", "statistic_not_available")
    source = resources.blobs.local_path(order.file.key)
    if source is None:
        source = folder / "source"
        await resources.blobs.get_to_file(order.file.key, source)
    limits = Limits(chunk_plots=config.chunk_plots, max_plots=config.max_plots, max_vertices_per_plot=config.max_vertices_per_plot)
    return await asyncio.to_thread(stage, source, order.file.media_type, folder / STAGED_FILE, order.parameters, limits, lease.advance)


async def _store(database: Database, order: BatchProcess, lease: Lease, staged: Staged) -> None:
    facts = {
        "plots_total": staged.total,
        "plots_accepted": staged.accepted,
        "plots_rejected": staged.total - staged.accepted,
        "area_ha": staged.area_ha_total,
        "chunks": dumps(staged.chunks),
    }
    async with database.write() as connection:
        await tasks.finish(connection, lease.taken, "done", plots=staged.total)
        await collections.staged(connection, str(order.collection_id), facts, [rejection_row(one) for one in staged.rejected])
        await tasks.create(connection, str(order.run_id), "uploading", [staged.accepted], rung=True)


async def _store_refusal(database: Database, order: BatchProcess, lease: Lease, refused: Refused) -> None:
    """The file has no answer: the run fails with the problem that a direct answer would have been."""
    rejected = list(getattr(refused, "rejected", ()))
    total = getattr(refused, "total", None)
    async with database.write() as connection:
        await tasks.finish(
            connection, lease.taken, "failed", plots=total, plots_failed=total or 0, code=refused.code, message=refused.detail
        )
        facts: dict[str, Any] = {} if total is None else {"plots_total": total, "plots_accepted": 0, "plots_rejected": total}
        await collections.staged(connection, str(order.collection_id), facts, [rejection_row(one) for one in rejected])
        await runs.note_problem(connection, str(order.run_id), problem_of(refused))


def rejection_row(rejection: Any) -> dict[str, Any]:
    """A rejection as a row of its table."""
    names = ("feature_index", "code", "plot_id", "severity", "message")
    return {name: getattr(rejection, name) for name in names}


def problem_of(refused: Refused) -> dict[str, Any]:
    """The problem (RFC 9457) of a file that cannot be processed."""
    errors = [dict(error) for error in getattr(refused, "errors", ())]
    return {
        "status": getattr(refused, "http_status", 422),
        "code": refused.code,
        "title": "The file cannot be processed",
        "detail": refused.detail,
        "errors": errors[:100],
        "errors_total": getattr(refused, "errors_total", len(errors)),
    }


async def _follows(database: Database, order: BatchProcess) -> AsyncIterator[Message]:
    """What an ended staging task makes us say; said again when this order is heard again."""
    async with database.read() as connection:
        ended = [row for row in await tasks.of_run(connection, str(order.run_id), ("done", "failed")) if row.stage == "staging"]
    for row in ended:
        if row.state == "done":
            yield PlotsStaged(collection_id=str(order.collection_id), run_id=str(order.run_id))
        yield StageEvent(run_id=str(order.run_id), stage="staging", part=0, state=row.state, code=row.code)
