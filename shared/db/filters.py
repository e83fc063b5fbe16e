"""The closed list of what users may filter plots by, for `results.page`: values are bound, names are ours."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, literal_column

from contracts.v1.stats import Statistic
from shared.db.tables import plots


def plot_id_is(plot_id: str) -> ColumnElement[bool]:
    """Plots with this id of the user's."""
    return plots.c.plot_id == plot_id


def country_is(country: str) -> ColumnElement[bool]:
    """Plots in this country (ISO 3166-1 alpha-2)."""
    return plots.c.country == country


def confidence_is(grade: str) -> ColumnElement[bool]:
    """Plots whose location can be trusted this far."""
    return plots.c.locations_confidence == grade


def plot_no_in(numbers: Sequence[int]) -> ColumnElement[bool]:
    """These plots of the collection; at most some thousands."""
    return plots.c.plot_no.in_(numbers)


OF_PLOT: Final[dict[str, Callable[[str], ColumnElement[bool]]]] = {
    "plotid": plot_id_is,
    "country": country_is,
    "locations_confidence": confidence_is,
}
"""Filters by what is known of plots, by the name of their parameter."""


def grade_is(stat: Statistic, grade: str) -> ColumnElement[bool]:
    """Plots whose result has this grade; `stat` is among the runs that the page joins."""
    return _column(stat, "grade") == grade


def state_is(stat: Statistic, state: str) -> ColumnElement[bool]:
    """Plots whose result has this state; `stat` is among the runs that the page joins."""
    return _column(stat, "state") == state


def _column(stat: Statistic, name: str) -> ColumnElement[str]:
    # `results.page` joins each statistic under its own name; another alias object would be another table.
    return literal_column(f"{stat.value}.{name}")
