"""Turn every expected error into one clear line and an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
        _end(as_json, ExitCode.ERROR, "incomplete", f"{error}. Nothing was written; try again.")
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
        tell(f"  {place_of(entry)}{entry.get('message') or entry.get('detail') or entry.get('code')}")
    if problem.errors_total > SHOWN_ERRORS:
        tell(f"  … and {problem.errors_total - SHOWN_ERRORS} more")
    if problem.status == httpx.codes.UNAUTHORIZED:
        tell("Log in with `plotproof login`, or give --token.")
    return None


def place_of(entry: dict[str, Any]) -> str:
    """Where an entry of `errors` points: a plot, a feature, a line or a parameter."""
    names = {"plot_id": "plot", "feature_index": "feature", "line": "line", "column": "column", "pointer": "at", "parameter": "parameter"}
    parts = [f"{word} {entry[name]}" for name, word in names.items() if entry.get(name) not in (None, "")]
    return f"{', '.join(parts)}: " if parts else ""


def _end(as_json: bool, exit_code: ExitCode, code: str, detail: str) -> None:
    if as_json:
        emit({"error": {"code": code, "detail": detail}})
    else:
        tell(f"error: {detail}", style="bold red")
    raise typer.Exit(exit_code)
