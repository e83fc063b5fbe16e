"""Rows that earlier versions stored are read by the newest model; anything else is refused."""

from typing import ClassVar, get_args

import orjson
import pytest

from contracts import publish
from contracts.routes import RESULT_OF
from contracts.v1.results.biodiversity import Biodiversity
from contracts.v1.results.eudr_deforestation import EudrDeforestation
from contracts.v1.results.result import Result, aggregates, named_values
from contracts.v1.stats import Statistic
from services.biodiversity import sites
from services.deforestation import verdict
from services.gateway.features import named

FIRST = publish.HERE / "examples" / "result.eudr_deforestation.v1" / "1.0.0.json"


class Grown(Result):
    """A model of which `added` came later."""

    SCHEMA: ClassVar[str] = "1.1.0"
    first: int
    second: str
    added: tuple[str, ...] = ()


def test_a_row_of_the_first_version_has_the_defaults_of_what_came_later() -> None:
    stored = list(orjson.loads(FIRST.read_bytes()).values())
    found = named(Statistic.EUDR_DEFORESTATION, stored)
    assert list(found) == list(EudrDeforestation.model_fields)
    assert found["noncompliance_area_ha"] == 0.916969136069
    assert (found["loss_radd_ha"], found["sensors_flagging"]) == (None, ())


def test_values_that_are_no_row_of_any_version_are_refused() -> None:
    assert named_values(Grown, [1, "a"]) == {"first": 1, "second": "a", "added": ()}
    assert named_values(Grown, [1, "a", ["b"]])["added"] == ["b"]
    for values in ([1], [1, "a", [], 4]):
        with pytest.raises(ValueError, match="Grown"):
            named_values(Grown, values)


def test_what_is_added_up_is_an_amount() -> None:
    """Hectares and tonnes are summed or by year; shares, classes and dates never are (methods, part 10)."""
    kinds = aggregates(EudrDeforestation)
    for name in EudrDeforestation.model_fields:
        if name.endswith("_ha"):
            assert kinds[name] == ("sum_by_year" if name.startswith("annual") else "sum"), name
        if name.endswith(("_share", "_pct", "_fraction")) or name in ("agreement", "overlap"):
            assert kinds[name] == "mean", name


@pytest.mark.parametrize("model", RESULT_OF.values())
def test_classes_with_an_order_are_counted_and_all_of_them_are_in_it(model: type[Result]) -> None:
    kinds = aggregates(model)
    for name, order in model.WORST_FIRST.items():
        assert kinds[name] == "counts"
        literals = [arg for part in get_args(model.model_fields[name].annotation) for arg in (get_args(part) or (part,))]
        classes = {arg for arg in literals if isinstance(arg, str)}
        assert not classes or classes == set(order), name


def test_the_orders_are_those_of_the_methods() -> None:
    assert EudrDeforestation.WORST_FIRST["alert_class"] == verdict.WORST_FIRST
    assert Biodiversity.WORST_FIRST["wdpa_strictest_category"] == (*sites.STRICTEST_FIRST, sites.NO_CATEGORY)


@pytest.mark.parametrize("model", RESULT_OF.values())
def test_what_is_not_additive_is_a_field_without_a_rule(model: type[Result]) -> None:
    assert set(model.NOT_ADDITIVE) <= set(model.model_fields) - set(aggregates(model))
