"""A whole system for tests: everything in one process, or each service its own process on real servers."""

import asyncio
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiormq
import httpx

from deploy.servers.place import free_ports
from shared.accounts import add_user
from shared.bus import RETRY_DELAYS_S
from shared.bus.topology import PARKED, delay_queue, exchange, parking_exchange
from shared.db import open_database
from tests.processes import START_S, Process, running, wait_for

EMAIL, PASSWORD = "tester@example.org", "a password for tests only"
CORE = ("gateway", "staging", "uploader", "tracker")


@dataclass
class System:
    """A running system: its processes by name, and how to speak to it."""

    url: str
    processes: dict[str, Process]
    token: str | None = None
    owner_id: str = "local"
    database_url: str | None = None
    """None: SQLite in `data_dir`."""
    rabbitmq_url: str | None = None
    prefix: str = ""
    data_dir: Path = field(default_factory=Path)

    @property
    def headers(self) -> dict[str, str]:
        """What a request needs."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def wait_ready(self) -> None:
        """Return once every process is ready."""
        for process in self.processes.values():
            process.wait_ready()

    def logs(self) -> str:
        """The last words of all processes."""
        return "\n".join(f"--- {process.name}\n{process.last_words()}" for process in self.processes.values())


@contextmanager
def embedded(folder: Path, layers_dir: Path, **environment: str) -> Iterator[System]:
    """`python -m services.local` in a process of its own, with its data in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    [port] = free_ports(1)
    process = Process(
        "local",
        "services.local",
        {"DATA_DIR": str(folder / "data"), "LAYERS_DIR": str(layers_dir), "PORT": str(port)} | environment,
        port,
        folder,
    )
    system = System(process.url, {"local": process}, data_dir=folder / "data")
    with _explained(system), running([process]):
        system.wait_ready()
        yield system


@contextmanager
def distributed(
    rabbitmq_url: str,
    database_url: str,
    folder: Path,
    layers_dir: Path,
    modules: Mapping[str, str] | None = None,
    **environment: str,
) -> Iterator[System]:
    """Every service its own process on real servers; `modules` are the processes beside the gateway, by name.

    The default is the core with two deforestation workers and one of each other statistic. Queues are removed at the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = modules if modules is not None else with_workers(2)
    prefix = f"test.{secrets.token_hex(5)}."
    shared = {
        "RABBITMQ_URL": rabbitmq_url,
        "RABBITMQ_PREFIX": prefix,
        "DATABASE_URL": database_url,
        "BLOB_URL": (folder / "blobs").as_uri(),
        "DATA_DIR": str(folder / "data"),
        "LAYERS_DIR": str(layers_dir),
        "JWT_KEY": secrets.token_hex(32),
    } | environment
    (folder / "blobs").mkdir(exist_ok=True)
    _migrate(shared, folder)
    owner_id = asyncio.run(_user(database_url))
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    processes = {
        name: Process(name, module, shared | {"PORT" if name == "gateway" else "HEALTH_PORT": str(ports[name])}, ports[name], folder)
        for name, module in names.items()
    }
    url = processes["gateway"].url if "gateway" in processes else ""
    system = System(url, processes, None, owner_id, database_url, rabbitmq_url, prefix, folder / "data")
    with ExitStack() as stack:
        stack.callback(lambda: asyncio.run(_remove_queues(rabbitmq_url, prefix)))
        stack.enter_context(_explained(system))
        stack.enter_context(running(list(processes.values())))
        system.wait_ready()
        if "gateway" in processes:
            system.token = _token(url)
        yield system


def with_workers(count: int) -> dict[str, str]:
    """The core, `count` deforestation workers and one of each other statistic: modules by name of the process."""
    workers = {f"deforestation-{number}": "services.deforestation" for number in range(1, count + 1)}
    workers |= {name: f"services.{name}" for name in ("biodiversity", "biomass", "water")}
    return {name: f"services.{name}" for name in CORE} | workers


@contextmanager
def _explained(system: System) -> Iterator[None]:
    """Print the logs of a system whose start fails; tests that fail print them by `explained` of conftest."""
    try:
        yield
    except BaseException:
        print(system.logs())
        raise


def _migrate(environment: Mapping[str, str], folder: Path) -> None:
    process = Process("migrate", "shared.db.migrate", environment, 0, folder)
    process.start()
    wait_for(lambda: not process.alive(), START_S, "the migration takes too long")
    assert process.stop() == 0, process.last_words()


async def _user(database_url: str) -> str:
    database = open_database(database_url, Path())
    try:
        return await add_user(database, EMAIL, PASSWORD)
    finally:
        await database.close()


def _token(url: str) -> str:
    answer = httpx.post(f"{url}/refresh_token", json={"email": EMAIL, "password": PASSWORD}, timeout=20)
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.json()["access_token"])


async def _remove_queues(url: str, prefix: str) -> None:
    try:
        connection = await aiormq.connect(url)
    except (OSError, aiormq.exceptions.AMQPError):  # a private broker that the test has left dead
        return
    channel = await connection.channel()
    for queue in ("staging", "uploader", "tracker", "deforestation", "biomass", "biodiversity", "water", PARKED):
        await channel.queue_delete(f"{prefix}{queue}")
        for delay_s in RETRY_DELAYS_S:
            await channel.queue_delete(delay_queue(prefix, queue, delay_s).name)
    for name in (exchange(prefix), parking_exchange(prefix)):
        await channel.exchange_delete(name)
    await connection.close()


def json_setting(value: object) -> str:
    """A setting that is a mapping, as the environment holds it."""
    return json.dumps(value)
