"""The list of collections: the seed's shape, jobs newest first, pages that lose nothing; and the rejected plots of one."""

import re
from datetime import datetime

import pytest

from services.gateway import get_collections
from shared.db import collections, runs, tasks
from tests.databases import STAT, order
from tests.services.gateway.scene import Scene, compute, evidence, upload


async def ordered(here: Scene, number: int, name: str | None = None, owner: str = "local") -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, owner, order(number, name, description="about it"))


async def test_a_collection_has_the_documented_shape(here: Scene) -> None:
    await ordered(here, 1, "farm")
    await upload(here.database, 1, 3)
    found = (await here.get("/get_collections")).json
    assert list(found) == ["farm"]
    entry = found["farm"]
    assert (entry["collection_id"], entry["description"], entry["plot_number"]) == ("0x1", "about it", 3)
    assert datetime.fromisoformat(entry["ingestion_time"]).tzinfo is not None
    [job] = entry["batch_jobs"]
    assert (job["outcome"], job["status"], job["stats"]) == ("INGEST_IMAGES", "in_progress", [STAT])
    assert (job["start_date"], job["end_date"]) == ("2017-01-01", "2026-01-01")
    assert len(job["complete_task_ids"]) == 2 and job["failed_task_ids"] == []
    assert all(re.fullmatch("[A-Z2-7]{24}", one) for one in job["complete_task_ids"])


async def test_the_outcome_changes_when_summarising_begins_and_the_status_at_the_end(here: Scene) -> None:
    await ordered(here, 1, "farm")
    await upload(here.database, 1, 1)
    async with here.database.write() as connection:
        await tasks.fail_now(connection, tasks.Key("run-1", STAT), "x", "x")
        await tasks.take(connection, tasks.Key("run-1", "summarising"), "bell", False, 0)
    [job] = (await here.get("/get_collections")).json["farm"]["batch_jobs"]
    assert (job["outcome"], job["status"]) == ("CHECK_TABLES", "in_progress")
    assert job["failed_task_ids"] == [get_collections.task_id("run-1", STAT, 0)]
    async with here.database.write() as connection:
        await tasks.fail_now(connection, tasks.Key("run-1", "summarising"), "x", "x")
    async with here.database.write() as connection:
        await runs.end(connection, "run-1", "FAILED")
    [job] = (await here.get("/get_collections")).json["farm"]["batch_jobs"]
    assert (job["outcome"], job["status"]) == ("CHECK_TABLES", "failed")


def test_a_task_id_follows_from_its_key_alone() -> None:
    assert get_collections.task_id("run", "staging", 0) == get_collections.task_id("run", "staging", 0)
    assert len({get_collections.task_id("run", "staging", part) for part in range(1000)}) == 1000


async def test_pages_hold_every_name_once(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_collections, "PAGE", 2)
    for number in range(7):
        await ordered(here, number, f"farm {number}")
        async with here.database.write() as connection:
            await collections.fail(connection, f"0x{number}")
        await ordered(here, 100 + number, f"farm {number}")
    names: list[str] = []
    path = "/get_collections?limit=3"
    for _ in range(5):
        answer = await here.get(path)
        names += answer.json
        assert all(int(entry["collection_id"][2:]) >= 100 for entry in answer.json.values()), "the live one, not the failed one"
        if "Link" not in answer.headers:
            break
        path = answer.headers["Link"].split(">")[0][1:].replace("%20", "+")
    assert names == [f"farm {number}" for number in range(7)]


async def test_a_failed_collection_is_listed_while_no_other_has_its_name(here: Scene) -> None:
    await ordered(here, 1, "farm")
    async with here.database.write() as connection:
        await collections.fail(connection, "0x1")
    assert (await here.get("/get_collections")).json["farm"]["collection_id"] == "0x1"


async def test_nobody_sees_the_collections_of_others(here: Scene) -> None:
    await ordered(here, 1, "theirs", owner="somebody")
    assert (await here.get("/get_collections")).json == {}


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=1001", "after=", "page=2"])
async def test_a_part_that_cannot_be_is_refused(here: Scene, query: str) -> None:
    assert (await here.get(f"/get_collections?{query}")).status == 422


async def test_rejected_plots_are_listed_in_file_order(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_collections, "REJECTIONS_PAGE", 2)
    await ordered(here, 1)
    rows = [
        {"feature_index": index, "code": code, "plot_id": f"P{index}", "severity": "error", "message": "m"}
        for index, code in [(3, "b"), (3, "a"), (1, "z"), (7, "c"), (7, "d")]
    ]
    async with here.database.write() as connection:
        await collections.staged(connection, "0x1", {}, rows)
    answer = await here.get("/collections/0x1/rejections")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert [(line["feature_index"], line["code"]) for line in answer.lines] == [(1, "z"), (3, "a"), (3, "b"), (7, "c"), (7, "d")]
    assert answer.lines[0] == {"feature_index": 1, "plot_id": "P1", "code": "z", "severity": "error", "message": "m"}


async def test_a_whole_run_shows_in_the_list_as_completed(here: Scene) -> None:
    await ordered(here, 1, "farm")
    await upload(here.database, 1, 2)
    await compute(here.database, 1, [evidence()] * 2)
    [job] = (await here.get("/get_collections/")).json["farm"]["batch_jobs"]
    assert job["status"] == "completed" and len(job["complete_task_ids"]) == 4 and job["run_id"] == "run-1"
