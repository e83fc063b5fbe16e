"""A plot that kills the process which computes it costs its own result and no other (architecture, part 6)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest

from sample import Sample, generate
from tests.driving import STAT, ended, features, fetched, rows_of, speaking_to, submit, told, watching
from tests.faults.killing import DEADLY_VERTICES
from tests.processes import Process
from tests.systems import System, distributed, with_workers

PLOTS, CHUNK, DEADLY = 36, 12, 17
"""Plots of the file, plots of a chunk, and the plot that kills."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def started(demo: Sample, rabbitmq_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    modules = with_workers(1) | {"deforestation-1": "tests.faults.killing"}
    folder = tmp_path_factory.mktemp("isolation")
    with distributed(rabbitmq_url, database_url, folder, demo.layers_dir, modules, CHUNK_PLOTS=str(CHUNK)) as system:
        yield system


@pytest.fixture
def system(started: System, request: pytest.FixtureRequest) -> Iterator[System]:
    with told(request, started):
        yield started


async def test_a_plot_that_kills_its_process_fails_alone_and_from_the_third_attempt_its_chunk_is_computed_plot_by_plot(
    system: System, tmp_path: Path
) -> None:
    file = squares(tmp_path / "squares.geojson")
    async with speaking_to(system) as client, rows_of(system) as rows, supervised(system.processes["deforestation-1"]) as deaths:
        run = await submit(client, file, "deadly")
        async with watching(client, run) as watched:
            assert await ended(watched, 120) == "PARTIAL", watched.last
        found = {one["properties"]["plotid"]: one["properties"] for one in features(await fetched(client, "/fetch_plots", run))}
        query = "select part, attempt, plots_failed from tasks where run_id = :r and stage = :stage"
        chunks = await rows.all(query, r=run.run_id, stage=STAT)
        parked = await rows.parked()
    watched.assert_never_fell()
    deadly = found.pop(f"P-{DEADLY}")
    assert (deadly["state"], deadly["reasons"]) == ("failed", ["worker_crashed"])
    assert len(found) == PLOTS - 1
    assert {plot["state"] for plot in found.values()} == {"ok"}
    [hit] = [chunk for chunk in chunks if chunk.plots_failed]
    assert (hit.plots_failed, hit.attempt) == (1, 3), "computed plot by plot from the third attempt on"
    assert len(deaths) == 2, "the third attempt is not the worker's death"
    assert parked == []
    [failure] = watched.last["failures"]
    assert (failure["code"], failure["plots"], failure["count"]) == ("worker_crashed", [f"P-{DEADLY}"], 1)


def squares(file: Path) -> Path:
    """Squares of half a hectare in a row; the deadly one has two positions more, on its edges."""
    made = []
    for number in range(PLOTS):
        west, south = -0.04 + 0.002 * number, 6.6
        ring = [[west, south], [west + 0.0007, south], [west + 0.0007, south + 0.0007], [west, south + 0.0007], [west, south]]
        if number == DEADLY:
            ring[1:1] = [[west + 0.0003, south - 0.00005], [west + 0.0005, south - 0.00005]]
            assert len(ring) == DEADLY_VERTICES
        geometry = {"type": "Polygon", "coordinates": [ring]}
        made.append({"type": "Feature", "properties": {"plotid": f"P-{number}"}, "geometry": geometry})
    file.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": made}))
    return file


@asynccontextmanager
async def supervised(process: Process) -> AsyncIterator[list[int]]:
    """Start the process again whenever it has ended; its deaths so far."""
    deaths: list[int] = []

    async def supervise() -> None:
        while True:
            if not process.alive():
                deaths.append(process.pid)
                process.start()
            await asyncio.sleep(0.05)

    supervising = asyncio.create_task(supervise())
    try:
        yield deaths
    finally:
        supervising.cancel()
        await asyncio.gather(supervising, return_exceptions=True)
