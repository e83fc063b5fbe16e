"""What a tracker leaves when it dies: the next sweep takes it up, and the end of a run keeps its one id."""

from contracts.envelope import derived_id
from contracts.v1.run import RunFinished
from services.tracker.worker import sweep
from shared.db import parked, tasks
from shared.service import Resources
from tests.databases import STAT
from tests.services.tracker.test_advance import end_task, resources, state_of, with_two_tasks_left  # noqa: F401


async def computed(resources: Resources) -> str:  # noqa: F811
    """A run with nothing left but its summary."""
    run_id = await with_two_tasks_left(resources, 1)
    for part in range(2):
        await end_task(resources, tasks.Key(run_id, STAT, part))
    return run_id


async def test_a_summary_that_a_sweep_took_and_left_is_taken_by_the_next_sweep(resources: Resources) -> None:  # noqa: F811
    run_id = await computed(resources)
    async with resources.database.write() as connection:
        assert await tasks.take(connection, tasks.Key(run_id, "summarising"), f"sweep-{run_id}", False, 3600) is not None
    await sweep(resources)
    assert await state_of(resources, run_id) == "COMPLETED"


async def test_a_summary_that_a_live_handler_holds_is_left_to_it(resources: Resources) -> None:  # noqa: F811
    run_id = await computed(resources)
    async with resources.database.write() as connection:
        assert await tasks.take(connection, tasks.Key(run_id, "summarising"), "the bell of a stage event", False, 3600) is not None
    await sweep(resources)
    assert await state_of(resources, run_id) == "PROCESSING"


def test_the_end_of_a_run_has_one_id_whoever_says_it_and_why() -> None:
    finished = RunFinished(run_id="r", collection_id="c", status="COMPLETED", stats=())
    assert derived_id(finished, "a stage event") == derived_id(finished, "a sweep") == derived_id(finished)


async def test_one_tracker_sweeps_at_a_time_until_its_claim_ends_or_is_voided(resources: Resources) -> None:  # noqa: F811
    async with resources.database.write() as connection:
        assert await parked.claim(connection, "sweep", "one", 60)
        assert not await parked.claim(connection, "sweep", "other", 60)
        assert await parked.claim(connection, "sweep", "one", -1)
        assert await parked.claim(connection, "sweep", "other", 60)
        await parked.void_claims(connection)
        assert await parked.claim(connection, "sweep", "one", 60)
