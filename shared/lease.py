"""Holding a task: take it for a doorbell, keep its lease alive while the work goes on, give it back when something is away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from shared.bus import Delivery
from shared.db import Database, runs, tasks
from shared.errors import Conflict, Unavailable
from shared.settings import Settings

log = structlog.get_logger()

FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 600.0


class Lease:
    """A task in our hands. `advance` may be called from any thread."""

    def __init__(self, taken: tasks.Taken, last_try: bool) -> None:
        self.taken = taken
        self.last_try = last_try
        """No further failure is allowed: what is away now is away for good."""
        self.lost = False
        """Somebody took the task over, or its run has ended: stop soon, nothing will be stored."""
        self.plots_done = 0
        self.plots: int | None = None

    @property
    def vanished(self) -> int:
        """How many earlier holders of this task vanished without a word."""
        return self.taken.attempt - 1 - self.taken.failures

    def advance(self, done: int, total: int | None = None) -> None:
        """Say how many plots are done; raises `Conflict` when the task was lost."""
        self.plots_done = done
        self.plots = total if total is not None else self.plots
        if self.lost:
            raise Conflict(f"task {self.taken.key} was lost while it was worked on")


@asynccontextmanager
async def hold(database: Database, settings: Settings, key: tasks.Key, delivery: Delivery[Any]) -> AsyncIterator[Lease | None]:
    """Take the task that `delivery` rings for, or yield None when there is nothing to do.

    The block does the work and ends the task (`tasks.finish`). An `Unavailable` that it raises gives the task back
    for a while; the last one that is allowed ends it as failed with the error's code, and is swallowed.
    """
    async with database.write() as connection:
        # A bell that came back from a delay had a holder whose handler has ended, as a redelivered one has.
        came_back = delivery.redelivered or delivery.retries > 0
        taken = await tasks.take(connection, key, delivery.id, came_back, settings.lease_s)
        if taken is not None:
            await runs.start(connection, key.run_id)
    if taken is None:
        yield None
        return
    lease = Lease(taken, taken.failures + 1 >= settings.max_failures)
    heart = asyncio.create_task(_beat(database, settings, lease))
    try:
        yield lease
    except Unavailable as error:
        await _give_back(database, settings, lease, error)
    finally:
        heart.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await heart


async def _beat(database: Database, settings: Settings, lease: Lease) -> None:
    """Renew the lease until cancelled; a database that is away is tried again at the next beat."""
    while not lease.lost:
        await asyncio.sleep(settings.heartbeat_s)
        try:
            async with database.write() as connection:
                lease.lost = not await tasks.renew(connection, lease.taken, settings.lease_s, lease.plots_done, lease.plots)
        except Unavailable as error:
            log.warning("lease not renewed", task=str(lease.taken.key), detail=error.detail)


async def _give_back(database: Database, settings: Settings, lease: Lease, error: Unavailable) -> None:
    taken = lease.taken
    async with database.write() as connection:
        if lease.last_try:
            await tasks.finish(
                connection, taken, "failed", plots=taken.plots, plots_failed=taken.plots or 0, code=error.code, message=error.detail
            )
        else:
            delay_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 4**taken.failures)
            await tasks.postpone(connection, taken, max(delay_s, error.retry_after_s or 0), error.code, error.detail)
    log.warning("task unavailable", task=str(taken.key), code=error.code, detail=error.detail, last=lease.last_try)
