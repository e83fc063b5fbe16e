"""What the command's exit code says, the same for every way to run a file."""

from enum import IntEnum

import httpx

from client import ProblemError
from client.errors import problem_in
from contracts.v1.progress import BatchProcessProgress


class ExitCode(IntEnum):
    """Exit codes of `plotproof`; the end states of a run have one each."""

    COMPLETED = 0
    ERROR = 1
    """Something outside the input: no server, no right to it, a broken connection."""
    BAD_INPUT = 2
    PARTIAL = 3
    FAILED = 4
    SKIPPED = 5
    CANCELLED = 6
    INTERRUPTED = 130


def of_run(progress: BatchProcessProgress) -> ExitCode:
    """The code of a run; one that failed for its file is bad input. A run that still goes on is no failure."""
    if progress.status == "FAILED" and progress.problem:
        return of_problem(problem_in(progress.problem), otherwise=ExitCode.FAILED)
    return ExitCode.__members__.get(progress.status, ExitCode.COMPLETED)


def of_problem(problem: ProblemError, otherwise: ExitCode = ExitCode.ERROR) -> ExitCode:
    """BAD_INPUT when the user can mend what was sent; rights and overload are not input."""
    not_input = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.TOO_MANY_REQUESTS}
    is_input = httpx.codes.BAD_REQUEST <= problem.status < httpx.codes.INTERNAL_SERVER_ERROR and problem.status not in not_input
    return ExitCode.BAD_INPUT if is_input else otherwise
