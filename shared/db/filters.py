"""The closed list of what users may filter plots by, for `results.page`: values are bound, names are ours."""

from sqlalchemy import ColumnElement, literal_column

from contracts.v1.stats import Statistic
from shared.db.tables import plots


def plot_id_is(plot_id: str) -> ColumnElement[bool]:
    """Plots with this id of the user's."""
    return plots.c.plot_id == plot_id


def grade_is(stat: Statistic, grade: str) -> ColumnElement[bool]:
    """Plots whose result has this grade; `stat` is among the runs that the page joins."""
    return _column(stat, "grade") == grade


def state_is(stat: Statistic, state: str) -> ColumnElement[bool]:
    """Plots whose result has this state; `stat` is among the runs that the page joins."""
    return _column(stat, "state") == state


def _column(stat: Statistic, name: str) -> ColumnElement[str]:
    # `results.page` joins each statistic under its own name; another alias object would be another table.
    return literal_column(f"{stat.value}.{name}")
