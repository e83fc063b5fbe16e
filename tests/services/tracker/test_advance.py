"""A run is planned, rung for, summed up and ended by looking at its rows, however often and by however many at once."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import delete

from contracts.envelope import Message, derived_id
from contracts.v1.run import RunFinished
from contracts.v1.stats import StatCompute, StatsRequested
from services.tracker.advance import _failed_early, advance
from services.tracker.worker import keep_parked, sweep
from shared.blobs import open_blobs
from shared.bus import Delivery, Parked
from shared.bus.codec import encode
from shared.bus.memory import MemoryBus
from shared.db import Database, collections, methods, parked, plots, results, runs, tables, tasks
from shared.db.rows import dumps
from shared.service import Resources
from shared.settings import Settings
from tests.databases import OWNER, STAT, order, ordered
from tests.shared.db.test_plots import plot_row

MANIFEST = {"method": {"version": "1.0.0", "thresholds": {}}, "layers": {}, "engine": {}}


@pytest.fixture
def resources(database: Database, tmp_path: Path) -> Resources:
    settings = Settings(data_dir=tmp_path, max_rung_tasks=3)
    return Resources(settings, MemoryBus(source="/plotproof/tracker"), database, open_blobs(None, tmp_path))


def cause() -> Delivery[StatsRequested]:
    return Delivery(StatsRequested(collection_id="x", run_id="x"), id=uuid4().hex)


async def look(resources: Resources, run_id: str = "run-1") -> list[Message]:
    return [message async for message in advance(resources, run_id, cause())]


async def end_task(resources: Resources, key: tasks.Key, state: str = "done") -> None:
    async with resources.database.write() as connection:
        held = await tasks.take(connection, key, "bell", False, 60)
        assert held is not None
        await tasks.finish(connection, held, state, plots=1, code=None if state == "done" else "layer_unavailable")  # type: ignore[arg-type]


async def uploaded(resources: Resources, number: int = 1, chunks: int = 5, announced: bool = True) -> str:
    """A run whose plots are rows, one plot a chunk."""
    run_id = await ordered(resources.database, number)
    await end_task(resources, tasks.Key(run_id, "staging"))
    async with resources.database.write() as connection:
        facts = {
            "plots_total": chunks,
            "plots_accepted": chunks,
            "plots_rejected": 0,
            "chunks": dumps([1] * chunks),
            "area_ha": float(chunks),
        }
        await collections.staged(connection, f"0x{number}", facts, [])
        await tasks.create(connection, run_id, "uploading", [chunks])
        if announced:
            await methods.announce(connection, STAT, MANIFEST)
        if number == 1:
            await plots.replace(connection, "0x1", [plot_row(number) for number in range(chunks)])
    await end_task(resources, tasks.Key(run_id, "uploading"))
    return run_id


async def state_of(resources: Resources, run_id: str = "run-1") -> str:
    async with resources.database.read() as connection:
        run = await runs.get(connection, run_id)
    assert run is not None
    return str(run.state)


async def test_an_uploaded_run_is_planned_once_and_rung_for_in_a_window(resources: Resources) -> None:
    await uploaded(resources)
    said = await look(resources)
    assert [message.part for message in said if isinstance(message, StatCompute)] == [0, 1, 2]
    assert await look(resources) == []
    await end_task(resources, tasks.Key("run-1", STAT, 1))
    assert [message.part for message in await look(resources) if isinstance(message, StatCompute)] == [3]


async def test_a_run_waits_while_its_statistic_has_no_worker(resources: Resources) -> None:
    await uploaded(resources, announced=False)
    assert await look(resources) == []
    async with resources.database.write() as connection:
        await methods.announce(connection, STAT, MANIFEST)
    assert len(await look(resources)) == 3


async def test_bells_that_were_not_published_are_rung_again(resources: Resources) -> None:
    await uploaded(resources)
    steps = advance(resources, "run-1", cause())
    first = await anext(steps)
    await steps.aclose()  # the process dies between the publish and the record of it
    again = await look(resources)
    assert first in again and len(again) == 3


async def test_the_last_task_ends_the_run_and_its_end_is_said_once(resources: Resources) -> None:
    await uploaded(resources, chunks=2)
    await look(resources)
    async with resources.database.write() as connection:
        await results.put(
            connection, "run-1", STAT, [results.ResultRow(number, "not_covered", None, None, None, "[]") for number in range(2)]
        )
    for part in range(2):
        await end_task(resources, tasks.Key("run-1", STAT, part))
    [finished] = await look(resources)
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.plots, finished.failed_results) == ("COMPLETED", 2, 0)
    assert await look(resources) == []
    async with resources.database.read() as connection:
        row = await results.region(connection, "run-1", "supply_shed", "0x1")
    assert row is not None


async def test_plots_of_a_failed_chunk_are_failed_results_and_the_run_is_partial(resources: Resources) -> None:
    await uploaded(resources, chunks=2)
    await look(resources)
    async with resources.database.write() as connection:
        await results.put(connection, "run-1", STAT, [results.ResultRow(0, "not_covered", None, None, None, "[]")])
    await end_task(resources, tasks.Key("run-1", STAT, 0))
    await end_task(resources, tasks.Key("run-1", STAT, 1), "failed")
    [finished] = await look(resources)
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.failed_results) == ("PARTIAL", 1)


async def test_a_parked_bell_fails_its_chunk_and_the_run_still_ends(resources: Resources) -> None:
    await uploaded(resources, chunks=1)
    [bell] = await look(resources)
    body = encode(bell, "/plotproof/tracker").body
    await keep_parked(resources)(Parked(id="p1", queue="deforestation", body=body, reason="a bug"))
    await keep_parked(resources)(Parked(id="p2", queue="deforestation", body=b"\x00not json", reason="unreadable"))
    await sweep(resources)
    assert await state_of(resources) == "FAILED"
    async with resources.database.read() as connection:
        assert await parked.count(connection) == 2


async def test_a_file_that_could_not_be_staged_fails_its_run_and_frees_the_name(resources: Resources) -> None:
    await ordered(resources.database)
    await end_task(resources, tasks.Key("run-1", "staging"), "failed")
    [finished] = await look(resources)
    assert isinstance(finished, RunFinished) and finished.status == "FAILED"
    async with resources.database.read() as connection:
        collection = await collections.get(connection, "0x1")
    assert collection is not None and collection.failed


async def test_a_collection_deleted_while_its_failure_is_looked_at_is_left_alone(resources: Resources) -> None:
    await ordered(resources.database)
    await end_task(resources, tasks.Key("run-1", "staging"), "failed")
    async with resources.database.read() as connection:
        run = await runs.get(connection, "run-1")
        stages = {row.stage: row for row in await tasks.by_stage(connection, "run-1")}
    async with resources.database.write() as connection:
        await collections.remove(connection, "0x1")  # as the gateway does once it has told the user
    assert run is not None
    assert await _failed_early(resources, run, stages)
    assert await look(resources) == []


async def with_two_tasks_left(resources: Resources, number: int) -> str:
    """A planned run whose last two chunks have been computed, with their tasks still open."""
    run_id = f"run-{number}"
    async with resources.database.write() as connection:
        await collections.ensure(connection, OWNER, order(number))
        await connection.execute(delete(tables.tasks).where(tables.tasks.c.run_id == run_id))
        await runs.pin(connection, run_id, {"layers": {}})
        await tasks.create(connection, run_id, STAT, [1, 1])
        await tasks.create(connection, run_id, "summarising", [2])
        await results.put(connection, run_id, STAT, [results.ResultRow(plot, "ok", "none", 0.0, None, "[]") for plot in range(2)])
    return run_id


@pytest.mark.long
async def test_two_last_tasks_that_end_together_end_their_run_once_three_hundred_times(resources: Resources) -> None:
    # SQLite has one writer and cannot show the fault: there a few times suffice.
    repetitions = 20 if resources.database.is_sqlite else 300
    ended = 0
    for number in range(1, 1 + repetitions):
        run_id = await with_two_tasks_left(resources, number)

        async def last(part: int, run_id: str = run_id) -> list[Message]:
            await end_task(resources, tasks.Key(run_id, STAT, part))
            return await look(resources, run_id)

        said = [message for heard in await asyncio.gather(last(0), last(1)) for message in heard]
        assert await state_of(resources, run_id) == "COMPLETED"
        # Both may announce the end; it is one event with one id.
        ended += len({derived_id(message) for message in said if isinstance(message, RunFinished)})
    assert ended == repetitions
