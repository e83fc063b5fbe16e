"""`POST /batch_zonal_stats` and its four aliases: statistics of a collection that is uploaded, in a run of their own."""

import hashlib
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import uuid4

import orjson
from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.v1.batch import FIRST_DATE, BatchParameters, BatchProcess, StatType
from contracts.v1.stats import Statistic, StatsRequested
from services.gateway import repeats
from services.gateway.bodies import body_of
from services.gateway.context import owner_of, resources_of
from services.gateway.middleware import Handler
from services.gateway.parameters import changed_parameters, stats_of_request
from services.gateway.problems import Problem, cut, fault, invalid
from services.gateway.progress_rows import collection_of
from services.gateway.queries import Day, Text
from services.gateway.submit import accepted_over, check_quota, ring
from shared.db import idempotency, plots, runs, tasks
from shared.errors import PlotproofError
from shared.service import Resources

BATCH_ZONAL_STATS: Final = "batch_zonal_stats"
MAX_PLOT_IDS: Final = 10_000


def _texts(value: Any) -> Any:
    """Names separated by commas, as a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class OneStatistic(BaseModel):
    """What a run over an uploaded collection takes; the statistic is that of the path."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filename: Text = Field(description="Id or name of an uploaded collection")
    non_biomass: bool = Field(default=False, description="Farm-gate emissions beside those of land use")
    start_date: Day = Field(default=FIRST_DATE, description="First day of the window")
    end_date: Day | None = Field(default=None, description="Last day of the window; today when absent")
    plot_ids: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_PLOT_IDS)] | None = Field(
        default=None, description="Ours: compute these plots alone, by the ids of the file; others are not in the run's results"
    )
    stat_type: StatType | None = Field(
        default=None, description="Ours: compare the plots with the regions of this kind that they lie in; none when absent"
    )
    overlap_threshold: float = Field(default=0.5, ge=0, le=1, description="Ours: share of a plot from which on a region holds it")


class ZonalStats(OneStatistic):
    """What `POST /batch_zonal_stats` takes."""

    stats: Annotated[tuple[Text, ...], BeforeValidator(_texts)] | None = Field(
        default=None, description="Names, as a list or separated by commas; all that the deployment serves when absent"
    )


async def batch_zonal_stats(request: web.Request) -> web.Response:
    """Compute any served statistics of an uploaded collection."""
    resources = resources_of(request)
    asked = await body_of(request, ZonalStats, resources.settings.max_json_bytes)
    stats = stats_of_request(None if asked.stats is None else list(asked.stats), resources.settings.served_stats)
    return await _start(request, BATCH_ZONAL_STATS, asked, stats)


def alias(operation: str, stat: Statistic) -> Handler:
    """The handler of the endpoint `operation`: `/batch_zonal_stats` for one statistic."""

    async def handle(request: web.Request) -> web.Response:
        resources = resources_of(request)
        asked = await body_of(request, OneStatistic, resources.settings.max_json_bytes)
        return await _start(request, operation, asked, stats_of_request([stat.value], resources.settings.served_stats))

    handle.__name__ = operation
    return handle


async def _start(request: web.Request, operation: str, asked: OneStatistic, stats: list[str]) -> web.Response:
    """Write the run, tell the tracker, answer; a repeat with the same key answers as the first did."""
    resources, owner_id = resources_of(request), owner_of(request)
    key = repeats.key_of(request)
    same = [operation, stats, asked.model_dump(mode="json", exclude={"stats"})]
    digest = hashlib.sha256(orjson.dumps(same, option=orjson.OPT_SORT_KEYS)).hexdigest()
    ticket = None if key is None else repeats.Ticket(owner_id, key, digest)
    if ticket is not None and (repeat := await repeats.hold(resources, ticket)) is not None:
        return repeat
    try:
        answer = await _write(resources, owner_id, operation, asked, stats, ticket)
    except PlotproofError:
        if ticket is not None:
            await repeats.free(resources, ticket)
        raise
    await ring(resources, StatsRequested(collection_id=answer["collection_id"], run_id=answer["run_id"]))
    return web.Response(status=202, body=orjson.dumps(answer), content_type="application/json")


async def _write(
    resources: Resources, owner_id: str, operation: str, asked: OneStatistic, stats: list[str], ticket: repeats.Ticket | None
) -> dict[str, Any]:
    """The answer, once the run is written. Raises `Problem`: 404, 409 `not_ready`, 422, 429."""
    run_id = str(uuid4())
    async with resources.database.write() as connection:
        await check_quota(resources, owner_id, connection)
        collection = await collection_of(connection, owner_id, filename=asked.filename)
        if collection.failed or not await tasks.is_uploaded(connection, collection.collection_id):
            raise Problem(409, "not_ready", "The plots of the collection are not uploaded yet; see /batch_progress.")
        numbers = None if asked.plot_ids is None else await _numbers(connection, collection.collection_id, asked.plot_ids)
        more = {} if numbers is None else {runs.PLOT_NOS: numbers}
        await runs.create_over(connection, run_id, collection, _parameters(collection, asked, stats), operation, more)
        answer = accepted_over(collection, run_id, stats, None if numbers is None else len(numbers))
        if ticket is not None:
            await idempotency.settle(connection, owner_id, ticket.key, ticket.digest, 202, orjson.dumps(answer).decode())
    return answer


def _parameters(collection: Any, asked: OneStatistic, stats: list[str]) -> BatchParameters:
    """Those of the order that brought the collection, with what is asked for now. Raises `Problem` 422."""
    given = BatchProcess.model_validate_json(collection.order_data).parameters
    end_date: date = asked.end_date or datetime.now(UTC).date()
    changes = {"stats": stats, "non_biomass": asked.non_biomass, "start_date": asked.start_date, "end_date": end_date}
    regions = {"stat_type": asked.stat_type, "overlap_threshold": asked.overlap_threshold}
    return changed_parameters(given, changes | regions)


async def _numbers(connection: Any, collection_id: str, plot_ids: tuple[str, ...]) -> list[int]:
    """The plots with these ids, rising. Raises `Problem` 422 that names the ids that the collection does not have."""
    known = await plots.numbers_of(connection, collection_id, plot_ids)
    unknown = [(at, plot_id) for at, plot_id in enumerate(plot_ids) if plot_id not in known]
    if unknown:
        raise invalid(
            [fault(f"plot_ids/{at}", "unknown_plot_id", f"The collection has no plot {cut(plot_id)}.") for at, plot_id in unknown]
        )
    return sorted({number for numbers in known.values() for number in numbers})
