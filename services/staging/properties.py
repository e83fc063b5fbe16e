"""What the properties of a plot say about it: texts that may be its id, and the area of a point."""

import re
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Any, Final

from services.staging.faults import PlotFault

ID_NAMES: Final = ("plotid", "plot_id", "id", "uuid", "name")
"""Properties that may hold the plot id, the first choice first; capitals do not matter."""
AREA_NAMES: Final = ("area_ha", "area")
"""Properties that hold the area of a point in hectares, the first choice first; capitals do not matter."""
MAX_ID_CHARACTERS: Final = 200
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def candidate_ids(properties: Mapping[str, Any], column: str | None, written: Callable[[str], str]) -> dict[str, str]:
    """Usable ids of one plot by the name that is looked for: `column` alone when it is given, else `ID_NAMES`.

    `written(key)` is a number as it stands in the file, so that 1.0 stays "1.0" and long integers keep their digits.
    """
    keys = {column: column} if column is not None else spelled(properties, ID_NAMES)
    found = {name: id_text(key, properties.get(key), written) for name, key in keys.items()}
    return {name: text for name, text in found.items() if text is not None}


def declared_area_ha(properties: Mapping[str, Any]) -> float | None:
    """The area that a point declares in hectares; None when it declares none. Raises `PlotFault` when it is no area."""
    keys = spelled(properties, AREA_NAMES)
    values = [properties[keys[name]] for name in AREA_NAMES if name in keys]
    value = next((value for value in values if value not in (None, "")), None)
    if value is None:
        return None
    area_ha = parse_number(value) if isinstance(value, str) else value
    if not isinstance(area_ha, int | float) or isinstance(area_ha, bool) or not 0 < area_ha < inf:
        raise PlotFault("invalid_area", value=value)
    return float(area_ha)


def parse_number(text: str) -> float | None:
    """The number that a text is in plain decimal or exponent notation, else None: Python's float() reads more than that."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def spelled(properties: Iterable[str], names: tuple[str, ...]) -> dict[str, str]:
    """The key of each of `names` that occurs, the exact spelling before others."""
    found: dict[str, str] = {}
    for key in properties:
        name = key.lower()
        if name in names and (name not in found or key == name):
            found[name] = key
    return found


def id_text(key: str, value: Any, written: Callable[[str], str]) -> str | None:
    """`value` of the property `key` as an id, `written` as in `candidate_ids`; None when it is none."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        text = written(key) if isinstance(value, float) else str(value)
    else:
        return None
    return text if text.strip() and len(text) <= MAX_ID_CHARACTERS else None


def holds_nul(value: Any) -> bool:
    """Whether a decoded JSON value holds a text with U+0000, which no database keeps."""
    if isinstance(value, dict):
        return any("\0" in key or holds_nul(inner) for key, inner in value.items())
    if isinstance(value, list):
        return any(map(holds_nul, value))
    return isinstance(value, str) and "\0" in value
