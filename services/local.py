"""All services in one process, on SQLite and the in-process bus: `python -m services.local`."""

import asyncio
import fcntl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from contracts.v1.stats import Statistic
from services.biodiversity.service import biodiversity
from services.biomass.service import biomass
from services.deforestation.service import deforestation
from services.gateway.app import serve as serve_gateway
from services.staging.worker import staging
from services.tracker.worker import tracker
from services.uploader.worker import uploader
from services.water.service import water
from shared.blobs import open_blobs
from shared.bus.memory import MemoryBus
from shared.db import open_database, parked, tasks
from shared.db.migrate import migrate
from shared.errors import Refused
from shared.logging import configure
from shared.service import Resources, allow_open_files, settle, stop_signal
from shared.settings import Settings, settings

__all__ = ["LocalSystem", "local", "locked", "serve"]

log = structlog.get_logger()
STAT_SERVICES = {
    Statistic.EUDR_DEFORESTATION: deforestation,
    Statistic.LUC_EMISSIONS: biomass,
    Statistic.BIODIVERSITY: biodiversity,
    Statistic.WATER: water,
}
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SWITCH_S = 0.001
"""The loop shares its interpreter with a computing thread and waits so long for its turn, several times a request; with
the usual 5 ms the p99 of its delay was 55 ms, with this 16 ms, at the same plots per second (20,000 plots, 2 cores)."""


@dataclass(frozen=True, slots=True)
class LocalSystem:
    """A running system."""

    url: str
    """Where its gateway answers."""


@asynccontextmanager
async def local(config: Settings) -> AsyncIterator[LocalSystem]:
    """The whole system while the block runs; a run that an earlier process left goes on where it stood.

    Raises `Refused` (`data_dir_in_use`) when another process has the data folder.
    """
    config = config.model_copy(
        update={"local_owner": config.local_owner or config.host in LOOPBACK, "database_url": None, "rabbitmq_url": None}
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(config.data_dir))
        stack.callback(sys.setswitchinterval, sys.getswitchinterval())
        sys.setswitchinterval(SWITCH_S)
        allow_open_files()
        database = open_database(None, config.data_dir)
        stack.push_async_callback(database.close)
        await migrate(database)
        async with database.write() as connection:
            # Who held these leases and claims was part of a process that is gone.
            freed = await tasks.free_all_leases(connection)
            await parked.void_claims(connection)
        blobs = open_blobs(config.blob_url, config.data_dir)
        await blobs.sweep(older_than_s=0)
        bus = MemoryBus(source="/plotproof/local")
        resources = Resources(config, bus, database, blobs)
        bound = await stack.enter_async_context(serve_gateway(resources))
        workers = [STAT_SERVICES[stat] for stat in config.served_stats if stat in STAT_SERVICES]
        for service in (*workers, uploader, staging, tracker):
            await stack.enter_async_context(service(resources))
        stack.push_async_callback(bus.close)
        settle()
        resources.ready = True
        log.info("ready", address=bound.url, data_dir=str(config.data_dir), freed_leases=freed)
        try:
            yield LocalSystem(bound.url)
        finally:
            resources.ready = False
            await bus.drain()


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: two processes over one SQLite file would void each other's leases."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"another process serves {data_dir}: stop it, or choose another data folder", "data_dir_in_use") from error
        yield


async def serve(config: Settings) -> None:
    """Run the whole system until SIGTERM or SIGINT."""
    stop = stop_signal()
    async with local(config):
        await stop.wait()


if __name__ == "__main__":
    configure(settings().log_level, "local")
    asyncio.run(serve(settings()))
