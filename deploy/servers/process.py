"""Start, await and end the processes of a private server, each by its own id."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil

from deploy.servers.place import CannotStart, Place

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"
STOP_S = 30


@dataclass(frozen=True)
class Started:
    """A process that we started: its id and start time together are never used again by another."""

    pid: int
    created: float

    def alive(self) -> bool:
        """True while the process runs."""
        return self._process() is not None

    def end(self, signal_number: int) -> None:
        """Ask the process to end, wait, and kill it when it does not."""
        process = self._process()
        if process is None:
            return
        process.send_signal(signal_number)
        _, left = psutil.wait_procs([process], timeout=STOP_S)
        for each in left:
            each.kill()

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def start(command: Sequence[str], place: Place, log: str, environment: Mapping[str, str]) -> Started:
    """Start `command` in its own session as the account of `place`, writing to the file `log` there."""
    account = place.account
    with (place.home / log).open("ab") as output:
        process = subprocess.Popen(
            command,
            env=clean_environment(place, environment),
            cwd=place.home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    return Started(process.pid, psutil.Process(process.pid).create_time())


def run(command: Sequence[str], place: Place, environment: Mapping[str, str]) -> None:
    """Run `command` to its end as the account of `place`; raises `CannotStart` with its last words when it fails."""
    account = place.account
    done = subprocess.run(
        command,
        env=clean_environment(place, environment),
        cwd=place.home,
        capture_output=True,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode != 0:
        raise CannotStart(f"{command[0]}: {(done.stderr or done.stdout).strip()[-500:]}")


def await_answer(answers: Callable[[], bool], process: Started, place: Place, log: str, within_s: float = 60) -> None:
    """Return once `answers()`; raises `CannotStart` with the end of the log when the process ends or stays silent."""
    deadline = time.monotonic() + within_s
    while not answers():
        if time.monotonic() > deadline or not process.alive():
            raise CannotStart((place.home / log).read_text(errors="replace")[-1500:] or "the server does not answer")
        time.sleep(0.1)


def clean_environment(place: Place, environment: Mapping[str, str]) -> dict[str, str]:
    """Only what a server needs, so that settings of other servers on this machine cannot leak into ours."""
    return {"PATH": PATH, "HOME": str(place.home), "LANG": "C.UTF-8", **environment}
