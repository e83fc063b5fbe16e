"""The three pages every process serves: /healthz (the loop answers), /readyz (give it work), /metrics."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


class Ready(Protocol):
    """Something that knows why it should get no work."""

    async def not_ready(self) -> str | None:
        """The reason, or None."""


Page = Callable[[web.Request], Awaitable[web.Response]]


def health_routes(ready: Ready) -> list[web.RouteDef]:
    """Routes for an aiohttp application."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        reason = await ready.not_ready()
        return web.json_response(
            {"status": "ready" if reason is None else "not_ready", "reason": reason}, status=200 if reason is None else 503
        )

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)]


@asynccontextmanager
async def serve_health(ready: Ready, host: str, port: int | None) -> AsyncIterator[None]:
    """Serve the pages on a port of their own; nothing when `port` is None."""
    if port is None:
        yield
        return
    application = web.Application()
    application.add_routes(health_routes(ready))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    finally:
        await runner.cleanup()
