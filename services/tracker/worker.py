"""The tracker as a service: every message makes it look at one run; a sweep looks at all that are open."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import structlog

from contracts.envelope import Message
from contracts.v1.batch import BatchProcess
from contracts.v1.plots import PlotsStaged, PlotsUploaded
from contracts.v1.stage import StageEvent
from contracts.v1.stats import StatCompute, StatsRequested
from services.tracker.advance import advance
from shared.bus import Delivery, Handler, Parked, ParkedHandler
from shared.bus.codec import decode
from shared.db import parked, runs, tasks
from shared.errors import PlotproofError, Unreadable
from shared.service import Resources

log = structlog.get_logger()


@asynccontextmanager
async def tracker(resources: Resources) -> AsyncIterator[None]:
    """Hear the tracker queue and parked messages, and sweep, while the block runs."""
    look = look_at_run(resources)
    await resources.bus.hear_parked(keep_parked(resources))
    await resources.bus.subscribe("tracker", {PlotsUploaded: look, StatsRequested: look, StageEvent: look}, at_once=1)
    sweeping = asyncio.create_task(sweep_for_ever(resources))
    try:
        yield
    finally:
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping


def look_at_run(resources: Resources) -> Handler:
    """The handler of every fact about a run: do what comes next for it."""

    async def handle(delivery: Delivery[Any]) -> AsyncIterator[Message]:
        async for message in advance(resources, delivery.message.run_id, delivery):
            yield message

    return handle


async def sweep_for_ever(resources: Resources) -> None:
    """Sweep every `reconcile_s`, one tracker of the deployment at a time; a failing sweep is tried again."""
    holder = uuid4().hex
    while True:
        try:
            async with resources.database.write() as connection:
                # Two sweeps at once do no harm; a dead tracker's claim must not hold up the next for long.
                mine = await parked.claim(connection, "sweep", holder, 2 * resources.settings.reconcile_s)
            if mine:
                await sweep(resources)
        except PlotproofError as error:
            log.warning("sweep failed", code=error.code, detail=error.detail)
        await asyncio.sleep(resources.settings.reconcile_s)


async def sweep(resources: Resources) -> None:
    """Look at every run that is open or not announced: what got lost on the way is done now."""
    async with resources.database.read() as connection:
        open_runs = await runs.open_ones(connection)
    for run_id in open_runs:
        # One bell for all sweeps: a task that an earlier sweep took and did not end is free, its sweep is over.
        cause = Delivery(StatsRequested(collection_id="sweep", run_id=run_id), id=f"sweep-{run_id}", redelivered=True)
        started = time.monotonic()
        async for message in advance(resources, run_id, cause):
            log.info("sweep rings", type=message.TYPE, subject=message.subject(), after_s=round(time.monotonic() - started, 3))
            await resources.bus.publish(message)


def keep_parked(resources: Resources) -> ParkedHandler:
    """The handler of parked messages: store the bytes, and fail the task that they rang for."""

    async def handle(message: Parked) -> None:
        task = task_of(message)
        async with resources.database.write() as connection:
            headers = {name: str(value) for name, value in message.headers.items()}
            await parked.keep(connection, message.id, message.queue, message.body, headers, message.reason)
            if task is not None:
                await tasks.fail_now(connection, task, "message_parked", message.reason[:500])
        log.error("message parked", queue=message.queue, reason=message.reason, task=str(task))

    return handle


def task_of(message: Parked) -> tasks.Key | None:
    """The task that a parked message rang for, if it still can be read."""
    try:
        data = decode(message.body, message.queue).data
    except Unreadable:
        return None
    if isinstance(data, StatCompute):
        return tasks.Key(data.run_id, data.stage, data.part)
    if isinstance(data, BatchProcess) and data.run_id is not None:
        return tasks.Key(data.run_id, "staging")
    if isinstance(data, PlotsStaged):
        return tasks.Key(data.run_id, "uploading")
    return None
