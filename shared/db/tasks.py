"""Tasks: how work is taken under a lease, renewed, ended and rung for, each by one conditional statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.clock import now
from shared.db.rows import insert_or_nothing
from shared.db.runs import OPEN
from shared.db.tables import runs, tasks
from shared.errors import Conflict

t = tasks.c


@dataclass(frozen=True, slots=True)
class Key:
    """The natural key of a task."""

    run_id: str
    stage: str
    part: int = 0

    @property
    def where(self) -> ColumnElement[bool]:
        """The row of this task."""
        return and_(t.run_id == self.run_id, t.stage == self.stage, t.part == self.part)


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that this holder has the lease of; `attempt` fences every later write."""

    key: Key
    attempt: int
    failures: int
    plots: int | None


def _run_is_open(run_id: str) -> ColumnElement[bool]:
    return exists().where(and_(runs.c.run_id == run_id, runs.c.state.in_(OPEN)))


async def create(
    connection: AsyncConnection, run_id: str, stage: str, plots_by_part: list[int | None] | Mapping[int, int], rung: bool = False
) -> None:
    """Insert the stage's tasks, or nothing where they are there; `rung` when the caller rings for them itself.

    `plots_by_part` are the plots of each part from 0 on, or of those parts alone that are to be done.
    """
    parts = plots_by_part.items() if isinstance(plots_by_part, Mapping) else enumerate(plots_by_part)
    rows: list[dict[str, Any]] = [
        {"run_id": run_id, "stage": stage, "part": part, "state": "pending", "plots": plots} for part, plots in parts
    ]
    if rung:
        rows = [{**row, "rings": 1, "rung_at": now()} for row in rows]
    await insert_or_nothing(connection, tasks, rows)


async def take(connection: AsyncConnection, key: Key, bell: str, redelivered: bool, lease_s: float) -> Taken | None:
    """Take the task if it is pending and due, its lease is over, or `bell` is the redelivered bell it was taken with.

    None: somebody holds it, it has ended, or its run has; the doorbell is to be dropped.
    """
    free = or_(
        and_(t.state == "pending", or_(t.not_before.is_(None), t.not_before <= now())),
        and_(t.state == "leased", t.lease_until < now()),
        and_(t.state == "leased", t.bell == bell, literal(redelivered)),
    )
    statement = (
        update(tasks)
        .where(key.where, free, _run_is_open(key.run_id))
        .values(
            state="leased",
            attempt=t.attempt + 1,
            lease_until=now() + lease_s,
            bell=bell,
            not_before=None,
            started_at=func.coalesce(t.started_at, now()),
        )
        .returning(t.attempt, t.failures, t.plots)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Taken(key, row.attempt, row.failures, row.plots)


async def renew(connection: AsyncConnection, taken: Taken, lease_s: float, plots_done: int = 0, plots: int | None = None) -> bool:
    """Prolong the lease and say how far the work is; False when the task is not ours any more or its run has ended."""
    further = case((t.plots_done < plots_done, plots_done), else_=t.plots_done)
    values: dict[str, Any] = {"lease_until": now() + lease_s, "plots_done": further}
    if plots is not None:
        values["plots"] = plots
    held = and_(taken.key.where, t.state == "leased", t.attempt == taken.attempt, _run_is_open(taken.key.run_id))
    return (await connection.execute(update(tasks).where(held).values(values))).rowcount == 1


async def finish(
    connection: AsyncConnection,
    taken: Taken,
    state: Literal["done", "failed"],
    *,
    plots: int | None,
    plots_failed: int = 0,
    code: str | None = None,
    message: str | None = None,
) -> None:
    """End the task; first in its transaction, so that a holder who lost the lease writes nothing.

    Raises `Conflict` when the task was taken over or its run has ended.
    """
    held = and_(taken.key.where, t.state == "leased", t.attempt == taken.attempt, _run_is_open(taken.key.run_id))
    values = {
        "state": state,
        "plots": plots,
        "plots_done": plots if plots is not None else t.plots_done,
        "plots_failed": plots_failed,
        "lease_until": None,
        "finished_at": now(),
        "code": code,
        "message": message,
    }
    if (await connection.execute(update(tasks).where(held).values(values))).rowcount != 1:
        raise Conflict(f"task {taken.key} is not held with attempt {taken.attempt} any more")


async def postpone(connection: AsyncConnection, taken: Taken, delay_s: float, code: str, message: str) -> None:
    """Give the task back for `delay_s`: something it needs is unavailable. Counts as a failure."""
    held = and_(taken.key.where, t.state == "leased", t.attempt == taken.attempt)
    values = {
        "state": "pending",
        "lease_until": None,
        "bell": None,
        "rung_at": None,
        "not_before": now() + delay_s,
        "failures": t.failures + 1,
        "failing_since": func.coalesce(t.failing_since, now()),
        "code": code,
        "message": message,
    }
    await connection.execute(update(tasks).where(held).values(values))


async def fail_now(connection: AsyncConnection, key: Key, code: str, message: str) -> bool:
    """End an open task as failed, whoever holds it (its message was parked); fences the holder."""
    is_open = t.state.in_(("pending", "leased"))
    values = {
        "state": "failed",
        "attempt": t.attempt + 1,
        "lease_until": None,
        "plots_failed": func.coalesce(t.plots, 0),
        "plots_done": func.coalesce(t.plots, t.plots_done),
        "code": code,
        "message": message,
        "finished_at": now(),
    }
    return (await connection.execute(update(tasks).where(key.where, is_open).values(values))).rowcount == 1


async def free_all_leases(connection: AsyncConnection) -> int:
    """Void every lease: for the one process that owns its database and has just started."""
    voided = update(tasks).where(t.state == "leased").values(state="pending", lease_until=None, bell=None, rung_at=None)
    pending = update(tasks).where(t.state == "pending").values(rung_at=None)
    freed = (await connection.execute(voided)).rowcount
    await connection.execute(pending)
    return freed


async def to_ring(connection: AsyncConnection, run_id: str, stage: str, window: int, again_s: float) -> list[Row[Any]]:
    """Tasks of a stage to ring for now (`part`, `rings`), so that at most `window` are rung for and open.

    Rung again: a lease that is over; a rung task that nobody took for `again_s`, doubling to ten minutes.
    """
    patience_s = case(
        (t.rings <= 1, again_s), (t.rings == 2, min(600.0, 2 * again_s)), (t.rings == 3, min(600.0, 4 * again_s)), else_=600.0
    )
    late = or_(
        and_(t.state == "leased", t.lease_until < now()),
        and_(
            t.state == "pending", t.rung_at.is_not(None), t.rung_at + patience_s < now(), or_(t.not_before.is_(None), t.not_before <= now())
        ),
    )
    fresh = and_(t.state == "pending", t.rung_at.is_(None), or_(t.not_before.is_(None), t.not_before <= now()))
    rung = and_(t.run_id == run_id, t.stage == stage, or_(t.state == "leased", and_(t.state == "pending", t.rung_at.is_not(None))))
    outstanding = (await connection.execute(select(func.count()).select_from(tasks).where(rung))).scalar_one()
    one_stage = and_(t.run_id == run_id, t.stage == stage)
    columns = select(t.part, t.rings)
    found: list[Row[Any]] = list(await connection.execute(columns.where(one_stage, late).order_by(t.part).limit(window)))
    if window > outstanding:
        found += await connection.execute(columns.where(one_stage, fresh).order_by(t.part).limit(window - outstanding))
    return found


async def rung(connection: AsyncConnection, run_id: str, stage: str, rings_by_part: dict[int, int]) -> None:
    """Record that each part has been rung for the `rings`-th time; its bell is in the broker."""
    for part, rings in rings_by_part.items():
        late = update(tasks).where(Key(run_id, stage, part).where, t.rings < rings)
        lease_over = and_(t.state == "leased", t.lease_until < now())
        await connection.execute(late.values(rings=rings, rung_at=now(), state=case((lease_over, "pending"), else_=t.state)))


async def by_stage(connection: AsyncConnection, run_id: str) -> list[Row[Any]]:
    """One row a stage: counts of tasks by state, sums of plots, first start and last end."""
    query = (
        select(
            t.stage,
            func.count().label("tasks"),
            func.sum(case((t.state.in_(("pending", "leased")), 1), else_=0)).label("open"),
            func.sum(case((t.state == "failed", 1), else_=0)).label("failed"),
            func.sum(t.plots).label("plots"),
            func.sum(t.plots_done).label("plots_done"),
            func.sum(t.plots_failed).label("plots_failed"),
            func.min(t.started_at).label("started_at"),
            func.max(t.finished_at).label("finished_at"),
        )
        .where(t.run_id == run_id)
        .group_by(t.stage)
    )
    return list(await connection.execute(query))


async def is_uploaded(connection: AsyncConnection, collection_id: str) -> bool:
    """True when a run of the collection has written its plots."""
    done = exists().where(runs.c.collection_id == collection_id, t.run_id == runs.c.run_id, t.stage == "uploading", t.state == "done")
    return bool((await connection.execute(select(done))).scalar_one())


async def get(connection: AsyncConnection, key: Key) -> Row[Any] | None:
    """The row of a task."""
    return (await connection.execute(select(tasks).where(key.where))).one_or_none()


async def of_run(connection: AsyncConnection, run_id: str, states: tuple[str, ...] | None = None) -> list[Row[Any]]:
    """The tasks of a run, in order."""
    query = select(tasks).where(t.run_id == run_id)
    if states is not None:
        query = query.where(t.state.in_(states))
    return list(await connection.execute(query.order_by(t.stage, t.part)))


async def states(connection: AsyncConnection, run_id: str) -> list[Row[Any]]:
    """`stage`, `part` and `state` of every task of a run, in order: what an API lists."""
    return list(await connection.execute(select(t.stage, t.part, t.state).where(t.run_id == run_id).order_by(t.stage, t.part)))
