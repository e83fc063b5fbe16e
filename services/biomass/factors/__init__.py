"""The factor tables: versioned, each row with its citation and how far it was checked; and the factors of one climate and crop."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

Row = Mapping[str, Any]
TABLES: Final = ("carbon", "carbon_after", "dead_matter", "fire", "forest", "peat", "places", "soil", "zones")


@cache
def table(name: str) -> Mapping[str, Any]:
    """A table as it stands in its file: `version`, `rows`, and `constants` where there are some."""
    return MappingProxyType(tomllib.loads((files("services.biomass.factors") / f"{name}.toml").read_text("utf-8")))


def row_of(name: str, **keys: str | int) -> Row | None:
    """The first row of a table whose columns have these values; None when there is none."""
    rows: list[Row] = table(name)["rows"]
    return next((row for row in rows if all(row[key] == value for key, value in keys.items())), None)


def versions() -> dict[str, str]:
    """Version of each table, as stored with a run."""
    return {name: table(name)["version"] for name in TABLES}


CARBON: Final[Mapping[str, float]] = MappingProxyType({row["name"]: row["value"] for row in table("carbon")["rows"]})
SOIL: Final[Mapping[str, float]] = MappingProxyType({row["name"]: row["value"] for row in table("soil")["constants"]})
