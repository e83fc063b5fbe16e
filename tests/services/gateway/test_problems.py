"""Every answer of 400 and above is a problem: also for paths that do not exist, bugs and broken HTTP."""

import asyncio

import pytest
from aiohttp import web

from services.gateway import endpoints, problems
from services.gateway.app import Gateway, application
from shared.errors import Conflict, Refused, Unavailable, Unreadable, Unroutable
from tests.services.gateway.scene import Scene


@pytest.fixture
def database_address() -> None:
    """What is tested here is the same on every database: SQLite."""


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/batch_process", 405, "method_not_allowed"),
        ("PUT", "/get_collections", 405, "method_not_allowed"),
        ("HEAD", "/fetch_plots", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/%2e%2e/etc/passwd", 404, "not_found"),
    ],
)
async def test_what_aiohttp_refuses_by_itself_is_a_problem_too(here: Scene, method: str, path: str, status: int, code: str) -> None:
    answer = await here.ask(method, path)
    assert answer.status == status and answer.headers["Content-Type"] == "application/problem+json"
    if method != "HEAD":
        assert answer.json["code"] == code and answer.json["status"] == status
        assert answer.json["type"] == f"urn:plotproof:problem:{code}"
        assert answer.json["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"
    if status == 405:
        assert answer.headers["Allow"]


async def test_a_bug_is_a_500_without_a_trace(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("a secret of the inside")

    monkeypatch.setattr("services.gateway.get_collections._rows", broken)
    for accept in ("*/*", "text/html"):
        answer = await here.get("/get_collections", headers={"Accept": accept})
        assert answer.status == 500 and answer.json["code"] == "internal_error"
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert b"secret" not in answer.body and b"Traceback" not in answer.body
        assert answer.headers["Cache-Control"] == "no-store" and not answer.headers.get("Server")


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: x\r\nHost y\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n"],
)
async def test_broken_http_is_answered_as_a_problem(here: Scene, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection(here.gateway.host, here.gateway.port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 30)
    assert answer.startswith(b"HTTP/1.") and b" 400 " in answer.splitlines()[0]
    assert b"application/problem+json" in answer and b'"code":"malformed_request"' in answer
    assert b"aiohttp" not in answer and b"aaaaaaaaaa" not in answer
    writer.close()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Refused("x", "no_features"), 422),
        (Refused("x", "collection_exists"), 409),
        (Conflict("x"), 409),
        (Unavailable("x"), 503),
        (Unroutable("x"), 503),
        (Unreadable("the inside"), 500),
    ],
)
def test_every_error_of_ours_has_a_status(error: Refused, status: int) -> None:
    problem = problems.problem_of(error)
    assert problem.status == status
    if status == 503:
        assert int(problem.headers["Retry-After"]) > 0
    if status == 500:
        assert "inside" not in problem.detail


def test_a_hundred_errors_are_listed_and_all_are_counted() -> None:
    body = problems.Problem(422, "x", "y", errors=[{"code": "c", "message": "m"}] * 150).body()
    assert (len(body["errors"]), body["errors_total"], body["truncated"]) == (100, 150, True)


def test_input_is_cut_and_made_printable() -> None:
    assert problems.cut("x" * 100) == "x" * 63 + "…"
    assert problems.cut("a\x00\x1b[31m\u202eb") == "a??[31m?b"


async def test_a_database_that_is_away_is_a_503_that_may_be_tried_again(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise Unavailable("the database does not answer", "database_unavailable")

    monkeypatch.setattr(type(here.database), "read", away)
    answer = await here.get("/get_collections")
    assert (answer.status, answer.json["code"]) == (503, "database_unavailable") and answer.headers["Retry-After"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz/", "/metrics", "/config/", "/openapi.json", "/get_collections", "/nothing"])
async def test_every_answer_has_safe_headers_and_no_banner(here: Scene, path: str) -> None:
    answer = await here.get(path)
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert "Server" not in answer.headers and "X-Request-Id" in answer.headers


async def test_config_names_every_limit_and_no_secret(here: Scene) -> None:
    shown = (await here.get("/config")).json
    assert shown["max_file_bytes"] == here.resources.settings.max_file_bytes == 200 * 1024 * 1024
    assert shown["stats"] == list(here.resources.settings.served_stats) and shown["max_plots"] == 1_000_000
    assert not any("url" in name or "key" in name.replace("idempotency_key", "") for name in shown)


async def test_requests_are_counted_by_route_and_not_by_what_was_typed(here: Scene) -> None:
    await here.get("/collections/0xsecret/rejections")
    await here.get("/nothing/secret")
    figures = (await here.get("/metrics")).body.decode()
    assert 'route="/collections/{collection_id}/rejections",status="404"' in figures
    assert 'route="unknown"' in figures and "secret" not in figures


def test_every_endpoint_is_served_with_and_without_a_slash(here: Scene) -> None:
    made = application(here.resources, Gateway("127.0.0.1", 1))
    assert isinstance(made, web.Application)
    served = {(route.method, route.resource.canonical) for route in made.router.routes() if route.resource is not None}
    for one in endpoints.ENDPOINTS:
        assert {(one.method, one.path), (one.method, f"{one.path}/")} <= served
