"""Collections: one file of plots of one owner, its counts, and the order that brought it."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.v1.batch import BatchProcess
from shared.db.clock import now
from shared.db.rows import dumps, insert_or_nothing
from shared.db.tables import collections, rejections, runs, tasks
from shared.errors import Refused

ROWS: Final = 5000
"""Rejections that are rows at once: there may be a million of them."""


async def ensure(
    connection: AsyncConnection, owner_id: str, order: BatchProcess, operation: str = "batch_process", failed: bool = False
) -> bool:
    """Insert the collection, run and staging task of `order`, or nothing when they are there; True when new.

    An `operation` other than `batch_process` computes no statistics. One that has `failed` from the start takes no name.
    Raises `Refused` (`collection_exists`) when another live collection of this owner has the name.
    """
    assert order.collection_id is not None and order.run_id is not None  # noqa: S101 -- the caller derives both
    parameters = order.parameters
    row = {
        "collection_id": order.collection_id,
        "owner_id": owner_id,
        "name": parameters.collection_name,
        "description": parameters.description,
        "order_data": order.model_dump_json(),
        "created_at": now(),
        "failed": failed,
    }
    if await insert_or_nothing(connection, collections, [row]) == 0:
        if await get(connection, order.collection_id, owner_id) is None:
            raise name_taken(parameters.collection_name)
        return False
    run = {
        "run_id": order.run_id,
        "collection_id": order.collection_id,
        "owner_id": owner_id,
        "operation": operation,
        "state": "SUBMITTED",
        "stats": dumps(list(parameters.stats) if operation == "batch_process" else []),
        "window_start": parameters.start_date.isoformat(),
        "window_end": parameters.end_date.isoformat(),
        "parameters": parameters.model_dump_json(),
        "submitted_at": now(),
    }
    await insert_or_nothing(connection, runs, [run])
    task = {"run_id": order.run_id, "stage": "staging", "part": 0, "state": "pending", "rings": 1, "rung_at": now()}
    await insert_or_nothing(connection, tasks, [task])
    return True


def name_taken(name: str) -> Refused:
    """The refusal of a second live collection of one name."""
    return Refused(f"you have a collection named '{name}'; choose another name", "collection_exists")


async def get(connection: AsyncConnection, collection_id: str, owner_id: str | None = None) -> Row[Any] | None:
    """The collection, or None when it is unknown or belongs to another owner than `owner_id` (None: a service asks)."""
    query = select(collections).where(collections.c.collection_id == collection_id)
    if owner_id is not None:
        query = query.where(collections.c.owner_id == owner_id)
    return (await connection.execute(query)).one_or_none()


async def find(connection: AsyncConnection, id_or_name: str, owner_id: str) -> Row[Any] | None:
    """The owner's collection by id, else by name (the live one before failed ones, then the newest)."""
    query = select(collections).where(
        collections.c.owner_id == owner_id, or_(collections.c.collection_id == id_or_name, collections.c.name == id_or_name)
    )
    by_id_first = (collections.c.collection_id != id_or_name, collections.c.failed, collections.c.created_at.desc())
    return (await connection.execute(query.order_by(*by_id_first).limit(1))).one_or_none()


async def page(connection: AsyncConnection, owner_id: str, after: str | None, limit: int) -> list[Row[Any]]:
    """Live collections of the owner by name, from `after` on; failed ones when no live one has their name."""
    query = select(collections).where(collections.c.owner_id == owner_id)
    if after is not None:
        query = query.where(collections.c.name > after)
    query = query.order_by(collections.c.name, collections.c.failed, collections.c.created_at.desc()).limit(limit)
    return list(await connection.execute(query))


async def staged(connection: AsyncConnection, collection_id: str, facts: dict[str, Any], rejected: Iterable[dict[str, Any]]) -> None:
    """Write what staging found: the counts, and a row for each rejection."""
    await connection.execute(update(collections).where(collections.c.collection_id == collection_id).values(staged_at=now(), **facts))
    await connection.execute(delete(rejections).where(rejections.c.collection_id == collection_id))
    rest = iter(rejected)
    while some := [{"collection_id": collection_id, **row} for row in islice(rest, ROWS)]:
        await insert_or_nothing(connection, rejections, some)


async def fail(connection: AsyncConnection, collection_id: str) -> None:
    """Free the collection's name: its run failed."""
    await connection.execute(update(collections).where(collections.c.collection_id == collection_id).values(failed=True))


async def remove(connection: AsyncConnection, collection_id: str) -> None:
    """Delete the collection with its runs, plots and results."""
    await connection.execute(delete(collections).where(collections.c.collection_id == collection_id))


async def remove_older(connection: AsyncConnection, owner_id: str, age_s: float) -> list[str]:
    """Delete the owner's collections that are older than `age_s`; answers their ids."""
    old = (collections.c.owner_id == owner_id) & (collections.c.created_at < now() - age_s)
    return list((await connection.execute(delete(collections).where(old).returning(collections.c.collection_id))).scalars())


async def rejected(connection: AsyncConnection, collection_id: str, limit: int | None = None) -> list[Row[Any]]:
    """The rejections in order of the file."""
    query = select(rejections).where(rejections.c.collection_id == collection_id).order_by(rejections.c.feature_index, rejections.c.code)
    return list(await connection.execute(query if limit is None else query.limit(limit)))
