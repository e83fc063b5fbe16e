"""`GET /get_collections`, and the plots of a collection that were rejected."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import web
from yarl import URL

from services.gateway.context import owner_of, resources_of
from services.gateway.progress_rows import collection_of
from services.gateway.queries import CollectionsQuery, NoQuery, query_of
from shared.db import Database, collections, overview
from shared.db.runs import OPEN
from shared.progress import moment

PAGE: Final = 50
REJECTIONS_PAGE: Final = 1000
SUMMARISING: Final = "summarising"


async def get_collections(request: web.Request) -> web.Response:
    """Every collection of the owner by its name, with a job for each run; `Link` names the next page when there is one."""
    query = query_of(request, CollectionsQuery)
    rows, more = await _rows(resources_of(request).database, owner_of(request), query)
    found = await _described(resources_of(request).database, owner_of(request), rows)
    headers = {}
    if more:
        following = URL("/get_collections").with_query(limit=query.limit, after=rows[-1].name)
        headers["Link"] = f'<{following}>; rel="next"'
    return web.Response(body=orjson.dumps(found), content_type="application/json", headers=headers)


async def _rows(database: Database, owner_id: str, query: CollectionsQuery) -> tuple[list[Any], bool]:
    """One row a name, the live one before failed ones, and whether there are more names."""
    by_name: dict[str, Any] = {}
    after = query.after
    while len(by_name) <= query.limit:
        async with database.read() as connection:
            page = await collections.page(connection, owner_id, after, PAGE)
        if not page:
            break
        for row in page:
            by_name.setdefault(row.name, row)
        after = page[-1].name
    rows = list(by_name.values())
    return rows[: query.limit], len(rows) > query.limit


async def _described(database: Database, owner_id: str, rows: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(rows), PAGE):
        page = rows[start : start + PAGE]
        async with database.read() as connection:
            runs = await overview.runs_of(connection, [row.collection_id for row in page], owner_id)
            tasks = await overview.task_states_of(connection, [run.run_id for run in runs])
        jobs = _jobs(runs, tasks)
        found.update({row.name: entry(row, jobs.get(row.collection_id, [])) for row in page})
    return found


def _jobs(runs: Sequence[Any], tasks: Sequence[Any]) -> Mapping[str, list[dict[str, Any]]]:
    tasks_of = defaultdict(list)
    for task in tasks:
        tasks_of[task.run_id].append(task)
    jobs = defaultdict(list)
    for run in runs:
        jobs[run.collection_id].append(job(run, tasks_of[run.run_id]))
    return jobs


def entry(collection: Any, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """One collection as the list shows it."""
    return {
        "collection_id": collection.collection_id,
        "description": collection.description,
        "ingestion_time": moment(collection.created_at).isoformat(),
        "plot_number": collection.plots_accepted,
        "locations_confidence": collection.locations_confidence,
        "country": collection.country,
        "country_override_info": orjson.loads(collection.country_override) if collection.country_override else None,
        "batch_jobs": jobs,
    }


def job(run: Any, tasks: Sequence[Any]) -> dict[str, Any]:
    """One run as the list shows it; `tasks` are its tasks in order."""
    computing = run.state in OPEN and not _has_begun_to_summarise(tasks)
    return {
        "outcome": "INGEST_IMAGES" if computing else "CHECK_TABLES",
        "complete_task_ids": [task_id(run.run_id, task.stage, task.part) for task in tasks if task.state == "done"],
        "failed_task_ids": [task_id(run.run_id, task.stage, task.part) for task in tasks if task.state == "failed"],
        "start_date": run.window_start,
        "end_date": run.window_end,
        "stats": orjson.loads(run.stats),
        "status": "in_progress" if run.state in OPEN else run.state.lower(),
        "run_id": run.run_id,
    }


def _has_begun_to_summarise(tasks: Sequence[Any]) -> bool:
    """The summarising task waits from the plan on; it begins when it is taken."""
    return any(task.stage == SUMMARISING and task.state != "pending" for task in tasks)


def task_id(run_id: str, stage: str, part: int) -> str:
    """24 characters A-Z2-7 that follow from the task's key: 120 bits of its SHA-256 in base32."""
    digest = hashlib.sha256(f"{run_id}/{stage}/{part}".encode()).digest()
    return base64.b32encode(digest[:15]).decode()


async def rejections(request: web.Request) -> web.StreamResponse:
    """Every plot of the file that was left out, in file order, one JSON object a line."""
    query_of(request, NoQuery)
    database = resources_of(request).database
    async with database.read() as connection:
        collection = await collection_of(connection, owner_of(request), tracking_id=request.match_info["collection_id"])
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    after = (-1, "")
    while True:
        async with database.read() as connection:
            page = await overview.rejections_after(connection, collection.collection_id, after, REJECTIONS_PAGE)
        if not page:
            return response
        await response.write(b"".join(orjson.dumps(_rejection(row), option=orjson.OPT_APPEND_NEWLINE) for row in page))
        after = (page[-1].feature_index, page[-1].code)


def _rejection(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("feature_index", "plot_id", "code", "severity", "message")}
