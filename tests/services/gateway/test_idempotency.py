"""One key, one run: repeats answer as the first did, also when they come at once or the first one dies."""

import asyncio
from datetime import date
from functools import partial

import pytest

from services.gateway import batch_process, submit
from services.gateway.parameters import parameters_of
from shared.db import idempotency
from shared.db.tables import idempotency_keys
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, a_file

KEY = {"Idempotency-Key": "k-1"}


async def test_a_repeat_answers_as_the_first_did_and_leaves_no_second_file(here: Scene) -> None:
    first, again = await here.submit(headers=KEY), await here.submit(headers=KEY)
    assert (first.status, again.status) == (202, 202)
    assert first.body == again.body
    assert await here.count("collections") == 1 and len(here.blobs()) == 1


@pytest.mark.parametrize(("file", "fields"), [(a_file(2), {}), (a_file(), {"country": "Ghana"})])
async def test_another_request_under_the_same_key_is_refused(here: Scene, file: bytes, fields: dict[str, str]) -> None:
    await here.submit(headers=KEY)
    other = await here.submit(file, headers=KEY, **fields)
    assert other.status == 422 and other.json["code"] == "idempotency_mismatch"
    assert await here.count("collections") == 1 and len(here.blobs()) == 1


async def test_a_repeat_tomorrow_is_still_the_same_request(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await here.submit(headers=KEY)
    tomorrow = partial(parameters_of, today=date(2040, 1, 1))
    monkeypatch.setattr(batch_process, "parameters_of", tomorrow)
    assert (await here.submit(headers=KEY)).body == first.body


async def test_fifty_at_once_make_one_collection(start: Start) -> None:
    here = await start(stages=True, gateway_staging_wait_s=10)
    answers = await asyncio.gather(*(here.submit(headers=KEY) for _ in range(50)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1
    assert await here.count("collections") == await here.count("runs") == 1
    assert {path.parent.name for path in here.blobs()} == {answers[0].json["collection_id"]}


async def test_a_refused_file_is_refused_again_with_the_same_words(start: Start) -> None:
    here = await start(stages=True, gateway_staging_wait_s=10)
    first, again = await here.submit(b"no json", headers=KEY), await here.submit(b"no json", headers=KEY)
    assert (first.status, first.json["code"]) == (again.status, again.json["code"]) == (400, "malformed_file")
    assert again.headers["Content-Type"] == "application/problem+json"
    assert await here.is_empty()


async def test_a_key_is_free_again_after_a_refusal_that_may_pass(here: Scene) -> None:
    await here.submit()
    assert (await here.submit(headers=KEY)).status == 409
    assert (await here.submit(headers=KEY, collection_name="other")).status == 202


async def test_a_key_of_one_owner_means_nothing_to_another(start: Start) -> None:
    here = await start()
    async with here.database.write() as connection:
        assert await idempotency.hold(connection, "somebody", "k-1", 60) is None
    assert (await here.submit(headers=KEY)).status == 202


async def test_a_gateway_that_dies_after_its_commit_has_answered_already(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def die(*_: object) -> None:
        raise KeyError("as if killed here")

    with monkeypatch.context() as patched:
        patched.setattr(batch_process, "ring", die)
        assert (await here.submit(headers=KEY)).status == 500
    async with here.database.write() as connection:
        await connection.execute(idempotency_keys.update().values(held_until=0))
    again = await here.submit(headers=KEY)
    assert again.status == 202 and await here.count("collections") == 1


async def test_a_holder_that_died_before_its_commit_frees_the_key_in_time(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async with here.database.write() as connection:
        assert await idempotency.hold(connection, "local", "k-1", 0.5) is None
    monkeypatch.setattr("services.gateway.repeats.LOOKS", 2)
    assert (await here.submit(headers=KEY)).status == 202


@pytest.mark.parametrize("key", ["", "x" * 201, "é"])
async def test_a_key_that_cannot_be_kept_is_refused(here: Scene, key: str) -> None:
    answer = await here.submit(headers={"Idempotency-Key": key})
    assert answer.status == 422 and await here.is_empty()


def test_ids_are_drawn_from_256_bits() -> None:
    assert len({submit.new_collection_id() for _ in range(100)}) == 100
    assert all(len(submit.new_collection_id()) == 66 for _ in range(10))
