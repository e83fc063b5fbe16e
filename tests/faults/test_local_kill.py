"""`kill -9` of the one process of the embedded system: started again, it finishes the same run with nothing lost or doubled."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.driving import STAT, Rows, Run, assert_each_plot_once, ended, fetched, rows_of, speaking_to, submit, until, watching
from tests.systems import System, embedded

PLOTS = 2000
SEED = 20201231


@pytest.fixture(scope="module")
def started(crowd: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with embedded(tmp_path_factory.mktemp("local"), crowd[0]) as system:
        yield system


async def test_a_killed_process_started_again_finishes_the_same_run(system: System, crowd: tuple[Path, Path], undisturbed: bytes) -> None:
    dice, local = random.Random(SEED), system.processes["local"]
    async with speaking_to(system) as client, rows_of(system) as rows:
        submitting = asyncio.create_task(_submit(client, crowd[1]))
        [row] = await until(lambda: rows.all("select collection_id, run_id from runs where state = 'PROCESSING'"), 60, "the run has begun")
        run = Run(row.collection_id, row.run_id)
        async with watching(client, run) as watched:
            for stage, done in (("staging", 0), ("uploading", 0), (STAT, 2), (STAT, 5), ("summarising", 0)):
                await _reached(rows, run, stage, done)
                await asyncio.sleep(dice.uniform(0, 0.02))
                before = await rows.done(run.run_id)
                local.restart()
                restarted_at = time.monotonic()
                await asyncio.to_thread(local.wait_ready)
                ready_at = time.monotonic()
                await until(lambda before=before: _further(rows, run, before), 10, f"work goes on after {stage}")  # type: ignore[misc]
                print(f"{stage}: ready after {ready_at - restarted_at:.1f} s, went on after {time.monotonic() - ready_at:.1f} s more")
            assert await ended(watched) == "COMPLETED", watched.last
        await submitting
        watched.assert_never_fell()
        await assert_each_plot_once(rows, run, PLOTS)
        assert await rows.parked() == []
        assert await fetched(client, "/fetch_plots", run, limit=str(PLOTS)) == undisturbed


async def _submit(client: httpx.AsyncClient, file: Path) -> None:
    with contextlib.suppress(httpx.TransportError):  # killed while it waits for staging
        await submit(client, file, "killed")


async def _reached(rows: Rows, run: Run, stage: str, done: int) -> None:
    """Wait until `done` tasks of the stage have ended, with 0 until it is worked on or, where nobody saw that, over."""

    async def here() -> bool:
        return await rows.done(run.run_id, stage) >= max(done, 1) or (done == 0 and await rows.leased(run.run_id, stage))

    await until(here, 60, f"{stage} {done}", every_s=0.002)


async def _further(rows: Rows, run: Run, before: int) -> bool:
    """True once another task has ended or is worked on."""
    return bool(await rows.done(run.run_id) > before or await rows.held(run.run_id)) or await rows.state(run.run_id) == "COMPLETED"
