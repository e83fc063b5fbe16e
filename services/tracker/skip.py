"""The end of a run whose locations nobody should compute on: one row that says why, and the state SKIPPED."""

from collections.abc import Mapping

from services.tracker.summarise import SUPPLY_SHED
from shared.db import collections, results, runs
from shared.db.runs import AnyRow
from shared.service import Resources


async def end_skipped(resources: Resources, run: AnyRow, stages: Mapping[str, AnyRow]) -> bool:
    """End a run that staging decided to skip (`skip_on_low_confidence`); False when it is not one."""
    if "staging" not in stages or stages["staging"].open:
        return False
    async with resources.database.read() as connection:
        collection = await collections.get(connection, run.collection_id)
    if collection is None or collection.skip_reason is None:
        return False
    async with resources.database.write() as connection:
        await results.put_region(connection, run.run_id, SUPPLY_SHED, run.collection_id, collection.skip_reason, "{}")
        await runs.end(connection, run.run_id, "SKIPPED")
    return True
