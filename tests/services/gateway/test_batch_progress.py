"""Progress as rows say it: one run, several summed, a live stream that many can follow, and only for their owner."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from unittest.mock import ANY

import orjson
import pytest

from contracts.v1.progress import BatchProcessProgress, PlotCounts
from services.gateway import progress_feed
from services.gateway.merging import merge
from services.gateway.progress_rows import read
from services.gateway.samples import PROGRESS
from shared.db import collections, runs, tables, tasks
from shared.progress import RunFacts, StageTotals, progress
from tests.databases import STAT, order
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, compute, end_task, evidence, upload


async def ordered(here: Scene, number: int = 1, name: str | None = None) -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(number, name))


async def test_a_run_is_shown_stage_by_stage_with_its_failures(here: Scene) -> None:
    await ordered(here)
    await upload(here.database, 1, 4)
    await compute(here.database, 1, [evidence(), None, None, evidence()], "PARTIAL")
    shown = (await here.get("/batch_progress", params={"tracking_id": "0x1"})).json
    assert BatchProcessProgress.model_validate(shown).run_id == "run-1"
    assert (shown["status"], shown["progress_pct"], shown["plots"]) == ("PARTIAL", 100.0, {"total": 5, "accepted": 4, "rejected": 1})
    assert [stage["name"] for stage in shown["stages"]] == ["staging", "uploading", STAT, "summarising"]
    assert shown["stages"][2] | {"started_at": ANY, "finished_at": ANY} == {
        "name": STAT,
        "status": "partial",
        "progress_pct": 100.0,
        "done": 4,
        "total": 4,
        "failed": 2,
        "started_at": ANY,
        "finished_at": ANY,
        "message": None,
    }
    assert shown["failures"] == [
        {"stage": "staging", "code": "self_intersection", "message": "Plot bad crosses itself.", "plots": ["bad"], "count": 1},
        {"stage": STAT, "code": "worker_crashed", "message": "could not be computed: worker_crashed", "plots": ["P1", "P2"], "count": 2},
    ]
    assert datetime.fromisoformat(shown["finished_at"]).tzinfo is not None


async def test_a_failed_task_is_listed_with_its_plots_counted(here: Scene) -> None:
    await ordered(here)
    await upload(here.database, 1, 4)
    async with here.database.write() as connection:
        await tasks.fail_now(connection, tasks.Key("run-1", STAT), "layer_unavailable", "the layer does not answer")
    [_, failure] = (await here.get("/batch_progress", params={"tracking_id": "0x1"})).json["failures"]
    assert failure == {"stage": STAT, "code": "layer_unavailable", "message": "the layer does not answer", "plots": [], "count": 4}


async def test_the_newest_run_is_shown_unless_another_is_chosen(here: Scene) -> None:
    await ordered(here)
    async with here.database.write() as connection:
        row = await runs.get(connection, "run-1")
        assert row is not None
        newer = {**row._mapping, "run_id": "run-new", "submitted_at": row.submitted_at + 10}
        await connection.execute(tables.runs.insert().values(newer))
    ask = {"tracking_id": "0x1"}
    assert (await here.get("/batch_progress", params=ask)).json["run_id"] == "run-new"
    assert (await here.get("/batch_progress", params={**ask, "run_id": "run-1"})).json["run_id"] == "run-1"
    assert (await here.get("/batch_progress", params={**ask, "run_id": "run-9"})).status == 404


@pytest.mark.parametrize("query", ["filename=0x1", "filename=farm", "tracking_ids=0x1"])
async def test_a_collection_is_found_by_id_and_by_name(here: Scene, query: str) -> None:
    await ordered(here, name="farm")
    assert (await here.get(f"/batch_progress?{query}")).json["collection_id"] == "0x1"


async def test_tracking_id_is_no_name(here: Scene) -> None:
    await ordered(here, name="farm")
    assert (await here.get("/batch_progress?tracking_id=farm")).status == 404


@pytest.mark.parametrize(
    "query", ["", "tracking_id=0x1&filename=x", "tracking_id=0x1&tracking_ids=0x1", "tracking_id=0x1&tracking_id=0x2", "tracking_ids=,"]
)
async def test_exactly_one_way_to_name_the_run_is_needed(here: Scene, query: str) -> None:
    await ordered(here)
    answer = await here.get(f"/batch_progress?{query}")
    assert answer.status == 422 and answer.json["code"] == "validation_error"


async def test_several_are_summed_repeated_or_with_commas(here: Scene) -> None:
    for number in (1, 2):
        await ordered(here, number)
        await upload(here.database, number, 3)
    await compute(here.database, 1, [evidence()] * 3)
    repeated = (await here.get("/batch_progress?tracking_ids=0x1&tracking_ids=0x2")).json
    commas = (await here.get("/batch_progress?tracking_ids=0x1,0x2")).json
    assert repeated | {"last_updated": ANY} == commas | {"last_updated": ANY}
    assert repeated["status"] == "PROCESSING" and repeated["finished_at"] is None
    assert repeated["plots"] == {"total": 8, "accepted": 6, "rejected": 2}
    assert repeated["stages"][2]["done"] == 3 and repeated["stages"][2]["total"] == 6
    assert repeated["stages"][2]["status"] == "in_progress"
    assert repeated["failures"][0]["count"] == 2 and repeated["failures"][0]["plots"] == ["bad", "bad"]


def shown(state: str, total: int | None, done: int) -> BatchProcessProgress:
    facts = RunFacts(
        run_id="r",
        collection_id="c",
        collection_name="n",
        operation="batch_process",
        state=state,  # type: ignore[arg-type]
        stats=("eudr_deforestation",),
        plots=PlotCounts(total=total, accepted=total, rejected=0),
        submitted_at=0.0,
        ended_at=None if state in {"SUBMITTED", "PROCESSING"} else 5.0,
        problem=None,
        country_override=None,
        locations_confidence=None,
    )
    staging = StageTotals("staging", 1, int(done != total), 0, total, done, 0, 1.0, 2.0)
    return progress(facts, [staging], [], 10.0)


@pytest.mark.parametrize(
    ("states", "together"),
    [
        (["COMPLETED", "COMPLETED"], "COMPLETED"),
        (["COMPLETED", "FAILED"], "PARTIAL"),
        (["COMPLETED", "PROCESSING"], "PROCESSING"),
        (["SUBMITTED", "SUBMITTED"], "SUBMITTED"),
        (["FAILED", "CANCELLED"], "FAILED"),
    ],
)
def test_a_sum_of_states_hides_no_failure_and_no_work(states: list[str], together: str) -> None:
    assert merge([shown(state, 10, 10) for state in states]).status == together


def test_a_sum_weighs_by_plots_and_knows_no_total_before_all_do() -> None:
    small, large = shown("COMPLETED", 10, 10), shown("PROCESSING", 90, 0)
    assert merge([small, large]).progress_pct == 10.0
    assert merge([small, shown("PROCESSING", None, 0)]).plots.total is None


async def test_the_example_is_fixed_and_adds_up(here: Scene) -> None:
    answer = await here.get("/batch_progress?dummy_data=true")
    assert answer.json == orjson.loads(PROGRESS.model_dump_json())
    assert answer.body == (await here.get("/batch_progress?dummy_data=true")).body


async def events(here: Scene, query: str = "tracking_id=0x1") -> list[dict[str, object]]:
    answer = await here.get(f"/batch_progress/events?{query}")
    assert answer.headers["Content-Type"] == "text/event-stream"
    return [orjson.loads(line[6:]) for line in answer.body.splitlines() if line.startswith(b"data: ")]


async def followed(here: Scene, then: Callable[[list[dict[str, Any]]], Awaitable[None]]) -> list[dict[str, Any]]:
    """The events of the stream to its end; `then` is called after each with all so far."""
    told: list[dict[str, Any]] = []
    async with here.http.get("/batch_progress/events?tracking_id=0x1") as response:
        async for line in response.content:
            if line.startswith(b"data: "):
                told.append(orjson.loads(line[6:]))
                await then(told)
    return told


async def test_the_stream_follows_a_run_to_its_end(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_feed, "LOOK_S", 0.05)
    await ordered(here)

    async def work(told: list[dict[str, Any]]) -> None:
        if len(told) == 1:
            await upload(here.database, 1, 2)
        elif len(told) == 2:
            await compute(here.database, 1, [evidence()] * 2)

    told = await followed(here, work)
    assert len(told) >= 3
    percents = [event["progress_pct"] for event in told]
    assert percents == sorted(percents)
    assert [event["status"] for event in told][-1] == "COMPLETED"
    assert all(a | {"eta_s": 0, "last_updated": 0} != b | {"eta_s": 0, "last_updated": 0} for a, b in pairwise(told))


async def test_the_stream_of_an_ended_run_is_its_end(here: Scene) -> None:
    await ordered(here)
    await upload(here.database, 1, 1)
    await compute(here.database, 1, [evidence()])
    [only] = await events(here)
    assert only["status"] == "COMPLETED"


async def test_silence_is_filled_with_comments(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.batch_progress.KEEP_ALIVE_S", 0.05)
    await ordered(here)
    async with here.http.get("/batch_progress/events?tracking_id=0x1") as response:
        assert (await response.content.readline()).startswith(b"id: 1")
        async with asyncio.timeout(30):
            while await response.content.readline() != b": keep-alive\n":
                pass


async def test_fifty_listeners_cost_one_reader(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_feed, "LOOK_S", 0.1)
    reads = 0

    async def counted(*given: object) -> object:
        nonlocal reads
        reads += 1
        return await read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(progress_feed, "read", counted)
    await ordered(here)
    await upload(here.database, 1, 2)

    async def end() -> None:
        await asyncio.sleep(1)
        await compute(here.database, 1, [evidence()] * 2)

    begun_s = asyncio.get_running_loop().time()
    ending = asyncio.create_task(end())
    told = await asyncio.gather(*(events(here) for _ in range(50)))
    await ending
    assert all(each[-1]["status"] == "COMPLETED" for each in told)
    looks = (asyncio.get_running_loop().time() - begun_s) / progress_feed.LOOK_S
    assert reads < 20 + 2 * looks, "one reader looks once each time, fifty would fifty times"


async def test_a_collection_that_is_deleted_ends_the_stream(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_feed, "LOOK_S", 0.05)
    await ordered(here)

    async def delete(told: list[dict[str, Any]]) -> None:
        if len(told) == 1:
            async with here.database.write() as connection:
                await collections.remove(connection, "0x1")

    told = await followed(here, delete)
    assert told[-1]["status"] == "SUBMITTED"


async def test_an_unfinished_stream_does_not_hold_up_the_end_of_the_gateway(start: Start) -> None:
    here = await start()
    await ordered(here)
    response = await here.http.get("/batch_progress/events?tracking_id=0x1")
    assert (await response.content.readline()).startswith(b"id:")
    # the fixture ends the gateway with this stream open; pytest's timeout would tell


async def test_a_problem_of_a_failed_run_is_shown(here: Scene) -> None:
    await ordered(here)
    async with here.database.write() as connection:
        await runs.note_problem(connection, "run-1", {"status": 422, "code": "no_features", "detail": "none", "errors": []})
    await end_task(here.database, tasks.Key("run-1", "staging"), 0)
    async with here.database.write() as connection:
        await runs.end(connection, "run-1", "FAILED")
    answer = (await here.get("/batch_progress?tracking_id=0x1")).json
    assert answer["status"] == "FAILED" and answer["problem"]["code"] == "no_features"


def test_the_moment_of_a_sum_is_the_latest() -> None:
    early, late = shown("COMPLETED", 1, 1), shown("COMPLETED", 1, 1)
    late = late.model_copy(update={"last_updated": datetime(2030, 1, 1, tzinfo=UTC)})
    assert merge([early, late]).finished_at == datetime(2030, 1, 1, tzinfo=UTC)
