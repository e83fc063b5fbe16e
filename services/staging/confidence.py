"""How far the locations of a file can be trusted: a grade for each plot and one for the collection (methods 6.3)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from services.staging.checks.thresholds import CONFIDENCE
from services.staging.findings import Hits

Grade = Literal["high", "medium", "low"]
GRADES: Final[tuple[Grade, ...]] = ("high", "medium", "low")
LOW_LOCATION_CONFIDENCE: Final = "low_location_confidence"
_NAMED: Final = 5
"""Checks that a reason names."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """The grade of a collection."""

    grade: Grade
    reason: str
    """The counts behind it, and the checks that lowered it with their plots."""


def scores(count: int, found: Sequence[Hits]) -> NDArray[np.int64]:
    """The score of each of `count` plots, 0 to 100: 100 less the penalties of its findings, an error takes all."""
    left = np.full(count, 100, dtype=np.int64)
    for each in found:
        left[each.rows] -= CONFIDENCE.error_penalty if each.rejects else each.check.penalty
    return np.maximum(left, 0)


def grades(score: NDArray[np.int64]) -> NDArray[np.object_]:
    """The grade of each score: high from 80 on, medium from 50 on."""
    known: NDArray[np.object_] = np.array(GRADES, dtype=object)
    return known[(score < CONFIDENCE.high_from).astype(np.intp) + (score < CONFIDENCE.medium_from)]


def collection_confidence(plots: Iterable[Grade], rejected: int, outside: int, lowered_by: Mapping[str, int]) -> Confidence:
    """The grade of a collection of accepted `plots` and `rejected` others, which count as low and as errors.

    `outside` of them all lie in no country; `lowered_by` counts plots by the code of a check that took from their score.
    High: at least 90 % high and none rejected. Low: more than 25 % low, or more than 10 % outside any country.
    """
    by_grade = Counter(plots)
    total = by_grade.total() + rejected
    low = by_grade["low"] + rejected
    grade: Grade = "medium"
    if 100 * low > CONFIDENCE.low_pct * total or 100 * outside > CONFIDENCE.outside_pct * total:
        grade = "low"
    elif rejected == 0 and 100 * by_grade["high"] >= CONFIDENCE.high_pct * total:
        grade = "high"
    counts = f"of {total} plots {by_grade['high']} are high, {by_grade['medium']} medium, {low} low"
    parts = [counts, *([f"{outside} outside any country"] if outside else [])]
    worst = sorted(lowered_by.items(), key=lambda item: (-item[1], item[0]))
    if worst:
        named = ", ".join(f"{code} ({count})" for code, count in worst[:_NAMED])
        parts.append(f"lowered by {named}" + (f" and {len(worst) - _NAMED} other checks" if len(worst) > _NAMED else ""))
    return Confidence(grade, "; ".join(parts))


def skip_reason(confidence: Confidence) -> str:
    """Why a collection of low confidence is skipped, as it is answered and stored."""
    return f"{LOW_LOCATION_CONFIDENCE}: {confidence.reason}"
