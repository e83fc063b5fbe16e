"""What the results of all statistics have in common, and how the supply base as a whole is made of them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Final, Literal

from contracts.envelope import Frozen

Aggregate = Literal["sum", "mean", "counts", "earliest", "latest", "sum_by_year", "sum_by_class"]
"""How a field of plots becomes one of the supply base (methods, part 10), in `json_schema_extra["aggregate"]`.

`sum`: extensive (ha, t, m3). `mean`: intensive, weighted by the area of plots that have a value. `counts`: a category, as the
number and the area of plots in each. `earliest`, `latest`: dates. `sum_by_year`, `sum_by_class`: lists and maps of amounts.
A field without one is not aggregated.
"""


class Result(Frozen):
    """The values of one statistic for one plot. A field is only ever added at the end, with a default, under a new `SCHEMA`."""

    SCHEMA: ClassVar[str]
    """Version of the newest published schema."""
    WORST_FIRST: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Fields whose classes have an order, and the classes from the worst on: the supply base has the worst one and shares of area."""
    NOT_ADDITIVE: ClassVar[Sequence[str]] = ()
    """Fields of which neither the sum nor the mean over plots says anything: the supply base has its own, of all plots together."""
    PRODUCT: ClassVar[str | None] = None
    """The field that holds what the product of the plot emits (`Cft`): of the supply base, sums over sums."""


def aggregates(model: type[Result]) -> dict[str, Aggregate]:
    """The fields of a result model that are aggregated, and how."""
    extras: dict[str, Any] = {name: field.json_schema_extra for name, field in model.model_fields.items()}
    return {name: extra["aggregate"] for name, extra in extras.items() if isinstance(extra, dict) and "aggregate" in extra}


AREA_FIELD: Final = "plot_area_ha"
"""The field of every result model that holds the area of the plot, ha: the weight of means."""


@cache
def _names(model: type[Result]) -> tuple[str, ...]:
    return tuple(model.model_fields)


def named_values(model: type[Result], stored: Sequence[Any]) -> dict[str, Any]:
    """Stored values (in the order of the model's fields) by their names; JSON types, as they are stored.

    A row that was written under an older schema is shorter: what it lacks has its default. Raises `ValueError` when there are
    more values than fields, or when a field that is missing has no default.
    """
    names = _names(model)
    if len(stored) == len(names):
        return dict(zip(names, stored, strict=True))
    if len(stored) > len(names):
        raise ValueError(f"{len(stored)} values for {len(names)} fields of {model.__name__}")
    named = dict(zip(names, stored, strict=False))
    for name, field in list(model.model_fields.items())[len(stored) :]:
        if field.is_required():
            raise ValueError(f"a stored {model.__name__} has no value for {name}, which has no default")
        named[name] = field.get_default(call_default_factory=True)
    return named
