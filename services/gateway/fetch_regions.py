"""`GET /fetch_supply_shed` and `GET /fetch_stat_regions`: collections as a whole, and the regions that their plots lie in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import orjson
from aiohttp import web

from contracts.v1.stats import Statistic
from services.gateway.context import owner_of, resources_of
from services.gateway.features import provenance_of
from services.gateway.fetch import SUPPLY_SHED, accept_of, send_lines
from services.gateway.fetch_sources import Chosen, chosen, stats_of
from services.gateway.formats import form_of, needs_json
from services.gateway.problems import not_found
from services.gateway.queries import RegionsQuery, StatRegionsQuery, SupplyShedQuery, query_of
from services.gateway.region_kinds import check_threshold, kinds_of, nothing_of
from services.gateway.whole import region_feature
from shared.db import Database, results

REGION: Final = "region"
"""Member of a region's row that says which region it is; the others are statistics."""


async def fetch_supply_shed(request: web.Request) -> web.StreamResponse:
    """Rows of whole collections, and of their regions: one unless `limit` asks for more, all when no collection is named."""
    query = query_of(request, SupplyShedQuery)
    stats = (Statistic.EUDR_DEFORESTATION,) if query.table_extension else stats_of(query.stats)
    named = query.filename or query.collection_id or query.run_id
    limit = query.limit if query.limit is not None or query.stat_type != SUPPLY_SHED else 1 if named else None
    return await _answer(request, query, stats, kinds_of(query.stat_type), limit)


async def fetch_stat_regions(request: web.Request) -> web.StreamResponse:
    """Rows of the regions that the plots of a collection lie in, with what they are compared with."""
    query = query_of(request, StatRegionsQuery)
    return await _answer(request, query, stats_of(query.stats), kinds_of(query.stat_type), query.limit)


async def _answer(
    request: web.Request, query: RegionsQuery, stats: tuple[Statistic, ...] | None, kinds: Sequence[str], limit: int | None
) -> web.StreamResponse:
    form = needs_json(form_of(query.format, accept_of(request), ()))
    database, named = resources_of(request).database, query.filename or query.collection_id or query.run_id
    lines: list[bytes] = []
    states: list[str] = []
    async with aclosing(chosen(database, owner_of(request), query, stats)) as sources:
        async for one in sources:
            if limit is not None and len(lines) >= limit:
                break
            found = [line async for line in _rows(database, one, query, kinds)]
            if named and not found and not _is_filtered(query):
                raise nothing_of(kinds, one.runs_by_stat.values(), of_whole=SUPPLY_SHED in kinds)
            lines += found
            states += one.states
    if named and not lines and not states:
        raise not_found("collection")
    return await send_lines(request, form, lines[:limit], states)


async def _rows(database: Database, one: Chosen, query: RegionsQuery, kinds: Sequence[str]) -> AsyncIterator[bytes]:
    """The rows of one collection; those of several runs about one region are joined."""
    rows: dict[tuple[str, str], Any] = {}
    said: dict[tuple[str, str], dict[Statistic, Mapping[str, Any]]] = {}
    for stat, run in one.runs_by_stat.items():
        async with database.read() as connection:
            for row in await results.regions(connection, run.run_id, kinds):
                key = (row.stat_type, row.region_id)
                rows.setdefault(key, row)
                said.setdefault(key, {})[stat] = one.sums(row, stat)
    for key in sorted(rows, key=lambda key: (key[0] != SUPPLY_SHED, key)):
        region = orjson.loads(rows[key].vals).get(REGION)
        check_threshold(query.overlap_threshold, region)
        more = _described(one, region)
        if _wanted(query, rows[key], one.collection, said[key], more):
            yield region_feature(rows[key], said[key], one.collection, provenance_of(one.runs_by_stat), more)


def _described(one: Chosen, region: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a row says beside the sums: the commodity, and of a region its id, name and layer."""
    run = next(iter(one.runs_by_stat.values()))
    commodity = orjson.loads(run.parameters).get("crop_type")
    if region is None:
        return {"commodity": commodity}
    return {"commodity": commodity, "name_stat": region["name"], "uuid_stat": region["id"], REGION: dict(region)}


FILTERS: Final = ("country", "locations_confidence", "risk_tier", "name_stat", "uuid_stat")


def _is_filtered(query: RegionsQuery) -> bool:
    return any(getattr(query, name, None) is not None for name in FILTERS)


def _wanted(query: RegionsQuery, row: Any, collection: Any, said: Mapping[Statistic, Mapping[str, Any]], more: Mapping[str, Any]) -> bool:
    has = {
        "country": collection.country,
        "locations_confidence": row.locations_confidence,
        "risk_tier": said.get(Statistic.EUDR_DEFORESTATION, {}).get("risk_tier"),
        "name_stat": more.get("name_stat"),
        "uuid_stat": more.get("uuid_stat"),
    }
    return all(getattr(query, name, None) in {None, has[name]} for name in FILTERS)
