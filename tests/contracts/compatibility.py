"""Tells in which places two JSON Schemas differ in a way that breaks an old reader or an old writer."""

from collections.abc import Iterator
from typing import Any

LIMITS = (
    "maxLength",
    "minLength",
    "maximum",
    "minimum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "maxItems",
    "minItems",
    "pattern",
    "const",
    "format",
)


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Places in which `new` is not fully compatible with `old`: only new optional fields may be added."""
    return sorted(set(_compare(old, new, old, new, "$", 0)))


def _compare(old: Any, new: Any, old_root: Any, new_root: Any, at: str, depth: int) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if depth > 20:
        return
    for name in ("type", "enum", *LIMITS):
        if old.get(name) != new.get(name):
            yield f"{at}: {name} was {old.get(name)!r}, is {new.get(name)!r}"
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in before.keys() - after.keys():
        yield f"{at}.{name}: was dropped"
    for name in set(new.get("required", ())) ^ set(old.get("required", ())):
        yield f"{at}.{name}: became {'required' if name in new.get('required', ()) else 'optional'}"
    for name in before.keys() & after.keys():
        yield from _compare(before[name], after[name], old_root, new_root, f"{at}.{name}", depth + 1)
    for name in ("items", "additionalProperties"):
        if isinstance(old.get(name), dict) and isinstance(new.get(name), dict):
            yield from _compare(old[name], new[name], old_root, new_root, f"{at}[{name}]", depth + 1)
    yield from _choices(old, new, old_root, new_root, at, depth)


def _choices(old: Any, new: Any, old_root: Any, new_root: Any, at: str, depth: int) -> Iterator[str]:
    for name in ("anyOf", "prefixItems"):
        if len(old.get(name, ())) != len(new.get(name, ())):
            yield f"{at}: {name} has another number of choices"
        for number, (a, b) in enumerate(zip(old.get(name, ()), new.get(name, ()), strict=False)):
            yield from _compare(a, b, old_root, new_root, f"{at}[{name}][{number}]", depth + 1)


def _resolved(schema: Any, root: Any) -> Any:
    while "$ref" in schema:
        node = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            node = node[step]
        schema = node
    return schema
