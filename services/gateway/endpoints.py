"""The one table of routes: what is served, by whom, to whom, and how it is documented."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

from contracts.v1.progress import BatchProcessProgress
from contracts.v1.stats import Statistic
from contracts.v1.validation import ValidationReport
from services.gateway import answers
from services.gateway.batch_process import batch_process, stage_plots
from services.gateway.batch_progress import batch_progress, batch_progress_events
from services.gateway.batch_zonal_stats import OneStatistic, ZonalStats, alias, batch_zonal_stats
from services.gateway.collection_files import findings, repairs
from services.gateway.config import config
from services.gateway.ending import cancel_collection, delete_collection
from services.gateway.fetch import (
    fetch_biodiversity,
    fetch_biomass_emissions,
    fetch_deforestation_check,
    fetch_plots,
    fetch_water_stress,
)
from services.gateway.fetch_regions import fetch_stat_regions, fetch_supply_shed
from services.gateway.get_collections import get_collections, rejections
from services.gateway.middleware import Handler
from services.gateway.queries import (
    CheckQuery,
    CollectionsQuery,
    EventsQuery,
    NoQuery,
    PlotsQuery,
    ProgressQuery,
    Query,
    SimpleQuery,
    StatRegionsQuery,
    SupplyShedQuery,
)
from services.gateway.refresh_token import Credentials, TokenAnswer, refresh_token
from services.gateway.upload_plots import Upload, upload_plots
from services.gateway.validate_plots import validate_plots

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route. `answers` maps a status to (description, media type → model, JSON Schema or None)."""

    method: str
    path: str
    handler: Handler
    summary: str
    answers: Mapping[int, tuple[str, Mapping[str, Any]]]
    query: type[Query] = NoQuery
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Request headers with their descriptions."""
    problems: tuple[int, ...] = ()
    public: bool = False
    """Answers without a token."""


IDEMPOTENCY: Final = {"Idempotency-Key": "Ours: a repeat with the same key and content answers as the first did."}
FILE_PROBLEMS: Final = (400, 401, 403, 408, 409, 413, 415, 422, 429, 503)

ALIASES: Final = {
    "batch_deforestation_check": Statistic.EUDR_DEFORESTATION,
    "batch_biomass_emissions": Statistic.LUC_EMISSIONS,
    "batch_biodiversity": Statistic.BIODIVERSITY,
    "batch_water": Statistic.WATER,
}
"""Endpoints that are `/batch_zonal_stats` with one statistic."""


def _zonal(path: str, handler: Handler, summary: str, body: type[OneStatistic]) -> Endpoint:
    answers_with = {
        202: ("The run is durable and goes on; results of earlier runs stay readable by their run_id.", {JSON: answers.Submitted})
    }
    problems = (400, 401, 403, 404, 409, 413, 422, 429, 503)
    return Endpoint("POST", path, handler, summary, answers_with, body={JSON: body}, headers=IDEMPOTENCY, problems=problems)


def _fetch(path: str, handler: Handler, summary: str, query: type[Query]) -> Endpoint:
    answers_with = {200: ("One GeoJSON Feature a line, or one FeatureCollection, CSV or GeoParquet.", answers.FETCHED)}
    return Endpoint("GET", path, handler, summary, answers_with, query=query, problems=(401, 403, 404, 406, 409, 422, 503))


def _regions(path: str, handler: Handler, summary: str, query: type[Query]) -> Endpoint:
    answers_with = {200: ("One GeoJSON Feature a line, or one FeatureCollection.", answers.FETCHED_WHOLE)}
    return Endpoint("GET", path, handler, summary, answers_with, query=query, problems=(401, 403, 404, 406, 409, 422, 503))


def _listed(handler: Handler, summary: str, line: type[BaseModel]) -> Endpoint:
    answers_with = {200: ("One JSON object a line.", {"application/x-ndjson": line})}
    path = f"/collections/{{collection_id}}/{handler.__name__}"
    return Endpoint("GET", path, handler, summary, answers_with, problems=(401, 403, 404, 422, 503))


ENDPOINTS: Final = (
    Endpoint(
        "POST",
        "/batch_process",
        batch_process,
        "Process a file of plots: stage it, upload it, compute its statistics.",
        {
            200: ("The locations cannot be trusted, and skip_on_low_confidence was sent: nothing is computed.", {JSON: answers.Skipped}),
            202: ("The run is durable and goes on.", {JSON: answers.Submitted}),
        },
        body={"multipart/form-data": answers.BATCH_FORM, JSON: answers.BATCH_JSON},
        headers=IDEMPOTENCY,
        problems=FILE_PROBLEMS,
    ),
    Endpoint(
        "POST",
        "/stage_plots",
        stage_plots,
        "Stage a file of plots and nothing more: check it, and keep its good plots for /upload_plots.",
        {202: ("The run is durable and goes on.", {JSON: answers.Submitted})},
        body={"multipart/form-data": answers.BATCH_FORM, JSON: answers.BATCH_JSON},
        headers=IDEMPOTENCY,
        problems=FILE_PROBLEMS,
    ),
    Endpoint(
        "POST",
        "/upload_plots",
        upload_plots,
        "Upload the plots of a staged collection: every plot can be fetched afterwards.",
        {202: ("The run is durable and goes on.", {JSON: answers.Submitted})},
        body={JSON: Upload},
        headers=IDEMPOTENCY,
        problems=(400, 401, 403, 404, 409, 413, 422, 429, 503),
    ),
    Endpoint(
        "POST",
        "/validate_plots",
        validate_plots,
        "Ours: what staging would say about a file, of which nothing is kept; `collection_name` is not needed.",
        {200: ("What was found.", {JSON: ValidationReport})},
        body={"multipart/form-data": answers.BATCH_FORM, JSON: answers.BATCH_JSON},
        problems=(*(status for status in FILE_PROBLEMS if status != 409), 504),
    ),
    _zonal("/batch_zonal_stats", batch_zonal_stats, "Compute any served statistics of an uploaded collection, in a new run.", ZonalStats),
    *(_zonal(f"/{name}", alias(name, stat), f"/batch_zonal_stats for {stat.value} alone.", OneStatistic) for name, stat in ALIASES.items()),
    Endpoint(
        "GET",
        "/batch_progress",
        batch_progress,
        "How far a run is, stage by stage. The fields are ours.",
        {200: ("The newest run of the collection, or the sum of several.", {JSON: BatchProcessProgress})},
        query=ProgressQuery,
        problems=(401, 403, 404, 422, 503),
    ),
    Endpoint(
        "GET",
        "/batch_progress/events",
        batch_progress_events,
        "Ours: progress as Server-Sent Events; the data of each event is the object of /batch_progress, the last one holds the end state.",
        {200: ("Events until the run has ended.", {"text/event-stream": None})},
        query=EventsQuery,
        problems=(401, 403, 404, 422, 503),
    ),
    Endpoint(
        "GET",
        "/get_collections",
        get_collections,
        "Every collection by its name, with a job for each run, newest first.",
        {200: ("Collections by name; the header Link names the next page.", {JSON: answers.COLLECTIONS})},
        query=CollectionsQuery,
        problems=(401, 403, 422, 503),
    ),
    _listed(rejections, "Ours: the plots of the file that were left out, and why, in file order.", answers.Rejection),
    _listed(findings, "Ours: what was remarked on single plots, in file order; of each code the first 10,000.", answers.Finding),
    _listed(repairs, "Ours: the plots whose outline was mended, areas and outlines (WKB in hexadecimal) before and after.", answers.Repair),
    Endpoint(
        "POST",
        "/collections/{collection_id}/cancel",
        cancel_collection,
        "Ours: end every open run of the collection as CANCELLED. Repeatable; results of ended runs stay.",
        {200: ("The runs that were open.", {JSON: answers.Cancelled})},
        problems=(401, 403, 404, 422, 503),
    ),
    Endpoint(
        "DELETE",
        "/collections/{collection_id}",
        delete_collection,
        "Ours: cancel the collection's runs, then remove its plots, results and files for good.",
        {204: ("It is gone.", {})},
        problems=(401, 403, 404, 422, 503),
    ),
    _fetch("/fetch_plots", fetch_plots, "Plots with the results of the collection's statistics, in plot_no order.", PlotsQuery),
    _fetch(
        "/fetch_deforestation_check",
        fetch_deforestation_check,
        "Deforestation evidence of plots, or of a whole collection. The method is ours.",
        CheckQuery,
    ),
    _fetch(
        "/fetch_biomass_emissions",
        fetch_biomass_emissions,
        "Emissions of plots from land use change, or of a whole collection. The method is ours.",
        SimpleQuery,
    ),
    _fetch("/fetch_biodiversity", fetch_biodiversity, "Biodiversity of plots, or of a whole collection. The method is ours.", SimpleQuery),
    _regions(
        "/fetch_stat_regions",
        fetch_stat_regions,
        "The regions that the plots of a collection lie in, and what they are compared with. The method is ours.",
        StatRegionsQuery,
    ),
    _regions(
        "/fetch_supply_shed",
        fetch_supply_shed,
        "Collections as a whole, each with its sums by statistic, and their regions. The rules are ours.",
        SupplyShedQuery,
    ),
    _fetch("/fetch_water_stress", fetch_water_stress, "Water stress of plots, or of a whole collection. The method is ours.", SimpleQuery),
    Endpoint(
        "POST",
        "/refresh_token",
        refresh_token,
        "An e-mail address with its password, or (ours) a refresh token, for new tokens.",
        {200: ("New tokens.", {JSON: TokenAnswer})},
        body={JSON: Credentials},
        problems=(400, 401, 403, 413, 415, 422, 429, 503),
        public=True,
    ),
    Endpoint(
        "GET",
        "/config",
        config,
        "Ours: the limits of this deployment.",
        {200: ("Limits.", {JSON: answers.OBJECT})},
        problems=(403, 422),
        public=True,
    ),
)
"""Endpoints with a subject of their own; those of `shared.health` and the description itself stand beside them."""

OPERATIONS: Final = {
    "/healthz": "Ours: the process answers.",
    "/readyz": "Ours: the process wants work (503: not now).",
    "/metrics": "Ours: figures for Prometheus.",
    "/openapi.json": "Ours: this description.",
}
