"""From a request that was read to rows that last, a doorbell, and what staging says within a few seconds."""

import asyncio
import secrets
from typing import Any
from uuid import uuid4

import orjson
import structlog

from contracts.envelope import Message
from contracts.v1.batch import BatchParameters, BatchProcess, BlobFile
from services.gateway.problems import Problem
from services.gateway.repeats import Ticket
from shared.db import collections, idempotency, runs, tasks
from shared.errors import Unavailable, Unroutable
from shared.progress import BATCH_PROCESS, is_step
from shared.service import Resources

log = structlog.get_logger()
FIRST_LOOK_S = 0.02
LONGEST_LOOK_S = 0.25


def new_collection_id() -> str:
    """A collection id that nobody can guess."""
    return "0x" + secrets.token_hex(32)


def order_of(collection_id: str, parameters: BatchParameters, file: BlobFile) -> BatchProcess:
    """The order for a file that lies in the blob store."""
    return BatchProcess(parameters=parameters, collection_id=collection_id, run_id=str(uuid4()), file=file)


async def write(resources: Resources, owner_id: str, order: BatchProcess, ticket: Ticket | None, operation: str = BATCH_PROCESS) -> None:
    """Write collection, run and staging task, and what a repeat is answered should we die from here on.

    Raises `Problem` 429 when the owner has too many open runs, `Refused` (`collection_exists`) when the name is taken.
    """
    async with resources.database.write() as connection:
        await check_quota(resources, owner_id, connection)
        await collections.ensure(connection, owner_id, order, operation)
        if ticket is not None:
            body = orjson.dumps(accepted(order, None, operation)).decode()
            await idempotency.keep(connection, owner_id, ticket.key, ticket.digest, 202, body)


async def check_quota(resources: Resources, owner_id: str, connection: Any) -> None:
    """Raise `Problem` 429 when the owner has as many open runs as are allowed."""
    limit = resources.settings.max_running_runs
    if await runs.count_open(connection, owner_id) >= limit:
        detail = f"You have {limit} runs that have not ended; that is the limit."
        raise Problem(429, "quota_exceeded", detail, headers={"Retry-After": "30"})


async def ring(resources: Resources, order: Message) -> None:
    """Publish an order. Its rows are there, so a bus that does not take it only delays it: the tracker rings again."""
    try:
        await resources.bus.publish(order)
    except (Unavailable, Unroutable) as error:
        log.warning("order not published, the tracker will ring", collection_id=order.subject(), code=error.code, detail=error.detail)


async def staged(resources: Resources, order: BatchProcess, wait_s: float | None = None) -> Any | None:
    """The collection's row once staging has ended well, or None when it has not ended in time (GATEWAY_STAGING_WAIT_S, or `wait_s`).

    Raises `Problem` when staging refused the file; `discard` then removes it.
    """
    deadline = asyncio.get_running_loop().time() + (resources.settings.gateway_staging_wait_s if wait_s is None else wait_s)
    pause_s = FIRST_LOOK_S
    while asyncio.get_running_loop().time() < deadline:
        async with resources.database.read() as connection:
            ended = await tasks.of_run(connection, str(order.run_id), ("done", "failed"))
            run = await runs.get(connection, str(order.run_id))
            collection = await collections.get(connection, str(order.collection_id))
        if any(task.stage == "staging" for task in ended) or run is None:
            return _outcome(run, collection, [task.state for task in ended if task.stage == "staging"])
        await asyncio.sleep(pause_s)
        pause_s = min(LONGEST_LOOK_S, 1.5 * pause_s)
    return None


def _outcome(run: Any | None, collection: Any | None, states: list[str]) -> Any | None:
    if run is not None and "failed" in states:
        problem = orjson.loads(run.problem) if run.problem else {}
        if 400 <= problem.get("status", 500) < 500:
            raise file_problem(problem)
        return None  # our fault: the run is durable and its progress says what happened
    return collection


def file_problem(problem: dict[str, Any]) -> Problem:
    """The problem that staging stored, as an answer."""
    return Problem(
        problem["status"],
        problem["code"],
        problem.get("detail") or "The file cannot be processed.",
        title=problem.get("title"),
        errors=problem.get("errors") or (),
        errors_total=problem.get("errors_total"),
    )


async def discard(resources: Resources, order: BatchProcess, ticket: Ticket | None, problem: Problem) -> None:
    """Remove collection, run and file of a refused order; repeats get the same problem."""
    async with resources.database.write() as connection:
        await collections.remove(connection, str(order.collection_id))
        if ticket is not None:
            body = orjson.dumps(problem.body()).decode()
            await idempotency.settle(connection, ticket.owner_id, ticket.key, ticket.digest, problem.status, body)
    await remove_blobs(resources, str(order.collection_id))


async def remove_blobs(resources: Resources, collection_id: str) -> None:
    """Delete every blob of a collection; a store that is away keeps them for the sweep."""
    try:
        await resources.blobs.delete_prefix(f"collections/{collection_id}")
    except Unavailable as error:
        log.warning("blobs not removed", collection_id=collection_id, detail=error.detail)


def accepted(order: BatchProcess, collection: Any | None, operation: str = BATCH_PROCESS) -> dict[str, Any]:
    """The body of the 202; `collection` is its row once staging has filled it."""
    found = str(order.collection_id)
    override = None if collection is None else collection.country_override
    return {
        "status": "PROCESSING",
        "collection_id": found,
        "tracking_id": found,
        "collection_name": order.parameters.collection_name,
        "run_id": order.run_id,
        "stats": [] if is_step(operation) else list(order.parameters.stats),
        "plot_number": None if collection is None else collection.plots_accepted,
        "locations_confidence": None if collection is None else collection.locations_confidence,
        "country": None if collection is None else collection.country,
        "country_override_info": orjson.loads(override) if override else None,
        "links": links_of(found),
    }


def accepted_over(collection: Any, run_id: str, stats: list[str], plots: int | None = None) -> dict[str, Any]:
    """The body of the 202 for a run over a collection that is there; `plots` when it is not of all its plots."""
    override = collection.country_override
    return {
        "status": "PROCESSING",
        "collection_id": collection.collection_id,
        "tracking_id": collection.collection_id,
        "collection_name": collection.name,
        "run_id": run_id,
        "stats": stats,
        "plot_number": collection.plots_accepted if plots is None else plots,
        "locations_confidence": collection.locations_confidence,
        "country": collection.country,
        "country_override_info": orjson.loads(override) if override else None,
        "links": links_of(collection.collection_id),
    }


def links_of(collection_id: str) -> dict[str, str]:
    """Where to go on with a collection."""
    return {
        "progress": f"/batch_progress?tracking_id={collection_id}",
        "results": f"/fetch_plots?filename={collection_id}",
        "events": f"/batch_progress/events?tracking_id={collection_id}",
    }
