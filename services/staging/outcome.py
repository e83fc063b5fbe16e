"""What a parsing process leaves for the process that started it: JSON in a file, checked when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from services.staging.faults import FileRefused, Rejection, cut
from services.staging.staged import Staged

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `FileRefused` as data."""

    code: str
    rejected: list[Rejection]
    total: int | None
    values: Mapping[str, Value]

    @classmethod
    def of(cls, error: FileRefused) -> "Refusal":
        """The refusal that `error` is; values other than numbers are cut texts, as its message shows them."""
        values = {
            name: value if isinstance(value, int | float | None) else cut(value) for name, value in error.values.items() if name != "total"
        }
        return cls(error.code, list(error.rejected), error.total, values)

    def error(self) -> FileRefused:
        """The error again."""
        return FileRefused(self.code, self.rejected, self.total, **self.values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of both."""

    staged: Staged | None = None
    refusal: Refusal | None = None


_JSON: Final = TypeAdapter(Outcome)


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Write `outcome` to `path`, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(_JSON.dump_json(outcome))
    part.replace(path)


def read_outcome(path: Path) -> Staged:
    """What became of the file; raises the `FileRefused` that it was refused with, `FileNotFoundError` when there is no outcome."""
    outcome = _JSON.validate_json(path.read_bytes())
    if outcome.refusal is not None:
        raise outcome.refusal.error()
    if outcome.staged is None:
        raise FileNotFoundError(path)
    return outcome.staged
