"""What staging wrote beside a collection's plots, as it lies in the blob store: findings, and what was mended."""

import asyncio
from typing import Final

from aiohttp import web

from services.gateway.context import owner_of, resources_of
from services.gateway.progress_rows import collection_of
from services.gateway.queries import NoQuery, query_of
from shared.blobs import FINDINGS_FILE, REPAIRS_FILE

BLOCK_BYTES: Final = 1 << 20


async def findings(request: web.Request) -> web.StreamResponse:
    """What was remarked on single plots, in file order, one JSON object a line."""
    return await _stream(request, FINDINGS_FILE)


async def repairs(request: web.Request) -> web.StreamResponse:
    """Each mended plot with its rules, areas and both outlines, in file order, one JSON object a line."""
    return await _stream(request, REPAIRS_FILE)


async def _stream(request: web.Request, name: str) -> web.StreamResponse:
    query_of(request, NoQuery)
    resources = resources_of(request)
    async with resources.database.read() as connection:
        collection = await collection_of(connection, owner_of(request), tracking_id=request.match_info["collection_id"])
    key = f"collections/{collection.collection_id}/{name}"
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    if not await resources.blobs.exists(key):  # not staged yet, or no plot was usable: as empty as the list of rejections
        return response
    file = resources.blobs.range_file(key)
    while block := await asyncio.to_thread(file.read, BLOCK_BYTES):
        await response.write(block)
    return response
