"""Quantities of the input payload in the units that formulas take: converted by pint, refused with their path otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts.v1.quantities import Quantity
from shared.errors import Refused

PART: Final = re.compile(
    r"\s*(?P<joint>[/*·]?)\s*(?P<open>\(?)\s*(?P<name>[A-Za-zµ]*?(?:CO2e|co2e)|[A-Za-zµ]+)(?:\^|\*\*)?(?P<power>[23]?)\s*(?P<close>\)?)"
)
"""One unit of a product or quotient. Text is taken apart here, not by pint, whose parser evaluates expressions."""
_DEFINED: Final = (
    "kgCO2e = [co2e] = kgco2e",
    "gCO2e = 0.001 kgCO2e = gco2e",
    "tCO2e = 1000 kgCO2e = tco2e",
    "plants = [plants] = plant = trees = tree",
)
_ALSO: Final = {
    "L": "liter",
    "t": "metric_ton",
    "ton": "metric_ton",
    "tons": "metric_ton",
    "tonne": "metric_ton",
    "tonnes": "metric_ton",
    "Ha": "hectare",
}
"""As people write them; a ton is taken for a metric one, as in every table of the field."""


@dataclass(frozen=True, slots=True)
class UnitFault:
    """A quantity whose unit does not fit its place."""

    path: str
    says: str
    code: str


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(cache_folder=None)
    for definition in _DEFINED:
        registry.define(definition)
    return registry


@cache
def factor(unit: str, to: str) -> float | None:
    """What a number in `unit` is multiplied by to be in `to`; None where the one does not convert to the other.

    Raises Refused (`unit_unknown`) for what is no unit.
    """
    import pint

    try:
        return float(_registry().Quantity(1.0, _parsed(unit)).to(_parsed(to)).magnitude)
    except pint.DimensionalityError:
        return None


def _parsed(unit: str) -> Any:
    """The unit of a text such as `kg/ha`, `m3/ha` or `kgCO2e/(t*km)`."""
    import pint

    registry = _registry()
    found, at, below = registry.Unit(""), 0, False
    text = unit.strip()
    while at < len(text):
        part = PART.match(text, at)
        if part is None or (at == 0) == bool(part["joint"]) or (below and bool(part["open"])):
            raise Refused(f"{unit!r} is no unit", code="unit_unknown")
        try:
            one = registry.Unit(_ALSO.get(part["name"], part["name"])) ** int(part["power"] or 1)
        except (pint.UndefinedUnitError, ValueError) as error:  # ValueError: `nan`, which pint takes for a number
            raise Refused(f"{unit!r} is no unit", code="unit_unknown") from error
        divides = below or part["joint"] == "/"
        found = found / one if divides else found * one
        below = (below or (bool(part["open"]) and divides)) and not part["close"]
        at = part.end()
    if not text or below or text.count("(") != text.count(")"):
        raise Refused("'' is no unit", code="unit_unknown")
    return found


def in_unit(quantity: Quantity, to: str) -> float | None:
    """The value in `to`; None where its unit does not convert to it."""
    times = factor(quantity.unit, to)
    return None if times is None else quantity.value * times


def faults(payload: BaseModel, at: str = "input_payload") -> Iterator[UnitFault]:
    """Every quantity whose unit is unknown or does not fit its place, in the order of the payload."""
    for name, field in type(payload).model_fields.items():
        path = f"{at}.{field.alias or name}"
        value = getattr(payload, name)
        if isinstance(value, Quantity):
            if (fault := _fault(value, field, path)) is not None:
                yield fault
        elif isinstance(value, BaseModel):
            yield from faults(value, path)
        elif isinstance(value, tuple):
            for index, one in enumerate(value):
                if isinstance(one, BaseModel):
                    yield from faults(one, f"{path}[{index}]")


def _fault(quantity: Quantity, field: FieldInfo, path: str) -> UnitFault | None:
    wanted = _converts_to(field)
    try:
        if any(in_unit(quantity, unit) is not None for unit in wanted):
            return None
    except Refused as refused:
        return UnitFault(f"{path}.unit", f"{refused.detail}; one of {', '.join(wanted)} is expected", refused.code)
    return UnitFault(f"{path}.unit", f"{quantity.unit!r} does not convert to any of {', '.join(wanted)}", "unit_mismatch")


def _converts_to(field: FieldInfo) -> tuple[str, ...]:
    """The units that are declared with the type of a field, itself or the one that may be None."""
    places: list[Any] = [field.json_schema_extra, *(getattr(each, "json_schema_extra", None) for each in _annotations(field))]
    return next(tuple(place["converts_to"]) for place in places if isinstance(place, dict) and "converts_to" in place)


def _annotations(field: FieldInfo) -> Iterator[Any]:
    for choice in getattr(field.annotation, "__args__", ()):
        yield from getattr(choice, "__metadata__", ())
