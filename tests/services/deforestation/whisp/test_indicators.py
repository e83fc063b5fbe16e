"""Indicators say yes above their threshold only, and never no where what would say yes is not known."""

import numpy as np
import pytest

from services.deforestation.whisp.indicators import NO, UNKNOWN, YES, Seen, whisp_rules

RULES = whisp_rules()


def says(indicator: str, **evidence: float | tuple[float, float]) -> int:
    """The answer for one plot of which the share of each piece of evidence is known, and maybe the share where it does not say."""
    pairs = {name: one if isinstance(one, tuple) else (one, 0.0) for name, one in evidence.items()}
    seen = {name: Seen(np.array([share]), np.array([unknown])) for name, (share, unknown) in pairs.items()}
    return int(RULES.indicators[indicator].answers(seen, 1)[0])


def test_exactly_the_threshold_is_no_and_a_hair_more_is_yes() -> None:
    assert says("ind_01", jrc_gfc2020=0.10, tmf_undisturbed_2020=0.0) == NO
    assert says("ind_01", jrc_gfc2020=0.1000001, tmf_undisturbed_2020=0.0) == YES


@pytest.mark.parametrize(("name", "pct"), [("ind_02", 50), ("ind_03", 50), *((f"ind_{n:02d}", 10) for n in (1, 4, 5, 6, 7, 8, 9, 10, 11))])
def test_thresholds_are_fifty_where_a_yes_lowers_the_risk_and_ten_elsewhere(name: str, pct: float) -> None:
    assert RULES.indicators[name].more_than_pct == pct


def test_any_one_piece_of_evidence_says_yes_whatever_is_missing() -> None:
    assert says("ind_04", radd_after=0.2) == YES
    assert says("ind_04", radd_after=0.2, hansen_loss_after=np.nan) == YES


def test_without_its_core_an_indicator_is_not_known() -> None:
    assert says("ind_04", radd_after=0.0) == UNKNOWN
    assert says("ind_04", radd_after=0.0, hansen_loss_after=(np.nan, np.nan)) == UNKNOWN
    assert says("ind_04", hansen_loss_after=0.0) == NO


def test_without_any_layer_an_indicator_is_not_known_but_planting_after_2020_has_none_and_never_fires() -> None:
    answers = dict(zip(RULES.indicators, RULES.answers({}, 1)[0], strict=True))
    assert answers == {**dict.fromkeys(RULES.indicators, UNKNOWN), "ind_08": NO}


def test_evidence_that_is_known_of_other_plots_only_is_not_known() -> None:
    seen = {"jrc_gfc2020": Seen(np.array([0.5, np.nan, 0.0]), np.array([0.0, np.nan, 0.0]))}
    assert RULES.indicators["ind_01"].answers(seen, 3).tolist() == [YES, UNKNOWN, NO]


def test_shares_of_disturbance_before_and_after_are_apart() -> None:
    shares = {"hansen_loss_before": 0.9, "hansen_loss_after": 0.0}
    assert says("ind_03", **shares) == YES
    assert says("ind_04", **shares) == NO


def test_a_plot_of_which_the_core_knows_too_little_is_not_a_no() -> None:
    assert says("ind_01", jrc_gfc2020=(0.05, 0.04)) == NO
    assert says("ind_01", jrc_gfc2020=(0.05, 0.06)) == UNKNOWN
    assert says("ind_01", jrc_gfc2020=(0.11, 0.80)) == YES
