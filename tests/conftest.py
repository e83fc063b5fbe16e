"""Servers and data of the tests: from the environment, handed out by fixtures only; skipped, or failed when they are required."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.servers.place import CannotStart, new_place
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from shared.settings import Settings

ROOT = Path(__file__).parents[1]
REQUIRED = os.environ.get("PLOTPROOF_REQUIRE_SERVICES") == "1"
ADDRESSES = {name: os.environ.get(name) for name in ("RABBITMQ_URL", "DATABASE_URL")}
MARK_OF_FOLDER = {"system": "system", "faults": "fault"}
PROCESSES = (
    "cli",
    "services/gateway",
    *(
        f"services/staging/test_{name}.py"
        for name in ("bad_input_corpus", "bombs", "canaries", "fuzz", "import_weight", "parsers", "sandbox", "worker")
    ),
    *(f"shared/rasters/test_{name}.py" for name in ("reader_http", "reader_s3", "remote_faults", "side_by_side")),
    "services/deforestation/test_remote_layers.py",
    "sample/test_generate.py",
    "test_benchmarks.py",
    "test_benchmark_staging.py",
    "test_deploy.py",
)
"""Tests that start processes or servers of HTTP, or measure whole files."""
Server = TypeVar("Server", RabbitMQ, PostgreSQL)
SERVER_FIXTURES = {"rabbitmq_url", "database_url", "private_rabbitmq", "private_postgresql"}

for field in Settings.model_fields:  # no test may find a server or a folder that it was not given
    os.environ.pop(field.upper(), None)


def pytest_configure_node(node: Any) -> None:
    """Hand the addresses to a parallel worker, whose environment has lost them."""
    node.workerinput["addresses"] = ADDRESSES


def pytest_configure(config: pytest.Config) -> None:
    """Take the addresses in a parallel worker."""
    ADDRESSES.update(getattr(config, "workerinput", {}).get("addresses", {}))


def _without(what: str) -> None:
    (pytest.fail if REQUIRED else pytest.skip)(f"needs {what}")


def _address(name: str) -> str:
    address = ADDRESSES[name]
    if not address:
        _without(name)
    return str(address)


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """AMQP address of a broker that tests share: use names of your own."""
    return _address("RABBITMQ_URL")


@pytest.fixture(scope="session")
def new_database() -> Callable[[], AbstractContextManager[str]]:
    """Makes an empty database with PostGIS and removes it; gives its address (`postgresql://…`)."""
    return _database


@contextmanager
def _database() -> Iterator[str]:
    server = _address("DATABASE_URL")
    name = f"plotproof_test_{secrets.token_hex(6)}"
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    asyncio.run(_execute(server, f'create database "{name}"'))
    try:
        asyncio.run(_execute(url, "create extension postgis"))
        yield url
    finally:
        asyncio.run(_execute(server, f'drop database "{name}" with (force)'))


@pytest.fixture(scope="module")
def database_url(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """Address of an empty database that only this module uses."""
    with new_database() as url:
        yield url


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def private_rabbitmq() -> Iterator[RabbitMQ]:
    """A broker of this module's own, to stop, kill and start again."""
    yield from _private(RabbitMQ)


@pytest.fixture(scope="module")
def private_postgresql() -> Iterator[PostgreSQL]:
    """A database server of this module's own, to stop, kill and start again."""
    yield from _private(PostgreSQL)


def _private(kind: type[Server]) -> Iterator[Server]:
    place = new_place(ROOT / ".services")
    server = kind(place)
    try:
        server.start()
        yield server
    except CannotStart as error:
        _without(str(error))
    finally:
        server.stop()
        place.remove()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real test data beside the repository, read in place."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        _without("the folder ../shared/data")
    return folder


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the servers that they use and by their folder.

    Files that start processes come first, so that none of them is left when the rest is over; and what is held to seconds
    comes before other tests start systems that stay.
    """
    for item in items:
        if SERVER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("services")
        for mark in marks_of(item.path):
            item.add_marker(mark)
    items.sort(key=lambda item: not ("process" in marks_of(item.path) or item.get_closest_marker("slow")))


@cache
def marks_of(file: Path) -> tuple[str, ...]:
    """The marks that a file's place gives to its tests."""
    path = file.relative_to(ROOT / "tests")
    process = ["process"] if any(path.is_relative_to(place) for place in PROCESSES) else []
    return (*process, *(mark for folder, mark in MARK_OF_FOLDER.items() if path.is_relative_to(folder)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line: which servers were used, and how many tests were skipped for want of one."""
    words = []
    for name, address in ADDRESSES.items():
        parts = urlsplit(address or "")
        words.append(f"{name} {parts.hostname}:{parts.port}" if address else f"{name} not set")
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "needs " in str(report.longrepr)]
    words.append(f"{len(skipped)} tests skipped for want of a server or of data")
    terminalreporter.write_line("servers: " + " · ".join(words))
