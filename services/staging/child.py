"""`python -m services.staging.child`: a process that reads hostile files, each in a fork of itself that has limits.

It imports what reading takes once, then hears one request a line on its standard input and answers lines of JSON on
its standard output: `ready`, then for each request any number of `done`, and last how the fork `ended`. What became
of the file lies in the folder that the request names. It ends when its input ends.
"""

import errno
import faulthandler
import os
import select
import signal
import sys
import tempfile
import traceback
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import orjson

from contracts.v1.batch import BatchParameters
from contracts.v1.stats import Statistic
from services.staging.faults import FileRefused
from services.staging.outcome import Outcome, Refusal, write_outcome
from services.staging.request import DISK_FULL, FAULTS_FILE, OUTCOME_FILE, REQUEST, TOO_LATE, Request, memory_spent
from services.staging.rules import Limits
from services.staging.sandbox import Quota, confine
from services.staging.stage import stage
from services.staging.staged import Staged
from shared.staged import STAGED_FILE

_FIRST: Final = b'{"type":"Polygon","coordinates":[[[10,10],[10.001,10],[10.001,10.001],[10,10]]]}'


def main() -> None:
    """Serve requests until the input ends."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # whoever started us decides when to end
    warm_up()
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    _say(answers, {"ready": True})
    with os.fdopen(0, "rb", buffering=0, closefd=False) as requests:
        while line := requests.readline():
            _say(answers, {"ended": _serve(REQUEST.validate_json(line), answers)})


def warm_up() -> None:
    """Stage one plot, so that no file waits for what is imported on first use."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(_FIRST)
        parameters = BatchParameters(collection_name="warm-up", stats=(Statistic.EUDR_DEFORESTATION,), end_date=date(2021, 1, 1))
        stage(source, "application/geo+json", Path(folder) / STAGED_FILE, parameters, Limits(), lambda _done, _total: None)


def _serve(request: Request, answers: int) -> int | str | None:
    """Read one file in a fork; answers its exit code (below zero: the signal that ended it), or `TOO_LATE`."""
    alive, held = os.pipe()
    fork = os.fork()
    if fork == 0:
        os.close(alive)
        _read(request, answers)
    os.close(held)
    waiting = select.poll()
    waiting.register(alive, select.POLLIN)  # ends with the fork, which holds the other end
    waiting.register(0, 0)  # hangs up with whoever started us
    happened = {found for found, _ in waiting.poll(request.quota.wall_s * 1000)}
    if happened != {alive}:
        os.kill(fork, signal.SIGKILL)
    os.close(alive)
    status = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
    return status if happened else TOO_LATE


def _read(request: Request, answers: int) -> None:
    """The life of a fork."""
    code = 1
    try:
        tempfile.tempdir = str(request.folder)
        faults = os.open(request.folder / FAULTS_FILE, os.O_WRONLY | os.O_CREAT, 0o600)
        for stream in (1, 2):
            os.dup2(faults, stream)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        faulthandler.enable()
        code = _stage(request, answers)
    finally:  # a fork must never go on as its parent
        _tell_without_contents(*sys.exc_info())
        os._exit(code)


def _stage(request: Request, answers: int) -> int:
    confine(request.quota)
    try:
        outcome = Outcome(staged=_staged(request, answers))
    except FileRefused as refused:
        outcome = Outcome(refusal=Refusal.of(refused))
    except MemoryError:
        outcome = Outcome(refusal=Refusal.of(memory_spent(request.quota.memory_bytes)))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DISK_FULL
        outcome = Outcome(refusal=Refusal.of(_of_system(error, request.quota)))
    write_outcome(outcome, request.folder / OUTCOME_FILE)
    return 0


def _of_system(error: OSError, quota: Quota) -> FileRefused:
    """The refusal of a file at which the system refused to give more; anything else is raised again."""
    if error.errno == errno.ENOMEM:
        return memory_spent(quota.memory_bytes)
    if error.errno == errno.EFBIG:
        return FileRefused("decoded_size_limit", part="what is unpacked or written", limit=quota.written_bytes)
    raise error


def _staged(request: Request, answers: int) -> Staged:
    def progress(done: int, total: int | None) -> None:
        _say(answers, {"done": done, "total": total})

    return stage(request.source, request.media_type, request.folder / STAGED_FILE, request.parameters, request.limits, progress)


def _tell_without_contents(kind: type[BaseException] | None, _error: BaseException | None, trace: TracebackType | None) -> None:
    """Write where an error arose, without its message, which may hold what somebody's file holds."""
    if kind is not None:
        sys.stderr.write("".join([*traceback.format_tb(trace), kind.__name__, "\n"]))
        sys.stderr.flush()


def _say(answers: int, what: dict[str, Any]) -> None:
    os.write(answers, orjson.dumps(what) + b"\n")


if __name__ == "__main__":
    main()
