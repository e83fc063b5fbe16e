"""Whisp's indicators from the shares of a plot that pieces of evidence cover: yes, no, or not known."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.deforestation.whisp.trees import Answer


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

    def answer(self, shares: Mapping[str, float | None]) -> Answer:
        """Yes when any evidence covers more than the threshold; `shares` (0 to 1) are None where a piece of evidence is not known.

        No only where the core is known, and at least one piece of evidence where there is any.
        """
        found = [shares.get(name) for name in self.evidence]
        if any(share is not None and share * 100 > self.more_than_pct for share in found):
            return True
        if any(shares.get(name) is None for name in self.core) or (found and all(share is None for share in found)):
            return None
        return False


class WhispRules(BaseModel):
    """All indicators of one version of Whisp."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    whisp_version: str
    indicators: dict[str, Indicator]

    def answers(self, shares: Mapping[str, float | None]) -> dict[str, Answer]:
        """Each indicator's answer, by its name."""
        return {name: indicator.answer(shares) for name, indicator in self.indicators.items()}

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
