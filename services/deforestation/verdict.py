"""From the sums of one plot to class, confidence and verdict: truth tables and nothing else."""

from dataclasses import dataclass
from datetime import date

from contracts.v1.results.eudr_deforestation import AlertClass, Confidence, Verdict
from services.deforestation.rules import Period, Thresholds

WORST_FIRST: tuple[AlertClass, ...] = ("critical", "critical_unconfirmed", "non_critical", "inconclusive", "none")
VERDICTS: dict[AlertClass, Verdict] = {
    "critical": "critical",
    "critical_unconfirmed": "not assessed",
    "non_critical": "not assessed",
    "inconclusive": "not assessed",
    "none": "deforestation-free",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What class and confidence of one outline depend on."""

    loss_ha: float
    confirmed_loss_ha: float
    disputed_loss_ha: float
    excluded_loss_ha: float
    area_ha: float
    votes_forest_ha: float
    votes_valid_ha: float
    two_sensor_share: float
    families_available: int
    families_watching: int
    """Of these, those whose silence is an observation: alert systems are none."""
    observed_through: date | None
    recent_degradation_ha: float
    has_gfc2020: bool
    subpixel: bool
    is_point: bool
    patch_below_pixel: bool
    year_2021_only: bool
    failed_layers: tuple[str, ...]

    @property
    def decisive_loss_ha(self) -> float:
        """Loss on forest that is not disputed: only this decides between the classes of loss."""
        return max(0.0, self.loss_ha - self.disputed_loss_ha)


def loss_class(decisive_loss_ha: float, area_ha: float, rules: Thresholds) -> AlertClass:
    """`critical`, `non_critical` or `none` by area alone."""
    if decisive_loss_ha >= rules.critical_area_ha or decisive_loss_ha > rules.critical_overlap * area_ha:
        return "critical"
    return "non_critical" if decisive_loss_ha > 0 else "none"


def doubts(facts: Facts, period: Period, rules: Thresholds) -> tuple[str, ...]:
    """Why a plot without decisive loss is inconclusive; empty when nothing stands against `none`."""
    told = (
        ("baseline_not_available", not facts.has_gfc2020),
        ("window_empty", period.first_day > period.end_date),
        ("loss_on_disputed", facts.disputed_loss_ha > 0),
        ("loss_on_excluded", facts.excluded_loss_ha > 0),
        ("recent_degradation", facts.recent_degradation_ha > 0),
        ("subpixel_one_source", facts.subpixel and facts.families_watching <= 1),
        *_observation_doubts(facts.observed_through, period, rules),
    )
    return tuple(sorted([*(code for code, is_so in told if is_so), *(f"layer_failed:{layer}" for layer in facts.failed_layers)]))


def alert_class(facts: Facts, period: Period, rules: Thresholds) -> AlertClass:
    """The class, in the order of the table: loss first, then doubt, and `none` only when nothing is left to say."""
    by_area = loss_class(facts.decisive_loss_ha, facts.area_ha, rules)
    if by_area == "critical":
        return "critical_unconfirmed" if is_low(facts, rules) else "critical"
    if by_area == "none" and (facts.loss_ha > 0 or doubts(facts, period, rules)):
        return "inconclusive"
    return by_area


def is_low(facts: Facts, rules: Thresholds) -> bool:
    """Low confidence: no GFC2020, no family, most votes against forest, most of the loss unconfirmed, or its patch below a pixel."""
    disputed = facts.votes_forest_ha < rules.low_below_vote_share * facts.votes_valid_ha
    small = facts.loss_ha > 0 and facts.patch_below_pixel
    unconfirmed = facts.confirmed_loss_ha < rules.confirmed_min_share * facts.loss_ha
    return not facts.has_gfc2020 or facts.families_available == 0 or disputed or small or unconfirmed


def confidence(facts: Facts, boundary_sensitive: bool, rules: Thresholds) -> Confidence:
    """Evaluated in the order low, high, else medium."""
    if is_low(facts, rules):
        return "low"
    capped = facts.is_point or facts.subpixel or facts.year_2021_only or boundary_sensitive
    forest, valid = rules.high_min_vote_ratio
    voted = valid * facts.votes_forest_ha >= forest * facts.votes_valid_ha
    seen_twice = facts.loss_ha > 0 and facts.two_sensor_share >= rules.two_sensor_min_share
    return "high" if seen_twice and voted and not capped else "medium"


def worse(one: AlertClass, other: AlertClass) -> AlertClass:
    """The class that stands earlier in the table."""
    return min(one, other, key=WORST_FIRST.index)


def _observation_doubts(observed_through: date | None, period: Period, rules: Thresholds) -> tuple[tuple[str, bool], ...]:
    if observed_through is None:
        return (("observation_incomplete", True),)
    lag_days = (period.end_date - observed_through).days
    return (
        ("window_not_observed", observed_through < period.first_day),
        ("observation_too_old", lag_days > rules.max_observation_lag_days),
    )
