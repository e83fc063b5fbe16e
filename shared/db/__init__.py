"""The database: PostgreSQL with PostGIS or one SQLite file, the same tables and the same functions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.errors import Unavailable


class Database:
    """An open database. `write` and `read` are transactions; every function of `shared.db` takes their connection."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # One writer at a time in this process: SQLite would make the others wait unfairly (p99 of 870 ms).
        self._write_lock = asyncio.Lock() if self.is_sqlite else nullcontext()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A read-only transaction. Raises `Unavailable` when the database does not answer."""
        async with self._connected() as connection:
            await connection.execution_options(read=True)
            with _Translated():
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        async with self._write_lock, self._connected() as connection:
            with _Translated():
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            with _Translated(OSError, TimeoutError):
                connection = await stack.enter_async_context(self.engine.connect())
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


class _Translated:
    """Turns the driver's errors that another try may mend, and those named, into `Unavailable`; bugs stay what they are."""

    def __init__(self, *also: type[BaseException]) -> None:
        self._also: tuple[type[BaseException], ...] = (PoolTimeout, *also)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, self._also) or (isinstance(error, DBAPIError) and _may_pass(error)):
            raise Unavailable("the database does not answer", "database_unavailable") from error


def _may_pass(error: DBAPIError) -> bool:
    """True for lost connections, shutdowns, full resources, deadlocks and locks; false for wrong SQL and broken constraints."""
    state = str(getattr(error.orig, "sqlstate", "") or getattr(error.orig, "pgcode", "") or "")
    if error.connection_invalidated or state[:2] in {"08", "40", "53", "57", "58"} or state == "55P03":
        return True
    return not state and "OperationalError" in type(error).__name__


def open_database(url: str | None, data_dir: Path) -> Database:
    """Open `url` (postgresql://…), or the SQLite file in `data_dir` when it is None. Connects lazily."""
    if url is None:
        data_dir.mkdir(parents=True, exist_ok=True)
        return _open_sqlite(data_dir / "plotproof.sqlite")
    parts = urlsplit(url)
    if parts.scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    engine = create_async_engine(
        parts._replace(scheme="postgresql+asyncpg").geturl(), pool_size=5, max_overflow=10, pool_pre_ping=True, pool_timeout=10
    )
    return Database(engine)


def _open_sqlite(path: Path) -> Database:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine.sync_engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=wal", "synchronous=normal", "foreign_keys=on"):
            connection.execute(f"pragma {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def _(connection: Any) -> None:
        # A read that later writes cannot upgrade its lock in SQLite: a writer takes it at once.
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("read") else "BEGIN IMMEDIATE")

    return Database(engine)
