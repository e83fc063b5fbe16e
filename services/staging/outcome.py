"""What a parsing process leaves for the process that started it: JSON in a file, checked when it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter

from services.staging.faults import FileRefused, Rejection, cut
from services.staging.staged import Staged

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `FileRefused` as data."""

    code: str
    rejected: Sequence[Rejection]
    total: int | None
    values: Mapping[str, Value]

    @classmethod
    def of(cls, error: FileRefused) -> "Refusal":
        """The refusal that `error` is; values other than numbers are cut texts, as its message shows them."""
        values = {
            name: value if isinstance(value, int | float | None) else cut(value) for name, value in error.values.items() if name != "total"
        }
        return cls(error.code, error.rejected, error.total, values)

    def error(self) -> FileRefused:
        """The error again."""
        return FileRefused(self.code, self.rejected, self.total, **self.values)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of both."""

    staged: Staged | None = None
    refusal: Refusal | None = None


REJECTED_FILE: Final = "rejected.ndjson"
_JSON: Final = TypeAdapter(Outcome)
_LINE: Final = TypeAdapter(Rejection)


def write_outcome(outcome: Outcome, path: Path) -> None:
    """Write `outcome` to `path`, whole or not at all, and its rejections beside it, one a line."""
    staged, refusal = outcome.staged, outcome.refusal
    with path.with_name(REJECTED_FILE).open("wb") as file:
        for some in (staged, refusal):
            file.writelines(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in (some.rejected if some else ()))
    outcome = Outcome(staged and replace(staged, rejected=()), refusal and replace(refusal, rejected=()))
    part = path.with_name(path.name + ".part")
    part.write_bytes(_JSON.dump_json(outcome))
    part.replace(path)


def read_outcome(path: Path) -> Staged:
    """What became of the file; raises the `FileRefused` that it was refused with, `FileNotFoundError` when there is no outcome."""
    outcome = _JSON.validate_json(path.read_bytes())
    with path.with_name(REJECTED_FILE).open("rb") as lines:
        rejected = [_LINE.validate_json(line) for line in lines]
    if outcome.refusal is not None:
        raise replace(outcome.refusal, rejected=rejected).error()
    if outcome.staged is None:
        raise FileNotFoundError(path)
    return replace(outcome.staged, rejected=rejected)
