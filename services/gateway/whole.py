"""A collection or a region as a whole: a row of `region_results` as a GeoJSON Feature; pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from contracts.v1.stats import Statistic
from services.gateway.columns import by_year, first_years


def region_feature(
    row: Any, sums_of: Mapping[Statistic, Mapping[str, Any]], collection: Any, provenance: bytes, more: Mapping[str, Any] | None = None
) -> bytes:
    """One row as a Feature without geometry: `more` of it, the sums of each statistic, then `provenance`.

    Where several statistics say something by one
    name (`n_plots`, `partial`, …), each has the statistic before it.
    """
    named = {stat: _years_named(stat, sums) for stat, sums in sums_of.items()}
    shared = Counter(name for sums in named.values() for name in sums)
    flat = {name if shared[name] == 1 else f"{stat}_{name}": value for stat, sums in named.items() for name, value in sums.items()}
    properties = {
        "collection_id": collection.collection_id,
        "collection_name": collection.name,
        "stat_type": row.stat_type,
        "locations_confidence": row.locations_confidence,
        "country": collection.country,
        "country_override_info": orjson.loads(collection.country_override) if collection.country_override else None,
        **(more or {}),
        **flat,
        "provenance": orjson.Fragment(provenance),
    }
    return orjson.dumps({"type": "Feature", "geometry": None, "properties": properties})


def _years_named(stat: Statistic, sums: Mapping[str, Any]) -> dict[str, Any]:
    years = first_years(stat)
    return {name: by_year(value, years[name]) if name in years else value for name, value in sums.items()}
