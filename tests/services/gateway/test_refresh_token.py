"""Signing in: right words give tokens, wrong ones give nothing away, and nobody may try for long."""

import asyncio
from typing import Any

import pytest

from services.gateway import passwords
from services.gateway.limits import Buckets
from services.gateway.passwords import Passwords
from services.gateway.problems import Problem
from shared.accounts import add_user
from shared.db.tables import refresh_tokens, users
from shared.errors import Refused
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Answer, Scene

EMAIL, PASSWORD = "Ama@Example.org", "correct horse battery"


@pytest.fixture
async def closed(start: Start) -> Scene:
    here = await start(local_owner=False, jwt_key="k" * 32)
    await add_user(here.database, EMAIL, PASSWORD)
    return here


async def sign_in(here: Scene, **body: Any) -> Answer:
    return await here.ask("POST", "/refresh_token", json=body)


async def test_an_address_and_its_password_give_tokens_that_work(closed: Scene) -> None:
    answer = await sign_in(closed, email=" ama@example.ORG ", password=PASSWORD)
    assert answer.status == 200
    assert answer.json.keys() == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert (answer.json["expires_in"], answer.json["token_type"]) == (900, "Bearer")
    headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert (await closed.get("/get_collections", headers=headers)).json == {}


async def test_a_wrong_password_and_an_unknown_address_answer_the_same(closed: Scene) -> None:
    wrong = await sign_in(closed, email=EMAIL, password="x" * 20)
    unknown = await sign_in(closed, email="nobody@example.org", password=PASSWORD)
    assert wrong.status == unknown.status == 401
    assert {**wrong.json, "instance": 0} == {**unknown.json, "instance": 0}


async def test_an_unknown_address_costs_a_hash_too(closed: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def counted(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return False

    monkeypatch.setattr(passwords, "is_password", counted)
    await sign_in(closed, email="nobody@example.org", password=PASSWORD)
    await sign_in(closed, email=EMAIL, password="x" * 20)
    assert len(checked) == 2 and all(one.startswith("$argon2id$") for one in checked)


async def test_a_refresh_token_works_once_and_is_replaced(closed: Scene) -> None:
    first = (await sign_in(closed, email=EMAIL, password=PASSWORD)).json["refresh_token"]
    second = await sign_in(closed, refresh_token=first)
    assert second.status == 200 and second.json["refresh_token"] != first
    third = await sign_in(closed, refresh_token=second.json["refresh_token"])
    assert third.status == 200


async def test_a_token_that_is_used_twice_ends_its_whole_family(closed: Scene) -> None:
    first = (await sign_in(closed, email=EMAIL, password=PASSWORD)).json["refresh_token"]
    other = (await sign_in(closed, email=EMAIL, password=PASSWORD)).json["refresh_token"]
    newest = (await sign_in(closed, refresh_token=first)).json["refresh_token"]
    assert (await sign_in(closed, refresh_token=first)).status == 401
    assert (await sign_in(closed, refresh_token=newest)).status == 401, "stolen, or stolen from"
    assert (await sign_in(closed, refresh_token=other)).status == 200, "another sign-in is another family"


async def test_tokens_are_stored_as_hashes_only(closed: Scene) -> None:
    token = (await sign_in(closed, email=EMAIL, password=PASSWORD)).json["refresh_token"]
    async with closed.database.read() as connection:
        rows = list(await connection.execute(refresh_tokens.select()))
        [user] = list(await connection.execute(users.select()))
    assert [len(row.token_sha256) for row in rows] == [64] and token not in str(rows)
    assert user.password_hash.startswith("$argon2id$") and PASSWORD not in str(user)


async def test_a_disabled_user_gets_nothing(closed: Scene) -> None:
    token = (await sign_in(closed, email=EMAIL, password=PASSWORD)).json["refresh_token"]
    async with closed.database.write() as connection:
        await connection.execute(users.update().values(disabled=True))
    assert (await sign_in(closed, email=EMAIL, password=PASSWORD)).status == 401
    assert (await sign_in(closed, refresh_token=token)).status == 401


async def test_the_sixth_try_in_a_minute_has_to_wait_and_others_do_not(closed: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "is_password", lambda *_: False)
    tries = [await sign_in(closed, email=EMAIL, password="x" * 20) for _ in range(6)]
    assert [one.status for one in tries] == [401] * 5 + [429]
    assert 0 < int(tries[5].headers["Retry-After"]) <= 12
    assert (await sign_in(closed, email="other@example.org", password="x" * 20)).status == 401


def test_a_bucket_fills_again_with_time() -> None:
    now = 0.0
    buckets = Buckets(clock=lambda: now)
    for _ in range(5):
        buckets.take("k", 5)
    with pytest.raises(Problem):
        buckets.take("k", 5)
    now = 12.0
    buckets.take("k", 5)
    with pytest.raises(Problem):
        buckets.take("k", 5)


async def test_two_passwords_are_hashed_at_once_and_a_flood_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = most = 0

    async def slow(*_: object) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return False

    monkeypatch.setattr("services.gateway.passwords.asyncio.to_thread", slow)
    checks = Passwords()
    answers = await asyncio.gather(*(checks.check("$argon2id$", "x") for _ in range(30)), return_exceptions=True)
    assert most == 2
    assert sum(isinstance(answer, Problem) and answer.status == 503 for answer in answers) == 10


BODIES = {
    "nothing": ({}, 422),
    "no password": ({"email": EMAIL}, 422),
    "a number": ({"email": 1, "password": PASSWORD}, 422),
    "a list": ([], 422),
    "NUL": ({"email": "a\0@b.c", "password": PASSWORD}, 422),
    "endless password": ({"email": EMAIL, "password": "x" * 1025}, 422),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES)
async def test_a_body_that_is_no_sign_in_is_refused(closed: Scene, body: Any, status: int) -> None:
    answer = await closed.ask("POST", "/refresh_token", json=body)
    assert answer.status == status and answer.headers["Content-Type"] == "application/problem+json"
    assert PASSWORD not in answer.body.decode()


async def test_a_large_body_is_not_read(closed: Scene) -> None:
    assert (await closed.ask("POST", "/refresh_token", data=b"x" * 20_000)).status == 413
    assert (await closed.ask("POST", "/refresh_token", data=b"{")).status == 400


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("ama@example.org", PASSWORD, "user_exists"),
        ("x@example.org", "x" * 11, "password_length"),
        ("x@example.org", "x" * 129, "password_length"),
        ("nobody", PASSWORD, "invalid_email"),
        ("a b@example.org", PASSWORD, "invalid_email"),
    ],
)
async def test_a_user_that_cannot_be_is_refused(closed: Scene, email: str, password: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await add_user(closed.database, email, password)
    assert refused.value.code == code
