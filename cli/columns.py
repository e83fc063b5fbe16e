"""Features as rows of a table: which columns there are, and what kind of values each holds."""

import json
from collections.abc import Iterable
from typing import Any, Final, Literal

Kind = Literal["empty", "bool", "int", "long", "float", "text", "floats", "json"]
"""Kind of a column: `long` has whole numbers that no float holds, `json` whatever fits no other kind, as JSON text."""
GEOMETRY: Final = "geometry"
_INT64: Final = range(-(2**63), 2**63)
_EXACT: Final = range(-(2**53), 2**53 + 1)
"""Whole numbers that a float holds."""
_WIDER: Final[dict[frozenset[Kind], Kind]] = {frozenset({"int", "float"}): "float", frozenset({"int", "long"}): "long"}


def row_of(feature: dict[str, Any]) -> dict[str, Any]:
    """The properties of a feature; one that is called like the geometry column gets a name of its own."""
    properties: dict[str, Any] = feature.get("properties") or {}
    if GEOMETRY not in properties:
        return properties
    return {f"properties.{name}" if name == GEOMETRY else name: value for name, value in properties.items()}


def columns_of(rows: Iterable[dict[str, Any]]) -> dict[str, Kind]:
    """The kind of every column, in the order in which the rows name them."""
    columns: dict[str, Kind] = {}
    for row in rows:
        for name, value in row.items():
            columns[name] = _joined(columns.get(name, "empty"), _kind(value))
    return columns


def json_text(value: Any) -> str:
    """A value as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _kind(value: Any) -> Kind:
    match value:
        case None:
            return "empty"
        case bool():
            return "bool"
        case int():
            return "int" if value in _EXACT else "long" if value in _INT64 else "json"
        case float():
            return "float"
        case str():
            return "text"
        case [_, *_] if all(_kind(each) in ("int", "float") for each in value):
            return "floats"
        case _:
            return "json"


def _joined(one: Kind, other: Kind) -> Kind:
    if one == other or other == "empty":
        return one
    if one == "empty":
        return other
    return _WIDER.get(frozenset({one, other}), "json")
