"""Files are read in processes with limits: what kills such a process refuses that file and nothing else."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from contracts.v1.batch import BatchParameters
from services.staging.faults import FileRefused
from services.staging.parsers import Parsers, parsers
from services.staging.rules import MIB
from services.staging.staged import Staged
from services.staging.workshop import PREFIX, UNLOCKED_S, sweep, workshop
from shared.errors import Conflict
from shared.settings import Settings
from tests.services.staging.make import collection, feature, polygon, square

GOOD = orjson.dumps(collection(feature(square(10, 5))))
MANY = 150_000
"""Plots of a file that takes many seconds and slices to read."""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("many") / "many.geojson"
    file.write_bytes(orjson.dumps(collection(*(feature(square(15 + i % 300 * 0.02, 15 + i // 300 * 0.02)) for i in range(MANY)))))
    return file


@pytest.fixture(scope="module")
def heavy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fits into the memory of its test as it is, but not beside what it is decoded to."""
    file = tmp_path_factory.mktemp("heavy") / "heavy.geojson"
    file.write_bytes(orjson.dumps(collection(*(feature(square(15 + i * 0.02, 15), text=str(i % 10) * MIB) for i in range(40)))))
    return file


@pytest.fixture(scope="module")
def vast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Does not even fit as it is."""
    file = tmp_path_factory.mktemp("vast") / "vast.geojson"
    with file.open("wb") as written:
        written.truncate(100 * MIB)
    return file


@asynccontextmanager
async def pool(tmp_path: Path, **limits: Any) -> AsyncIterator[Parsers]:
    async with parsers(Settings(data_dir=tmp_path, **limits)) as parsing:
        yield parsing
        assert [path.name for path in parsing.workshop.iterdir()] == ["lock"]  # nothing is left of any file
    assert psutil.Process().children(recursive=True) == []


async def read(parsing: Parsers, source: Path, told: Callable[[int, int | None], None] = lambda _done, _total: None) -> Staged:
    parameters = BatchParameters.model_validate({"collection_name": "c", "stats": ("eudr_deforestation",), "end_date": date(2025, 12, 31)})
    async with parsing.folder() as folder:
        staged = await parsing.stage(source, "application/geo+json", folder, parameters, told)
        assert staged.path.parent == folder and staged.path.stat().st_size == staged.size_bytes
    return staged


async def refused(parsing: Parsers, source: Path, told: Callable[[int, int | None], None] = lambda _done, _total: None) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        await read(parsing, source, told)
    return caught.value


def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.geojson"
    file.write_bytes(GOOD)
    return file


async def test_progress_and_every_fact_about_a_file_come_back_from_the_other_process(tmp_path: Path) -> None:
    file = tmp_path / "some.geojson"
    bow_tie = polygon([[[10, 5], [10.01, 5.01], [10.01, 5], [10, 5.01], [10, 5]]])
    file.write_bytes(orjson.dumps(collection(feature(square(10, 5), id="A\U0001f331"), feature(bow_tie, id="B"))))
    heard: list[tuple[int, int | None]] = []
    async with pool(tmp_path) as parsing:
        staged = await read(parsing, file, lambda done, total: heard.append((done, total)))
    assert heard[0] == (2, None) and heard[-1] == (2, 2)
    assert (staged.total, staged.accepted, staged.chunks) == (2, 1, [1])
    assert [(one.feature_index, one.plot_id, one.code) for one in staged.rejected] == [(1, "B", "invalid_geometry")]


async def test_a_refusal_keeps_its_status_and_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bad.geojson"
    file.write_bytes(b'{"type":"FeatureCollection",\n"features":[nope]}')
    async with pool(tmp_path) as parsing:
        error = await refused(parsing, file)
    assert (error.code, error.http_status) == ("malformed_file", 400)
    assert error.errors[0]["line"] == 2


@pytest.mark.parametrize(
    ("file", "limits", "told"),
    [
        ("heavy", {"parser_memory_mib": 64}, "64 MiB of memory"),
        ("vast", {"parser_memory_mib": 64}, "64 MiB of memory"),
        ("many", {"parser_s": 1}, "took more than 1 s"),
        ("many", {"parser_cpu_s": 1}, "1 s of computing"),
    ],
)
async def test_a_file_that_takes_too_much_is_refused_and_the_next_one_read(
    tmp_path: Path, file: str, limits: dict[str, Any], told: str, request: pytest.FixtureRequest
) -> None:
    async with pool(tmp_path, **limits) as parsing:
        error = await refused(parsing, request.getfixturevalue(file))
        assert error.code == "parser_limit" and told in error.detail
        assert (await read(parsing, good(tmp_path))).accepted == 1


async def test_a_file_whose_process_is_killed_is_refused_and_the_next_one_read(tmp_path: Path, many: Path) -> None:
    def kill(_done: int, _total: int | None) -> None:
        [waiting] = psutil.Process().children()
        for fork in waiting.children():
            fork.kill()

    async with pool(tmp_path) as parsing:
        error = await refused(parsing, many, kill)
        assert (error.code, error.http_status) == ("parser_crashed", 422)
        assert "signal 9" in error.detail
        assert (await read(parsing, good(tmp_path))).accepted == 1


async def test_a_task_that_is_lost_ends_its_process(tmp_path: Path, many: Path) -> None:
    def lose(_done: int, _total: int | None) -> None:
        raise Conflict("lost")

    async with pool(tmp_path) as parsing:
        with pytest.raises(Conflict):
            await read(parsing, many, lose)
        assert psutil.Process().children(recursive=True) == []
        assert (await read(parsing, good(tmp_path))).accepted == 1


async def test_cancelling_ends_the_process(tmp_path: Path, many: Path) -> None:
    async with pool(tmp_path) as parsing:
        started = asyncio.Event()
        reading = asyncio.create_task(read(parsing, many, lambda _done, _total: started.set()))
        await started.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert psutil.Process().children(recursive=True) == []


async def test_several_files_are_read_at_once(tmp_path: Path) -> None:
    file = good(tmp_path)
    async with pool(tmp_path) as parsing:
        assert [staged.accepted for staged in await asyncio.gather(*(read(parsing, file) for _ in range(3)))] == [1, 1, 1]


def test_a_killed_service_takes_its_parsing_processes_along_and_its_folder_is_swept(temporary: Path, many: Path) -> None:
    script = f"""
import asyncio, os, sys, psutil
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[3])!r})
from tests.services.staging.test_parsers import read
from services.staging.parsers import parsers
from shared.settings import Settings
async def main():
    async with parsers(Settings()) as parsing:
        told = lambda done, total: print(*(p.pid for p in psutil.Process().children(recursive=True)), flush=True)
        await read(parsing, Path({str(many)!r}), told)
asyncio.run(main())
"""
    service = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary)})
    assert service.stdout is not None
    pids = [int(pid) for pid in service.stdout.readline().split()]
    assert len(pids) == 2  # the one that waits, and its fork
    processes = [psutil.Process(pid) for pid in pids]
    service.kill()
    service.wait()
    service.stdout.close()
    assert psutil.wait_procs(processes, timeout=30)[1] == []
    [left] = temporary.glob(f"{PREFIX}*")
    with workshop() as folder:
        assert list(temporary.glob(f"{PREFIX}*")) == [folder]
    assert not left.exists()


def test_a_sweep_leaves_folders_that_are_in_use_or_just_being_made(temporary: Path) -> None:
    new, old = temporary / f"{PREFIX}new", temporary / f"{PREFIX}old"
    new.mkdir()
    old.mkdir()
    long_ago = old.stat().st_mtime - 2 * UNLOCKED_S
    os.utime(old, (long_ago, long_ago))
    with workshop() as mine:
        assert sweep() == []
        assert mine.is_dir() and new.is_dir() and not old.exists()


async def test_a_parsing_process_does_not_hear_the_signals_of_the_terminal(tmp_path: Path) -> None:
    async with pool(tmp_path) as parsing:
        await parsing.warm_up()
        [waiting] = psutil.Process().children()
        for number in (signal.SIGINT, signal.SIGTERM):
            waiting.send_signal(number)
        assert os.getpgid(waiting.pid) != os.getpgid(0)
        assert (await read(parsing, good(tmp_path))).accepted == 1
