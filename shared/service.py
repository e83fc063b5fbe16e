"""One way to run a service: open what it stands on, warm up, say ready, drain on SIGTERM."""

import asyncio
import contextlib
import gc
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from shared.blobs import Blobs, open_blobs
from shared.bus import Bus
from shared.db import Database, open_database
from shared.db.migrate import is_current
from shared.errors import Unavailable
from shared.health import serve_health
from shared.logging import configure
from shared.settings import Settings, settings

T = TypeVar("T")
log = structlog.get_logger()
START_PATIENCE_S = 120.0
"""How long a starting service waits for broker, database and schema."""
OPEN_FILES = 65_536
"""Files that a process asks to have open at once, where it may: every thread keeps rasters open of its own."""


@dataclass
class Resources:
    """What a service stands on, and whether it is ready for work."""

    settings: Settings
    bus: Bus
    database: Database
    blobs: Blobs
    ready: bool = False
    """Set once everything is open and warm, cleared when draining begins."""
    checks: list[Callable[[], Awaitable[str | None]]] = field(default_factory=list)
    """More reasons not to be ready; each returns None when all is well."""

    async def not_ready(self) -> str | None:
        """Why this process should get no work now, or None."""
        if not self.ready:
            return "starting or stopping"
        if not self.bus.healthy():
            return "the bus is not connected"
        try:
            if not await asyncio.wait_for(is_current(self.database), 2):
                return "the database schema is not the newest"
        except (Unavailable, TimeoutError):
            return "the database does not answer"
        for check in self.checks:
            if reason := await check():
                return reason
        return None


Service = Callable[[Resources], AbstractAsyncContextManager[None]]


def secret(value: object) -> str | None:
    """The text of a secret setting, or None."""
    return value.get_secret_value() if value is not None and hasattr(value, "get_secret_value") else None


@asynccontextmanager
async def open_resources(config: Settings, name: str, queues: Iterable[str] = ()) -> AsyncIterator[Resources]:
    """Broker, database and blob store of one process of a distributed deployment, waited for while they start."""
    from shared.bus.rabbit import open_bus

    broker = secret(config.rabbitmq_url)
    url = secret(config.database_url)
    if broker is None or url is None:
        raise SystemExit(f"{name}: set RABBITMQ_URL and DATABASE_URL, or run everything in one process with `python -m services.local`")
    database = open_database(url, config.data_dir)
    try:
        await patiently(lambda: _schema(database), f"{name}: database")
        async with contextlib.AsyncExitStack() as stack:
            bus = await patiently(
                lambda: stack.enter_async_context(
                    open_bus(broker, source=f"/plotproof/{name}", prefix=config.rabbitmq_prefix, queues=tuple(queues))
                ),
                f"{name}: broker",
            )
            yield Resources(config, bus, database, open_blobs(config.blob_url, config.data_dir))
    finally:
        await database.close()


async def _schema(database: Database) -> None:
    if not await is_current(database):
        raise Unavailable("the database schema is not the newest: run `python -m shared.db.migrate`")


async def patiently(attempt: Callable[[], Awaitable[T]], what: str) -> T:
    """Try until `attempt` stops raising `Unavailable`; raises its last error after `START_PATIENCE_S`."""
    deadline = asyncio.get_running_loop().time() + START_PATIENCE_S
    while True:
        try:
            return await attempt()
        except Unavailable as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.info("waiting", what=what, detail=error.detail)
            await asyncio.sleep(1)


def run(name: str, service: Service, queues: Iterable[str] = ()) -> None:
    """Run one service until SIGTERM or SIGINT: the first drains, the second quits."""
    config = settings()
    configure(config.log_level, name)
    allow_open_files()
    asyncio.run(_main(config, name, service, tuple(queues)))


async def _main(config: Settings, name: str, service: Service, queues: tuple[str, ...]) -> None:
    stop = stop_signal()
    async with (
        open_resources(config, name, queues) as resources,
        serve_health(resources, config.host, config.health_port),
        service(resources),
    ):
        settle()
        resources.ready = True
        log.info("ready", service=name)
        await stop.wait()
        resources.ready = False
        log.info("draining", service=name)
        await resources.bus.drain()


def allow_open_files() -> None:
    """Raise the limit of open files, often a thousand, as far as the system lets this process, up to `OPEN_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit below the one that it tells
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def settle() -> None:
    """Keep the garbage collector from walking what is loaded for good: it stalled the loop for 100 ms and more."""
    gc.collect()
    gc.freeze()


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    return stop
