"""Non-compliant ground of a collection, counted once, and its risk tier: pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.tracker.weight import DIGITS, LEAST_VALID_SHARE, PARTIAL_BELOW_SHARE, TOO_LITTLE

Floats = NDArray[np.float64]
LONG_NAMED: Final = {"alert_class_plots": "plots_by_class", "alert_class_area_ha": "area_by_class_ha"}
"""Entries of the deforestation row that had a name before every statistic had a row."""


@dataclass(frozen=True, slots=True)
class Tiers:
    """Limits of the risk tiers (tiers.toml); %."""

    high_from_pct: float
    medium_above_pct: float


@cache
def tiers() -> Tiers:
    """The limits of this deployment."""
    return Tiers(**tomllib.loads(files("services.tracker").joinpath("tiers.toml").read_text())["tiers"])


def compliance(noncompliance_ha: Floats, area_ha: Floats, own_ha: Floats, valid_share: float, limits: Tiers) -> dict[str, Any]:
    """Non-compliant ground, its share of the ground that was judged, and the tier; arrays of shape [n], ha.

    `noncompliance_ha` is nan for a plot that could not be judged; `own_ha` is the ground of each plot that no plot before it
    covers, judged plots first. Where plots lie on each other, the non-compliant ground is known between two bounds: a plot
    adds at most as much as it has ground of its own, and at least what does not fit on the ground that it shares. The share
    is that of the upper bound (without overlaps both bounds are the sum), in the ground of judged plots alone.
    """
    judged = ~np.isnan(noncompliance_ha) & ~np.isnan(own_ha)
    found, own, area = noncompliance_ha[judged], own_ha[judged], area_ha[judged]
    low, high = float(np.maximum(found - (area - own), 0.0).sum()), float(np.minimum(found, own).sum())
    ground = float(own.sum())
    known = valid_share >= LEAST_VALID_SHARE and ground > 0
    pct = round(min(100.0, 100.0 * high / ground), DIGITS) if known else None
    tier, reason = _tier(pct, valid_share, limits)
    return {
        "noncompliance_union_lo_ha": round(min(low, high), DIGITS) if known else None,
        "noncompliance_union_hi_ha": round(high, DIGITS) if known else None,
        "judged_union_area_ha": round(ground, DIGITS),
        "noncompliance_pct": pct,
        "risk_tier": tier,
        "risk_tier_reason": reason,
    }


def long_named(row: dict[str, Any]) -> dict[str, Any]:
    """The deforestation row with its first names, and the number of plots with critical alerts."""
    named = {LONG_NAMED.get(name, name): value for name, value in row.items()}
    return {**named, "noncompliance_plot_count": named.get("plots_by_class", {}).get("critical", 0)}


def unmeasured(reason: str) -> dict[str, Any]:
    """What is said when the ground could not be measured."""
    names = ("noncompliance_union_lo_ha", "noncompliance_union_hi_ha", "judged_union_area_ha", "noncompliance_pct", "risk_tier")
    return {**dict.fromkeys(names), "risk_tier_reason": reason}


def _tier(pct: float | None, valid_share: float, limits: Tiers) -> tuple[str | None, str | None]:
    """The tier, or None and why: what was not judged is never called compliant."""
    if pct is None:
        return None, TOO_LITTLE
    if pct >= limits.high_from_pct:
        return "High", None
    if pct > limits.medium_above_pct:
        return "Medium", None
    return ("Compliant", None) if valid_share >= PARTIAL_BELOW_SHARE else (None, "valid_area_below_95_pct")
