"""Runs: created with their collection or over it, planned and ended by compare-and-set."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Row, and_, delete, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.v1.batch import BatchParameters, BatchProcess
from shared.db.clock import now
from shared.db.rows import dumps
from shared.db.tables import runs, tasks

RunState = Literal["SUBMITTED", "PROCESSING", "COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED"]
OPEN: Final = ("SUBMITTED", "PROCESSING")
READABLE: Final = ("COMPLETED", "PARTIAL")

PLOT_NOS: Final = "plot_nos"
"""Among the parameters of a run: the plots that it computes, when these are not all."""

AnyRow = Row[Any]


async def create(connection: AsyncConnection, run_id: str, collection: AnyRow, order: BatchProcess, operation: str) -> None:
    """Insert a run over a collection that is there, without statistics, for the collection's owner and with its order's parameters."""
    row = {
        "run_id": run_id,
        "collection_id": collection.collection_id,
        "owner_id": collection.owner_id,
        "operation": operation,
        "state": "SUBMITTED",
        "stats": dumps([]),
        "window_start": order.parameters.start_date.isoformat(),
        "window_end": order.parameters.end_date.isoformat(),
        "parameters": order.parameters.model_dump_json(),
        "submitted_at": now(),
    }
    await connection.execute(insert(runs).values(row))


async def create_over(
    connection: AsyncConnection, run_id: str, collection: AnyRow, parameters: BatchParameters, operation: str, more: Mapping[str, Any]
) -> None:
    """Insert a run that computes the statistics of `parameters` over an uploaded collection, for its owner.

    `more` are parameters that a batch does not have: the plots that it computes (`PLOT_NOS`).
    """
    given: dict[str, Any] = parameters.model_dump(mode="json")
    row = {
        "run_id": run_id,
        "collection_id": collection.collection_id,
        "owner_id": collection.owner_id,
        "operation": operation,
        "state": "SUBMITTED",
        "stats": dumps(list(parameters.stats)),
        "window_start": parameters.start_date.isoformat(),
        "window_end": parameters.end_date.isoformat(),
        "parameters": dumps({**given, **more}),
        "submitted_at": now(),
    }
    await connection.execute(insert(runs).values(row))


def asked_plots(run: AnyRow) -> list[int] | None:
    """The plot numbers that a run computes, rising; None for all of its collection."""
    found = orjson.loads(run.parameters).get(PLOT_NOS)
    return None if found is None else sorted(found)


async def get(connection: AsyncConnection, run_id: str, owner_id: str | None = None) -> AnyRow | None:
    """The run, or None when it is unknown or belongs to another owner than `owner_id` (None: a service asks)."""
    query = select(runs).where(runs.c.run_id == run_id)
    if owner_id is not None:
        query = query.where(runs.c.owner_id == owner_id)
    return (await connection.execute(query)).one_or_none()


async def of_collection(connection: AsyncConnection, collection_id: str, owner_id: str) -> list[AnyRow]:
    """Every run of the collection, newest first."""
    query = select(runs).where(runs.c.collection_id == collection_id, runs.c.owner_id == owner_id)
    return list(await connection.execute(query.order_by(runs.c.submitted_at.desc(), runs.c.run_id)))


async def open_ones(connection: AsyncConnection) -> list[str]:
    """Ids of runs that are open, or ended but not yet announced; the oldest first."""
    query = select(runs.c.run_id).where(runs.c.state.in_(OPEN) | runs.c.announced_at.is_(None)).order_by(runs.c.submitted_at)
    return list((await connection.execute(query)).scalars())


async def count_open(connection: AsyncConnection, owner_id: str) -> int:
    """How many runs of this owner are open."""
    query = select(func.count()).select_from(runs).where(runs.c.owner_id == owner_id, runs.c.state.in_(OPEN))
    return (await connection.execute(query)).scalar_one()


async def start(connection: AsyncConnection, run_id: str) -> None:
    """SUBMITTED → PROCESSING, if it is still submitted."""
    await connection.execute(update(runs).where(runs.c.run_id == run_id, runs.c.state == "SUBMITTED").values(state="PROCESSING"))


async def pin(connection: AsyncConnection, run_id: str, pins: dict[str, Any]) -> bool:
    """Record what the run is computed with, once; False when it was planned before or is not open."""
    statement = update(runs).where(runs.c.run_id == run_id, runs.c.planned_at.is_(None), runs.c.state.in_(OPEN))
    return (await connection.execute(statement.values(pins=dumps(pins), planned_at=now(), state="PROCESSING"))).rowcount == 1


async def end(connection: AsyncConnection, run_id: str, state: RunState, problem: dict[str, Any] | None = None) -> bool:
    """End an open run that has no open task; False when it has one, or has ended.

    Call it in a transaction after the one that ended the last task: two last tasks that commit together would
    each still see the other open.
    """
    open_task = exists().where(and_(tasks.c.run_id == run_id, tasks.c.state.in_(("pending", "leased"))))
    statement = update(runs).where(runs.c.run_id == run_id, runs.c.state.in_(OPEN), ~open_task)
    values: dict[str, Any] = {"state": state, "ended_at": now()}
    if problem is not None:
        values["problem"] = dumps(problem)
    return (await connection.execute(statement.values(values))).rowcount == 1


async def cancel(connection: AsyncConnection, collection_id: str) -> list[AnyRow]:
    """End the open runs of a collection as CANCELLED, whatever their tasks do; `run_id` and `operation` of each, the oldest first."""
    of_it = (
        select(runs.c.run_id, runs.c.operation).where(runs.c.collection_id == collection_id).order_by(runs.c.submitted_at, runs.c.run_id)
    )
    statement = update(runs).where(runs.c.collection_id == collection_id, runs.c.state.in_(OPEN))
    ended = set((await connection.execute(statement.values(state="CANCELLED", ended_at=now()).returning(runs.c.run_id))).scalars())
    found: list[AnyRow] = list(await connection.execute(of_it))
    return [run for run in found if run.run_id in ended]


async def note_problem(connection: AsyncConnection, run_id: str, problem: dict[str, Any]) -> None:
    """Record why the run is going to fail; the first problem stays."""
    await connection.execute(update(runs).where(runs.c.run_id == run_id, runs.c.problem.is_(None)).values(problem=dumps(problem)))


async def announced(connection: AsyncConnection, run_id: str) -> None:
    """The end of the run has been published."""
    await connection.execute(update(runs).where(runs.c.run_id == run_id).values(announced_at=now()))


async def remove(connection: AsyncConnection, run_id: str) -> None:
    """Delete the run with its tasks and results."""
    await connection.execute(delete(runs).where(runs.c.run_id == run_id))


async def pin_sources(connection: AsyncConnection, run_id: str, sources: list[AnyRow]) -> None:
    """Add to the run's pins the files that it was read from (`methods.sources_of`), by layer."""
    run = await get(connection, run_id)
    if run is None or run.pins is None:
        return
    pins = orjson.loads(run.pins)
    for source in sources:
        layer = pins["layers"].setdefault(source.layer, {"version": source.version})
        layer.setdefault("sources", {})[source.name] = source.checksum
    await connection.execute(update(runs).where(runs.c.run_id == run_id).values(pins=dumps(pins)))
