"""Services as processes of their own, started, killed and started again as a supervisor would, with their logs kept."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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

ROOT = Path(__file__).parents[1]
START_S = 60.0
STOP_S = 40.0
EMAIL, PASSWORD = "tester@example.org", "a password for tests only"
CORE = ("gateway", "staging", "uploader", "tracker")
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


class Process:
    """One `python -m …`. Killed and started again, it appends to the same log and keeps its port."""

    def __init__(self, name: str, module: str, environment: Mapping[str, str], port: int, folder: Path) -> None:
        self.name, self.module, self.port = name, module, port
        self.log = folder / f"{name}.log"
        kept = {variable: os.environ[variable] for variable in KEPT if variable in os.environ}
        self._environment = kept | {"PYTHONPATH": str(ROOT), "HOST": "127.0.0.1"} | dict(environment)
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Id of the running process."""
        assert self._popen is not None, f"{self.name} was not started"
        return self._popen.pid

    @property
    def url(self) -> str:
        """Where /readyz answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, without waiting."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", self.module]
            self._popen = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT)

    def alive(self) -> bool:
        """True while it runs."""
        return self._popen is not None and self._popen.poll() is None

    def ready(self) -> bool:
        """True when /readyz says so; raises when the process has ended."""
        assert self.alive(), f"{self.name} has ended:\n{self.last_words()}"
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def wait_ready(self) -> None:
        """Return once it is ready for work."""
        wait_for(self.ready, START_S, f"{self.name} is not ready:\n{self.last_words()}")

    def kill(self) -> None:
        """`kill -9`: it gets no chance to say anything."""
        assert self._popen is not None
        self._popen.kill()
        self._popen.wait()

    def restart(self) -> None:
        """`kill -9`, and start it at once."""
        self.kill()
        self.start()

    def stop(self) -> int | None:
        """Ask it to end by SIGTERM; its exit code, or None when it had not been started."""
        if self._popen is None:
            return None
        if self.alive():
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._popen.returncode

    def last_words(self, lines: int = 40) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(line[:600] for line in text.splitlines()[-lines:])


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


def wait_for(fact: Callable[[], bool], within_s: float, otherwise: str) -> None:
    """Return once `fact()`, polled; fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while not fact():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


@contextmanager
def running(processes: Sequence[Process]) -> Iterator[None]:
    """Start the processes, and end each by its id when the block ends."""
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in processes:
            process.stop()


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

    The default is the core with two deforestation workers. Queues are removed at the end.
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
    """The core and `count` deforestation workers: modules by name of the process."""
    workers = {f"deforestation-{number}": "services.deforestation" for number in range(1, count + 1)}
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
    for queue in ("staging", "uploader", "tracker", "deforestation", PARKED):
        await channel.queue_delete(f"{prefix}{queue}")
        for delay_s in RETRY_DELAYS_S:
            await channel.queue_delete(delay_queue(prefix, queue, delay_s).name)
    for name in (exchange(prefix), parking_exchange(prefix)):
        await channel.exchange_delete(name)
    await connection.close()


def json_setting(value: object) -> str:
    """A setting that is a mapping, as the environment holds it."""
    return json.dumps(value)
