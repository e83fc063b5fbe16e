"""Whisp's three decision trees over yes, no and not known: a risk is named only where no unknown answer could change it.

The rules are those of openforis-whisp 3.0.0a22 (methods 1.4). Whisp itself takes a missing layer for "no"; we do not.
"""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Final, Literal, TypeAlias

Answer: TypeAlias = bool | None
"""Yes, no, or None where it is not known."""
Risk = Literal["low", "more_info_needed", "high"]


def pcrop(ind_01: bool, ind_02: bool, ind_03: bool, ind_04: bool) -> Risk:
    """Perennial crops: coffee, cocoa, rubber, oil palm."""
    if not ind_01 or ind_02 or ind_03:
        return "low"
    return "high" if ind_04 else "more_info_needed"


def acrop(ind_01: bool, ind_02: bool, ind_04: bool) -> Risk:
    """Annual crops: soy."""
    if not ind_01 or ind_02:
        return "low"
    return "high" if ind_04 else "more_info_needed"


def timber(
    ind_02: bool, ind_05: bool, ind_06: bool, ind_07: bool, ind_08: bool, ind_09: bool, ind_10: bool, ind_11: bool
) -> Risk:  # fmt: skip
    """Wood; the first rule that holds."""
    natural = ind_05 or ind_06
    if ind_02 or (ind_07 and not ind_10):
        return "low"
    if (natural or ind_07) and ind_10:
        return "high"
    if not natural:
        return "low"
    if ind_08:
        return "high"
    return "low" if ind_09 or ind_11 else "more_info_needed"


_INPUTS: Final[dict[str, tuple[Callable[..., Risk], tuple[str, ...]]]] = {
    "pcrop": (pcrop, ("ind_01", "ind_02", "ind_03", "ind_04")),
    "acrop": (acrop, ("ind_01", "ind_02", "ind_04")),
    "timber": (timber, ("ind_02", "ind_05", "ind_06", "ind_07", "ind_08", "ind_09", "ind_10", "ind_11")),
}
TREES: Final = tuple(_INPUTS)


def inputs_of(tree: str) -> tuple[str, ...]:
    """The indicators that a tree looks at."""
    return _INPUTS[tree][1]


def risk_of(tree: str, answers: Mapping[str, Answer]) -> Risk | None:
    """The risk by one of `TREES`, from the answers of its indicators; None where what is not known could change it."""
    return _settled(tree, tuple(answers[name] for name in inputs_of(tree)))


@cache
def _settled(tree: str, answers: tuple[Answer, ...]) -> Risk | None:
    """The one risk that every way to fill in the unknown answers leads to."""
    ways = product(*((False, True) if answer is None else (answer,) for answer in answers))
    risks = {_INPUTS[tree][0](*way) for way in ways}
    return risks.pop() if len(risks) == 1 else None
