"""What every request passes: a log line and figures, errors as problems, headers, and the question whose it is."""

import time
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import Counter, Histogram

from services.gateway.context import INSTANCE, LOCAL_OWNER, OWNER, RESOURCES, TOKENS
from services.gateway.loopback import check_is_local
from services.gateway.problems import answer, problem_of, problem_of_http, unauthorized
from services.gateway.protocol import SAFE_HEADERS
from shared.errors import PlotproofError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
REQUESTS: Final = Counter("plotproof_http_requests", "Requests by route and status", ["method", "route", "status"])
SECONDS: Final = Histogram("plotproof_http_request_seconds", "Time to the end of the answer", ["method", "route"])
BEGUN: Final = web.RequestKey("begun", bool)
METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
log = structlog.get_logger()


def route_of(request: web.Request) -> str:
    """The path's pattern, so that figures have few labels."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical.rstrip("/") or "/"


@web.middleware
async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One log line and one observation a request; neither holds anything that the caller typed but the method."""
    request[INSTANCE] = f"urn:uuid:{uuid4()}"
    begun, status = time.perf_counter(), 500
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        seconds, route = time.perf_counter() - begun, route_of(request)
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, str(status)).inc()
        SECONDS.labels(method, route).observe(seconds)
        write = log.debug if route in {"/healthz", "/readyz", "/metrics"} else log.info
        write(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(1000 * seconds, 1),
            owner=request.get(OWNER),
            id=request[INSTANCE],
        )


@web.middleware
async def tell_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors as problem+json; an answer that has begun is broken off instead, so that nobody takes it for whole."""
    try:
        return await handler(request)
    except (PlotproofError, web.HTTPException) as error:
        if request.get(BEGUN):
            log.warning("answer broken off", id=request[INSTANCE], reason=str(error))
            raise ConnectionResetError("the answer cannot be finished") from error
        problem = problem_of(error) if isinstance(error, PlotproofError) else problem_of_http(error)
        if problem.status >= 500:
            log.error("request failed", id=request[INSTANCE], code=problem.code, detail=problem.detail)
        return answer(problem, request[INSTANCE])


def identify(port: Callable[[], int]) -> Middleware:
    """The middleware that knows whose a request is; `port` is the one that the server is bound to."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        local = request.app[RESOURCES].settings.local_owner
        if local:
            check_is_local(request, port())
        given = request.headers.getall("Authorization", [])
        if given:
            request[OWNER] = request.app[TOKENS].user_of(_bearer(given))
        elif local:
            request[OWNER] = LOCAL_OWNER
        return await handler(request)

    return middleware


def _bearer(given: list[str]) -> str:
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("Send one header `Authorization: Bearer <access token>`.")
    return token.strip()


def needs_owner(handler: Handler) -> Handler:
    """The handler, for requests that say whose they are."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if OWNER not in request:
            raise unauthorized("This needs an access token; POST /refresh_token gives one.")
        return await handler(request)

    return guarded


async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer, and no server banner."""
    request[BEGUN] = True
    response.headers.update(SAFE_HEADERS)
    response.headers.popall("Server", None)
    if INSTANCE in request:
        response.headers["X-Request-Id"] = request[INSTANCE].removeprefix("urn:uuid:")
