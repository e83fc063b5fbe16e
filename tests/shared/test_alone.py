"""Plots are asked one by one where a layer is away for good."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from shared.alone import each_alone
from shared.errors import Unavailable
from shared.outcome import Outcome, Plots, Terms, Window

TERMS = Terms(Window(date(2020, 1, 1), date(2020, 12, 31)))
PLOTS = Plots(np.arange(3), np.array([shapely.Point(at, 0) for at in range(3)], dtype=object), np.ones(3), np.ones(3, np.bool_))


def away_in_the_middle(plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
    if not give_up and 1 in plots.plot_no:
        raise Unavailable("a tile is missing", code="layer_unavailable")
    return [Outcome(int(number), "failed" if give_up else "not_covered", None, (str(len(plots)),)) for number in plots.plot_no]


def test_a_layer_that_fails_at_one_plot_hurts_no_neighbour() -> None:
    outcomes = each_alone(away_in_the_middle, PLOTS, TERMS, None, give_up=True)
    assert [(one.plot_no, one.state, one.reasons) for one in outcomes] == [
        (0, "not_covered", ("1",)),
        (1, "failed", ("1",)),
        (2, "not_covered", ("1",)),
    ]


def test_nothing_is_given_up_unasked_and_no_plot_is_alone_without_need() -> None:
    with pytest.raises(Unavailable):
        each_alone(away_in_the_middle, PLOTS, TERMS, None, give_up=False)
    assert [one.reasons for one in each_alone(away_in_the_middle, PLOTS.span(2), TERMS, None, give_up=True)] == [("1",)]
