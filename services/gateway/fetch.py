"""`GET /fetch_plots` and `GET /fetch_deforestation_check`: results streamed page by page, no transaction held while a client reads."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Final

from aiohttp import web

from contracts.v1.stats import Statistic
from services.gateway.context import owner_of, resources_of
from services.gateway.features import provenance_of, region_feature
from services.gateway.fetch_sources import Chosen, chosen, stats_of
from services.gateway.formats import Form, form_of
from services.gateway.problems import Problem, fault, invalid, not_found
from services.gateway.queries import CheckQuery, FetchQuery, PlotsQuery, query_of
from shared.db import Database, filters, results

PAGE: Final = 250
"""Rows read and written at once: a few milliseconds of work between two turns of the loop."""
SUPPLY_SHED: Final = "supply_shed"


async def fetch_plots(request: web.Request) -> web.StreamResponse:
    """Plots of a collection with the results of its statistics."""
    query = query_of(request, PlotsQuery)
    return await _stream(request, query, stats_of(query.stats), query.limit)


async def fetch_deforestation_check(request: web.Request) -> web.StreamResponse:
    """Deforestation evidence of plots, or of a collection as a whole."""
    query = query_of(request, CheckQuery)
    stats = () if query.plots_only else (Statistic.EUDR_DEFORESTATION,)
    if query.aggregate:
        return await _aggregate(request, query)
    default = 1 if query.plotid is not None else resources_of(request).settings.fetch_limit
    return await _stream(request, query, stats, query.limit or default)


async def _stream(request: web.Request, query: FetchQuery, stats: Sequence[Statistic], limit: int | None) -> web.StreamResponse:
    if not stats and (query.alert_class or query.state):
        raise invalid([fault("alert_class", "not_usable", "Results can be filtered by only when they are fetched.")])
    form = form_of(query.format, ", ".join(request.headers.getall("Accept", [])), stats)
    database = resources_of(request).database
    async with aclosing(chosen(database, owner_of(request), query, stats)) as sources:
        first = await anext(sources, None)  # faults are found before the answer begins
        response = _response(form, [] if first is None else first.states)
        await response.prepare(request)
        await response.write(form.head())
        written = 0 if first is None else await _write(response, database, form, first, query, limit, 0)
        async for source in sources:
            if limit is not None and written >= limit:
                break
            written += await _write(response, database, form, source, query, limit, written)
    await response.write(form.tail())
    return response


def _response(form: Form, states: Sequence[str]) -> web.StreamResponse:
    headers = {"Content-Type": form.media_type, "Content-Disposition": f'attachment; filename="plots.{form.suffix}"'}
    if states:
        headers["X-Run-Status"] = ", ".join(states)
    return web.StreamResponse(headers=headers)


async def _write(
    response: web.StreamResponse, database: Database, form: Form, one: Chosen, query: FetchQuery, limit: int | None, before: int
) -> int:
    """Write the rows of one collection; `before` rows of `limit` are written already. Answers how many it wrote."""
    written, source = 0, one.source
    async for page in _pages(database, one, query, None if limit is None else limit - before):
        await response.write(form.rows(page, source, before + written == 0))
        written += len(page)
    return written


async def _pages(database: Database, one: Chosen, query: FetchQuery, limit: int | None) -> AsyncIterator[list[Any]]:
    where = _where(query, one)
    if where is None:
        return
    runs_by_stat = {stat.value: run.run_id for stat, run in one.runs_by_stat.items()}
    after, left = -1, limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        async with database.read() as connection:
            page = await results.page(connection, one.collection.collection_id, runs_by_stat, after, size, where)
        if page:
            yield page
        if len(page) < size:
            return
        after, left = page[-1].plot_no, None if left is None else left - len(page)


def _where(query: FetchQuery, one: Chosen) -> list[Any] | None:
    """Conditions on the rows; None when no row of the collection can meet them."""
    where: list[Any] = [] if query.plotid is None else [filters.plot_id_is(query.plotid)]
    if query.alert_class is not None:
        if Statistic.EUDR_DEFORESTATION not in one.runs_by_stat:
            return None
        where.append(filters.grade_is(Statistic.EUDR_DEFORESTATION, query.alert_class))
    if query.state is not None:
        if not one.runs_by_stat:
            return None
        where += [filters.state_is(stat, query.state) for stat in one.runs_by_stat]
    return where


async def _aggregate(request: web.Request, query: CheckQuery) -> web.StreamResponse:
    """The row of each collection as a whole: one unless `limit` asks for more."""
    refused = [name for name in ("plotid", "alert_class", "state", "plots_only") if getattr(query, name)]
    if refused:
        raise invalid([fault(name, "not_usable", f"{name} does not go with aggregate: the row is of all plots.") for name in refused])
    stat, database = Statistic.EUDR_DEFORESTATION, resources_of(request).database
    form = form_of(query.format, ", ".join(request.headers.getall("Accept", [])), (stat,))
    if form.suffix == "csv":
        raise Problem(406, "format_not_available", "The aggregate is served as ndjson or geojson.")
    lines: list[bytes] = []
    states: list[str] = []
    async with aclosing(chosen(database, owner_of(request), query, (stat,))) as sources:
        async for one in sources:
            line = await _whole(database, one, stat)
            if line is None and (query.filename or query.collection_id or query.run_id):
                raise Problem(409, "not_ready", "The summary is written at the end of the run; see /batch_progress.")
            lines += [] if line is None else [line]
            states += one.states
            if len(lines) >= (query.limit or 1):
                break
    if not lines:
        raise not_found("collection")
    response = _response(form, list(dict.fromkeys(states)))
    await response.prepare(request)
    joint = b"\n" if form.suffix == "ndjson" else b",\n"
    await response.write(form.head() + joint.join(lines) + (b"\n" if form.suffix == "ndjson" else b"") + form.tail())
    return response


async def _whole(database: Database, one: Chosen, stat: Statistic) -> bytes | None:
    run = one.runs_by_stat.get(stat)
    if run is None:
        return None
    async with database.read() as connection:
        region = await results.region(connection, run.run_id, SUPPLY_SHED, one.collection.collection_id)
    return None if region is None else region_feature(stat, region, one.collection, provenance_of(one.runs_by_stat))
