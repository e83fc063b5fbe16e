"""What tests of the whole system do with it from outside: submit, watch, fetch, compare; and what its rows must say afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text

from shared.db import Database, open_database
from tests.systems import System

ENDED = ("COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED")
END_DATE = "2025-12-31"
"""The window that the expectations of the sample assume."""
HONEST = {200, 202, 429, 503}
"""What the API may answer while something is broken."""
STAT = "eudr_deforestation"


@dataclass(frozen=True, slots=True)
class Run:
    """What a submission was answered with."""

    collection_id: str
    run_id: str

    def anonymous(self, body: bytes) -> bytes:
        """`body` without the ids of this run: what must be equal however it was computed."""
        return body.replace(self.collection_id.encode(), b"<collection>").replace(self.run_id.encode(), b"<run>")


@contextmanager
def told(request: pytest.FixtureRequest, system: System) -> Iterator[System]:
    """For a fixture of each test: the system's last words are printed when the test fails."""
    before = request.session.testsfailed
    yield system
    if request.session.testsfailed > before:
        print(system.logs())


@asynccontextmanager
async def speaking_to(system: System) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the headers that the system asks for."""
    async with httpx.AsyncClient(base_url=system.url, headers=system.headers, timeout=60) as client:
        yield client


async def submit(client: httpx.AsyncClient, file: Path, name: str, stats: str = STAT, **headers: str) -> Run:
    """`POST /batch_process` of a GeoJSON file."""
    answer = await client.post(
        "/batch_process",
        files={"file": (file.name, file.read_bytes(), "application/geo+json")},
        data={"collection_name": name, "end_date": END_DATE, "stats": stats},
        headers=headers,
    )
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return Run(answer.json()["collection_id"], answer.json()["run_id"])


async def fetched(client: httpx.AsyncClient, path: str, run: Run, **query: str) -> bytes:
    """The NDJSON of a fetch endpoint, without ids."""
    answer = await client.get(path, params={"filename": run.collection_id, "format": "ndjson"} | query)
    assert answer.status_code == httpx.codes.OK, answer.text
    return run.anonymous(answer.content)


async def until(fact: Callable[[], Awaitable[Any]], within_s: float, what: str, every_s: float = 0.01) -> Any:
    """What `fact` answers once it is true, polled."""
    deadline = time.monotonic() + within_s
    while not (found := await fact()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        await asyncio.sleep(every_s)
    return found


@dataclass
class Watched:
    """Every progress that was seen of one run, with the moment at which it was seen."""

    seen: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    answers: set[int] = field(default_factory=set)

    @property
    def last(self) -> dict[str, Any]:
        """The newest progress."""
        return self.seen[-1][1] if self.seen else {"status": "SUBMITTED", "progress_pct": 0.0}

    def assert_never_fell(self) -> None:
        """Neither the percentage nor the plots done of a stage ever went down, an end is an end, and every answer was honest."""
        assert self.answers <= HONEST, f"answered {sorted(self.answers - HONEST)}"
        for (_, before), (_, after) in zip(self.seen, self.seen[1:], strict=False):
            assert after["progress_pct"] >= before["progress_pct"], (before, after)
            done = {stage["name"]: stage["done"] for stage in before["stages"]}
            assert all(stage["done"] >= done[stage["name"]] for stage in after["stages"]), (before, after)
            assert before["status"] not in ENDED or after["status"] == before["status"]


@asynccontextmanager
async def watching(client: httpx.AsyncClient, run: Run, every_s: float = 0.2) -> AsyncIterator[Watched]:
    """Poll `GET /batch_progress` while the block runs; a gateway that is away is asked again."""
    watched = Watched()

    async def look() -> None:
        while True:
            try:
                answer = await client.get("/batch_progress", params={"tracking_id": run.collection_id})
            except httpx.TransportError:
                pass
            else:
                watched.answers.add(answer.status_code)
                if answer.status_code == httpx.codes.OK:
                    watched.seen.append((time.monotonic(), answer.json()))
            await asyncio.sleep(every_s)

    looking = asyncio.create_task(look())
    try:
        yield watched
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def ended(watched: Watched, within_s: float = 90) -> str:
    """The end state, once the run has one."""

    async def end() -> str | None:
        return watched.last["status"] if watched.last["status"] in ENDED else None

    return str(await until(end, within_s, "the run ends", every_s=0.1))


class Rows:
    """The rows of a system, read beside it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, statement: str, **values: Any) -> list[Any]:
        """Rows of a query."""
        async with self._database.read() as connection:
            return list(await connection.execute(text(statement), values))

    async def one(self, statement: str, **values: Any) -> Any:
        """The first column of the first row."""
        return (await self.all(statement, **values))[0][0]

    async def parked(self) -> list[str]:
        """Queue and reason of every parked message, the newest last."""
        return [f"{row.queue}: {row.reason}" for row in await self.all("select queue, reason from parked_messages order by parked_at")]

    async def leased(self, run_id: str, stage: str) -> bool:
        """True while somebody works on the stage."""
        query = "select count(*) from tasks where run_id = :run and stage = :stage and state = 'leased'"
        return bool(await self.one(query, run=run_id, stage=stage))

    async def held(self, run_id: str) -> dict[tuple[str, int], int]:
        """The attempt of every task that somebody holds, by stage and part."""
        query = "select stage, part, attempt from tasks where run_id = :run and state = 'leased'"
        return {(row.stage, row.part): row.attempt for row in await self.all(query, run=run_id)}

    async def done(self, run_id: str, stage: str | None = None) -> int:
        """Tasks that have ended, of one stage or of all."""
        query = "select count(*) from tasks where run_id = :run and state in ('done', 'failed') and stage = coalesce(:stage, stage)"
        return int(await self.one(query, run=run_id, stage=stage))

    async def state(self, run_id: str) -> str:
        """The run's state."""
        return str(await self.one("select state from runs where run_id = :run", run=run_id))


@asynccontextmanager
async def rows_of(system: System) -> AsyncIterator[Rows]:
    """The rows of `system`."""
    database = open_database(system.database_url, system.data_dir)
    try:
        yield Rows(database)
    finally:
        await database.close()


async def assert_each_plot_once(rows: Rows, run: Run, accepted: int) -> None:
    """Plots and results are 0 … accepted - 1, each once; every task is done once; the sums of the tasks are those of the rows."""
    numbers = list(range(accepted))
    plots = await rows.all("select plot_no from plots where collection_id = :c order by plot_no", c=run.collection_id)
    assert [row.plot_no for row in plots] == numbers
    results = await rows.all("select plot_no, stat from plot_results where run_id = :r order by plot_no", r=run.run_id)
    assert [(row.plot_no, row.stat) for row in results] == [(number, STAT) for number in numbers]
    tasks = await rows.all("select stage, state, plots, plots_done from tasks where run_id = :r", r=run.run_id)
    assert {row.state for row in tasks} == {"done"}
    for stage in ("uploading", STAT, "summarising"):
        assert sum(row.plots_done for row in tasks if row.stage == stage) == accepted, stage
    regions = await rows.one("select count(*) from region_results where run_id = :r", r=run.run_id)
    assert regions == 1


def features(body: bytes) -> list[dict[str, Any]]:
    """The features of an NDJSON body."""
    return [orjson.loads(line) for line in body.splitlines()]
