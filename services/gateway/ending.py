"""`POST /collections/{id}/cancel` and `DELETE /collections/{id}`: work that is not wanted any more, and plots that are to be gone."""

from typing import Any

import orjson
from aiohttp import web

from services.gateway.context import owner_of, resources_of
from services.gateway.progress_rows import collection_of
from services.gateway.queries import NoQuery, query_of
from shared.db import collections, runs, tasks
from shared.db.runs import AnyRow
from shared.progress import INTAKE


async def cancel_collection(request: web.Request) -> web.Response:
    """End every open run of the collection as CANCELLED; what a worker still finds out about it is dropped.

    A collection whose file was not uploaded by then has no plots and frees its name.
    """
    query_of(request, NoQuery)
    async with resources_of(request).database.write() as connection:
        collection = await collection_of(connection, owner_of(request), tracking_id=request.match_info["collection_id"])
        cancelled = await _cancel(connection, collection)
    body = orjson.dumps({"collection_id": collection.collection_id, "cancelled": cancelled})
    return web.Response(body=body, content_type="application/json")


async def delete_collection(request: web.Request) -> web.Response:
    """Cancel the collection's runs, then remove its files and its rows. Cut short, it is repeated by asking again.

    Files go before the rows that name them, and once more after these, since staging may have been writing some.
    """
    query_of(request, NoQuery)
    resources = resources_of(request)
    async with resources.database.write() as connection:
        collection = await collection_of(connection, owner_of(request), tracking_id=request.match_info["collection_id"])
        await _cancel(connection, collection)
    files = f"collections/{collection.collection_id}"
    await resources.blobs.delete_prefix(files)
    async with resources.database.write() as connection:
        await collections.remove(connection, collection.collection_id)
    await resources.blobs.delete_prefix(files)
    return web.Response(status=204)


async def _cancel(connection: Any, collection: AnyRow) -> list[str]:
    """End the open runs; the ids of those that were open, oldest first."""
    cancelled = await runs.cancel(connection, collection.collection_id)
    brought_plots = any("staging" in INTAKE.get(run.operation, ()) for run in cancelled)
    if brought_plots and not await tasks.is_uploaded(connection, collection.collection_id):
        await collections.fail(connection, collection.collection_id)
    return [run.run_id for run in cancelled]
