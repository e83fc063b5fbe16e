"""Under which keys the values of regions are stored: equal keys, equal values."""

from typing import Any, Final

import orjson

from shared.db.regions import ValueKey
from shared.db.runs import AnyRow
from shared.reference.commodity import mask_version
from shared.reference.cover import version
from shared.reference.regions import basis, region_key

TERMS: Final = ("crop_type", "non_biomass", "input_payload")
"""Parameters of a run that may change its numbers."""
LAND_COVER: Final = "land_cover"
"""Stands for a statistic where the land cover of windows is kept."""
COMMODITY: Final = "commodity"
"""The same of which windows a mask of a crop has."""


def value_key(run: AnyRow, stat: str, facts: dict[str, Any]) -> ValueKey:
    """What the values of a region depend on, for a planned run."""
    pins, given = orjson.loads(run.pins), orjson.loads(run.parameters)
    method = pins["methods"][stat]
    found = basis(method, pins["layers_of"][stat], {name: given.get(name) for name in TERMS})
    return ValueKey(stat, region_key(facts), method["version"], found, run.window_start, run.window_end, facts["size_ha"])


def cover_key(facts: dict[str, Any]) -> ValueKey:
    """Under which the land cover of a region's windows is kept, beside the statistics."""
    return ValueKey(LAND_COVER, region_key(facts), version(), "", "", "", facts["size_ha"])


def mask_key(facts: dict[str, Any], band: str) -> ValueKey:
    """Under which it is kept which of a region's windows a mask has."""
    return ValueKey(COMMODITY, region_key(facts), mask_version(band), band, "", "", facts["size_ha"])
