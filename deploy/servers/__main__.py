"""`python -m deploy.servers start | stop | env | run COMMAND…`: private servers by hand, or round one command."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from deploy.servers.place import PRIVATE, CannotStart, Place, new_place
from deploy.servers.postgresql import PostgreSQL
from deploy.servers.process import Started
from deploy.servers.rabbitmq import RabbitMQ

STATE = PRIVATE / "servers.json"
SERVERS: dict[str, type[RabbitMQ] | type[PostgreSQL]] = {"RABBITMQ_URL": RabbitMQ, "DATABASE_URL": PostgreSQL}
USAGE = "usage: python -m deploy.servers start | stop | env | run COMMAND…"


def start_servers() -> None:
    """Start both servers and remember them in the state file; those that run already stay."""
    if STATE.exists() and all(process.alive() for process, _ in _processes(_state())):
        return
    stop_servers()
    place = new_place()
    servers = {variable: kind(place) for variable, kind in SERVERS.items()}
    try:
        for server in servers.values():
            server.start()
    except BaseException:
        _end(servers.values(), place)
        raise
    processes = [[process.pid, process.created, int(number)] for server in servers.values() for process, number in server.processes]
    addresses = {variable: server.url for variable, server in servers.items()}
    STATE.touch(mode=0o600)
    STATE.write_text(json.dumps({"home": str(place.home), "processes": processes, **addresses}))


def stop_servers() -> None:
    """End the servers of the state file and delete their folder."""
    if STATE.exists():
        state = _state()
        for process, number in _processes(state):
            process.end(number)
        Place(Path(str(state["home"])), None).remove()
        STATE.unlink()


def exports() -> str:
    """The lines that make a shell use the running servers."""
    state = _state()
    return "\n".join(f"export {variable}={shlex.quote(str(state[variable]))}" for variable in SERVERS)


def run_with_servers(command: list[str]) -> int:
    """Run `command` with the servers of the environment, and private ones for those it does not name; its exit code."""
    place = new_place()
    servers = {variable: kind(place) for variable, kind in SERVERS.items() if not os.environ.get(variable)}
    environment = dict(os.environ)
    try:
        for variable, server in servers.items():
            try:
                server.start()
            except CannotStart as error:
                print(f"no private server for {variable}: {error}", file=sys.stderr)
            else:
                environment[variable] = server.url
                print(f"{variable}: private {type(server).__name__} on port {server.port}", file=sys.stderr)
        # Ctrl-C reaches the command too: let it end by itself, then end its servers.
        signal.signal(signal.SIGINT, lambda *_: None)
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        _end(servers.values(), place)


def _state() -> dict[str, object]:
    if not STATE.exists():
        raise CannotStart("no private servers run here: start them with `make services`")
    return dict(json.loads(STATE.read_text()))


def _processes(state: dict[str, object]) -> list[tuple[Started, int]]:
    listed = state["processes"]
    assert isinstance(listed, list)  # noqa: S101 -- written above
    return [(Started(pid, created), number) for pid, created, number in listed]


def _end(servers: Iterable[RabbitMQ | PostgreSQL], place: Place) -> None:
    for server in servers:
        server.stop()
    place.remove()


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    """Obey the command line; the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        match arguments:
            case ["start"]:
                start_servers()
                print(exports())
            case ["stop"]:
                stop_servers()
            case ["env"]:
                print(exports())
            case ["run", *command] if command:
                return run_with_servers(command)
            case _:
                print(USAGE, file=sys.stderr)
                return 2
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
