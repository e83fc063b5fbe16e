"""Whisp's trees against truth tables that were written down from its published rules, for every combination of answers."""

from itertools import product

import pytest

from services.deforestation.whisp.trees import TREES, inputs_of, risk_of

ALL = tuple(f"ind_{number:02d}" for number in range(1, 12))
PATTERNS = {
    # Indicators in the order of the letters above; y yes, n no, . either. The first line that fits holds.
    "pcrop": ("ind_01 ind_02 ind_03 ind_04", ["n... low", ".y.. low", "..y. low", "ynny high", "ynnn more_info_needed"]),
    "acrop": ("ind_01 ind_02 ind_04", ["n.. low", ".y. low", "yny high", "ynn more_info_needed"]),
    "timber": (
        "ind_02 ind_05 ind_06 ind_07 ind_08 ind_09 ind_10 ind_11",
        [
            "y....... low",
            "...y..n. low",
            ".y....y. high",
            "..y...y. high",
            "...y..y. high",
            ".y..y... high",
            "..y.y... high",
            ".y...y.. low",
            "..y..y.. low",
            ".y.....y low",
            "..y....y low",
            ".y...... more_info_needed",
            "..y..... more_info_needed",
            "........ low",
        ],
    ),
}
COUNTS = {
    # Counted by hand from the rules. Timber, of 256: ind_02 = yes gives 128 low. Of the other 128 with ind_10 = no (64):
    # ind_07 = yes 32 low; of 32 without, no natural forest 8 low, and of 24 with natural forest ind_08 12 high, else
    # ind_09 or ind_11 9 low and 3 open. With ind_10 = yes (64): some forest of 05, 06, 07 in 7 of 8: 56 high, 8 low.
    "pcrop": {"low": 14, "high": 1, "more_info_needed": 1},
    "acrop": {"low": 6, "high": 1, "more_info_needed": 1},
    "timber": {"low": 128 + 32 + 8 + 9 + 8, "high": 12 + 56, "more_info_needed": 3},
}


def expected(tree: str, answers: dict[str, bool]) -> str:
    """The risk by the first pattern that fits."""
    names, patterns = PATTERNS[tree]
    for pattern in patterns:
        marks, risk = pattern.split()
        if all(mark == "." or answers[name] == (mark == "y") for name, mark in zip(names.split(), marks, strict=True)):
            return risk
    raise AssertionError(answers)


@pytest.mark.parametrize("tree", TREES)
def test_every_combination_of_all_indicators_has_the_risk_of_the_table(tree: str) -> None:
    for values in product((False, True), repeat=len(ALL)):
        answers = dict(zip(ALL, values, strict=True))
        assert risk_of(tree, answers) == expected(tree, answers), answers


@pytest.mark.parametrize("tree", TREES)
def test_risks_are_as_many_as_counted_by_hand(tree: str) -> None:
    risks = [
        risk_of(tree, dict(zip(inputs_of(tree), values, strict=True))) for values in product((False, True), repeat=len(inputs_of(tree)))
    ]
    assert {risk: risks.count(risk) for risk in COUNTS[tree]} == COUNTS[tree]
    assert len(risks) == sum(COUNTS[tree].values())


@pytest.mark.parametrize("tree", TREES)
def test_an_unknown_answer_leaves_no_risk_unless_it_cannot_change_it(tree: str) -> None:
    names = inputs_of(tree)
    for values in product((False, True, None), repeat=len(names)):
        answers = dict(zip(names, values, strict=True))
        fills = product(*((False, True) if value is None else (value,) for value in values))
        risks = {expected(tree, dict(zip(names, fill, strict=True))) for fill in fills}
        assert risk_of(tree, answers) == (risks.pop() if len(risks) == 1 else None), answers


def test_nothing_known_is_no_risk_and_not_a_low_one() -> None:
    assert [risk_of(tree, dict.fromkeys(ALL)) for tree in TREES] == [None, None, None]
