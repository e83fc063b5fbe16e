"""`POST /upload_plots`: the plots of a staged collection become rows, in a run of its own."""

import hashlib
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict

from contracts.v1.batch import BatchProcess
from contracts.v1.plots import PlotsStaged
from services.gateway import repeats
from services.gateway.bodies import body_of
from services.gateway.context import owner_of, resources_of
from services.gateway.problems import Problem
from services.gateway.progress_rows import collection_of
from services.gateway.queries import Text
from services.gateway.submit import accepted_over, check_quota, ring
from shared.db import idempotency, runs, tasks
from shared.errors import PlotproofError
from shared.service import Resources

OPERATION = "upload_plots"


class Upload(BaseModel):
    """Which collection to upload."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filename: Text
    """Id or name of a staged collection."""


async def upload_plots(request: web.Request) -> web.Response:
    """Write a run with its task, ring for it, answer."""
    resources, owner_id = resources_of(request), owner_of(request)
    key = repeats.key_of(request)
    upload = await body_of(request, Upload, resources.settings.max_json_bytes)
    digest = hashlib.sha256(orjson.dumps([OPERATION, upload.filename])).hexdigest()
    ticket = None if key is None else repeats.Ticket(owner_id, key, digest)
    if ticket is not None and (repeat := await repeats.hold(resources, ticket)) is not None:
        return repeat
    try:
        answer = await _write(resources, owner_id, upload.filename, ticket)
    except PlotproofError:
        if ticket is not None:
            await repeats.free(resources, ticket)
        raise
    await ring(resources, PlotsStaged(collection_id=answer["collection_id"], run_id=answer["run_id"]))
    return web.Response(status=202, body=orjson.dumps(answer), content_type="application/json")


async def _write(resources: Resources, owner_id: str, filename: str, ticket: repeats.Ticket | None) -> dict[str, Any]:
    """The answer, once run and task are written. Raises `Problem`: 404, 409 `not_ready` or `run_open`, 429."""
    run_id = str(uuid4())
    async with resources.database.write() as connection:
        await check_quota(resources, owner_id, connection)
        collection = await collection_of(connection, owner_id, filename=filename)
        if collection.failed or not collection.plots_accepted:
            raise Problem(409, "not_ready", "The collection has no staged plots; see /batch_progress.")
        if any(run.state in runs.OPEN for run in await runs.of_collection(connection, collection.collection_id, owner_id)):
            raise Problem(409, "run_open", "A run of this collection goes on; upload it when that has ended.")
        await runs.create(connection, run_id, collection, BatchProcess.model_validate_json(collection.order_data), OPERATION)
        await tasks.create(connection, run_id, "uploading", [collection.plots_accepted], rung=True)
        answer = accepted_over(collection, run_id, [])
        if ticket is not None:
            await idempotency.settle(connection, owner_id, ticket.key, ticket.digest, 202, orjson.dumps(answer).decode())
    return answer
