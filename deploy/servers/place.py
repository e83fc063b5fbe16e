"""Where a private server keeps its files, and as which account it runs."""

import os
import pwd
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PRIVATE = Path(".services")
"""Folder of the private servers in the working directory."""
BELOW_EPHEMERAL = range(15_000, 32_000)
"""Ports below those that Linux (32768 and up) and other systems (49152 and up) give away by themselves."""


class CannotStart(Exception):
    """A private server cannot be started here; the text says why."""


@dataclass(frozen=True)
class Account:
    """The user that owns a server's files and process."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """A folder for one server, and its account when that is not our own."""

    home: Path
    account: Account | None

    def folder(self, name: str) -> Path:
        """A folder of that name that the server may write."""
        path = self.home / name
        path.mkdir(parents=True, exist_ok=True)
        self._give(path)
        return path

    def file(self, name: str, text: str) -> Path:
        """A file of that name that only the server may read."""
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(text)
        self._give(path)
        return path

    def remove(self) -> None:
        """Delete the folder and all that is in it."""
        shutil.rmtree(self.home, ignore_errors=True)

    def _give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def new_place(root: Path = PRIVATE) -> Place:
    """A fresh folder under `root`, or under a temporary folder when the servers' account cannot reach `root`.

    PostgreSQL refuses to run as root, so root's servers run as `nobody`, who cannot enter a home that only root may.
    """
    account = _account()
    for parent in (root.absolute(), Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        if any(character.isspace() for character in str(parent)):  # RabbitMQ's start script splits such paths
            continue
        parent.mkdir(parents=True, exist_ok=True)
        place = Place(Path(tempfile.mkdtemp(prefix="plotproof-", dir=parent)), account)
        place._give(place.home)
        if _writable(place):
            return place
        place.remove()
    raise CannotStart("no folder that the servers' account can write")


def free_ports(count: int) -> list[int]:
    """`count` different TCP ports that nobody listens on now on 127.0.0.1.

    They lie below those that systems give to connections and to servers on port 0, so that nobody comes by one before its server starts.
    """
    found: list[int] = []
    for port in random.sample(BELOW_EPHEMERAL, len(BELOW_EPHEMERAL)):
        if len(found) == count:
            break
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return found


def new_password() -> str:
    """A password that needs no quoting in addresses and configuration files."""
    return secrets.token_hex(16)


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _writable(place: Place) -> bool:
    if place.account is None:
        return True
    test = ["test", "-w", str(place.home)]
    return subprocess.run(test, user=place.account.uid, group=place.account.gid, extra_groups=[], check=False).returncode == 0
