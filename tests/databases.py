"""A migrated database of each kind, and the rows that most tests begin with."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from contracts.v1.batch import BatchParameters, BatchProcess, BlobFile
from contracts.v1.stats import Statistic
from shared.db import Database, collections, open_database
from shared.db.migrate import migrate
from shared.db.tables import metadata

OWNER = "owner-1"
STAT = Statistic.EUDR_DEFORESTATION


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def database_address(request: pytest.FixtureRequest) -> str | None:
    """Address of a PostgreSQL database, or None for SQLite."""
    return str(request.getfixturevalue("database_url")) if request.param == "postgresql" else None


@pytest.fixture
async def database(database_address: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with the newest schema."""
    opened = open_database(database_address, tmp_path)
    await migrate(opened)
    async with opened.write() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())
    yield opened
    await opened.close()


def order(number: int = 1, name: str | None = None, **parameters: object) -> BatchProcess:
    """The order of collection `0x<number>` and run `run-<number>`."""
    given = {"collection_name": name or f"collection {number}", "stats": (STAT,), "end_date": date(2026, 1, 1), **parameters}
    file = BlobFile(key=f"collections/0x{number}/source", media_type="application/geo+json", sha256="0" * 64, size_bytes=10)
    return BatchProcess(parameters=BatchParameters.model_validate(given), collection_id=f"0x{number}", run_id=f"run-{number}", file=file)


async def ordered(database: Database, number: int = 1, owner: str = OWNER) -> str:
    """Write the rows of an order; the id of its run."""
    async with database.write() as connection:
        await collections.ensure(connection, owner, order(number))
    return f"run-{number}"
