"""Whisp's indicators from the shares of a plot that pieces of evidence cover: yes, no, or not known."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

YES, NO, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)
Answers = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Seen:
    """One piece of evidence on plots; shares of each, 0 to 1, [n]; nan where it is not known."""

    share: NDArray[np.float64]
    """Where it says yes."""
    unknown_share: NDArray[np.float64]
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

    def answers(self, seen: Mapping[str, Seen], plots: int) -> Answers:
        """Yes where any evidence covers more than the threshold; `seen` lacks what is known of no plot; [plots].

        No only where something is seen at all, the core is, and what the core does not know of the plot could not make it a yes.
        """
        yes, settled = np.zeros(plots, dtype=np.bool_), np.full(plots, not self.evidence)
        for one in (seen[name] for name in self.evidence if name in seen):
            yes |= one.share * 100 > self.more_than_pct
            settled |= ~np.isnan(one.share)
        for name in self.core:
            settled &= (seen[name].share + seen[name].unknown_share) * 100 <= self.more_than_pct if name in seen else False
        return np.where(yes, YES, np.where(settled, NO, UNKNOWN))


class WhispRules(BaseModel):
    """All indicators of one version of Whisp."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    whisp_version: str
    indicators: dict[str, Indicator]

    def answers(self, seen: Mapping[str, Seen], plots: int) -> Answers:
        """Each indicator's answers, in their order; [plots, indicators]."""
        return np.column_stack([indicator.answers(seen, plots) for indicator in self.indicators.values()])

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
