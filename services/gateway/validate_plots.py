"""`POST /validate_plots`: what staging would say about a file, of which nothing is kept."""

import asyncio
from typing import Any, Final

import orjson
from aiohttp import web

from contracts.v1.batch import BatchProcess
from contracts.v1.validation import ValidationReport
from services.gateway.context import owner_of, resources_of
from services.gateway.intake import read_request
from services.gateway.parameters import parameters_of
from services.gateway.problems import Problem, fault, invalid
from services.gateway.submit import check_quota, file_problem, new_collection_id, order_of, remove_blobs, ring, staged
from shared.blobs import FINDINGS_FILE
from shared.db import collections, runs
from shared.service import Resources

OPERATION: Final = "validate_plots"
OWNER: Final = "validation of {owner_id}"
"""Owner of what is staged meanwhile: nobody's list and nobody's quota of runs has it."""
LEFTOVER_S: Final = 3600.0
"""What a gateway left that died while it waited is removed by a later one, after this."""
NO_CHOICE: Final = {"on_invalid": "skip", "skip_on_low_confidence": False}
"""A report lists bad plots, whatever the file would be done with."""


async def validate_plots(request: web.Request) -> web.Response:
    """Stage under an owner of its own, read the report, remove everything."""
    resources = resources_of(request)
    owner_id, collection_id = OWNER.format(owner_id=owner_of(request)), new_collection_id()
    async with resources.database.write() as connection:
        await check_quota(resources, owner_id, connection)
        leftovers = await collections.remove_older(connection, owner_id, LEFTOVER_S)
    for leftover in leftovers:
        await remove_blobs(resources, leftover)
    try:
        order = await _read(request, resources, collection_id)
        async with resources.database.write() as connection:
            await collections.ensure(connection, owner_id, order, OPERATION)
        await ring(resources, order)
        report = await _report(resources, order)
    finally:
        await asyncio.shield(_remove(resources, collection_id))
    return web.Response(text=report.model_dump_json(), content_type="application/json")


async def _read(request: web.Request, resources: Resources, collection_id: str) -> BatchProcess:
    intake = await read_request(request, resources.settings, resources.blobs, f"collections/{collection_id}/source")
    parameters = parameters_of({"collection_name": collection_id, **intake.given, **NO_CHOICE}, resources.settings)
    if intake.file is None:
        raise invalid([fault("file", "missing", "A part named file (or geojson in a JSON body) is required.")])
    return order_of(collection_id, parameters, intake.file)


async def _report(resources: Resources, order: BatchProcess) -> ValidationReport:
    """The report once staging has ended; raises `Problem` when the file cannot be read, or not in time."""
    wait_s = resources.settings.gateway_validation_wait_s
    problem = None
    try:
        in_time = await staged(resources, order, wait_s) is not None
    except Problem as refused:
        problem, in_time = refused, True
    async with resources.database.read() as connection:
        collection = await collections.get(connection, str(order.collection_id))
        rejected = await collections.rejected(connection, str(order.collection_id))
        run = await runs.get(connection, str(order.run_id))
    if problem is not None and not rejected:
        raise problem
    if collection is None or not in_time:
        if run is not None and run.problem:
            raise file_problem(orjson.loads(run.problem))
        detail = f"This takes longer than {wait_s:g} s; POST /stage_plots tells the same in its own time."
        raise Problem(504, "validation_timeout", detail)
    return report_of(collection, rejected, await _findings(resources, str(order.collection_id)))


async def _findings(resources: Resources, collection_id: str) -> list[dict[str, Any]]:
    key = f"collections/{collection_id}/{FINDINGS_FILE}"
    if not await resources.blobs.exists(key):
        return []  # no plot was left to check
    return [orjson.loads(line) for line in (await resources.blobs.get(key)).splitlines()]


def report_of(collection: Any, rejected: list[Any], findings: list[dict[str, Any]]) -> ValidationReport:
    """The report from a collection's row, its rejections and what was found about its other plots."""
    override = collection.country_override
    return ValidationReport.of(
        rejected,
        findings,
        total=collection.plots_total,
        accepted=collection.plots_accepted,
        rejected=collection.plots_rejected,
        confidence=collection.locations_confidence,
        country=collection.country,
        country_override_info=orjson.loads(override) if override else None,
    )


async def _remove(resources: Resources, collection_id: str) -> None:
    async with resources.database.write() as connection:
        await collections.remove(connection, collection_id)
    await remove_blobs(resources, collection_id)
