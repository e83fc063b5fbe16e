"""How tasks are taken, fenced, postponed, ended and rung for, on both databases."""

import asyncio

import pytest

from shared.db import Database, runs, tables, tasks
from shared.errors import Conflict
from tests.databases import STAT, ordered

KEY = tasks.Key("run-1", STAT, 0)


async def planned(database: Database, chunks: int = 1) -> None:
    await ordered(database)
    async with database.write() as connection:
        await tasks.create(connection, "run-1", STAT, [250] * chunks)


async def take(database: Database, bell: str = "bell", redelivered: bool = False, lease_s: float = 60) -> tasks.Taken | None:
    async with database.write() as connection:
        return await tasks.take(connection, KEY, bell, redelivered, lease_s)


async def taken(database: Database, bell: str = "bell", redelivered: bool = False, lease_s: float = 60) -> tasks.Taken:
    held = await take(database, bell, redelivered, lease_s)
    assert held is not None
    return held


async def test_a_live_lease_refuses_another_bell_and_a_copy_of_its_own(database: Database) -> None:
    await planned(database)
    assert (await taken(database)).attempt == 1
    assert await take(database, "another") is None
    assert await take(database, "bell", redelivered=False) is None


async def test_the_redelivered_bell_of_a_lease_takes_it_over_at_once(database: Database) -> None:
    await planned(database)
    await taken(database)
    assert (await taken(database, redelivered=True)).attempt == 2
    assert await take(database, "another", redelivered=True) is None


async def test_a_lease_that_is_over_can_be_taken(database: Database) -> None:
    await planned(database)
    await taken(database, lease_s=0.01)
    await asyncio.sleep(0.05)
    assert (await taken(database, "another")).attempt == 2


async def test_a_holder_that_was_overtaken_writes_nothing(database: Database) -> None:
    await planned(database)
    zombie = await taken(database)
    holder = await taken(database, redelivered=True)
    with pytest.raises(Conflict):
        async with database.write() as connection:
            await tasks.finish(connection, zombie, "done", plots=250)
    async with database.write() as connection:
        assert not await tasks.renew(connection, zombie, 60)
        await tasks.finish(connection, holder, "done", plots=250)
    assert await take(database, "again") is None


async def test_nothing_is_stored_once_the_run_has_ended(database: Database) -> None:
    await planned(database)
    held = await taken(database)
    async with database.write() as connection:
        await connection.execute(tables.runs.update().values(state="CANCELLED"))
    with pytest.raises(Conflict):
        async with database.write() as connection:
            await tasks.finish(connection, held, "done", plots=250)


async def test_of_eight_takers_at_once_one_gets_the_task(database: Database) -> None:
    await planned(database)
    held = await asyncio.gather(*(take(database, f"bell-{number}") for number in range(8)))
    assert sum(one is not None for one in held) == 1


async def test_progress_of_a_task_never_falls(database: Database) -> None:
    await planned(database)
    first = await taken(database)
    async with database.write() as connection:
        await tasks.renew(connection, first, 60, plots_done=100)
    second = await taken(database, redelivered=True)
    async with database.write() as connection:
        await tasks.renew(connection, second, 60, plots_done=10)
        [stage] = [row for row in await tasks.by_stage(connection, "run-1") if row.stage == STAT]
    assert stage.plots_done == 100


async def test_a_postponed_task_is_not_due_before_its_time_and_is_rung_for_again(database: Database) -> None:
    await planned(database)
    held = await taken(database)
    async with database.write() as connection:
        await tasks.postpone(connection, held, 60, "layer_unavailable", "away")
        assert await tasks.to_ring(connection, "run-1", STAT, 32, 60) == []
    assert await take(database, "soon") is None
    async with database.write() as connection:
        await connection.execute(tables.tasks.update().values(not_before=tables.tasks.c.not_before - 60))
        assert [row.part for row in await tasks.to_ring(connection, "run-1", STAT, 32, 60)] == [0]
    again = await taken(database, "later")
    assert (again.attempt, again.failures) == (2, 1)


async def test_at_most_a_window_of_tasks_is_rung_for(database: Database) -> None:
    await planned(database, chunks=5)
    async with database.write() as connection:
        first = await tasks.to_ring(connection, "run-1", STAT, 2, 60)
        await tasks.rung(connection, "run-1", STAT, {row.part: row.rings + 1 for row in first})
        assert [row.part for row in first] == [0, 1]
        assert await tasks.to_ring(connection, "run-1", STAT, 2, 60) == []
    held = await taken(database)
    async with database.write() as connection:
        await tasks.finish(connection, held, "done", plots=250)
        assert [row.part for row in await tasks.to_ring(connection, "run-1", STAT, 2, 60)] == [2]


async def test_a_rung_task_that_nobody_took_and_a_dead_lease_are_rung_for_again(database: Database) -> None:
    await planned(database, chunks=2)
    async with database.write() as connection:
        await tasks.rung(connection, "run-1", STAT, {0: 1, 1: 1})
    await taken(database, lease_s=0.01)
    await asyncio.sleep(0.05)
    async with database.write() as connection:
        assert [row.part for row in await tasks.to_ring(connection, "run-1", STAT, 2, again_s=60)] == [0]
        assert [row.part for row in await tasks.to_ring(connection, "run-1", STAT, 2, again_s=0.01)] == [0, 1]


async def test_a_parked_bell_fails_its_task_and_fences_its_holder(database: Database) -> None:
    await planned(database)
    held = await taken(database)
    async with database.write() as connection:
        assert await tasks.fail_now(connection, KEY, "message_parked", "bug")
        assert not await tasks.renew(connection, held, 60)
        assert not await tasks.fail_now(connection, KEY, "message_parked", "bug")


async def end(database: Database) -> bool:
    async with database.write() as connection:
        return await runs.end(connection, "run-1", "COMPLETED")


async def test_a_run_with_an_open_task_does_not_end_and_ends_once(database: Database) -> None:
    await planned(database)
    assert not await end(database)
    async with database.write() as connection:
        await tasks.fail_now(connection, KEY, "x", "x")
        await tasks.fail_now(connection, tasks.Key("run-1", "staging"), "x", "x")
    assert sorted(await asyncio.gather(*(end(database) for _ in range(4)))) == [False, False, False, True]
