"""The HTTP server underneath the application, made to answer bugs and broken HTTP as problem+json too."""

from typing import Final

from aiohttp import web

from services.gateway.problems import Problem, answer

SAFE_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""On every answer: no guessing of types, no copies of personal data."""


class ProblemHandler(web.RequestHandler):
    """One connection. What no middleware saw becomes a problem without a trace; aiohttp has logged it."""

    __slots__ = ()

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """See `RequestHandler.handle_error`: raises `ConnectionError` when the answer has begun, so that it breaks off."""
        if isinstance(exc, ConnectionError):  # the client went away
            raise exc
        super().handle_error(request, status, exc, message)
        if status >= 500:
            problem = Problem(status, "internal_error", "The server failed at this request; it is in its log.")
        else:
            problem = Problem(status, "malformed_request", "The request is not valid HTTP.")
        response = answer(problem)
        response.headers.update({**SAFE_HEADERS, "Server": ""})  # aiohttp names itself where the header is absent
        response.force_close()
        return response


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return ProblemHandler(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on `ProblemHandler`s."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, request_factory=made.request_factory, loop=made._loop, **made._kwargs)
