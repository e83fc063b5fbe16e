"""One step of a run: look at its rows and do whatever comes next. Heard again, or by two at once, it does no harm."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
import structlog

from contracts.envelope import Message
from contracts.routes import has_whole
from contracts.v1.batch import BatchProcess
from contracts.v1.plots import PlotsStaged
from contracts.v1.run import RunFinished
from contracts.v1.stats import REGIONS, WHOLE, StatCompute, Statistic, region_stage, whole_stage
from services.tracker.plan import missing, parts, pins
from services.tracker.regions import find_regions
from services.tracker.skip import end_skipped
from services.tracker.summarise import summarise
from shared.bus import Delivery
from shared.db import collections, methods, regions, results, runs, tasks
from shared.db.runs import AnyRow
from shared.progress import BATCH_PROCESS, INTAKE as INTAKE_OF, is_step
from shared.service import Resources

log = structlog.get_logger()
INTAKE = ("staging", "uploading")


async def advance(resources: Resources, run_id: str, cause: Delivery[Any]) -> AsyncIterator[Message]:
    """Do the next thing for a run and yield what must be said; what was said is recorded after the bus has it."""
    async with resources.database.read() as connection:
        run = await runs.get(connection, run_id)
        stages = {row.stage: row for row in await tasks.by_stage(connection, run_id)}
    if run is None:
        return
    if run.state in runs.OPEN and not await _failed_early(resources, run, stages) and not await end_skipped(resources, run, stages):
        if run.planned_at is None and not is_step(run.operation) and _uploaded(run, stages):
            await _plan(resources, run)
            stages = await _stages(resources, run_id)
        async for message in _ring(resources, run, stages):
            yield message
        if is_step(run.operation):
            await _end_step(resources, run, stages)
        elif _computed(run, stages):
            await summarise(resources, run, cause)
    async for message in _announce(resources, run_id):
        yield message


async def _end_step(resources: Resources, run: AnyRow, stages: dict[str, AnyRow]) -> None:
    """End a run that computes nothing once its stage is over."""
    if all(stage in stages and stages[stage].open == 0 for stage in INTAKE_OF[run.operation]):
        async with resources.database.write() as connection:
            await runs.end(connection, run.run_id, "COMPLETED")


async def _stages(resources: Resources, run_id: str) -> dict[str, AnyRow]:
    async with resources.database.read() as connection:
        return {row.stage: row for row in await tasks.by_stage(connection, run_id)}


def _uploaded(run: AnyRow, stages: dict[str, AnyRow]) -> bool:
    if run.operation != BATCH_PROCESS:
        return True
    return "uploading" in stages and stages["uploading"].open == 0


def _computed(run: AnyRow, stages: dict[str, AnyRow]) -> bool:
    """True when every statistic has its tasks and none is open."""
    stats = orjson.loads(run.stats)
    beside = [stages[stage] for stat in stats for stage in (region_stage(stat), whole_stage(stat)) if stage in stages]
    return all(stat in stages and stages[stat].open == 0 for stat in stats) and not any(s.open for s in beside) and "summarising" in stages


async def _failed_early(resources: Resources, run: AnyRow, stages: dict[str, AnyRow]) -> bool:
    """End a run whose file could not be staged or uploaded, and free its collection's name."""
    failed = [stages[stage] for stage in INTAKE if stage in stages and stages[stage].failed]
    if not failed:
        return False
    async with resources.database.write() as connection:
        lost = [row for row in await tasks.of_run(connection, run.run_id, ("failed",)) if row.stage in INTAKE]
        if not lost:  # deleted meanwhile: the gateway told the user, and nothing is left
            return True
        problem = {"status": 500, "code": lost[0].code, "title": f"{lost[0].stage} failed", "detail": lost[0].message, "errors": []}
        await runs.note_problem(connection, run.run_id, problem)
        if run.operation != "upload_plots":  # what was staged stays
            await collections.fail(connection, run.collection_id)
    async with resources.database.write() as connection:
        await runs.end(connection, run.run_id, "FAILED")
    return True


async def _plan(resources: Resources, run: AnyRow) -> None:
    """Pin the run and create its tasks, in one transaction; waits while a statistic has no worker."""
    stats = orjson.loads(run.stats)
    found = await find_regions(resources.database, resources.settings, run)
    async with resources.database.write() as connection:
        known = await methods.manifests(connection, stats)
        if waiting := missing(stats, known):
            log.warning("run waits for workers", run_id=run.run_id, stats=waiting)
            return
        collection = await collections.get(connection, run.collection_id)
        pinned = pins(stats, known)
        if found.regions:
            pinned["layers_of"] = {stat: known[stat]["layers"] for stat in stats}
        if collection is None or not await runs.pin(connection, run.run_id, pinned):
            return
        await regions.plan(connection, run.run_id, found.regions, found.plots)
        chunks = parts(orjson.loads(collection.chunks), runs.asked_plots(run))
        for stat in stats:
            await tasks.create(connection, run.run_id, stat, chunks)
            await tasks.create(connection, run.run_id, region_stage(stat), [1] * found.compared)
            if chunks and has_whole(stat):
                await tasks.create(connection, run.run_id, whole_stage(stat), [sum(chunks.values())])
        await tasks.create(connection, run.run_id, "summarising", [sum(chunks.values())])


async def _ring(resources: Resources, run: AnyRow, stages: dict[str, AnyRow]) -> AsyncIterator[Message]:
    """Ring for what is due; the rings are recorded once the bus holds the bells."""
    config = resources.settings
    for stage, totals in stages.items():
        if totals.open == 0 or stage == "summarising":
            continue
        async with resources.database.read() as connection:
            due = await tasks.to_ring(connection, run.run_id, stage, config.max_rung_tasks, config.ring_again_s)
            collection = await collections.get(connection, run.collection_id) if due and stage in INTAKE else None
        rings = {row.part: row.rings + 1 for row in due}
        for part, ring in rings.items():
            yield _bell(run, stage, part, ring, collection)
        if rings:
            async with resources.database.write() as connection:
                await tasks.rung(connection, run.run_id, stage, rings)


def _bell(run: AnyRow, stage: str, part: int, ring: int, collection: AnyRow | None) -> Message:
    if stage == "staging" and collection is not None:
        return BatchProcess.model_validate_json(collection.order_data).model_copy(update={"ring": ring})
    if stage == "uploading":
        return PlotsStaged(collection_id=run.collection_id, run_id=run.run_id, ring=ring)
    stat = Statistic(stage.partition(":")[0])
    return StatCompute(run_id=run.run_id, stat=stat, part=part, ring=ring, region=stage.endswith(REGIONS), whole=stage.endswith(WHOLE))


async def _announce(resources: Resources, run_id: str) -> AsyncIterator[Message]:
    """Publish the end of an ended run, once; recorded after the bus has it, so perhaps twice with the same id."""
    async with resources.database.read() as connection:
        run = await runs.get(connection, run_id)
        collection = None if run is None else await collections.get(connection, run.collection_id)
    if run is None or collection is None or run.state in runs.OPEN or run.announced_at is not None:
        return
    async with resources.database.read() as connection:
        failed, _ = await results.failed(connection, run_id)
    yield RunFinished(
        run_id=run_id,
        collection_id=run.collection_id,
        status=run.state,
        stats=tuple(orjson.loads(run.stats)),
        plots=collection.plots_accepted,
        rejected=collection.plots_rejected,
        failed_results=failed,
        locations_confidence=collection.locations_confidence,
        skip_reason=collection.skip_reason if run.state == "SKIPPED" else None,
    )
    async with resources.database.write() as connection:
        await runs.announced(connection, run_id)
