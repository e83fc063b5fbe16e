"""Class and confidence over every combination of what they depend on."""

from collections.abc import Mapping
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pytest

from services.deforestation.rules import period, rules
from services.deforestation.verdict import CONFIDENCES, VERDICTS, WORST_FIRST, Facts, alert_class, confidence, doubts, is_low

PERIOD = period(date(2017, 1, 1), date(2025, 12, 31), 2025, 2025)
CLEAR: Mapping[str, Any] = {
    "loss_ha": 0.0, "confirmed_loss_ha": 0.0, "disputed_loss_ha": 0.0, "excluded_loss_ha": 0.0, "area_ha": 10.0,
    "votes_forest_ha": 20.0, "votes_valid_ha": 20.0, "two_sensor_share": 0.0, "families_available": 2, "families_watching": 2,
    "observed_through": np.datetime64("2025-12-31"), "recent_degradation_ha": 0.0, "has_gfc2020": True, "subpixel": False,
    "is_point": False, "patch_below_pixel": False, "year_2021_only": False, "failed_layers": {},
}  # fmt: skip
NEVER = np.datetime64("NaT", "D")


def facts_of(*plots: Mapping[str, Any]) -> Facts:
    """One outline a mapping, each CLEAR but for what it says."""
    told = [{**CLEAR, **changed} for changed in plots]
    columns = {name: np.array([one[name] for one in told]) for name in CLEAR if name != "failed_layers"}
    layers = {layer for one in told for layer in one["failed_layers"]}
    return Facts(**columns, failed_layers={layer: np.array([layer in one["failed_layers"] for one in told]) for layer in layers})


def classes_of(*plots: Mapping[str, Any]) -> list[str]:
    """Their classes; all loss is confirmed unless said otherwise."""
    facts = facts_of(*({"confirmed_loss_ha": changed.get("loss_ha", 0.0), **changed} for changed in plots))
    return [WORST_FIRST[place] for place in alert_class(facts, PERIOD, rules()).tolist()]


def class_of(**changed: Any) -> str:
    (found,) = classes_of(changed)
    return found


def confidence_of(changed: Mapping[str, Any], boundary_sensitive: bool = False) -> str:
    (found,) = confidence(facts_of(changed), np.array([boundary_sensitive]), rules()).tolist()
    return CONFIDENCES[found]


def test_only_a_plot_with_nothing_against_it_is_none() -> None:
    assert class_of() == "none"
    against = {
        "loss_ha": 1e-9, "excluded_loss_ha": 1e-9, "observed_through": NEVER, "recent_degradation_ha": 1e-9, "has_gfc2020": False,
        "failed_layers": {"jrc_tmf"},
    }  # fmt: skip
    for name, value in against.items():
        assert class_of(**{name: value}) != "none", name
    assert class_of(subpixel=True, families_watching=1) == "inconclusive"
    assert class_of(subpixel=True) == "none"


def test_an_observation_that_is_too_old_or_before_the_window_clears_nothing() -> None:
    last_day = np.datetime64("2025-12-31") - rules().max_observation_lag_days
    assert class_of(observed_through=last_day) == "none"
    assert class_of(observed_through=last_day - 1) == "inconclusive"
    assert class_of(observed_through=np.datetime64("2020-12-31")) == "inconclusive"


def test_a_window_that_is_empty_or_begins_after_the_last_observation_clears_nothing() -> None:
    empty = period(date(2017, 1, 1), date(2020, 6, 1), 2025, 2025)
    late = period(date(2025, 2, 28), date(2025, 6, 30), 2025, 2025)
    for asked, last_day, code in ((empty, "2025-12-31", "window_empty"), (late, "2024-12-31", "window_not_observed")):
        facts = facts_of({"observed_through": np.datetime64(last_day)})
        assert [name for name, is_so in doubts(facts, asked, rules()).items() if is_so.any()] == [code]
        assert WORST_FIRST[alert_class(facts, asked, rules())[0]] == "inconclusive"
    assert WORST_FIRST[alert_class(facts_of({}), late, rules())[0]] == "none"


def test_what_stands_against_one_plot_stands_against_no_other() -> None:
    assert classes_of({}, {"failed_layers": {"radd"}}, {"observed_through": NEVER}, {"has_gfc2020": False}, {}) == [
        "none", "inconclusive", "inconclusive", "inconclusive", "none"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("loss_ha", "area_ha", "expected"),
    [
        (0.5, 100.0, "critical"),
        (0.4999, 100.0, "non_critical"),
        (0.1, 1.0, "non_critical"),
        (0.1001, 1.0, "critical"),
        (1e-9, 1.0, "non_critical"),
    ],
)
def test_half_a_hectare_or_over_a_tenth_is_critical(loss_ha: float, area_ha: float, expected: str) -> None:
    assert class_of(loss_ha=loss_ha, area_ha=area_ha) == expected


def test_low_confidence_takes_the_certainty_of_critical_but_never_clears() -> None:
    for low in ({"has_gfc2020": False}, {"patch_below_pixel": True}, {"votes_forest_ha": 9.9}, {"families_available": 0}):
        assert class_of(loss_ha=1.0, **low) == "critical_unconfirmed", low
    assert class_of(loss_ha=1.0, votes_forest_ha=10.0) == "critical", "half of the votes is not below half"


def test_disputed_loss_decides_nothing_but_stands_against_clear() -> None:
    assert class_of(loss_ha=5.0, disputed_loss_ha=5.0) == "inconclusive"
    assert class_of(loss_ha=5.0, disputed_loss_ha=4.9) == "non_critical"
    assert class_of(loss_ha=5.0, disputed_loss_ha=4.0) == "critical"


def test_no_loss_of_any_kind_is_ever_clear() -> None:
    flags = [
        dict(zip(("has_gfc2020", "subpixel", "is_point", "patch_below_pixel"), bits, strict=True))
        for bits in product((True, False), repeat=4)
    ]
    plots = [
        {**told, "loss_ha": loss, "disputed_loss_ha": loss * disputed}
        for told, loss, disputed in product(flags, (1e-9, 0.2, 6.0), (0.0, 1.0))
    ]
    found = [WORST_FIRST[place] for place in alert_class(facts_of(*plots), PERIOD, rules()).tolist()]
    assert len(found) == 96
    assert all(VERDICTS[one] != "deforestation-free" for one in found)


def test_confidence_is_low_then_high_else_medium() -> None:
    seen_twice = {"loss_ha": 1.0, "confirmed_loss_ha": 1.0, "two_sensor_share": 0.5}
    assert confidence_of(seen_twice) == "high"
    assert confidence_of(seen_twice | {"votes_forest_ha": 13.4}) == "high"
    for capped in ({"is_point": True}, {"subpixel": True}, {"year_2021_only": True}, {"two_sensor_share": 0.49}, {"votes_forest_ha": 13.3}):
        assert confidence_of(seen_twice | capped) == "medium", capped
    assert confidence_of(seen_twice, boundary_sensitive=True) == "medium"
    assert confidence_of(seen_twice | {"has_gfc2020": False}) == "low"
    assert not is_low(facts_of({"patch_below_pixel": True}), rules()).any(), "without loss there is no patch"


def test_reasons_name_the_layer() -> None:
    facts = facts_of({"failed_layers": {"jrc_tmf"}, "disputed_loss_ha": 0.1, "loss_ha": 0.1, "observed_through": NEVER})
    told = {code for code, is_so in doubts(facts, PERIOD, rules()).items() if is_so.all()}
    assert told == {"layer_failed:jrc_tmf", "loss_on_disputed", "observation_incomplete"}


def test_only_none_is_deforestation_free_and_only_critical_is_critical() -> None:
    assert set(VERDICTS) == set(WORST_FIRST)
    assert [name for name in WORST_FIRST if VERDICTS[name] == "deforestation-free"] == ["none"]
    assert [name for name in WORST_FIRST if VERDICTS[name] == "critical"] == ["critical"]
    assert WORST_FIRST == ("critical", "critical_unconfirmed", "non_critical", "inconclusive", "none"), "worse is what stands before"
