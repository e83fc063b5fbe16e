"""Indicators say yes above their threshold only, and never no where what would say yes is not known."""

import pytest

from services.deforestation.whisp.indicators import Seen, whisp_rules

RULES = whisp_rules()
NOTHING: dict[str, Seen] = {}


def test_exactly_the_threshold_is_no_and_a_hair_more_is_yes() -> None:
    known = {"jrc_gfc2020": Seen(0.10), "tmf_undisturbed_2020": Seen(0.0)}
    assert RULES.indicators["ind_01"].answer(known) is False
    assert RULES.indicators["ind_01"].answer(known | {"jrc_gfc2020": Seen(0.1000001)}) is True


@pytest.mark.parametrize(("name", "pct"), [("ind_02", 50), ("ind_03", 50), *((f"ind_{n:02d}", 10) for n in (1, 4, 5, 6, 7, 8, 9, 10, 11))])
def test_thresholds_are_fifty_where_a_yes_lowers_the_risk_and_ten_elsewhere(name: str, pct: float) -> None:
    assert RULES.indicators[name].more_than_pct == pct


def test_any_one_piece_of_evidence_says_yes_whatever_is_missing() -> None:
    assert RULES.indicators["ind_04"].answer({"radd_after": Seen(0.2)}) is True


def test_without_its_core_an_indicator_is_not_known() -> None:
    assert RULES.indicators["ind_04"].answer({"radd_after": Seen(0.0)}) is None
    assert RULES.indicators["ind_04"].answer({"hansen_loss_after": Seen(0.0)}) is False


def test_without_any_layer_an_indicator_is_not_known_but_planting_after_2020_has_none_and_never_fires() -> None:
    assert RULES.answers(NOTHING) == {**dict.fromkeys(RULES.indicators), "ind_08": False}


def test_shares_of_disturbance_before_and_after_are_apart() -> None:
    shares = {"hansen_loss_before": Seen(0.9), "hansen_loss_after": Seen(0.0)}
    assert RULES.indicators["ind_03"].answer(shares) is True
    assert RULES.indicators["ind_04"].answer(shares) is False


def test_a_plot_of_which_the_core_knows_too_little_is_not_a_no() -> None:
    forest = RULES.indicators["ind_01"]
    assert forest.answer({"jrc_gfc2020": Seen(0.05, 0.04)}) is False
    assert forest.answer({"jrc_gfc2020": Seen(0.05, 0.06)}) is None
    assert forest.answer({"jrc_gfc2020": Seen(0.11, 0.80)}) is True
