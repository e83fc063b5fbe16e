"""Broker or database killed in the middle of a run and started again: the run ends, each plot has one result."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from tests.driving import STAT, assert_each_plot_once, ended, fetched, rows_of, speaking_to, submit, until, watching
from tests.systems import System, distributed

PLOTS = 1000
SEED = 5
AWAY_S = 3.0
"""The server is away at least this long: long enough for everybody to notice."""


@pytest.fixture(scope="module")
def started(
    crowd: tuple[Path, Path],
    private_rabbitmq: RabbitMQ,
    private_postgresql: PostgreSQL,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("servers")
    with distributed(private_rabbitmq.url, private_postgresql.url, folder, crowd[0], CHUNK_PLOTS="50") as system:
        yield system


@pytest.mark.parametrize(("killed", "stage"), [("broker", STAT), ("database", "uploading"), ("database", STAT)])
async def test_a_server_killed_in_the_middle_delays_the_run_and_nothing_more(
    killed: str,
    stage: str,
    system: System,
    crowd: tuple[Path, Path],
    undisturbed: bytes,
    private_rabbitmq: RabbitMQ,
    private_postgresql: PostgreSQL,
) -> None:
    server = private_rabbitmq if killed == "broker" else private_postgresql
    async with speaking_to(system) as client:
        run = await submit(client, crowd[1], f"{killed} {stage}")
        async with watching(client, run) as watched:
            async with rows_of(system) as rows:
                begun = "select sum(plots_done) from tasks where run_id = :run and stage = :stage"
                await until(lambda: rows.one(begun, run=run.run_id, stage=stage), 60, f"{stage} is under way", every_s=0.005)
                assert await rows.state(run.run_id) == "PROCESSING"
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(AWAY_S)
            await asyncio.to_thread(server.start)
            assert await ended(watched, 120) == "COMPLETED", watched.last
        watched.assert_never_fell()
        async with rows_of(system) as rows:
            await assert_each_plot_once(rows, run, PLOTS)
            assert await rows.parked() == []
        assert await fetched(client, "/fetch_plots", run, limit=str(PLOTS)) == undisturbed
        await asyncio.to_thread(system.wait_ready)
        assert all(process.alive() for process in system.processes.values())
