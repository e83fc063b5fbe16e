"""Class and confidence over every combination of what they depend on."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from services.deforestation.rules import period, rules
from services.deforestation.verdict import VERDICTS, WORST_FIRST, Facts, alert_class, confidence, doubts, is_low, worse

PERIOD = period(date(2017, 1, 1), date(2025, 12, 31), 2025, 2025)
CLEAR = Facts(
    loss_ha=0.0, confirmed_loss_ha=0.0,
    disputed_loss_ha=0.0, excluded_loss_ha=0.0, area_ha=10.0, votes_forest_ha=20.0, votes_valid_ha=20.0, two_sensor_share=0.0,
    families_available=2, families_watching=2,
    observed_through=date(2025, 12, 31), recent_degradation_ha=0.0, has_gfc2020=True, subpixel=False, is_point=False,
    patch_below_pixel=False, year_2021_only=False, failed_layers=(),
)  # fmt: skip


def class_of(**changed: object) -> str:
    changed = {"confirmed_loss_ha": changed.get("loss_ha", 0.0), **changed}
    return alert_class(replace(CLEAR, **changed), PERIOD, rules())  # type: ignore[arg-type]


def test_only_a_plot_with_nothing_against_it_is_none() -> None:
    assert class_of() == "none"
    against = {
        "loss_ha": 1e-9, "excluded_loss_ha": 1e-9, "observed_through": None, "recent_degradation_ha": 1e-9, "has_gfc2020": False,
        "failed_layers": ("jrc_tmf",),
    }  # fmt: skip
    for name, value in against.items():
        assert class_of(**{name: value}) != "none", name
    assert class_of(subpixel=True, families_watching=1) == "inconclusive"
    assert class_of(subpixel=True) == "none"


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
    for told, loss, disputed in product(flags, (1e-9, 0.2, 6.0), (0.0, 1.0)):
        facts = replace(CLEAR, loss_ha=loss, disputed_loss_ha=loss * disputed, **told)  # type: ignore[arg-type]
        assert VERDICTS[alert_class(facts, PERIOD, rules())] != "deforestation-free"
        if loss / facts.area_ha > 0.5:
            assert alert_class(facts, PERIOD, rules()) != "none"


def test_confidence_is_low_then_high_else_medium() -> None:
    seen_twice = replace(CLEAR, loss_ha=1.0, confirmed_loss_ha=1.0, two_sensor_share=0.5)
    assert confidence(seen_twice, False, rules()) == "high"
    assert confidence(replace(seen_twice, votes_forest_ha=13.4), False, rules()) == "high"
    for capped in ({"is_point": True}, {"subpixel": True}, {"year_2021_only": True}, {"two_sensor_share": 0.49}, {"votes_forest_ha": 13.3}):
        assert confidence(replace(seen_twice, **capped), False, rules()) == "medium", capped
    assert confidence(seen_twice, True, rules()) == "medium"
    assert confidence(replace(seen_twice, has_gfc2020=False), False, rules()) == "low"
    assert not is_low(replace(CLEAR, patch_below_pixel=True), rules()), "without loss there is no patch"


def test_reasons_are_sorted_and_name_the_layer() -> None:
    facts = replace(CLEAR, failed_layers=("jrc_tmf",), disputed_loss_ha=0.1, loss_ha=0.1, observed_through=None)
    assert doubts(facts, PERIOD, rules()) == ("layer_failed:jrc_tmf", "loss_on_disputed", "observation_incomplete")


def test_only_none_is_deforestation_free_and_only_critical_is_critical() -> None:
    assert set(VERDICTS) == set(WORST_FIRST)
    assert [name for name in WORST_FIRST if VERDICTS[name] == "deforestation-free"] == ["none"]
    assert [name for name in WORST_FIRST if VERDICTS[name] == "critical"] == ["critical"]
    assert worse("none", "inconclusive") == "inconclusive" and worse("critical", "non_critical") == "critical"
