"""`GET /batch_progress` and its stream of events."""

from typing import Final

from aiohttp import web

from contracts.v1.progress import BatchProcessProgress
from services.gateway.context import FAILURES, FEEDS, owner_of, resources_of
from services.gateway.merging import merge
from services.gateway.problems import fault, invalid
from services.gateway.progress_rows import collection_of, read, run_of
from services.gateway.queries import EventsQuery, ProgressQuery, query_of
from services.gateway.samples import PROGRESS

KEEP_ALIVE_S: Final = 5.0
"""A comment is sent after so much silence, so that nobody takes the stream for dead."""


async def batch_progress(request: web.Request) -> web.Response:
    """How far a run is, or several together."""
    query = query_of(request, ProgressQuery)
    if query.dummy_data:
        return _json(PROGRESS)
    runs = await _runs(request, query, query.tracking_ids)
    resources, book = resources_of(request), request.app[FAILURES]
    return _json(merge([await read(resources.database, book, run_id, owner_of(request)) for run_id in runs]))


async def batch_progress_events(request: web.Request) -> web.StreamResponse:
    """The same as Server-Sent Events, until the run has ended (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    [run_id] = await _runs(request, query_of(request, EventsQuery), ())
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    async with request.app[FEEDS].listen(run_id, owner_of(request)) as feed:
        await response.prepare(request)
        seen = 0
        while True:
            if not await feed.wait(seen, KEEP_ALIVE_S):
                await response.write(b": keep-alive\n\n")
                continue
            number, data, ended = feed.number, feed.data, feed.ended
            if number > seen:
                await response.write(b"id: %d\ndata: %s\n\n" % (number, data))
                seen = number
            if ended:
                return response


async def _runs(request: web.Request, query: EventsQuery, tracking_ids: tuple[str, ...]) -> list[str]:
    """The run ids that a query means."""
    given = [
        name for name, value in (("tracking_id", query.tracking_id), ("tracking_ids", tracking_ids), ("filename", query.filename)) if value
    ]
    names = ("tracking_id", "tracking_ids", "filename") if isinstance(query, ProgressQuery) else ("tracking_id", "filename")
    if len(given) != 1:
        raise invalid([fault("", "exactly_one", f"Exactly one of {', '.join(names)} is needed.")])
    if query.run_id is not None and tracking_ids:
        raise invalid([fault("run_id", "not_usable", "run_id goes with tracking_id or filename.")])
    owner_id = owner_of(request)
    async with resources_of(request).database.read() as connection:
        if query.filename is not None:
            found = [await collection_of(connection, owner_id, filename=query.filename)]
        else:
            wanted = dict.fromkeys(tracking_ids or [str(query.tracking_id)])
            found = [await collection_of(connection, owner_id, tracking_id=one) for one in wanted]
        return [await run_of(connection, owner_id, collection.collection_id, query.run_id) for collection in found]


def _json(progress: BatchProcessProgress) -> web.Response:
    return web.Response(text=progress.model_dump_json(), content_type="application/json")
