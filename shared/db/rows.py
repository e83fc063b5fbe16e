"""What every table needs: insert-or-nothing on both databases, and JSON as text with stable bytes."""

from typing import Any

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

MAX_VARIABLES = 30_000
"""Bound values that one statement may carry on either database."""


def dumps(value: Any) -> str:
    """JSON text with sorted keys: equal values, equal bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


async def insert_or_nothing(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert the rows whose keys are new; return how many were."""
    inserted = 0
    step = max(1, MAX_VARIABLES // max(1, len(table.columns)))
    for start in range(0, len(rows), step):
        insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
        result = await connection.execute(insert.values(rows[start : start + step]).on_conflict_do_nothing())
        inserted += result.rowcount
    return inserted


async def upsert(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> None:
    """Insert `row`, or give the row of its primary key these values."""
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table).values(row)
    keys = [column.name for column in table.primary_key.columns]
    await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_={name: row[name] for name in row if name not in keys}))
