"""Files are read in processes of their own, which have limits; this starts them, follows them and ends them."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import structlog
from pydantic import TypeAdapter

from contracts.v1.batch import BatchParameters
from services.staging.faults import FileRefused
from services.staging.outcome import read_outcome
from services.staging.request import DISK_FULL, FAULTS_FILE, OUTCOME_FILE, REQUEST, TOO_LATE, Request, memory_spent
from services.staging.rules import Limits
from services.staging.sandbox import ENVIRONMENT, Quota
from services.staging.staged import Progress as Told, Staged
from services.staging.workshop import workshop
from shared.errors import Unavailable
from shared.settings import Settings
from shared.staged import STAGED_FILE

LOGGED_CHARACTERS: Final = 4000
"""Of what a process that crashed wrote about itself."""
_READY_S: Final = 180.0
_ANSWER: Final = TypeAdapter(dict[str, int | str | bool | None])
_OUT_OF_MEMORY: Final = ("bad_alloc", "memory allocation of")
"""What C++ and Rust say before they end their process."""

log = structlog.get_logger()


@dataclass(slots=True)
class Parsers:
    """Processes that wait for files, and the folder in which they work."""

    settings: Settings
    workshop: Path
    boundaries: Path | None = None
    """Borders of countries of the deployment's own, made ready."""
    _idle: list[Process] = field(default_factory=list)

    @property
    def limits(self) -> Limits:
        """What the deployment allows one file."""
        config = self.settings
        return Limits(
            max_plots=config.max_plots,
            max_vertices_per_plot=config.max_vertices_per_plot,
            chunk_plots=config.chunk_plots,
            max_decoded_bytes=config.max_decoded_bytes,
            max_archive_bytes=config.max_archive_bytes,
            boundaries=self.boundaries,
        )

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[Path]:
        """A folder for one file, removed at the end of the block."""
        path = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self.workshop))
        try:
            yield path
        finally:
            await asyncio.to_thread(shutil.rmtree, path, True)

    async def warm_up(self) -> None:
        """Have one process wait. Raises `Refused` when the deployment's own borders cannot be used."""
        if self.settings.boundaries_file is not None:
            from services.staging.boundaries_file import prepared_boundaries  # few have their own, and this brings a geo stack

            self.boundaries = await asyncio.to_thread(prepared_boundaries, self.settings.boundaries_file, self.workshop)
        self._idle.append(await self._started())

    async def stage(self, source: Path, media_type: str, folder: Path, parameters: BatchParameters, told: Told) -> Staged:
        """`stage` of `source` in another process, which writes into `folder`.

        `told` is its progress; what it raises ends the process. Raises `FileRefused` as `stage` does, and when the file
        took more than its process may use or ended it; `Unavailable` when the reason lies with this machine.
        """
        request = Request(source.resolve(), media_type, folder, parameters, self.limits, self._quota())
        self._idle = [waiting for waiting in self._idle if waiting.returncode is None]  # nothing that was killed meanwhile
        process = self._idle.pop() if self._idle else await self._started()
        ended: int | str | None = None
        try:
            ended = await _follow(process, request, told)
        finally:
            if ended is None:
                await _end(process)
        self._idle.append(process)
        return await asyncio.to_thread(_staged, ended, folder, request.quota)

    async def close(self) -> None:
        """End the processes that wait."""
        while self._idle:
            await _end(self._idle.pop())

    def _quota(self) -> Quota:
        config = self.settings
        written_bytes = 2 * max(config.max_decoded_bytes, config.max_archive_bytes)
        return Quota(config.parser_memory_mib << 20, config.parser_cpu_s, config.parser_s, written_bytes)

    async def _started(self) -> Process:
        places = {"PYTHONPATH": os.pathsep.join(str(Path(place).resolve()) for place in sys.path), "TMPDIR": str(self.workshop)}
        if kept_in := self.settings.numba_cache_dir:
            places["NUMBA_CACHE_DIR"] = str(kept_in)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.staging.child"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=ENVIRONMENT | places,
            start_new_session=True,  # an interrupt from the terminal is for us; and its forks end with it
        )
        ready = None
        try:
            async with asyncio.timeout(_READY_S):
                ready = await _heard(process)
        except TimeoutError as error:
            raise Unavailable(f"no process that reads files was ready within {_READY_S:g} s", "parser_unavailable") from error
        finally:
            if ready is None:
                await _end(process)
        return process


@asynccontextmanager
async def parsers(settings: Settings) -> AsyncIterator[Parsers]:
    """Parsing processes while the block runs; the folders of staging processes that were killed are removed first."""
    with workshop() as folder:
        pool = Parsers(settings, folder)
        try:
            yield pool
        finally:
            await pool.close()


async def _follow(process: Process, request: Request, told: Told) -> int | str | None:
    """Have `process` read a file; answers how the fork that did ended."""
    if process.stdin is None:
        raise Unavailable("a parsing process has no input", "parser_unavailable")
    process.stdin.write(REQUEST.dump_json(request) + b"\n")
    with contextlib.suppress(ConnectionError):  # told by the answer that does not come
        await process.stdin.drain()
    while "ended" not in (answer := await _heard(process)):
        done, total = answer.get("done"), answer.get("total")
        told(done if isinstance(done, int) else 0, total if isinstance(total, int) else None)
    return answer["ended"]


async def _heard(process: Process) -> dict[str, int | str | bool | None]:
    try:
        line = await process.stdout.readline() if process.stdout else b""
        if not line.endswith(b"\n"):
            raise Unavailable("the process that reads files ended", "parser_unavailable")
        return _ANSWER.validate_json(line)
    except ValueError as error:  # a line that no program of ours writes
        raise FileRefused("parser_crashed", how="it wrote nonsense") from error


async def _end(process: Process) -> None:
    """Kill `process` and its fork, and wait until neither can write any more."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    while process.stdout and await process.stdout.read(1 << 16):
        pass
    await process.wait()


def _staged(ended: int | str | None, folder: Path, quota: Quota) -> Staged:
    if ended == 0:
        try:
            return replace(read_outcome(folder / OUTCOME_FILE), path=folder / STAGED_FILE)
        except (ValueError, OSError) as error:
            raise FileRefused("parser_crashed", how="it left no outcome") from error
    faults = folder / FAULTS_FILE
    written = faults.read_text(encoding="utf-8", errors="replace")[-LOGGED_CHARACTERS:] if faults.exists() else ""
    log.error("reading a file ended its process", ended=ended, written=written)
    if ended == DISK_FULL:
        raise Unavailable("no room left for reading a file", "insufficient_storage")
    if ended == TOO_LATE:
        raise FileRefused("parser_limit", limit=f"{quota.wall_s:g} s", setting="PARSER_S")
    if ended == -signal.SIGXCPU:
        raise FileRefused("parser_limit", limit=f"{quota.cpu_s} s of computing", setting="PARSER_CPU_S")
    if any(words in written for words in _OUT_OF_MEMORY):
        raise memory_spent(quota.memory_bytes)
    raise FileRefused("parser_crashed", how=f"signal {-ended}" if isinstance(ended, int) and ended < 0 else f"exit code {ended}")
