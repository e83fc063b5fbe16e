"""What can be wrong with a file or a plot: the codes of checks.toml, and the errors that carry them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from shared.errors import Refused

ECHO_CHARACTERS: Final = 64
"""Of what the user sent, no message repeats more than this."""

MAX_ERRORS: Final = 100
"""Entries of a problem's `errors`."""
_PLACES: Final = frozenset({"line", "column", "byte_offset"})

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of checks.toml."""

    what: str
    advice: str = ""
    severity: Severity = "error"
    http_status: int | None = None
    check: str | None = None
    rejects: str | None = None
    penalty: int = 0
    """What it takes from the confidence in the plot's location, of 100 (methods 6.3)."""

    def message(self, values: Mapping[str, Any]) -> str:
        """What is wrong and what to do, with `values` filled in and cut."""
        shown = {name: cut(value) for name, value in values.items()}
        return f"{self.what.format_map(shown)}. {self.advice.format_map(shown)}".strip()


def _load(kind: str) -> Mapping[str, Check]:
    catalogue = tomllib.loads(Path(__file__).with_name("checks.toml").read_text(encoding="utf-8"))
    return {code: Check(**entry) for code, entry in catalogue[kind].items()}


FILE_FAULTS: Final = _load("file")
PLOT_FAULTS: Final = _load("plot")
NOTES: Final = _load("note")


def cut(value: Any) -> str:
    """`value` as text of at most 64 characters without control characters."""
    text = str(value)[: ECHO_CHARACTERS + 1]
    if not text.isprintable():
        text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= ECHO_CHARACTERS else text[: ECHO_CHARACTERS - 1] + "…"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one plot of the file is left out, in words for its owner."""

    feature_index: int
    """Position in the file, from 0."""
    plot_id: str
    code: str
    severity: Severity
    message: str


class PlotFault(Exception):
    """One plot fails a check; `code` is one of `PLOT_FAULTS`, `values` fill its message."""

    __slots__ = ("code", "values")

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def rejection(self, feature_index: int, plot_id: str) -> Rejection:
        """The fault as the user reads it."""
        check = PLOT_FAULTS[self.code]
        message = f"Plot {cut(plot_id)} (feature {feature_index}): {check.message(self.values)}"
        return Rejection(feature_index, plot_id, self.code, check.severity, message)


class FileRefused(Refused):
    """The whole file is refused, for a fault of its own or because of the plots in `rejected`."""

    def __init__(self, code: str, rejected: Sequence[Rejection] = (), total: int | None = None, **values: Any) -> None:
        values["total"] = total
        super().__init__(FILE_FAULTS[code].message(values), code)
        self.rejected = rejected
        self.total = total
        """Plots of the file; None when it was not read to its end."""
        self.values = values
        """What fills the message, and the place of the fault."""

    @property
    def http_status(self) -> int:
        """Status that a waiting client is answered with."""
        return FILE_FAULTS[self.code].http_status or 422

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Entries of the problem's `errors`: the place of the fault, or the first rejected plots."""
        if self.rejected:
            return [_entry(rejection) for rejection in self.rejected[:MAX_ERRORS]]
        place = {name: value for name, value in self.values.items() if name in _PLACES}
        return [{"code": self.code, "message": self.detail, **place}]

    @property
    def errors_total(self) -> int:
        """Number of faults, of which `errors` lists the first."""
        return max(1, len(self.rejected))


def _entry(rejection: Rejection) -> dict[str, Any]:
    place = {"feature_index": rejection.feature_index, "plot_id": cut(rejection.plot_id)}
    return {"code": rejection.code, "message": rejection.message, **place}
