"""Live progress: one reader of the rows for each run that somebody watches, however many watch it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from contracts.v1.progress import BatchProcessProgress
from services.gateway.problems import Problem
from services.gateway.progress_rows import FailureBook, read
from shared.db import Database
from shared.errors import Unavailable

log = structlog.get_logger()
LOOK_S: Final = 0.5
CLOCKED: Final = {"eta_s", "last_updated"}
"""Fields that move with the clock alone: they are no news."""


class Feed:
    """The newest progress of one run, numbered; `wait` returns when there is a newer one."""

    def __init__(self) -> None:
        self.number = 0
        self.data = b""
        self.ended = False
        self.listeners = 0
        self._news = asyncio.Condition()

    async def tell(self, progress: BatchProcessProgress | None) -> None:
        """Hand out a progress; None: there is nothing more to come."""
        async with self._news:
            if progress is not None:
                self.number += 1
                self.data = progress.model_dump_json().encode()
            self.ended = progress is None or progress.finished_at is not None
            self._news.notify_all()

    async def wait(self, seen: int, timeout_s: float) -> bool:
        """True when there is something newer than number `seen`, or the end, within `timeout_s`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                await self._news.wait_for(lambda: self.number > seen or self.ended)
        return self.number > seen or self.ended


class ProgressFeeds:
    """The feeds of the runs that are watched now."""

    def __init__(self, database: Database, book: FailureBook) -> None:
        self._database = database
        self._book = book
        self._feeds: dict[tuple[str, str], tuple[Feed, asyncio.Task[None]]] = {}

    @asynccontextmanager
    async def listen(self, run_id: str, owner_id: str) -> AsyncIterator[Feed]:
        """The feed of a run, read while anybody listens."""
        key = (run_id, owner_id)
        if key not in self._feeds:
            feed = Feed()
            self._feeds[key] = (feed, asyncio.create_task(self._follow(feed, run_id, owner_id)))
        feed, reading = self._feeds[key]
        feed.listeners += 1
        try:
            yield feed
        finally:
            feed.listeners -= 1
            if feed.listeners == 0:
                del self._feeds[key]
                reading.cancel()

    async def close(self) -> None:
        """End every stream: the gateway stops."""
        for feed, reading in list(self._feeds.values()):
            reading.cancel()
            await feed.tell(None)

    async def _follow(self, feed: Feed, run_id: str, owner_id: str) -> None:
        told: BatchProcessProgress | None = None
        while not feed.ended:
            try:
                progress = await read(self._database, self._book, run_id, owner_id)
            except Problem:  # deleted meanwhile
                await feed.tell(None)
            except Unavailable as error:
                log.warning("progress not read", run_id=run_id, detail=error.detail)
                await asyncio.sleep(LOOK_S)
            else:
                if told is None or progress.model_dump(exclude=CLOCKED) != told.model_dump(exclude=CLOCKED):
                    told = progress
                    await feed.tell(progress)
                if not feed.ended:
                    await asyncio.sleep(LOOK_S)
