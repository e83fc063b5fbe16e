"""Cancelling and deleting a collection: what ends, what stays, what is gone, over both databases."""

import pytest

from shared.db import collections, tables, tasks
from shared.errors import Conflict
from tests.databases import STAT, order
from tests.driving import until
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, a_file, compute, end_task, evidence, upload


async def test_a_cancelled_run_ends_and_frees_the_name_of_a_file_that_was_not_uploaded(here: Scene) -> None:
    submitted = (await here.submit()).json
    path = f"/collections/{submitted['collection_id']}/cancel"
    answer = await here.ask("POST", path)
    assert (answer.status, answer.json) == (200, {"collection_id": submitted["collection_id"], "cancelled": [submitted["run_id"]]})
    shown = (await here.get(f"/batch_progress?tracking_id={submitted['collection_id']}")).json
    assert shown["status"] == "CANCELLED" and shown["finished_at"] is not None
    assert {stage["status"] for stage in shown["stages"]} == {"cancelled"}
    assert (await here.ask("POST", path)).json["cancelled"] == []
    again = await here.submit()
    assert again.status == 202 and again.json["collection_id"] != submitted["collection_id"]


async def test_what_a_holder_finds_out_about_a_cancelled_run_is_dropped(here: Scene) -> None:
    submitted = (await here.submit()).json
    key = tasks.Key(submitted["run_id"], "staging")
    async with here.database.write() as connection:
        held = await tasks.take(connection, key, "bell", False, 60)
    assert held is not None
    await here.ask("POST", f"/collections/{submitted['collection_id']}/cancel")
    async with here.database.write() as connection:
        assert not await tasks.renew(connection, held, 60)
    with pytest.raises(Conflict):
        async with here.database.write() as connection:
            await tasks.finish(connection, held, "done", plots=1)
    async with here.database.write() as connection:
        assert await tasks.take(connection, key, "another", False, 60) is None


async def test_plots_and_earlier_results_outlive_a_cancelled_run(here: Scene) -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(1))
    await upload(here.database, 1, 2)
    await compute(here.database, 1, [evidence(), evidence()])
    before = (await here.get("/fetch_plots?filename=0x1&run_id=run-1")).body
    run = (await here.ask("POST", "/batch_zonal_stats", json={"filename": "0x1", "stats": [STAT.value]})).json
    assert (await here.ask("POST", "/collections/0x1/cancel")).json["cancelled"] == [run["run_id"]]
    assert before and (await here.get("/fetch_plots?filename=0x1&run_id=run-1")).body == before
    assert (await here.submit(collection_name=order(1).parameters.collection_name)).json["code"] == "collection_exists"


async def test_a_deleted_collection_leaves_no_row_and_no_file(here: Scene) -> None:
    submitted = (await here.submit()).json
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(1))
    await upload(here.database, 1, 2)
    await compute(here.database, 1, [evidence(), None])
    for collection_id in ("0x1", submitted["collection_id"]):
        answer = await here.ask("DELETE", f"/collections/{collection_id}")
        assert (answer.status, answer.body) == (204, b"")
        assert (await here.ask("DELETE", f"/collections/{collection_id}")).json["code"] == "not_found"
        assert (await here.get(f"/batch_progress?tracking_id={collection_id}")).status == 404
    kept = {"users", "refresh_tokens", "idempotency_keys", "claims", "methods"}
    assert here.blobs() == []
    assert {name for name in tables.metadata.tables if name not in kept and await here.count(name)} == set()


async def test_staging_that_was_writing_leaves_nothing_of_a_deleted_collection(start: Start) -> None:
    here = await start(stages=True)
    submitted = (await here.submit(a_file(200))).json
    assert (await here.ask("DELETE", f"/collections/{submitted['collection_id']}")).status == 204

    async def settled() -> bool:
        return not here.blobs() and await here.is_empty()

    await until(settled, 30, "nothing is left")
    another = (await here.submit(a_file(1), collection_name="after it")).json

    async def staged() -> bool:
        shown = (await here.get(f"/batch_progress?tracking_id={another['collection_id']}")).json
        return bool(shown["stages"][0]["status"] == "completed")

    await until(staged, 30, "staging is through with both orders")
    assert {path.parent.name for path in here.blobs()} == {another["collection_id"]}


async def test_only_the_owner_ends_a_collection(here: Scene) -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, "somebody else", order(1))
    for method, path in (("POST", "/collections/0x1/cancel"), ("DELETE", "/collections/0x1")):
        foreign, unknown = await here.ask(method, path), await here.ask(method, path.replace("0x1", "0x9"))
        assert foreign.status == unknown.status == 404
        assert {**foreign.json, "instance": None} == {**unknown.json, "instance": None}
    await end_task(here.database, tasks.Key("run-1", "staging"), 1)
