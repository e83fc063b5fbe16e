"""`kill -9` of any service in the middle of 2,000 plots: one result a plot, a run that ends, work that goes on within 10 s."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import httpx
import orjson
import pytest

from contracts.v1.run import RunFinished
from shared.bus.topology import exchange
from tests.driving import STAT, Rows, Run, assert_each_plot_once, ended, fetched, rows_of, speaking_to, submit, until, watching
from tests.systems import System, distributed

PLOTS = 2000
CHUNKS = 20
SEED = 20201231
GOES_ON_S = 10.0
"""Within this time after a kill a task or the run has ended (issue 2)."""
ATTEMPTS = 5
"""Runs in which a moment is looked for: a stage of a fast machine may be over while another process is being killed."""
ENDINGS = "endings"


@dataclass(frozen=True, slots=True)
class Moment:
    """When a process is killed: while the stage is worked on, once `done` of its tasks have ended, after up to `wait_s` more."""

    process: str
    stage: str
    done: int = 0
    wait_s: float = 0.0

    def __str__(self) -> str:
        return f"{self.process}-while-{self.stage}-{self.done}"


RUNS = {
    "staging, a worker, gateway": (
        Moment("staging", "staging", wait_s=0.4),
        Moment("deforestation-1", STAT, 3, wait_s=0.3),
        Moment("gateway", STAT, 12),
    ),
    "gateway, uploader, the other worker near the end": (
        Moment("gateway", "staging", wait_s=0.2),
        Moment("uploader", "uploading", wait_s=0.2),
        Moment("deforestation-2", STAT, 17, wait_s=0.3),
    ),
    "tracker again and again": (Moment("tracker", "uploading"), Moment("tracker", STAT, 2, wait_s=0.3), Moment("tracker", "summarising")),
}
"""In each of these runs, what is killed when."""


@pytest.fixture(scope="module")
def started(crowd: tuple[Path, Path], rabbitmq_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("kill")
    with distributed(rabbitmq_url, database_url, folder, crowd[0], CHUNK_PLOTS=str(PLOTS // CHUNKS)) as system:
        asyncio.run(_collect_endings(system))
        yield system


@pytest.mark.timeout(600)  # up to five runs
@pytest.mark.parametrize("name", RUNS)
async def test_a_killed_service_loses_and_doubles_nothing(name: str, system: System, crowd: tuple[Path, Path], undisturbed: bytes) -> None:
    dice, left = random.Random(f"{SEED} {name}"), RUNS[name]
    for attempt in range(ATTEMPTS):
        left = await _killed_in_one_run(f"{name} {attempt}", left, dice, system, crowd[1], undisturbed)
        if not left:
            return
    pytest.fail(f"over before anything could be killed, in {ATTEMPTS} runs: {', '.join(map(str, left))}")


async def _killed_in_one_run(
    name: str, moments: tuple[Moment, ...], dice: random.Random, system: System, file: Path, undisturbed: bytes
) -> tuple[Moment, ...]:
    """Kill at each of the moments of one new run, which must end undisturbed; the moments that were over before they were seen."""
    missed: list[Moment] = []
    async with speaking_to(system) as client, rows_of(system) as rows:
        submitting = asyncio.create_task(_submit(client, file, name))
        run = await _known(rows, name)
        async with watching(client, run) as watched:
            going_on = []
            for moment in moments:
                if not await _reached(rows, run, moment):
                    missed.append(moment)
                    continue
                await asyncio.sleep(dice.random() * moment.wait_s)
                before, held = await rows.done(run.run_id), await rows.held(run.run_id)
                system.processes[moment.process].restart()
                going_on.append(asyncio.create_task(_goes_on(rows, run, before, held)))
                print(f"{moment}: {before} tasks had ended, {len(held)} were held")
            waits_s = await asyncio.gather(*going_on)
            print("all went on after " + ", ".join(f"{wait_s:.1f} s" for wait_s in waits_s))
            assert await ended(watched) == "COMPLETED", watched.last
        await submitting
        watched.assert_never_fell()
        await _assert_undisturbed(system, client, rows, run, undisturbed)
    return tuple(missed)


async def test_every_service_killed_at_random_moments_of_one_run(system: System, crowd: tuple[Path, Path], undisturbed: bytes) -> None:
    dice = random.Random(SEED)
    async with speaking_to(system) as client, rows_of(system) as rows:
        submitting = asyncio.create_task(_submit(client, crowd[1], "random"))
        run = await _known(rows, "random")
        async with watching(client, run) as watched:
            victims = dice.sample(sorted(system.processes), len(system.processes))
            for victim in victims:
                await asyncio.sleep(dice.uniform(0.1, 1.2))
                system.processes[victim].restart()
            assert await ended(watched) == "COMPLETED", (victims, watched.last)
        await submitting
        watched.assert_never_fell()
        await _assert_undisturbed(system, client, rows, run, undisturbed)


@pytest.mark.timeout(180)
async def test_a_run_cancelled_while_its_plots_are_computed_stays_so_and_can_be_removed(system: System, crowd: tuple[Path, Path]) -> None:
    async with speaking_to(system) as client, rows_of(system) as rows:
        submitting = asyncio.create_task(_submit(client, crowd[1], "cancelled"))
        run = await _known(rows, "cancelled")
        await until(lambda: rows.leased(run.run_id, STAT), 60, "plots are computed", every_s=0.005)
        answer = await client.post(f"/collections/{run.collection_id}/cancel")
        assert answer.json()["cancelled"] == [run.run_id]
        await submitting
        assert await _endings(system, run), "integrators hear of it"
        done, results = await rows.done(run.run_id, STAT), "select count(*) from plot_results where run_id = :run"
        stored = await rows.one(results, run=run.run_id)
        after = await submit(client, crowd[1], "after the cancelled one")
        async with watching(client, after) as watched:
            assert await ended(watched) == "COMPLETED"
        assert await rows.state(run.run_id) == "CANCELLED"
        assert (await rows.done(run.run_id, STAT), await rows.one(results, run=run.run_id)) == (done, stored), "a late result was stored"
        assert (await client.delete(f"/collections/{run.collection_id}")).status_code == httpx.codes.NO_CONTENT
        assert await rows.all("select 1 from plots where collection_id = :c", c=run.collection_id) == []
        assert await rows.one(results, run=run.run_id) == 0
        assert await rows.parked() == []


async def _assert_undisturbed(system: System, client: httpx.AsyncClient, rows: Rows, run: Run, undisturbed: bytes) -> None:
    """Every plot once and with the value that it has when nothing happens, nothing parked, one end announced."""
    await assert_each_plot_once(rows, run, PLOTS)
    assert await rows.parked() == []
    assert await fetched(client, "/fetch_plots", run, limit=str(PLOTS)) == undisturbed
    assert len(await _endings(system, run)) == 1


async def _submit(client: httpx.AsyncClient, file: Path, name: str) -> None:
    """Submit a file; a gateway that dies before it answers has written the order all the same."""
    with contextlib.suppress(httpx.TransportError):
        await submit(client, file, name)


async def _known(rows: Rows, name: str) -> Run:
    """The run of the collection `name`, once its rows are there."""
    query = "select c.collection_id, r.run_id from collections c join runs r on r.collection_id = c.collection_id where c.name = :name"
    [row] = await until(lambda: rows.all(query, name=name), 60, "the order is written")
    return Run(row.collection_id, row.run_id)


async def _reached(rows: Rows, run: Run, moment: Moment) -> bool:
    """Wait for the moment; False once it cannot come any more."""

    async def here() -> bool:
        if moment.done:
            return await rows.done(run.run_id, moment.stage) >= moment.done
        return await rows.leased(run.run_id, moment.stage)

    async def here_or_over() -> bool:
        return await here() or await rows.state(run.run_id) not in {"SUBMITTED", "PROCESSING"}

    await until(here_or_over, 60, f"{moment}", every_s=0.005)
    return await rows.state(run.run_id) in {"SUBMITTED", "PROCESSING"}


async def _goes_on(rows: Rows, run: Run, before: int, held: dict[tuple[str, int], int]) -> float:
    """Time until another task or the run has ended, and every task of `held` has ended or is with a newer holder; s."""
    killed_at = time.monotonic()

    async def further() -> bool:
        left = await rows.held(run.run_id)
        on = await rows.done(run.run_id) > before or await rows.state(run.run_id) == "COMPLETED"
        return on and all(left.get(key, 0) != attempt for key, attempt in held.items())

    await until(further, GOES_ON_S, f"work goes on; held were {held}, {before} had ended", every_s=0.1)
    return time.monotonic() - killed_at


async def _collect_endings(system: System) -> None:
    """Bind a queue of ours to the fact that a run has ended, as an integrator would."""
    assert system.rabbitmq_url is not None
    async with await aio_pika.connect(system.rabbitmq_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(f"{system.prefix}{ENDINGS}", auto_delete=False, arguments={"x-expires": 600_000})
        await queue.bind(exchange(system.prefix), RunFinished.TYPE)


async def _endings(system: System, run: Run) -> set[str]:
    """Ids of the events that said the end of `run`; there may be copies, but one id."""
    assert system.rabbitmq_url is not None
    found: set[str] = set()

    async def heard() -> bool:
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            event = orjson.loads(message.body)
            if event["data"]["run_id"] == run.run_id:
                found.add(event["id"])
        return bool(found)

    async with await aio_pika.connect(system.rabbitmq_url) as connection:
        queue = await (await connection.channel()).get_queue(f"{system.prefix}{ENDINGS}", ensure=False)
        await until(heard, 60, "the end of the run is announced")
    return found
