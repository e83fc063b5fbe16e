"""Whisp's indicators from the shares of a plot that pieces of evidence cover: yes, no, or not known."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.deforestation.whisp.trees import Answer


@dataclass(frozen=True, slots=True)
class Seen:
    """One piece of evidence on one plot; shares of the plot, 0 to 1."""

    share: float
    """Where it says yes."""
    unknown_share: float = 0.0
    """Where it does not say."""


class Indicator(BaseModel):
    """One indicator: its evidence, and how much of it says yes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    more_than_pct: float = Field(ge=0, le=100)
    """Yes above this share of the plot; equal is no."""
    evidence: tuple[str, ...]
    """What counts, any of it."""
    core: tuple[str, ...]
    """Ours: evidence that must be known for a no."""
    absent: tuple[str, ...]
    """Layers that Whisp counts and that have no adapter here."""

    def answer(self, seen: Mapping[str, Seen]) -> Answer:
        """Yes when any evidence covers more than the threshold; `seen` lacks what is not known.

        No only where something is seen at all, the core is, and what the core does not know of the plot could not make it a yes.
        """
        found = [seen[name] for name in self.evidence if name in seen]
        if any(one.share * 100 > self.more_than_pct for one in found):
            return True
        if self.evidence and not found:
            return None
        for name in self.core:
            if name not in seen or (seen[name].share + seen[name].unknown_share) * 100 > self.more_than_pct:
                return None
        return False


class WhispRules(BaseModel):
    """All indicators of one version of Whisp."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    whisp_version: str
    indicators: dict[str, Indicator]

    def answers(self, seen: Mapping[str, Seen]) -> dict[str, Answer]:
        """Each indicator's answer, by its name."""
        return {name: indicator.answer(seen) for name, indicator in self.indicators.items()}

    def evidence(self) -> tuple[str, ...]:
        """Every piece of evidence that some indicator asks for, sorted."""
        return tuple(sorted({name for one in self.indicators.values() for name in (*one.evidence, *one.core)}))

    def recorded(self) -> dict[str, Any]:
        """Version and thresholds, as they are pinned with each run."""
        return {
            "whisp_version": self.whisp_version,
            **{f"{name}_more_than_pct": one.more_than_pct for name, one in self.indicators.items()},
        }


@cache
def whisp_rules() -> WhispRules:
    """The rules of `indicators.toml`."""
    return WhispRules.model_validate(tomllib.loads((files(__package__) / "indicators.toml").read_text("utf-8")))
