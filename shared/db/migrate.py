"""Bring a database to the newest schema: `python -m shared.db.migrate`, and every embedded start."""

import asyncio
from functools import cache
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from shared.db import Database, open_database
from shared.settings import settings

LOCK = 0x706C6F74
"""Advisory lock that keeps two starting services from migrating at once."""


def configuration() -> Config:
    """Alembic's configuration, with the scripts of this package."""
    config = Config()
    config.set_main_option("script_location", str(files("shared.db") / "migrations"))
    return config


async def migrate(database: Database) -> None:
    """Apply every migration that is missing; raises `Unavailable` when the database does not answer."""
    async with database.write() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"select pg_advisory_xact_lock({LOCK})"))
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


async def is_current(database: Database) -> bool:
    """True when the schema is the newest that this code knows."""
    async with database.read() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
            return False
        return (await connection.execute(text("select version_num from alembic_version"))).scalar() == head()


async def _main() -> None:
    url = settings().database_url
    database = open_database(url.get_secret_value() if url else None, settings().data_dir)
    try:
        await migrate(database)
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(_main())
