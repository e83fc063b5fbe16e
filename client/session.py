"""One HTTP session: authorised, tried again where that is safe, every refusal a typed error."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import httpx

from client.access import Access
from client.credentials import CredentialsFile, Tokens
from client.errors import ProblemError, Unreachable, problem_of

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 90.0
"""Longer than the server may hold a submission while it stages the file."""
LONGEST_PAUSE_S: Final = 30.0
OVERLOADED: Final = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})

Build = Callable[[httpx.Client], httpx.Request]


class Session:
    """Requests to one server. `retry_delays_s` are the pauses between tries of calls that may be repeated."""

    def __init__(
        self,
        url: str,
        token: str | None,
        credentials: CredentialsFile,
        transport: httpx.BaseTransport | None,
        retry_delays_s: Sequence[float],
    ) -> None:
        self.url = url.rstrip("/")
        self._retry_delays_s = tuple(retry_delays_s)
        try:
            host = httpx.URL(self.url).host
        except httpx.InvalidURL as error:
            raise Unreachable(self.url, str(error)) from error
        self._http = httpx.Client(
            base_url=self.url,
            transport=transport,
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            trust_env=host not in {"127.0.0.1", "localhost", "::1"},  # a proxy for the world would look for this machine's server on itself
        )
        self._access = Access(self.url, token, credentials, self._exchange)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def log_in(self, email: str, password: str) -> Tokens:
        """Exchange an e-mail address and its password for tokens, and keep them."""
        return self._access.log_in(email, password)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """`GET path`, its body read; parameters that are None are left out."""
        return self.send(lambda http: http.build_request("GET", path, params=given(parameters)))

    def send(self, build: Build) -> httpx.Response:
        """Send what `build` makes and read the answer, again after a lost connection: it must be safe to repeat."""
        return self._authorised(build, read=True)

    @contextmanager
    def stream(self, build: Build) -> Iterator[httpx.Response]:
        """As `send`, with the body left to be read inside the block."""
        response = self._authorised(build, read=False)
        try:
            yield response
        finally:
            response.close()

    def _authorised(self, build: Build, read: bool) -> httpx.Response:
        token = self._access.token()
        try:
            return self._repeated(build, token, read)
        except ProblemError as problem:
            newer = self._access.newer_than(token) if problem.status == httpx.codes.UNAUTHORIZED else None
            if newer is None:
                raise
            return self._repeated(build, newer, read)

    def _repeated(self, build: Build, token: str | None, read: bool) -> httpx.Response:
        for number, delay_s in enumerate(self._retry_delays_s):
            try:
                return self._once(build, token, read)
            except Unreachable as error:
                # Nothing listens at all: say so now. After a first contact the server may be starting again.
                if number == 0 and isinstance(error.__cause__, httpx.ConnectError):
                    raise
                time.sleep(delay_s)
            except ProblemError as problem:
                if problem.status not in OVERLOADED:
                    raise
                time.sleep(min(max(delay_s, problem.retry_after_s or 0), LONGEST_PAUSE_S))
        return self._once(build, token, read)

    def _once(self, build: Build, token: str | None, read: bool) -> httpx.Response:
        request = build(self._http)
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        try:
            response = self._http.send(request, stream=not read)
            if response.status_code >= httpx.codes.BAD_REQUEST:
                response.read()
        except httpx.TransportError as error:
            raise Unreachable(self.url, reason(error)) from error
        if response.status_code >= httpx.codes.BAD_REQUEST:
            raise problem_of(response)
        return response

    def _exchange(self, body: dict[str, str]) -> dict[str, Any]:
        """One `POST /refresh_token`, never repeated: a refresh token works once."""
        answer = self._once(lambda http: http.build_request("POST", "/refresh_token", json=body), None, read=True)
        return dict(answer.json())


def given(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters without those that are None; httpx spells booleans as JSON does."""
    return {name: value for name, value in parameters.items() if value is not None}


def reason(error: httpx.TransportError) -> str:
    """Why a connection failed, in a few words."""
    return "it took too long" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
