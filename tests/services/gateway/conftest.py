"""A real gateway on a free port over each database, the bus of one process and a blob store in a folder."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from services.staging.worker import staging
from shared.blobs import open_blobs
from shared.bus.memory import MemoryBus
from shared.db import Database, open_database
from shared.db.migrate import migrate
from shared.db.tables import metadata
from shared.service import Resources
from shared.settings import Settings
from tests.databases import database_address
from tests.services.gateway.scene import Scene, scene

__all__ = ["database_address"]

MIGRATED: set[str] = set()
"""Addresses of PostgreSQL databases that have the newest schema already."""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the newest schema, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("template")

    async def make() -> None:
        made = open_database(None, folder)
        await migrate(made)
        await made.close()

    asyncio.run(make())
    return folder / "plotproof.sqlite"


@pytest.fixture
async def database(database_address: str | None, template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with the newest schema."""
    if database_address is None:
        shutil.copy(template, tmp_path)
    opened = open_database(database_address, tmp_path)
    if database_address is not None:
        if database_address not in MIGRATED:
            await migrate(opened)
            MIGRATED.add(database_address)
        async with opened.write() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())
    yield opened
    await opened.close()


Start = Callable[..., Awaitable[Scene]]


@pytest.fixture
async def start(database: Database, tmp_path: Path) -> AsyncIterator[Start]:
    """Start a gateway with these settings; `stages=True` with the real staging service behind it."""
    async with AsyncExitStack() as stack:

        async def starting(stages: bool = False, **changed: object) -> Scene:
            given = {"host": "127.0.0.1", "port": 0, "local_owner": True, "gateway_staging_wait_s": 0, "data_dir": tmp_path, **changed}
            bus = await stack.enter_async_context(MemoryBus(source="/plotproof/test"))
            resources = Resources(Settings.model_validate(given), bus, database, open_blobs(None, tmp_path), ready=True)
            if stages:
                await stack.enter_async_context(staging(resources))
            return await stack.enter_async_context(scene(resources, tmp_path))

        yield starting


@pytest.fixture
async def here(start: Start) -> Scene:
    """A gateway that asks for no token and waits for nobody."""
    return await start()
