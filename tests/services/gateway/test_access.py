"""Who may ask: tokens with every claim, owners that never see each other, and a server without tokens only for this machine."""

import time
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from services.gateway.app import signing_key
from services.gateway.endpoints import ENDPOINTS
from services.gateway.tokens import Tokens
from shared.db import collections
from shared.errors import Refused
from shared.settings import Settings
from tests.databases import order
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene


@pytest.fixture
def database_address() -> None:
    """What is tested here is the same on every database: SQLite."""


KEY = "k" * 32
DATA = [one for one in ENDPOINTS if not one.public]
IDS = {
    "/batch_progress": "tracking_id",
    "/batch_progress/events": "tracking_id",
    "/fetch_plots": "filename",
    "/fetch_deforestation_check": "filename",
    "/collections/{collection_id}/rejections": None,
    "/collections/{collection_id}/findings": None,
    "/collections/{collection_id}/repairs": None,
}
"""Every endpoint that names a collection, with the parameter that does."""
OF_OTHER_STATISTICS = {
    "/batch_biomass_emissions",
    "/batch_biodiversity",
    "/batch_water",
    "/fetch_biomass_emissions",
    "/fetch_biodiversity",
    "/fetch_water_stress",
}
"""The same as those of deforestation."""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": "plotproof", "aud": "plotproof", "sub": "u1", "iat": now, "nbf": now, "exp": now + 60, "jti": "1", "typ": "access"}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(key: str = KEY, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=headers)


@pytest.fixture
async def closed(start: Start) -> Scene:
    """A gateway that asks for tokens, with a collection of `u1`."""
    here = await start(local_owner=False, jwt_key=KEY)
    async with here.database.write() as connection:
        await collections.ensure(connection, "u1", order(1))
    return here


@pytest.mark.parametrize("endpoint", DATA, ids=lambda one: one.path)
async def test_every_endpoint_with_data_needs_a_token(closed: Scene, endpoint: Any) -> None:
    for path in (endpoint.path, f"{endpoint.path}/"):
        answer = await closed.ask(endpoint.method, path.format(collection_id="0x1"))
        assert (answer.status, answer.json["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_matrix_holds_every_endpoint() -> None:
    assert {one.path for one in DATA} == IDS.keys() | OF_OTHER_STATISTICS | {
        "/fetch_stat_regions",
        "/fetch_supply_shed",
        "/batch_zonal_stats",
        "/batch_deforestation_check",
        "/batch_process",
        "/stage_plots",
        "/upload_plots",
        "/validate_plots",
        "/get_collections",
        "/collections/{collection_id}/cancel",
        "/collections/{collection_id}",
    }


@pytest.mark.parametrize("path", IDS)
async def test_a_foreign_id_and_an_unknown_id_answer_the_same(closed: Scene, path: str) -> None:
    async def ask(user: str, found: str) -> Any:
        parameter = IDS[path]
        params = {} if parameter is None else {parameter: found}
        async with closed.http.get(path.format(collection_id=found), params=params, headers=bearer(token(sub=user))) as response:
            body = await response.json(content_type=None) if response.status == 404 else {}
            return response.status, {**body, "instance": None}

    assert (await ask("u1", "0x1"))[0] == 200
    foreign, unknown = await ask("u2", "0x1"), await ask("u2", "0x9")
    assert foreign[0] == 404 and foreign == unknown


@pytest.mark.parametrize("path", ["/batch_progress?tracking_id=0x2&run_id=run-1", "/fetch_deforestation_check?run_id=run-1"])
async def test_a_foreign_run_is_unknown(closed: Scene, path: str) -> None:
    async with closed.database.write() as connection:
        await collections.ensure(connection, "u2", order(2))
    assert (await closed.get(path, headers=bearer(token(sub="u2")))).status == 404


BAD = {
    "another key": token("x" * 32),
    "no algorithm": jwt.encode(claims(), "", algorithm="none"),
    "another algorithm": token(KEY * 2, "HS512"),
    "expired": token(exp=int(time.time()) - 1),
    "of the future": token(nbf=int(time.time()) + 600),
    "another issuer": token(iss="else"),
    "another audience": token(aud="else"),
    "another kind": token(typ="refresh"),
    "no user": token(sub=""),
    "cut off": token()[:-4],
    "a key named in its head": token(
        "y" * 32, headers={"kid": "../../dev/null", "jku": "https://example.org", "jwk": {"kty": "oct", "k": "eXl5"}}
    ),
    "rubbish": "abc",
    **{
        f"without {claim}": jwt.encode({name: value for name, value in claims().items() if name != claim}, KEY)
        for claim in ("iss", "aud", "sub", "exp", "nbf", "iat", "jti", "typ")
    },
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_token_with_anything_wrong_is_refused(closed: Scene, bad: str) -> None:
    answer = await closed.get("/get_collections", headers=bearer(bad))
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert bad not in answer.body.decode()


async def test_a_good_token_is_taken(closed: Scene) -> None:
    assert (await closed.get("/get_collections", headers=bearer(token()))).status == 200
    assert (await closed.get("/get_collections", headers={"authorization": f"bearer {Tokens(KEY.encode(), 60).issue('u1')}"})).status == 200


@pytest.mark.parametrize("value", ["Basic dTpw", "Bearer", "Bearer "])
async def test_another_scheme_is_refused(closed: Scene, value: str) -> None:
    assert (await closed.get("/get_collections", headers={"Authorization": value})).status == 401


async def test_two_headers_are_one_too_many(closed: Scene) -> None:
    headers = [("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token(sub='u2')}")]
    assert (await closed.get("/get_collections", headers=headers)).status == 401


async def test_without_a_token_this_machine_is_the_owner_local(here: Scene) -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(1))
    assert list((await here.get("/get_collections")).json) == ["collection 1"]
    assert (await here.get("/get_collections", headers=bearer("abc"))).status == 401, "a token that is sent must be good"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost"},
        {"Host": "localhost:1"},
        {"Host": "127.0.0.1.evil.example:{port}"},
        {"Host": "127.0.0.1:{port}:1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"X-Forwarded-Host": "localhost:{port}"},
        {"Forwarded": "for=10.0.0.1"},
    ],
    ids=str,
)
async def test_what_may_come_from_elsewhere_is_forbidden(here: Scene, headers: dict[str, str]) -> None:
    sent = {name: value.format(port=here.gateway.port) for name, value in headers.items()}
    answer = await here.get("/get_collections", headers=sent)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:{port}"},
        {"Host": "[::1]:{port}"},
        {"Origin": "http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
async def test_programs_and_pages_of_this_machine_are_served(here: Scene, headers: dict[str, str]) -> None:
    sent = {name: value.format(port=here.gateway.port) for name, value in headers.items()}
    assert (await here.get("/get_collections", headers=sent)).status == 200


async def test_with_tokens_a_proxy_is_welcome(closed: Scene) -> None:
    headers = {**bearer(token()), "Host": "plots.example", "X-Forwarded-For": "10.0.0.1", "Origin": "https://plots.example"}
    assert (await closed.get("/get_collections", headers=headers)).status == 200


def settings(**values: Any) -> Settings:
    return Settings.model_validate(values)


@pytest.mark.parametrize(
    "unsafe",
    [
        {"host": "0.0.0.0"},
        {"host": "0.0.0.0", "jwt_key": "short"},
        {"jwt_key": "x" * 31},
        {"host": "0.0.0.0", "local_owner": True, "jwt_key": KEY},
    ],
    ids=str,
)
def test_settings_that_leave_the_door_open_do_not_start(unsafe: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        signing_key(settings(**unsafe))
    assert refused.value.code == "unsafe_settings"


def test_a_key_of_32_bytes_opens_any_address() -> None:
    assert signing_key(settings(host="0.0.0.0", jwt_key=SecretStr(KEY))) == KEY.encode()
    assert len(signing_key(settings(host="127.0.0.1"))) == 32
