"""A collection or a region as a whole: a row of `region_results` as a GeoJSON Feature; pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from contracts.v1.stats import Statistic
from services.gateway.columns import by_year, first_years


def region_feature(region: Any, sums_of: Mapping[Statistic, Mapping[str, Any]], collection: Any, provenance: bytes, **more: Any) -> bytes:
    """One row as a Feature: the sums of each statistic, then `provenance`. `more` holds members of its own before the sums.

    `geometry` among `more` is GeoJSON text; without it the Feature has none. Where several statistics say something by one
    name (`n_plots`, `partial`, …), each has the statistic before it.
    """
    geometry = more.pop("geometry", None)
    named = {stat: _years_named(stat, sums) for stat, sums in sums_of.items()}
    shared = Counter(name for sums in named.values() for name in sums)
    flat = {name if shared[name] == 1 else f"{stat}_{name}": value for stat, sums in named.items() for name, value in sums.items()}
    properties = {
        "collection_id": collection.collection_id,
        "collection_name": collection.name,
        "stat_type": region.stat_type,
        "locations_confidence": region.locations_confidence,
        "country": collection.country,
        "country_override_info": orjson.loads(collection.country_override) if collection.country_override else None,
        **more,
        **flat,
        "provenance": orjson.Fragment(provenance),
    }
    shape = None if geometry is None else orjson.Fragment(geometry)
    return orjson.dumps({"type": "Feature", "geometry": shape, "properties": properties})


def _years_named(stat: Statistic, sums: Mapping[str, Any]) -> dict[str, Any]:
    years = first_years(stat)
    return {name: by_year(value, years[name]) if name in years else value for name, value in sums.items()}
