"""Private servers: they start where they can, touch nothing of others, and leave nothing behind."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.servers.place import free_ports, new_place
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.process import Started

ROOT = Path(__file__).parents[1]
GIVEN = {"RABBITMQ_URL": "amqp://somewhere/", "DATABASE_URL": "postgresql://somewhere/x"}


def servers(*arguments: str, folder: Path, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`python -m deploy.servers` with these arguments in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.servers", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_gets_the_servers_that_are_given_and_hands_back_its_exit_code(tmp_path: Path) -> None:
    program = "import os; print(os.environ['RABBITMQ_URL'], os.environ['DATABASE_URL']); raise SystemExit(7)"
    done = servers("run", sys.executable, "-c", program, folder=tmp_path, environment=GIVEN)
    assert (done.returncode, done.stdout.split()) == (7, list(GIVEN.values()))


def test_asking_for_servers_that_do_not_run_says_how_to_start_them(tmp_path: Path) -> None:
    done = servers("env", folder=tmp_path)
    assert done.returncode == 1
    assert "make services" in done.stderr


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    assert servers("stop", folder=tmp_path).returncode == 0


def test_a_wrong_word_prints_the_usage(tmp_path: Path) -> None:
    done = servers("begin", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")


def test_ports_are_different_and_free() -> None:
    ports = free_ports(4)
    assert len(set(ports)) == 4
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_a_process_that_took_over_an_old_id_is_not_ours() -> None:
    us = psutil.Process()
    assert Started(us.pid, us.create_time()).alive()
    assert not Started(us.pid, us.create_time() - 100).alive()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another account")
def test_a_folder_that_only_root_may_enter_is_not_used(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    place = new_place(closed / "servers")
    try:
        assert not place.home.is_relative_to(closed)
        assert place.account
        assert place.home.stat().st_uid == place.account.uid
    finally:
        place.remove()


def test_a_folder_with_a_space_in_its_path_is_not_used(tmp_path: Path) -> None:
    place = new_place(tmp_path / "two words")
    try:
        assert " " not in str(place.home)
    finally:
        place.remove()


async def test_a_database_server_keeps_its_rows_over_a_crash(private_postgresql: PostgreSQL) -> None:
    await _execute(private_postgresql.url, "create table kept (n int); insert into kept values (7)")
    private_postgresql.kill()
    with pytest.raises(OSError, match="onnect"):
        await asyncpg.connect(private_postgresql.url)
    private_postgresql.start()
    connection = await asyncpg.connect(private_postgresql.url)
    assert await connection.fetchval("select n from kept") == 7
    await connection.close()


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statements)
    await connection.close()


@pytest.mark.services
@pytest.mark.long
def test_servers_start_once_print_their_addresses_and_leave_nothing(tmp_path: Path) -> None:
    first, second = servers("start", folder=tmp_path), servers("start", folder=tmp_path)
    if first.returncode != 0:
        pytest.skip(f"needs installed servers: {first.stderr}")
    ids = [pid for pid, _, _ in json.loads((tmp_path / ".services" / "servers.json").read_text())["processes"]]
    running = [pid for pid in ids if psutil.pid_exists(pid)]
    assert servers("stop", folder=tmp_path).returncode == 0
    assert [line.split("://")[0] for line in first.stdout.splitlines()] == ["export RABBITMQ_URL=amqp", "export DATABASE_URL=postgresql"]
    assert first.stdout == second.stdout
    assert len(running) == 3
    assert not any(Started(pid, psutil.Process(pid).create_time()).alive() for pid in ids if psutil.pid_exists(pid))
    assert list((tmp_path / ".services").iterdir()) == []
