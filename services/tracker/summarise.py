"""The end of a run: name what failed, sum up the collection, write its row, and end the run after that commit."""

from typing import Any

import orjson

from services.tracker.plan import ranges
from services.tracker.summary import DeforestationSums, end_state
from shared.bus import Delivery
from shared.db import collections, methods, results, runs, tasks
from shared.db.rows import dumps
from shared.db.runs import AnyRow
from shared.lease import hold
from shared.service import Resources

PAGE = 250
"""Results summed between two turns of the loop: some 10 ms of work."""
SUPPLY_SHED = "supply_shed"


async def summarise(resources: Resources, run: AnyRow, cause: Delivery[Any]) -> None:
    """Hold the run's last task, write its summary, then end the run."""
    async with hold(resources.database, resources.settings, tasks.Key(run.run_id, "summarising"), cause) as lease:
        if lease is not None:
            await _name_failed(resources, run)
            row = {stat: await _sums(resources, run, stat) for stat in orjson.loads(run.stats)}
            async with resources.database.write() as connection:
                collection = await collections.get(connection, run.collection_id)
                await tasks.finish(connection, lease.taken, "done", plots=lease.taken.plots)
                confidence = None if collection is None else collection.locations_confidence
                await results.put_region(connection, run.run_id, SUPPLY_SHED, run.collection_id, confidence, dumps(row))
                await runs.pin_sources(connection, run.run_id, await methods.sources_of(connection, run.run_id))
    # A transaction of its own: in the one above, two last tasks would each see the other open.
    async with resources.database.write() as connection:
        failed, count = await results.failed(connection, run.run_id)
        lost = [row for row in await tasks.of_run(connection, run.run_id, ("failed",)) if row.stage != "summarising"]
        await runs.end(connection, run.run_id, end_state(count, failed, len(lost)))


async def _name_failed(resources: Resources, run: AnyRow) -> None:
    """Give every plot of a failed task a failed result with the task's code, so that none is silently absent."""
    async with resources.database.write() as connection:
        collection = await collections.get(connection, run.collection_id)
        spans = ranges(orjson.loads(collection.chunks)) if collection is not None and collection.chunks else []
        for task in await tasks.of_run(connection, run.run_id, ("failed",)):
            if task.stage in orjson.loads(run.stats) and task.part < len(spans):
                await results.put_failed(connection, run.run_id, run.collection_id, task.stage, spans[task.part], task.code)


async def _sums(resources: Resources, run: AnyRow, stat: str) -> dict[str, Any]:
    sums, after = DeforestationSums(), -1
    while True:
        async with resources.database.read() as connection:
            page = await results.values_after(connection, run.run_id, stat, after, PAGE)
        if not page:
            break
        sums.add((row.state, orjson.loads(row.vals) if row.vals else None) for row in page)
        after = page[-1].plot_no
    async with resources.database.read() as connection:
        collection = await collections.get(connection, run.collection_id)
    return sums.row(None if collection is None else collection.area_ha)
