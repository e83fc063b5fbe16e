"""From the sums of outlines to class, confidence and verdict: truth tables and nothing else; all arrays are aligned by outline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import AlertClass, Confidence, Verdict
from services.deforestation.rules import Period, Thresholds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Classes = NDArray[np.int64]
"""Places in `WORST_FIRST`: the worse of two is the lower."""

WORST_FIRST: Final[tuple[AlertClass, ...]] = ("critical", "critical_unconfirmed", "non_critical", "inconclusive", "none")
CRITICAL, CRITICAL_UNCONFIRMED, NON_CRITICAL, INCONCLUSIVE, NONE = range(len(WORST_FIRST))
VERDICTS: Final[Mapping[AlertClass, Verdict]] = {
    "critical": "critical",
    "critical_unconfirmed": "not assessed",
    "non_critical": "not assessed",
    "inconclusive": "not assessed",
    "none": "deforestation-free",
}
CONFIDENCES: Final[tuple[Confidence, ...]] = ("low", "medium", "high")
LOW, MEDIUM, HIGH = range(len(CONFIDENCES))


@dataclass(frozen=True, slots=True)
class Facts:
    """What class and confidence of outlines depend on."""

    loss_ha: Floats
    confirmed_loss_ha: Floats
    disputed_loss_ha: Floats
    excluded_loss_ha: Floats
    area_ha: Floats
    votes_forest_ha: Floats
    votes_valid_ha: Floats
    two_sensor_share: Floats
    families_available: Ints
    families_watching: Ints
    """Of these, those whose silence is an observation: alert systems are none."""
    observed_through: NDArray[np.datetime64]
    """Days; NaT where no family has observed."""
    recent_degradation_ha: Floats
    has_gfc2020: Mask
    subpixel: Mask
    is_point: Mask
    patch_below_pixel: Mask
    year_2021_only: Mask
    failed_layers: Mapping[str, Mask]
    """Where a layer failed that is more than context, by layer."""

    @property
    def decisive_loss_ha(self) -> Floats:
        """Loss on forest that is not disputed: only this decides between the classes of loss."""
        return np.maximum(0.0, self.loss_ha - self.disputed_loss_ha)


def loss_class(decisive_loss_ha: Floats, area_ha: Floats, rules: Thresholds) -> Classes:
    """`critical`, `non_critical` or `none` by area alone."""
    is_critical = (decisive_loss_ha >= rules.critical_area_ha) | (decisive_loss_ha > rules.critical_overlap * area_ha)
    return np.where(is_critical, CRITICAL, np.where(decisive_loss_ha > 0, NON_CRITICAL, NONE))


def doubts(facts: Facts, period: Period, rules: Thresholds) -> dict[str, Mask]:
    """Where a plot without decisive loss is inconclusive, by code of the reason; nowhere when nothing stands against `none`."""
    unseen = np.isnat(facts.observed_through)
    lag_days = (np.datetime64(period.end_date) - facts.observed_through).astype(np.int64)
    told: dict[str, Mask] = {
        "baseline_not_available": ~facts.has_gfc2020,
        "window_empty": np.full(unseen.shape, period.first_day > period.end_date),
        "loss_on_disputed": facts.disputed_loss_ha > 0,
        "loss_on_excluded": facts.excluded_loss_ha > 0,
        "recent_degradation": facts.recent_degradation_ha > 0,
        "subpixel_one_source": facts.subpixel & (facts.families_watching <= 1),
        "observation_incomplete": unseen,
        "window_not_observed": facts.observed_through < np.datetime64(period.first_day),
        "observation_too_old": ~unseen & (lag_days > rules.max_observation_lag_days),
    }
    return told | {f"layer_failed:{layer}": failed for layer, failed in facts.failed_layers.items()}


def alert_class(facts: Facts, period: Period, rules: Thresholds) -> Classes:
    """The class, in the order of the table: loss first, then doubt, and `none` only when nothing is left to say."""
    by_area = loss_class(facts.decisive_loss_ha, facts.area_ha, rules)
    doubted = np.any([facts.loss_ha > 0, *doubts(facts, period, rules).values()], axis=0)
    unsure = (by_area == CRITICAL) & is_low(facts, rules)
    return np.select([unsure, (by_area == NONE) & doubted], [CRITICAL_UNCONFIRMED, INCONCLUSIVE], by_area)


def is_low(facts: Facts, rules: Thresholds) -> Mask:
    """Low confidence: no GFC2020, no family, most votes against forest, most of the loss unconfirmed, or its patch below a pixel."""
    disputed = facts.votes_forest_ha < rules.low_below_vote_share * facts.votes_valid_ha
    small = (facts.loss_ha > 0) & facts.patch_below_pixel
    unconfirmed = facts.confirmed_loss_ha < rules.confirmed_min_share * facts.loss_ha
    low: Mask = ~facts.has_gfc2020 | (facts.families_available == 0) | disputed | small | unconfirmed
    return low


def confidence(facts: Facts, boundary_sensitive: Mask, rules: Thresholds) -> Ints:
    """Places in `CONFIDENCES`; evaluated in the order low, high, else medium."""
    capped = facts.is_point | facts.subpixel | facts.year_2021_only | boundary_sensitive
    forest, valid = rules.high_min_vote_ratio
    voted = valid * facts.votes_forest_ha >= forest * facts.votes_valid_ha
    seen_twice = (facts.loss_ha > 0) & (facts.two_sensor_share >= rules.two_sensor_min_share)
    return np.select([is_low(facts, rules), seen_twice & voted & ~capped], [LOW, HIGH], MEDIUM)
