"""The end of a run: name what failed, sum up the collection, write its row, and end the run after that commit."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from contracts.routes import RESULT_OF
from contracts.v1.results.result import AREA_FIELD, named_values
from contracts.v1.stats import Statistic, whole_stage
from services.tracker.compliance import compliance, long_named, tiers, unmeasured
from services.tracker.plan import ranges
from services.tracker.regional import Regional, parts_of_plots, region_rows
from services.tracker.summary import PlotValue, Sums, end_state, unknown
from services.tracker.survey import ground_of, places_of
from services.tracker.weight import DIGITS
from shared.bus import Delivery
from shared.db import Database, collections, methods, results, runs, tasks
from shared.db.rows import dumps
from shared.db.runs import AnyRow
from shared.lease import hold
from shared.outcome import Together
from shared.service import Resources

PAGE = 250
"""Results summed between two turns of the loop: some 10 ms of work."""
SUPPLY_SHED = "supply_shed"
DEFORESTATION = Statistic.EUDR_DEFORESTATION
NONCOMPLIANCE = "noncompliance_area_ha"
TOO_MANY = "too_many_overlaps"


async def summarise(resources: Resources, run: AnyRow, cause: Delivery[Any]) -> None:
    """Hold the run's last task, write its summary, then end the run."""
    async with hold(resources.database, resources.settings, tasks.Key(run.run_id, "summarising"), cause) as lease:
        if lease is not None:
            await _name_failed(resources, run)
            row, of_regions = await summed_up(resources.database, run)
            async with resources.database.write() as connection:
                collection = await collections.get(connection, run.collection_id)
                await tasks.finish(connection, lease.taken, "done", plots=lease.taken.plots)
                confidence = None if collection is None else collection.locations_confidence
                await results.put_region(connection, run.run_id, SUPPLY_SHED, run.collection_id, confidence, dumps(row))
                for kind, region_id, values in of_regions:
                    await results.put_region(connection, run.run_id, kind, region_id, confidence, dumps(values))
                await runs.pin_sources(connection, run.run_id, await methods.sources_of(connection, run.run_id))
    # A transaction of its own: in the one above, two last tasks would each see the other open.
    async with resources.database.write() as connection:
        failed, count = await results.failed(connection, run.run_id)
        lost = [row for row in await tasks.of_run(connection, run.run_id, ("failed",)) if row.stage != "summarising"]
        await runs.end(connection, run.run_id, end_state(count, failed, len(lost)))


async def _name_failed(resources: Resources, run: AnyRow) -> None:
    """Give every plot of a failed task a failed result with the task's code, so that none is silently absent."""
    async with resources.database.write() as connection:
        collection = await collections.get(connection, run.collection_id)
        spans = ranges(orjson.loads(collection.chunks)) if collection is not None and collection.chunks else []
        asked = runs.asked_plots(run)
        for task in await tasks.of_run(connection, run.run_id, ("failed",)):
            if task.stage in orjson.loads(run.stats) and task.part < len(spans):
                first, last = spans[task.part]
                only = None if asked is None else [number for number in asked if first <= number <= last]
                await results.put_failed(connection, run.run_id, run.collection_id, task.stage, (first, last), task.code, only)


@dataclass(frozen=True, slots=True, eq=False)
class _Computed:
    """One statistic of a run: its sums, and of each plot (by plot number, [n]) what the ground needs; ha, nan where not known."""

    sums: Sums
    area_ha: NDArray[np.float64]
    """nan too for a plot that the run was not asked for."""
    noncompliance_ha: NDArray[np.float64]
    regional: Regional


async def summed_up(database: Database, run: AnyRow) -> tuple[dict[str, Any], list[tuple[str, str, dict[str, Any]]]]:
    """The `stat_supply_shed` row of a run, one entry a statistic; and kind, id and values of each of its regions."""
    async with database.read() as connection:
        collection = await collections.get(connection, run.collection_id)
    rejected = None if collection is None else collection.plots_rejected
    compares = "layers_of" in orjson.loads(run.pins or "{}")
    parts = await parts_of_plots(database, run) if compares else {}
    computed = {stat: await _computed(database, run, Statistic(stat), parts) for stat in orjson.loads(run.stats)}
    row = {stat: one.sums.row(rejected, await _whole(database, run, Statistic(stat))) for stat, one in computed.items()}
    if not computed:
        return row, []
    judging = computed.get(DEFORESTATION, next(iter(computed.values())))
    places = await places_of(database, run.collection_id, judging.area_ha)
    own = await ground_of(database, run.collection_id, places, ~np.isnan(judging.noncompliance_ha))
    for stat, entry in row.items():
        entry |= {**_ground(judging.area_ha, own), "n_plots_without_area": computed[stat].sums.without_area}
        if stat == DEFORESTATION:
            row[stat] = long_named(entry | _risk(judging, own))
    if not compares:
        return row, []
    return row, await region_rows(database, run, {stat: one.regional for stat, one in computed.items()}, places.boxes)


async def _whole(database: Database, run: AnyRow, stat: Statistic) -> Together | None:
    """What the statistic found of all plots together; None where nobody was asked for it."""
    async with database.read() as connection:
        found = await results.whole(connection, run.run_id, stat)
        task = await tasks.get(connection, tasks.Key(run.run_id, whole_stage(stat)))
    if found is not None:
        return Together(**orjson.loads(found))
    return None if task is None else unknown(RESULT_OF[stat], task.code or "not_computed")


def _ground(area_ha: NDArray[np.float64], own: NDArray[np.float64] | None) -> dict[str, Any]:
    if own is None:
        return {"union_area_ha": None, "overlap_double_count_ha": None, "ground_reason": TOO_MANY}
    covered, ground = float(np.nansum(area_ha)), float(np.nansum(own))
    return {
        "union_area_ha": round(ground, DIGITS),
        "overlap_double_count_ha": round(covered - ground, DIGITS),
        "ground_reason": None,
    }


def _risk(judging: _Computed, own: NDArray[np.float64] | None) -> dict[str, Any]:
    if own is None:
        return unmeasured(TOO_MANY)
    return compliance(judging.noncompliance_ha, judging.area_ha, own, judging.sums.valid_share(NONCOMPLIANCE), tiers())


async def _computed(database: Database, run: AnyRow, stat: Statistic, parts: dict[int, list[int]]) -> _Computed:
    sums, regional, after = Sums(RESULT_OF[stat]), Regional(stat, parts), -1
    area_ha: list[float | None] = []
    noncompliance_ha: list[float | None] = []
    while True:
        async with database.read() as connection:
            page = await results.of_plots(connection, run.run_id, run.collection_id, stat, after, PAGE)
        if not page:
            return _Computed(sums, np.array(area_ha, dtype=np.float64), np.array(noncompliance_ha, dtype=np.float64), regional)
        plots = [PlotValue(row.state, row.area_ha, orjson.loads(row.vals) if row.vals else None) for row in page]
        sums.add(plots)
        for row, plot in zip(page, plots, strict=True):
            values = {} if plot.values is None else named_values(RESULT_OF[stat], plot.values)
            area_ha.append(None if plot.state is None else values.get(AREA_FIELD, plot.area_ha))
            if plot.state is not None:
                regional.add(row.plot_no, plot, values, area_ha[-1])
            noncompliance_ha.append(values.get(NONCOMPLIANCE) if stat == DEFORESTATION else None)
        after = page[-1].plot_no
