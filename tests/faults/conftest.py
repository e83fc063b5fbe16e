"""What the fault tests of a module share: its plots, its running system, and what these plots give when nothing happens.

A module names `PLOTS` and `SEED`, and has a fixture `started` with its system.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sample import generate, many
from tests.driving import ended, fetched, speaking_to, submit, told, watching
from tests.systems import System


@pytest.fixture(scope="module")
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Layers and a file of the module's plots."""
    folder = tmp_path_factory.mktemp("crowd")
    return generate(folder / "demo").layers_dir, many(folder / "many.geojson", request.module.PLOTS, request.module.SEED)


@pytest.fixture
def system(started: System, request: pytest.FixtureRequest) -> Iterator[System]:
    """The module's system, ready for the next fault."""
    with told(request, started):
        started.wait_ready()
        yield started


@pytest.fixture(scope="module")
def undisturbed(request: pytest.FixtureRequest, started: System, crowd: tuple[Path, Path]) -> bytes:
    """What the plots give when nothing happens."""

    async def compute() -> bytes:
        async with speaking_to(started) as client:
            run = await submit(client, crowd[1], "undisturbed")
            async with watching(client, run) as watched:
                assert await ended(watched) == "COMPLETED"
            return await fetched(client, "/fetch_plots", run, limit=str(request.module.PLOTS))

    return asyncio.run(compute())
