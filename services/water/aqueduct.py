"""Scores, categories and special codes of Aqueduct 4.0 (methods 4.1)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.water import Water

Floats = NDArray[np.float64]
NO_DATA: Final = -9999.0
NO_SUPPLY: Final = 9999.0
ARID: Final = -1
"""Category of basins that are arid and use little water: score 5, a high priority, not "below low"."""
HIGHEST: Final = 5.0
LABELS: Final = {
    -1: "Arid and Low Water Use",
    0: "Low (<10%)",
    1: "Low - Medium (10-20%)",
    2: "Medium - High (20-40%)",
    3: "High (40-80%)",
    4: "Extremely High (>80%)",
}
WORST_FIRST: Final = tuple(int(category) for category in Water.WORST_FIRST["bws_cat"])
"""Of categories with equal areas the first is told."""


def bws_score(raw: Floats) -> Floats:
    """Baseline water stress as a score from 0 to 5; nan for no data. No supply (9999) scores 5."""
    known = (raw != NO_DATA) & np.isfinite(raw)
    used = np.where(known & (raw > 0), raw, 1.0)
    score = np.clip((np.log(used) - np.log(0.1)) / np.log(2) + 1, 0.0, HIGHEST)
    return np.where(known, np.where(raw > 0, score, 0.0), np.nan)


def bws_cat(score: Floats) -> Floats:
    """Category of a score: its whole part, 5 counted with 4; nan for nan."""
    return np.minimum(np.floor(score), 4.0)


def bwd_score(raw: Floats) -> Floats:
    """Baseline water depletion as a score from 0 to 5; nan for no data."""
    low, middle = 20 * raw, 5 * raw + 0.75
    return _scored(raw, np.where(raw < 0.05, low, np.where(raw < 0.25, middle, 4 * raw + 1)))


def iav_score(raw: Floats) -> Floats:
    """Interannual variability as a score from 0 to 5; nan for no data."""
    return _scored(raw, 4 * raw)


def sev_score(raw: Floats) -> Floats:
    """Seasonal variability as a score from 0 to 5; nan for no data."""
    return _scored(raw, 3 * raw)


def _scored(raw: Floats, score: Floats) -> Floats:
    known = (raw != NO_DATA) & np.isfinite(raw)
    return np.where(known, np.clip(score, 0.0, HIGHEST), np.nan)


def area_mean(values: Floats, area_m2: Floats) -> float | None:
    """Mean of known values by area; None when none is known."""
    known = np.isfinite(values) & (area_m2 > 0)
    return float((values[known] * area_m2[known]).sum() / area_m2[known].sum()) if known.any() else None


def majority(categories: Floats, area_m2: Floats) -> int | None:
    """The category of the largest area; None when none is known."""
    areas = {category: float(area_m2[categories == category].sum()) for category in WORST_FIRST}
    largest = max(areas.values())
    return next(category for category in WORST_FIRST if areas[category] == largest) if largest > 0 else None
