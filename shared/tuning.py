"""Thresholds of a statistic that a deployment changes: a table of its name in one TOML file."""

import tomllib
from pathlib import Path
from typing import Any

from contracts.v1.stats import Statistic
from shared.errors import Refused

CODE = "thresholds_invalid"


def changed_thresholds(path: Path | None, stat: Statistic) -> dict[str, Any]:
    """The table of the statistic in that file, by threshold; empty without a file or a table.

    Whether the statistic has such thresholds, and values in their range, its own method says. Raises Refused
    (`thresholds_invalid`) for a file that does not read, or that names no statistic of ours.
    """
    if path is None:
        return {}
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise Refused(f"{path.name} is no TOML file that reads: {problem}", code=CODE) from problem
    for name, table in tables.items():
        if name not in set(Statistic) or not isinstance(table, dict):
            raise Refused(f"{path.name} has `{name}` at its top, which is no table of a statistic", code=CODE)
    return dict(tables.get(stat.value, {}))
