"""`POST /batch_process` and `POST /stage_plots`: a file in, a run that lasts out; nothing is left of what was refused."""

import orjson
from aiohttp import web

from contracts.v1.batch import BatchProcess
from services.gateway import repeats
from services.gateway.context import owner_of, resources_of
from services.gateway.intake import read_request
from services.gateway.parameters import digest_of, parameters_of
from services.gateway.problems import Problem, fault, invalid
from services.gateway.submit import accepted, check_quota, discard, new_collection_id, order_of, remove_blobs, ring, staged, write
from shared.errors import PlotproofError
from shared.progress import BATCH_PROCESS
from shared.service import Resources


async def batch_process(request: web.Request) -> web.StreamResponse:
    """Stage, upload and compute."""
    return await _begin(request, BATCH_PROCESS)


async def stage_plots(request: web.Request) -> web.StreamResponse:
    """Stage, and nothing more."""
    return await _begin(request, "stage_plots")


async def _begin(request: web.Request, operation: str) -> web.StreamResponse:
    """Read, write, ring, wait a little, answer."""
    resources, owner_id = resources_of(request), owner_of(request)
    key = repeats.key_of(request)
    if key is None:
        async with resources.database.read() as connection:
            await check_quota(resources, owner_id, connection)
    collection_id, kept = new_collection_id(), False
    try:
        order, ticket = await _read(request, resources, owner_id, collection_id, key, operation)
        if ticket is not None and (repeat := await repeats.hold(resources, ticket)) is not None:
            return repeat
        await _write(resources, owner_id, order, ticket, operation)
        kept = True
    finally:
        if not kept:
            await remove_blobs(resources, collection_id)
    await ring(resources, order)
    return await _answer(resources, order, ticket, operation)


async def _read(
    request: web.Request, resources: Resources, owner_id: str, collection_id: str, key: str | None, operation: str
) -> tuple[BatchProcess, repeats.Ticket | None]:
    intake = await read_request(request, resources.settings, resources.blobs, f"collections/{collection_id}/source")
    parameters = parameters_of(intake.given, resources.settings)
    if intake.file is None:
        raise invalid([fault("file", "missing", "A part named file (or geojson in a JSON body) is required.")])
    ticket = None if key is None else repeats.Ticket(owner_id, key, digest_of(intake.given, parameters, intake.file, operation))
    return order_of(collection_id, parameters, intake.file), ticket


async def _write(resources: Resources, owner_id: str, order: BatchProcess, ticket: repeats.Ticket | None, operation: str) -> None:
    try:
        await write(resources, owner_id, order, ticket, operation)
    except PlotproofError:
        if ticket is not None:
            await repeats.free(resources, ticket)
        raise


async def _answer(resources: Resources, order: BatchProcess, ticket: repeats.Ticket | None, operation: str) -> web.Response:
    try:
        collection = await staged(resources, order)
    except Problem as problem:
        await discard(resources, order, ticket, problem)
        raise
    status, answer = 202, accepted(order, collection, operation)
    if collection is not None and collection.skip_reason is not None:
        status, answer = 200, {"status": "SKIPPED", "collection_id": order.collection_id, "reason": collection.skip_reason}
    body = orjson.dumps(answer)
    if ticket is not None:
        await repeats.settle(resources, ticket, status, body)
    return web.Response(status=status, body=body, content_type="application/json")
