"""Tokens: kept for their owner only, renewed in time, renewed once."""

import stat
import threading
import time
from pathlib import Path

import httpx
import pytest

from client import CredentialsFile, PlotproofClient, ProblemError, Tokens

URL = "http://server.test"


class Guard(httpx.BaseTransport):
    """A server that knows one access token and one refresh token at a time, as ours does."""

    def __init__(self) -> None:
        self.generation = 0
        self.exchanges: list[bytes] = []
        self.lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if request.url.path == "/refresh_token":
                return self._exchange(request.read())
            if request.headers.get("Authorization") != f"Bearer access-{self.generation}":
                return httpx.Response(401, json={"code": "unauthorized", "detail": "no token that counts"})
            return httpx.Response(200, json={})

    def _exchange(self, body: bytes) -> httpx.Response:
        self.exchanges.append(body)
        known = (b'{"refresh_token":"refresh-%d"}' % self.generation, b'{"email":"a@b.c","password":"secret"}')
        if body not in known:
            return httpx.Response(401, json={"code": "unauthorized", "detail": "spent"})
        self.generation += 1
        tokens = {"access_token": f"access-{self.generation}", "refresh_token": f"refresh-{self.generation}", "expires_in": 900}
        return httpx.Response(200, json=tokens)


@pytest.fixture
def credentials(tmp_path: Path) -> CredentialsFile:
    return CredentialsFile(tmp_path / "config" / "credentials.json")


def client_of(guard: Guard, credentials: CredentialsFile, token: str | None = None) -> PlotproofClient:
    return PlotproofClient(URL, token, credentials=credentials, transport=guard, retry_delays_s=())


def test_a_login_is_kept_for_its_owner_only(credentials: CredentialsFile) -> None:
    client_of(Guard(), credentials).log_in("a@b.c", "secret")
    assert stat.S_IMODE(credentials.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(credentials.path.parent.stat().st_mode) == 0o700
    kept = credentials.read(URL)
    assert kept is not None
    assert kept.access_token == "access-1"
    assert kept.expires_at == pytest.approx(time.time() + 900, abs=10)
    assert b"secret" not in credentials.path.read_bytes()


def test_a_kept_token_is_sent_to_its_server_only(credentials: CredentialsFile) -> None:
    guard = Guard()
    client_of(guard, credentials).log_in("a@b.c", "secret")
    assert client_of(guard, credentials).config() == {}
    elsewhere = PlotproofClient("http://other.test", credentials=credentials, transport=guard, retry_delays_s=())
    with pytest.raises(ProblemError):
        elsewhere.config()


def test_a_token_that_ends_soon_is_renewed_first(credentials: CredentialsFile) -> None:
    guard = Guard()
    credentials.write(URL, Tokens("access-0", "refresh-0", time.time() + 5))
    assert client_of(guard, credentials).config() == {}
    assert guard.exchanges == [b'{"refresh_token":"refresh-0"}']
    assert credentials.read(URL) is not None and credentials.read(URL).refresh_token == "refresh-1"  # type: ignore[union-attr]


def test_a_refused_token_is_renewed_once(credentials: CredentialsFile) -> None:
    guard = Guard()
    credentials.write(URL, Tokens("older", "refresh-0", time.time() + 900))
    assert client_of(guard, credentials).config() == {}
    assert len(guard.exchanges) == 1


def test_a_spent_refresh_token_ends_in_unauthorized(credentials: CredentialsFile) -> None:
    credentials.write(URL, Tokens("older", "spent", time.time() + 900))
    with pytest.raises(ProblemError) as caught:
        client_of(Guard(), credentials).config()
    assert caught.value.status == 401


def test_two_clients_renew_once(credentials: CredentialsFile) -> None:
    guard = Guard()
    credentials.write(URL, Tokens("older", "refresh-0", time.time() + 900))
    clients = [client_of(guard, CredentialsFile(credentials.path)) for _ in range(8)]
    answers: list[dict[str, object]] = []
    threads = [threading.Thread(target=lambda client=client: answers.append(client.config())) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{}] * 8
    assert guard.exchanges == [b'{"refresh_token":"refresh-0"}']


def test_a_given_token_is_used_alone(credentials: CredentialsFile) -> None:
    guard = Guard()
    credentials.write(URL, Tokens("access-0", "refresh-0", time.time() + 900))
    with pytest.raises(ProblemError):
        client_of(guard, credentials, token="mine").config()
    assert not guard.exchanges
