"""`input_payload` as it was given, read into its contract, with every fault named by its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from contracts.v1.payload import InputPayload
from shared.errors import Refused
from shared.payload.units import faults

MOST_FAULTS = 50
"""Faults that are listed; there is nothing to be learned from more."""


@dataclass(frozen=True, slots=True)
class PayloadFault:
    """One thing that is wrong, and where."""

    path: str
    """Keys from `input_payload` on, joined by dots, positions in brackets."""
    code: str
    detail: str

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer without its first slash."""
        return self.path.replace(".", "/").replace("[", "/").replace("]", "")


class PayloadRefused(Refused):
    """A payload that is not what its contract says; `faults` names every place."""

    def __init__(self, found: list[PayloadFault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.detail}" for fault in found), code="invalid_input_payload")
        self.faults = found


def read_payload(given: Mapping[str, Any]) -> InputPayload:
    """The payload with known keys and units that fit their places; raises `PayloadRefused`."""
    try:
        payload = InputPayload.model_validate(given)
    except ValidationError as error:
        found = [PayloadFault(_path(each["loc"]), each["type"], _said(each["type"], each["msg"])) for each in error.errors()]
        raise PayloadRefused(found[:MOST_FAULTS]) from error
    if wrong := [PayloadFault(fault.path, fault.code, fault.says) for fault in faults(payload)]:
        raise PayloadRefused(wrong[:MOST_FAULTS])
    return payload


def _path(place: tuple[int | str, ...]) -> str:
    return "".join(["input_payload", *(f"[{step}]" if isinstance(step, int) else f".{str(step)[:60]}" for step in place)])


def _said(kind: str, message: str) -> str:
    return "is no key of the payload" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
