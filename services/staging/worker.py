"""Staging as a service: hears orders, checks their file, and leaves the staged plots and what was wrong with the others."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid5

import orjson
import structlog

from contracts.envelope import NAMESPACE, Message
from contracts.v1.batch import INLINE_LIMIT_BYTES, BatchProcess, BlobFile
from contracts.v1.plots import PlotsStaged
from contracts.v1.stage import StageEvent
from services.staging.parsers import Parsers, parsers
from services.staging.problem import problem_of
from services.staging.source_file import source_file
from services.staging.staged import Staged
from shared.blobs import FINDINGS_FILE, REPAIRS_FILE
from shared.bus import Delivery, Handler
from shared.db import Database, collections, runs, tasks
from shared.db.rows import dumps
from shared.errors import Conflict, Refused, Unreadable
from shared.lease import Lease, hold
from shared.payload import read_payload
from shared.progress import INTAKE
from shared.service import Resources
from shared.staged import STAGED_FILE

log = structlog.get_logger()
GEOJSON = "application/geo+json"


@asynccontextmanager
async def staging(resources: Resources) -> AsyncIterator[None]:
    """Hear the staging queue while the block runs."""
    async with parsers(resources.settings) as pool:
        await pool.warm_up()
        await resources.bus.subscribe("staging", {BatchProcess: stage_orders(resources, pool)}, at_once=2)
        yield


def stage_orders(resources: Resources, pool: Parsers) -> Handler:
    """The handler of `batch.process.v1`: a staged collection, or a run that fails with its problem."""

    async def handle(delivery: Delivery[BatchProcess]) -> AsyncIterator[Message]:
        order = await accepted(resources, delivery)
        if order is None:
            return
        key = tasks.Key(str(order.run_id), "staging")
        async with hold(resources.database, resources.settings, key, delivery) as lease:
            if lease is not None:
                await _stage(resources, pool, order, lease)
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
    try:
        async with resources.database.write() as connection:
            await collections.ensure(connection, owner, order)
    except Refused:  # nobody waits for an answer: the run says it
        async with resources.database.write() as connection:
            await collections.ensure(connection, owner, order, failed=True)
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


async def _stage(resources: Resources, pool: Parsers, order: BatchProcess, lease: Lease) -> None:
    """Do the work of the task that `lease` holds, and end it as done or failed."""
    try:
        async with pool.folder() as folder:
            staged = await _checked(resources, pool, order, lease, folder)
            for name in (FINDINGS_FILE, REPAIRS_FILE, STAGED_FILE):
                await resources.blobs.put_file(f"collections/{order.collection_id}/{name}", folder / name)
        await _store(resources.database, order, lease, staged)
    except Refused as refused:
        await _store_refusal(resources.database, order, lease, refused)
    except Conflict:
        async with resources.database.read() as connection:
            is_deleted = await collections.get(connection, str(order.collection_id)) is None
        if is_deleted:  # before what was written just now
            await resources.blobs.delete_prefix(f"collections/{order.collection_id}")
        raise


async def _checked(resources: Resources, pool: Parsers, order: BatchProcess, lease: Lease, folder: Path) -> Staged:
    config = resources.settings
    if unserved := sorted(set(order.parameters.stats) - set(config.served_stats)):
        served = ", ".join(config.served_stats)
        raise Refused(f"{', '.join(unserved)} is not served by this deployment; it serves {served}", "statistic_not_available")
    await _require_name(resources.database, order)
    read_payload(order.parameters.input_payload)  # an order that came by the broker was looked at by nobody yet
    source, media_type = await source_file(resources, order, folder)
    return await pool.stage(source, media_type, folder, order.parameters, lease.advance)


async def _require_name(database: Database, order: BatchProcess) -> None:
    """Raises `Refused` when the collection was ordered directly under a name that another one has."""
    async with database.read() as connection:
        row = await collections.get(connection, str(order.collection_id))
    if row is not None and row.failed:
        raise collections.name_taken(order.parameters.collection_name)


async def _store(database: Database, order: BatchProcess, lease: Lease, staged: Staged) -> None:
    facts = {
        "plots_total": staged.total,
        "plots_accepted": staged.accepted,
        "plots_rejected": staged.total - staged.accepted,
        "area_ha": staged.area_ha_total,
        "chunks": dumps(staged.chunks),
        "country": staged.country,
        "country_override": None if staged.country_override is None else dumps(asdict(staged.country_override)),
        "locations_confidence": None if staged.confidence is None else staged.confidence.grade,
        "confidence_reason": None if staged.confidence is None else staged.confidence.reason,
        "skip_reason": staged.skip_reason,
        "warnings": dumps(staged.warnings),
    }
    async with database.write() as connection:
        await tasks.finish(connection, lease.taken, "done", plots=staged.total)
        await collections.staged(connection, str(order.collection_id), facts, map(rejection_row, staged.rejected))
        if await _goes_on(connection, order):
            await tasks.create(connection, str(order.run_id), "uploading", [staged.accepted], rung=True)


async def _store_refusal(database: Database, order: BatchProcess, lease: Lease, refused: Refused) -> None:
    """The file has no answer: the run fails with the problem that a direct answer would have been."""
    rejected = getattr(refused, "rejected", ())
    total = getattr(refused, "total", None)
    async with database.write() as connection:
        await tasks.finish(
            connection, lease.taken, "failed", plots=total, plots_failed=total or 0, code=refused.code, message=refused.detail
        )
        facts: dict[str, Any] = {} if total is None else {"plots_total": total, "plots_accepted": 0, "plots_rejected": total}
        await collections.staged(connection, str(order.collection_id), facts, map(rejection_row, rejected))
        await runs.note_problem(connection, str(order.run_id), problem_of(refused))


def rejection_row(rejection: Any) -> dict[str, Any]:
    """A rejection as a row of its table."""
    names = ("feature_index", "code", "plot_id", "severity", "message")
    return {name: getattr(rejection, name) for name in names}


async def _goes_on(connection: Any, order: BatchProcess) -> bool:
    """Whether uploading follows in the same run."""
    run = await runs.get(connection, str(order.run_id))
    collection = await collections.get(connection, str(order.collection_id))
    skipped = collection is None or collection.skip_reason is not None
    return run is not None and not skipped and "uploading" in INTAKE.get(run.operation, ())


async def _follows(database: Database, order: BatchProcess) -> AsyncIterator[Message]:
    """What an ended staging task makes us say; said again when this order is heard again."""
    async with database.read() as connection:
        ended = [row for row in await tasks.of_run(connection, str(order.run_id), ("done", "failed")) if row.stage == "staging"]
        goes_on = await _goes_on(connection, order)
    for row in ended:
        if row.state == "done" and goes_on:
            yield PlotsStaged(collection_id=str(order.collection_id), run_id=str(order.run_id))
        yield StageEvent(run_id=str(order.run_id), stage="staging", part=0, state=row.state, code=row.code)
