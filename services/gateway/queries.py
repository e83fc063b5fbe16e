"""Query parameters of every endpoint: one model each, from which they are read, checked and documented."""

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from contracts.v1.batch import StatType
from contracts.v1.results.eudr_deforestation import AlertClass
from services.gateway.parameters import DATE, is_clean
from services.gateway.problems import cut, fault, invalid

MAX_LIMIT = 1_000_000
MAX_TRACKING_IDS = 100
MAX_COLLECTIONS = 1000


def _clean(text: str) -> str:
    if not is_clean(text):
        raise ValueError("holds a control character")
    return text


def _day(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and DATE.fullmatch(value)):
        raise ValueError("must be a date such as 2021-01-31")
    return value


Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_clean)]
Day = Annotated[date, BeforeValidator(_day)]
StatNames = Annotated[str, Field(max_length=200)]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Confidence = Literal["high", "medium", "low"]
RowState = Literal["ok", "not_covered", "failed"]
Format = Literal["ndjson", "geojson", "csv", "geoparquet"]


class Query(BaseModel):
    """Parameters after the question mark; any other is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Query):
    """No parameters."""


class EventsQuery(Query):
    """Which run to follow."""

    tracking_id: Text | None = Field(default=None, description="Collection id")
    filename: Text | None = Field(default=None, description="Deprecated: id or name of a collection")
    run_id: Text | None = Field(default=None, description="Ours: a run other than the newest")


class ProgressQuery(EventsQuery):
    """Which run or runs to show."""

    tracking_ids: tuple[Text, ...] = Field(
        default=(), max_length=MAX_TRACKING_IDS, description="Several collection ids, repeated or separated by commas; they are summed"
    )
    dummy_data: bool = Field(default=False, description="Answer a fixed example")


class CollectionsQuery(Query):
    """Which part of the list."""

    limit: int = Field(default=MAX_COLLECTIONS, ge=1, le=MAX_COLLECTIONS, description="Ours: collections in the answer")
    after: Text | None = Field(default=None, description="Ours: the list goes on after this name")


ALERT_CLASS: Any = Field(default=None, description="Filter: class of the deforestation result")


OVERLAP_THRESHOLD: Any = Field(default=None, ge=0, le=1, description="Share of a plot that its region holds; that of the run")


class SourceQuery(Query):
    """Which collections are read, which of their runs, and in what form they are answered."""

    filename: Text | None = Field(default=None, description="Id or name of a collection")
    monitoring_start: Day | None = Field(default=None, description="First day of the window; it must be the run's")
    monitoring_end: Day | None = Field(default=None, description="Last day of the window; it must be the run's")
    limit: int | None = Field(default=None, ge=1, le=MAX_LIMIT, description="Most plots in the answer")
    run_id: Text | None = Field(default=None, description="Ours: a run other than the newest that ended well")
    complete: bool = Field(default=False, description="Ours: answer 409 `not_ready` while the run goes on")
    format: Format | None = Field(default=None, description="Ours: stands before the Accept header")
    collection_id: Text | None = Field(default=None, description="Filter: one collection")


class FetchQuery(SourceQuery):
    """What every fetch endpoint of plots takes."""

    plotid: Text | None = Field(default=None, description="Filter: the user's plot id")
    country: Country | None = Field(default=None, description="Filter: ISO 3166-1 alpha-2 of the plot")
    locations_confidence: Confidence | None = Field(default=None, description="Filter: trust in the plot's location")
    state: RowState | None = Field(default=None, description="Filter: state of the result")


class RegionsQuery(SourceQuery):
    """What the endpoints of whole collections and regions take."""

    stats: StatNames | None = Field(default=None, description="Statistics, separated by commas; all that were computed when absent")
    overlap_threshold: float | None = OVERLAP_THRESHOLD
    limit: int | None = Field(default=None, ge=1, le=MAX_LIMIT, description="Most rows in the answer")
    country: Country | None = Field(default=None, description="Filter: ISO 3166-1 alpha-2 of the collection")
    locations_confidence: Annotated[str, Field(max_length=300)] | None = Field(default=None, description="Filter: confidence or reason")


class StatRegionsQuery(RegionsQuery):
    """`GET /fetch_stat_regions`."""

    filename: Text = Field(description="Id or name of a collection")
    stat_type: StatType = Field(default="admin_area", description="Kind of reference regions")
    name_stat: Text | None = Field(default=None, description="Filter: name of the region")
    uuid_stat: Text | None = Field(default=None, description="Filter: id of the region")


class SupplyShedQuery(RegionsQuery):
    """`GET /fetch_supply_shed`."""

    stat_type: StatType = Field(default="supply_shed", description="The supply base as a whole, its regions of one kind, or all")
    table_extension: Literal["eudr"] | None = Field(default=None, description="`eudr`: the deforestation statistic alone")
    risk_tier: Literal["High", "Medium", "Compliant"] | None = Field(default=None, description="Ours, filter: tier of the collection")


class PlotsQuery(FetchQuery):
    """`GET /fetch_plots`."""

    filename: Text = Field(description="Id or name of a collection")
    stats: StatNames | None = Field(
        default=None, description="Statistics to join, separated by commas; empty for none; all that were computed when absent"
    )
    alert_class: AlertClass | None = ALERT_CLASS
    stat_type: StatType | None = Field(
        default=None, description="Kind of reference regions: each plot says in which it lies, and how it stands among its windows"
    )
    overlap_threshold: float | None = OVERLAP_THRESHOLD


class SimpleQuery(FetchQuery):
    """An endpoint that fetches one statistic."""

    grade: Annotated[str, Field(max_length=24)] | None = Field(default=None, description="Ours, filter: class of the result")
    aggregate: bool = Field(default=False, description="One row for the whole collection")
    plots_only: bool = Field(default=False, description="Plots without results")


class CheckQuery(SimpleQuery):
    """`GET /fetch_deforestation_check`."""

    alert_class: AlertClass | None = ALERT_CLASS


Q = TypeVar("Q", bound=Query)
LISTS = frozenset({"tracking_ids"})
NOT_SERVED = dict.fromkeys(
    ("stat_type", "overlap_threshold"), "regions are those of /fetch_plots, /fetch_stat_regions and /fetch_supply_shed"
)


def query_of(request: web.Request, model: type[Q]) -> Q:
    """The query parameters of a request; raises `Problem` 422 that names each fault and the allowed parameters."""
    allowed = tuple(model.model_fields)
    values: dict[str, Any] = {}
    faults = []
    for name in dict.fromkeys(request.query):
        given = request.query.getall(name)
        if name in NOT_SERVED and name not in allowed:
            faults.append(fault(name, "parameter_not_available", f"{name}: {NOT_SERVED[name]}."))
        elif name not in allowed:
            faults.append(fault(cut(name), "unknown_parameter", f"There is no parameter {cut(name)}; allowed are {', '.join(allowed)}."))
        elif name in LISTS:
            values[name] = tuple(part.strip() for text in given for part in text.split(",") if part.strip())
        elif len(given) > 1:
            faults.append(fault(name, "repeated", f"{name} is given twice."))
        else:
            values[name] = given[0]
    if faults:
        raise invalid(faults)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid([_fault(tuple(one["loc"]), one["type"], one["msg"]) for one in error.errors()]) from error


def _fault(place: tuple[Any, ...], kind: str, message: str) -> dict[str, str]:
    name = str(place[0]) if place else ""
    return fault("/".join(str(part) for part in place), kind, f"{name}: {message.removeprefix('Value error, ')}.")
