"""The fetch endpoints of plots: results streamed page by page, no transaction held while a client reads."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from contracts.v1.stats import Statistic
from services.gateway.context import owner_of, resources_of
from services.gateway.features import provenance_of
from services.gateway.fetch_sources import Chosen, chosen, stats_of
from services.gateway.formats import Form, form_of, needs_json
from services.gateway.middleware import Handler
from services.gateway.problems import Problem, fault, invalid, not_found
from services.gateway.queries import CheckQuery, FetchQuery, PlotsQuery, SimpleQuery, query_of
from services.gateway.region_kinds import kinds_of
from services.gateway.whole import region_feature
from shared.db import Database, filters, results

if TYPE_CHECKING:
    from services.gateway.plot_regions import PlotRegions

PAGE: Final = 250
"""Rows read and written at once: a few milliseconds of work between two turns of the loop."""
SUPPLY_SHED: Final = "supply_shed"
OF_RESULTS: Final = ("alert_class", "grade", "state")
"""Filters by results."""
OF_PLOTS: Final = ("plotid", "country", "locations_confidence")
"""Filters by plots."""


async def fetch_plots(request: web.Request) -> web.StreamResponse:
    """Plots of a collection with the results of its statistics."""
    query = query_of(request, PlotsQuery)
    return await _stream(request, query, stats_of(query.stats), query.limit)


def simple(name: str, stat: Statistic, model: type[SimpleQuery]) -> Handler:
    """The handler of an endpoint that fetches one statistic."""

    async def handle(request: web.Request) -> web.StreamResponse:
        query = query_of(request, model)
        stats = stats_of(stat.value)
        if query.aggregate:
            return await _aggregate(request, query, stat)
        default = 1 if query.plotid is not None else resources_of(request).settings.fetch_limit
        return await _stream(request, query, () if query.plots_only else stats, query.limit or default)

    handle.__name__ = name
    return handle


fetch_deforestation_check: Final = simple("fetch_deforestation_check", Statistic.EUDR_DEFORESTATION, CheckQuery)
fetch_biomass_emissions: Final = simple("fetch_biomass_emissions", Statistic.LUC_EMISSIONS, SimpleQuery)
fetch_biodiversity: Final = simple("fetch_biodiversity", Statistic.BIODIVERSITY, SimpleQuery)
fetch_water_stress: Final = simple("fetch_water_stress", Statistic.WATER, SimpleQuery)


async def _stream(request: web.Request, query: FetchQuery, stats: tuple[Statistic, ...] | None, limit: int | None) -> web.StreamResponse:
    if stats == () and (given := [name for name in OF_RESULTS if getattr(query, name, None)]):
        raise invalid([fault(given[0], "not_usable", "Results can be filtered by only when they are fetched.")])
    database = resources_of(request).database
    async with aclosing(chosen(database, owner_of(request), query, stats)) as sources:
        first = await anext(sources, None)  # faults are found before the answer begins
        form = form_of(query.format, accept_of(request), first.stats if first is not None else stats or ())
        regions = await _regions(database, query, first)
        form = form if regions is None else needs_json(form)
        response = response_of(form, [] if first is None else first.states)
        await response.prepare(request)
        await response.write(form.head())
        written = 0 if first is None else await _write(response, database, form, first, query, limit, 0, regions)
        async for source in sources:
            if limit is not None and written >= limit:
                break
            written += await _write(response, database, form, source, query, limit, written)
    await response.write(form.tail())
    return response


def accept_of(request: web.Request) -> str:
    """The Accept headers of a request as one."""
    return ", ".join(request.headers.getall("Accept", []))


def response_of(form: Form, states: Sequence[str]) -> web.StreamResponse:
    """The response that a form is streamed into; `states` are those of the runs that are read."""
    headers = {"Content-Type": form.media_type, "Content-Disposition": f'attachment; filename="plots.{form.suffix}"'}
    if states:
        headers["X-Run-Status"] = ", ".join(states)
    return web.StreamResponse(headers=headers)


async def _write(
    response: web.StreamResponse,
    database: Database,
    form: Form,
    one: Chosen,
    query: FetchQuery,
    limit: int | None,
    before: int,
    regions: "PlotRegions | None" = None,
) -> int:
    """Write the rows of one collection; `before` rows of `limit` are written already. Answers how many it wrote."""
    written, source = 0, one.source
    async for page in _pages(database, one, query, None if limit is None else limit - before):
        here = source if regions is None else replace(source, regions=await regions.of_page(page))
        await response.write(form.rows(page, here, before + written == 0))
        written += len(page)
    return written


async def _regions(database: Database, query: FetchQuery, one: Chosen | None) -> "PlotRegions | None":
    """Where the regions of the plots are asked for, what tells them. Raises `Problem` 409 when there are none."""
    kinds = kinds_of(query.stat_type) if isinstance(query, PlotsQuery) else ()
    if one is None or not kinds or not isinstance(query, PlotsQuery):
        return None
    from services.gateway.plot_regions import PlotRegions

    regions = PlotRegions(database, one.runs_by_stat, kinds)
    await regions.check(query.overlap_threshold)
    return regions


async def _pages(database: Database, one: Chosen, query: FetchQuery, limit: int | None) -> AsyncIterator[list[Any]]:
    where = _where(query, one)
    if where is None:
        return
    runs_by_stat = {stat.value: run.run_id for stat, run in one.runs_by_stat.items()}
    left = limit
    for numbers in _slices(one.plot_nos):
        only = [] if numbers is None else [filters.plot_no_in(numbers)]
        after = -1
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            async with database.read() as connection:
                page = await results.page(connection, one.collection.collection_id, runs_by_stat, after, size, [*where, *only])
            if page:
                yield page
            left = None if left is None else left - len(page)
            if len(page) < size:
                break
            after = page[-1].plot_no


def _slices(plot_nos: Sequence[int] | None) -> Iterator[Sequence[int] | None]:
    """Plot numbers a page at a time; None once when all are meant."""
    if plot_nos is None:
        yield None
        return
    for start in range(0, len(plot_nos), PAGE):
        yield plot_nos[start : start + PAGE]


def _where(query: FetchQuery, one: Chosen) -> list[Any] | None:
    """Conditions on the rows; None when no row of the collection can meet them."""
    where = [filters.OF_PLOT[name](value) for name in OF_PLOTS if (value := getattr(query, name)) is not None]
    alert_class, grade = getattr(query, "alert_class", None), getattr(query, "grade", None)
    if alert_class is not None:
        if Statistic.EUDR_DEFORESTATION not in one.runs_by_stat:
            return None
        where.append(filters.grade_is(Statistic.EUDR_DEFORESTATION, alert_class))
    if (grade is not None or query.state is not None) and not one.runs_by_stat:
        return None
    if grade is not None:
        where += [filters.grade_is(stat, grade) for stat in one.runs_by_stat]
    if query.state is not None:
        where += [filters.state_is(stat, query.state) for stat in one.runs_by_stat]
    return where


async def _aggregate(request: web.Request, query: SimpleQuery, stat: Statistic) -> web.StreamResponse:
    """The row of each collection as a whole: one unless `limit` asks for more."""
    refused = [name for name in (*OF_PLOTS, *OF_RESULTS, "plots_only") if getattr(query, name, None)]
    if refused:
        raise invalid([fault(name, "not_usable", f"{name} does not go with aggregate: the row is of all plots.") for name in refused])
    database = resources_of(request).database
    form = needs_json(form_of(query.format, accept_of(request), (stat,)))
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
    return await send_lines(request, form, lines, states)


async def send_lines(request: web.Request, form: Form, lines: Sequence[bytes], states: Sequence[str]) -> web.StreamResponse:
    """Answer a few Features, in a form that is JSON."""
    response = response_of(form, list(dict.fromkeys(states)))
    await response.prepare(request)
    joint = b"\n" if form.suffix == "ndjson" else b",\n"
    await response.write(form.head() + joint.join(lines) + (b"\n" if form.suffix == "ndjson" and lines else b"") + form.tail())
    return response


async def _whole(database: Database, one: Chosen, stat: Statistic) -> bytes | None:
    run = one.runs_by_stat.get(stat)
    if run is None:
        return None
    async with database.read() as connection:
        region = await results.region(connection, run.run_id, SUPPLY_SHED, one.collection.collection_id)
    if region is None:
        return None
    return region_feature(region, {stat: one.sums(region, stat)}, one.collection, provenance_of(one.runs_by_stat))
