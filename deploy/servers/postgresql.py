"""A private PostgreSQL server with a database that has PostGIS."""

import shutil
import signal
from pathlib import Path

from deploy.servers.place import CannotStart, Place, free_ports, new_password
from deploy.servers.process import PATH, Started, await_answer, run, start

USER = DATABASE = "plotproof"
FAST = ("fsync=off", "full_page_writes=off", "max_connections=200", "unix_socket_directories=")
"""What is committed survives a crash of the server, not one of the machine; no socket file, whose path may be too long."""


def postgresql_programs() -> Path | None:
    """Folder of `initdb` and `postgres`, the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    initdb = str(found[-1]) if found else shutil.which("initdb", path=PATH)
    return Path(initdb).resolve().parent if initdb else None


class PostgreSQL:
    """One server on loopback that a test may also stop, kill and start again."""

    def __init__(self, place: Place) -> None:
        self.place = place
        (self.port,) = free_ports(1)
        self._password = new_password()
        self._server: Started | None = None

    @property
    def url(self) -> str:
        """Address of the database with user and password."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def processes(self) -> list[tuple[Started, int]]:
        """What runs, each with the signal that ends it without waiting for its clients."""
        return [(self._server, signal.SIGINT)] if self._server else []

    def start(self) -> None:
        """Start the server, the first time with a new database; raises `CannotStart`."""
        programs = postgresql_programs()
        if programs is None:
            raise CannotStart("PostgreSQL is not installed")
        data = self.place.folder("database")
        new = not (data / "PG_VERSION").exists()
        if new:
            self._create(programs, data)
        options = [word for setting in FAST for word in ("-c", setting)]
        command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(self.port), *options]
        self._server = start(command, self.place, "postgresql.log", {})
        await_answer(self._answers, self._server, self.place, "postgresql.log")
        if new:
            self._psql(f"create database {DATABASE}", "postgres")
            self._psql("create extension postgis", DATABASE)

    def stop(self) -> None:
        """End the server, leaving the database on disk."""
        for process, signal_number in self.processes:
            process.end(signal_number)

    def kill(self) -> None:
        """End the server at once, as a crash would: SIGQUIT, since after SIGKILL its children may hold the memory for a while."""
        if self._server:
            self._server.end(signal.SIGQUIT)

    def _create(self, programs: Path, data: Path) -> None:
        password = self.place.file("password", self._password)
        options = ["-A", "scram-sha-256", f"--pwfile={password}", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"]
        run([str(programs / "initdb"), "-D", str(data), *options], self.place, {})
        password.unlink()

    def _psql(self, statement: str, database: str) -> None:
        programs = postgresql_programs()
        assert programs is not None  # noqa: S101 -- the server runs
        command = [str(programs / "psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database, "-c", statement]
        run(command, self.place, {"PGPASSWORD": self._password})

    def _answers(self) -> bool:
        try:
            self._psql("select 1", "postgres")
        except CannotStart:
            return False
        return True
