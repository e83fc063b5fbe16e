"""The gateway as a service: an application with its routes, bound to its address while the block runs."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web

from services.gateway.context import BUCKETS, FAILURES, FEEDS, PASSWORDS, RESOURCES, TOKENS
from services.gateway.endpoints import ENDPOINTS
from services.gateway.limits import Buckets
from services.gateway.loopback import is_loopback
from services.gateway.middleware import identify, needs_owner, record, set_headers, tell_problems
from services.gateway.openapi import document
from services.gateway.passwords import Passwords
from services.gateway.progress_feed import ProgressFeeds
from services.gateway.progress_rows import FailureBook
from services.gateway.protocol import Runner
from services.gateway.tokens import Tokens
from shared.errors import Refused
from shared.health import health_routes
from shared.service import Resources
from shared.settings import Settings

log = structlog.get_logger()
KEEP_ALIVE_S = 15.0
SHUTDOWN_S = 10.0


@dataclass
class Gateway:
    """A bound gateway; `port` is the real one, also when any free port was asked for."""

    host: str
    port: int = 0

    @property
    def url(self) -> str:
        """Address of the gateway for programs of this machine."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@asynccontextmanager
async def gateway(resources: Resources) -> AsyncIterator[None]:
    """Serve HOST:PORT while the block runs."""
    async with serve(resources):
        yield


@asynccontextmanager
async def serve(resources: Resources) -> AsyncIterator[Gateway]:
    """The same, yielding where it is bound. Raises `Refused` for settings that would leave the door open."""
    bound = Gateway(resources.settings.host, resources.settings.port)
    runner = Runner(application(resources, bound), access_log=None, keepalive_timeout=KEEP_ALIVE_S, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, bound.host, bound.port).start()
        bound.port = runner.addresses[0][1]
        log.info("serving", host=bound.host, port=bound.port)
        yield bound
    finally:
        await runner.cleanup()


def application(resources: Resources, bound: Gateway) -> web.Application:
    """The application of a gateway that is, or will be, `bound`."""
    settings = resources.settings
    book = FailureBook()
    made = web.Application(middlewares=[record, tell_problems, identify(lambda: bound.port)])
    made[RESOURCES] = resources
    made[TOKENS] = Tokens(signing_key(settings), settings.access_token_s)
    made[PASSWORDS] = Passwords()
    made[BUCKETS] = Buckets()
    made[FAILURES] = book
    made[FEEDS] = ProgressFeeds(resources.database, book)
    made.on_response_prepare.append(set_headers)
    made.on_shutdown.append(_end_streams)
    _add_routes(made, resources)
    return made


def signing_key(settings: Settings) -> bytes:
    """The key of access tokens; one that dies with the process where only this machine can reach the server.

    Raises `Refused` for an open address without a key, a short key, or an open address that asks for no token.
    """
    if settings.local_owner and not is_loopback(settings.host):
        raise Refused("a server that asks for no token must listen on 127.0.0.1, ::1 or localhost", "unsafe_settings")
    if settings.jwt_key is None:
        if not is_loopback(settings.host):
            raise Refused(f"set JWT_KEY (at least 32 bytes) to serve on {settings.host}", "unsafe_settings")
        return secrets.token_bytes(32)
    key = settings.jwt_key.get_secret_value().encode()
    if len(key) < 32:
        raise Refused("JWT_KEY must have at least 32 bytes", "unsafe_settings")
    return key


def _add_routes(made: web.Application, resources: Resources) -> None:
    described = document()

    async def openapi(_request: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json")

    routes = [(one.method, one.path, one.handler if one.public else needs_owner(one.handler)) for one in ENDPOINTS]
    routes += [(route.method, route.path, route.handler) for route in health_routes(resources)]
    routes.append(("GET", "/openapi.json", openapi))
    for method, path, handler in routes:
        made.router.add_route(method, path, handler)
        made.router.add_route(method, f"{path}/", handler)


async def _end_streams(made: web.Application) -> None:
    await made[FEEDS].close()
