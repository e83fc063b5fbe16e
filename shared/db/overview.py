"""What lists show: runs and tasks of many collections by one query, rejections page by page."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.tables import rejections, runs, tasks


async def runs_of(connection: AsyncConnection, collection_ids: Sequence[str], owner_id: str) -> list[Row[Any]]:
    """Every run of these collections of the owner, newest first."""
    query = select(runs).where(runs.c.collection_id.in_(collection_ids), runs.c.owner_id == owner_id)
    return list(await connection.execute(query.order_by(runs.c.submitted_at.desc(), runs.c.run_id)))


async def task_states_of(connection: AsyncConnection, run_ids: Sequence[str]) -> list[Row[Any]]:
    """`run_id`, `stage`, `part`, `state` of every task of these runs, in order."""
    t = tasks.c
    query = select(t.run_id, t.stage, t.part, t.state).where(t.run_id.in_(run_ids))
    return list(await connection.execute(query.order_by(t.run_id, t.stage, t.part)))


async def rejections_after(connection: AsyncConnection, collection_id: str, after: tuple[int, str], limit: int) -> list[Row[Any]]:
    """The next `limit` rejections in file order after (`feature_index`, `code`)."""
    r = rejections.c
    later = (r.feature_index > after[0]) | ((r.feature_index == after[0]) & (r.code > after[1]))
    query = select(r.feature_index, r.plot_id, r.code, r.severity, r.message).where(r.collection_id == collection_id, later)
    return list(await connection.execute(query.order_by(r.feature_index, r.code).limit(limit)))
