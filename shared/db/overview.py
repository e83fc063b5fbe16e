"""What a list of collections shows of their runs and tasks, for many collections by one query."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.tables import runs, tasks


async def runs_of(connection: AsyncConnection, collection_ids: Sequence[str], owner_id: str) -> list[Row[Any]]:
    """Every run of these collections of the owner, newest first."""
    query = select(runs).where(runs.c.collection_id.in_(collection_ids), runs.c.owner_id == owner_id)
    return list(await connection.execute(query.order_by(runs.c.submitted_at.desc(), runs.c.run_id)))


async def task_states_of(connection: AsyncConnection, run_ids: Sequence[str]) -> list[Row[Any]]:
    """`run_id`, `stage`, `part`, `state` of every task of these runs, in order."""
    t = tasks.c
    query = select(t.run_id, t.stage, t.part, t.state).where(t.run_id.in_(run_ids))
    return list(await connection.execute(query.order_by(t.run_id, t.stage, t.part)))
