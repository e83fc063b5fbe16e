"""Users of a server that asks for tokens: added, logged in, renewed."""

import secrets
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from client import CredentialsFile, PlotproofClient, ProblemError
from tests.cli.conftest import Result, called_in, serving

Plotproof = Callable[..., Result]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with one user, `ada@example.org`, that the tests of this module share."""
    home = tmp_path_factory.mktemp("guarded")
    added = called_in(home)("user", "add", "ada@example.org", "--data", "data", given=f"{PASSWORD}\n")
    assert added.code == 0, added.err
    with serving(home, "--data", "data", "--host", "0.0.0.0", JWT_KEY=secrets.token_hex(32)) as running:
        yield f"http://127.0.0.1:{running.url.rpartition(':')[2]}"


def test_only_a_user_who_is_logged_in_gets_answers(plotproof: Plotproof, tmp_path: Path, guarded: str) -> None:
    outside = plotproof("collections", "--url", guarded)
    assert (outside.code, "plotproof login" in outside.err) == (1, True)
    wrong = plotproof("login", "--email", "ada@example.org", "--url", guarded, given="wrong horse battery\n")
    assert (wrong.code, "[unauthorized]" in wrong.err) == (1, True)
    logged_in = plotproof("login", "--email", "ada@example.org", "--url", guarded, "--json", given=f"{PASSWORD}\n")
    assert logged_in.code == 0, logged_in.err
    kept = Path(logged_in.json["credentials"])
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert PASSWORD not in kept.read_text()
    assert plotproof("collections", "--url", guarded, "--json").json == {}
    assert plotproof("collections", "--url", guarded, "--token", "not.a.token").code == 1


def test_tokens_are_renewed_in_time_and_once_by_all(tmp_path: Path, guarded: str) -> None:
    file = CredentialsFile(tmp_path / "credentials.json")
    with PlotproofClient(guarded, credentials=file) as client:
        first = client.log_in("ada@example.org", PASSWORD)
    file.write(guarded, replace(first, expires_at=time.time() + 1))
    answers: list[object] = []

    def ask() -> None:
        with PlotproofClient(guarded, credentials=CredentialsFile(file.path)) as client:
            answers.append(client.collections())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    renewed = file.read(guarded)
    assert answers == [{}] * 6
    assert renewed is not None and renewed.access_token != first.access_token
    with PlotproofClient(guarded, credentials=file) as client:
        assert client.collections() == {}


def test_a_spent_refresh_token_ends_in_unauthorized(tmp_path: Path, guarded: str) -> None:
    file = CredentialsFile(tmp_path / "credentials.json")
    with PlotproofClient(guarded, credentials=file) as client:
        first = client.log_in("ada@example.org", PASSWORD)
        file.write(guarded, replace(first, access_token="stale"))
        assert client.collections() == {}
        file.write(guarded, replace(first, access_token="stale"))
        with pytest.raises(ProblemError) as caught:
            client.collections()
    assert caught.value.status == 401


@pytest.mark.parametrize(("email", "password"), [("ada", PASSWORD), ("ada@example.org", "short")])
def test_a_user_that_cannot_be_is_bad_input(plotproof: Plotproof, email: str, password: str) -> None:
    done = plotproof("user", "add", email, "--data", "data", given=f"{password}\n")
    assert done.code == 2
    assert done.err.startswith("error: ")
