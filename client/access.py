"""The right to call: a token that was given, or the kept ones, renewed before they end and once after a refusal."""

import time
from collections.abc import Callable
from typing import Any, Final

from client.credentials import CredentialsFile, Tokens
from client.errors import ProblemError

RENEW_BEFORE_S: Final = 30.0
"""An access token is renewed when it has less than this to live."""

Exchange = Callable[[dict[str, str]], dict[str, Any]]
"""`POST /refresh_token`: a body in, the answer out; raises `ProblemError`."""


class Access:
    """Access tokens for the server at `url`."""

    def __init__(self, url: str, token: str | None, credentials: CredentialsFile, exchange: Exchange) -> None:
        self._url = url
        self._given = token
        self._credentials = credentials
        self._exchange = exchange

    def log_in(self, email: str, password: str) -> Tokens:
        """Tokens for an e-mail address and its password; they are kept."""
        tokens = _tokens(self._exchange({"email": email, "password": password}))
        self._credentials.write(self._url, tokens)
        return tokens

    def token(self) -> str | None:
        """The token to send, or None: a server on loopback may need none."""
        if self._given is not None:
            return self._given
        kept = self._credentials.read(self._url)
        if kept is None:
            return None
        if kept.expires_at is not None and kept.expires_at - RENEW_BEFORE_S < time.time():
            return self.newer_than(kept.access_token) or kept.access_token
        return kept.access_token

    def newer_than(self, stale: str | None) -> str | None:
        """An access token newer than `stale`, or None when there is no way to one."""
        if self._given is not None or stale is None:
            return None
        with self._credentials.locked():
            kept = self._credentials.read(self._url)
            if kept is None or kept.refresh_token is None:
                return None
            if kept.access_token != stale:
                return kept.access_token
            try:
                tokens = _tokens(self._exchange({"refresh_token": kept.refresh_token}))
            except ProblemError:
                return None  # the call itself then answers 401
            self._credentials.write(self._url, tokens)
            return tokens.access_token


def _tokens(answer: dict[str, Any]) -> Tokens:
    life_s = answer.get("expires_in")
    return Tokens(str(answer["access_token"]), answer.get("refresh_token"), None if life_s is None else time.time() + float(life_s))
