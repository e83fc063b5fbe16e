"""Services as processes of their own, started, killed and started again as a supervisor would, with their logs kept."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
START_S = 180.0
STOP_S = 40.0
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
