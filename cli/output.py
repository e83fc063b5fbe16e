"""Where the command writes: its one answer to standard output, everything else to standard error."""

import sys
from pathlib import Path
from typing import Any, Final

import orjson
import typer
from rich.console import Console
from rich.table import Table

# Markup stays off: names and messages come from users' files. A log or a pipe has no width of its own.
_WIDTH: Final = None if sys.stdout.isatty() else 150
OUT: Final = Console(markup=False, highlight=False, emoji=False, width=_WIDTH)
ERR: Final = Console(stderr=True, markup=False, highlight=False, emoji=False)
MISSING: Final = "–"
"""How a value that is not known is shown: never as 0."""


def emit(answer: Any) -> None:
    """Print the answer as one JSON text on one line."""
    typer.echo(orjson.dumps(answer).decode())


def say(text: str) -> None:
    """Print a line of the answer for people."""
    OUT.print(text, soft_wrap=True)


def tell(text: str, style: str = "") -> None:
    """Print a remark beside the answer."""
    ERR.print(shown(text), soft_wrap=True, style=style)


def shown(text: object) -> str:
    """Text of a user's file without characters that a terminal would obey."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in str(text))


def command() -> str:
    """How this command is called from the current folder: by its name, or by its path inside an environment."""
    program = Path(sys.executable).with_name("plotproof")
    here = Path.cwd()
    if not program.exists():
        return "plotproof"
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)


def number(value: float | None, digits: int = 2) -> str:
    """A number for a table cell."""
    return MISSING if value is None else f"{value:,.{digits}f}"


def table(title: str, *columns: str) -> Table:
    """An empty table; columns whose heading starts with `>` are numbers. Long texts are folded, never cut."""
    made = Table(title=title, title_justify="left")
    for heading in columns:
        is_number = heading.startswith(">")
        made.add_column(heading.removeprefix(">"), justify="right" if is_number else "left", overflow="fold")
    return made
