"""Turn every expected error into one clear line and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import typer

from cli.exit_code import ExitCode, of_problem
from cli.output import emit, tell
from client import Incomplete, ProblemError, Unreachable
from shared.errors import PlotproofError

SHOWN_ERRORS = 20
"""So many entries of a problem's `errors` are printed."""


class BadInput(Exception):
    """What the user gave cannot be used; the text says what to do."""


@contextmanager
def reporting(as_json: bool) -> Iterator[None]:
    """Print what goes wrong inside the block, as JSON to standard output when wished, and exit."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        tell("stopped")
        raise typer.Exit(ExitCode.INTERRUPTED) from interrupt
    except BadInput as error:
        _end(as_json, ExitCode.BAD_INPUT, "bad_input", str(error))
    except ProblemError as problem:
        report_problem(problem, as_json)
        raise typer.Exit(of_problem(problem)) from problem
    except Unreachable as error:
        _end(as_json, ExitCode.ERROR, "unreachable", f"{error}. Start a server with `plotproof serve`, or name one with --url.")
    except Incomplete as error:
        _end(as_json, ExitCode.ERROR, "incomplete", f"{error}. Try again.")
    except PlotproofError as error:
        _end(as_json, ExitCode.ERROR, error.code, error.detail)
    except OSError as error:
        _end(as_json, ExitCode.BAD_INPUT, "file_error", f"{error.filename or 'file'}: {error.strerror or error}")


def report_problem(problem: ProblemError, as_json: bool) -> None:
    """Print a refusal of the server with the places that it names."""
    if as_json:
        return emit({"error": {"status": problem.status, "code": problem.code, "detail": problem.detail, "errors": list(problem.errors)}})
    tell(f"error: {problem.detail} [{problem.code}]", style="bold red")
    for entry in problem.errors[:SHOWN_ERRORS]:
        if entry.get("message") != problem.detail:
            tell(f"  {entry.get('message')} [{entry.get('code')}]")
    if problem.errors_total > SHOWN_ERRORS:
        tell(f"  … and {problem.errors_total - SHOWN_ERRORS} more")
    if problem.status == httpx.codes.UNAUTHORIZED:
        tell("Log in with `plotproof login`, or give --token.")
    return None


def _end(as_json: bool, exit_code: ExitCode, code: str, detail: str) -> None:
    if as_json:
        emit({"error": {"code": code, "detail": detail}})
    else:
        tell(f"error: {detail}", style="bold red")
    raise typer.Exit(exit_code)
