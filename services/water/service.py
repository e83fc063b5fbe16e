"""The statistic `water` as a service."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from contracts.v1.results.water import Water
from contracts.v1.stats import Statistic
from services.water.crop_table import crop_table
from services.water.rules import LAYERS, METHOD_VERSION, rules, thresholds
from services.water.worker import compute
from shared.outcome import Window
from shared.stat import Method, stat_service


def columns(values: Water) -> tuple[str | None, float | None]:
    """What users filter by: the category of water stress; no area."""
    return None if values.bws_cat is None else str(values.bws_cat), None


BEFORE_ALL: Final = Window(date(1900, 1, 1), date(1900, 12, 31))
"""Before any series begins: a start does not wait for thousands of files to be opened."""


def method(changes: Mapping[str, Any] | None = None) -> Method:
    """The method with some thresholds changed. Raises Refused (`thresholds_invalid`)."""
    held = rules(changes)
    return Method(
        stat=Statistic.WATER,
        version=METHOD_VERSION,
        thresholds=thresholds(changes) | {"crop_table": crop_table().version},
        layers=LAYERS,
        compute=partial(compute, held=held),
        columns=columns,
        warm_up=BEFORE_ALL,
        tuned=method,
    )


METHOD = method()

water = stat_service(METHOD)
