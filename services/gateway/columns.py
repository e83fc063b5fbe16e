"""Names of our properties and columns: the fields of results, told apart where several statistics that share a name are joined; pure."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from contracts.routes import RESULT_OF
from contracts.v1.results.result import Result, named_values
from contracts.v1.stats import Statistic

BEFORE: Final = ("plotid", "plot_no", "collection_id", "country", "locations_confidence")


def result_columns(stat: Statistic, joined: Sequence[Statistic]) -> dict[str, str]:
    """Column of each result field of `stat`, where the results of `joined` stand side by side.

    A statistic alone keeps its names. With others, a name that several result models have (`plot_area_ha`, `flags`, …) gets
    the statistic before it, whichever are joined: a column is always called the same there.
    """
    return _named(stat, len(joined) > 1, tuple(RESULT_OF.items()))


@cache
def _named(stat: Statistic, prefixed: bool, models: tuple[tuple[Statistic, type[Result]], ...]) -> dict[str, str]:
    shared = Counter(name for _, model in models for name in model.model_fields)
    return {name: f"{stat}_{name}" if prefixed and shared[name] > 1 else name for name in dict(models)[stat].model_fields}


def columns_of(stats: Sequence[Statistic]) -> tuple[str, ...]:
    """Names of our properties of a plot, in order."""
    results = [column for stat in stats for column in result_columns(stat, stats).values()]
    apart = [f"{stat}_{name}" for stat in stats for name in ("state", "reasons")] if len(stats) > 1 else []
    return (*BEFORE, *results, *apart, *(("state", "reasons") if stats else ()), "notes")


def named(stat: Statistic, values: Sequence[Any]) -> dict[str, Any]:
    """Stored values (in the order of the model's fields) by their names; lists by year become maps of years.

    A row of an older, shorter schema has defaults. Raises `ValueError` when there are more values than fields.
    """
    result = named_values(RESULT_OF[stat], values)
    return result | {name: by_year(result[name], year) for name, year in first_years(stat).items()}


def first_years(stat: Statistic) -> dict[str, int]:
    """Result fields that are lists by year, with the year that each begins with."""
    return _first_years(RESULT_OF[stat]) if stat in RESULT_OF else {}


@cache
def _first_years(model: type[Result]) -> dict[str, int]:
    extras = {name: field.json_schema_extra for name, field in model.model_fields.items()}
    return {name: int(str(extra["first_year"])) for name, extra in extras.items() if isinstance(extra, dict) and "first_year" in extra}


def by_year(amounts: Sequence[float] | None, first_year: int) -> dict[str, float] | None:
    """A list of amounts as a map of years, the first of which is `first_year`."""
    return None if amounts is None else {str(first_year + at): amount for at, amount in enumerate(amounts)}
