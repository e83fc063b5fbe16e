"""Progress of one run as its rows say it, and which run a caller means."""

import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

import orjson

from contracts.v1.progress import BatchProcessProgress, Failure
from services.gateway.problems import not_found
from shared.db import Database, collections, failures, runs, tasks
from shared.progress import StageTotals, facts, progress

MOST_KEPT: Final = 500


class FailureBook:
    """Failures of runs, remembered while nothing new can have failed: they are asked for every half second."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Any, ...], list[Failure]] = OrderedDict()

    async def of(self, connection: Any, run: Any, collection: Any, totals: Iterable[StageTotals]) -> list[Failure]:
        """What was rejected by staging and failed in every other stage."""
        failed = tuple((stage.stage, stage.failed, stage.plots_failed) for stage in totals if stage.failed or stage.plots_failed)
        key = (run.run_id, run.state, collection.staged_at, failed)
        if key not in self._known:
            self._known[key] = await _read(connection, run, collection, failed)
            if len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return self._known[key]


async def _read(connection: Any, run: Any, collection: Any, failed: tuple[tuple[str, int, int], ...]) -> list[Failure]:
    found: dict[tuple[str, str], Failure] = {}
    if collection.plots_rejected:
        for row in await failures.rejections_by_code(connection, collection.collection_id):
            _add(found, "staging", row.code, row.message, row.plot_id, row.plots)
    for stage, _, plots_failed in failed:
        if stage in orjson.loads(run.stats) and plots_failed:
            for row in await failures.failed_results_by_reasons(connection, run.run_id, stage):
                code = ",".join(orjson.loads(row.reasons)) or "failed"
                _add(found, stage, code, f"could not be computed: {code}", row.plot_id, row.plots)
    tasks_failed = await tasks.of_run(connection, run.run_id, ("failed",)) if failed else []
    named = set(found)
    for task in tasks_failed:
        code = task.code or "failed"
        if (task.stage, code) not in named:
            before = found.get((task.stage, code))
            count = (before.count if before else 0) + (task.plots or 0)
            found[task.stage, code] = Failure(stage=task.stage, code=code, message=task.message or code, plots=(), count=count)
    return list(found.values())


def _add(found: dict[tuple[str, str], Failure], stage: str, code: str, message: str, plot_id: str | None, count: int) -> None:
    known = found.get((stage, code))
    plots = (*(known.plots if known else ()), *(() if plot_id is None else (plot_id,)))
    found[stage, code] = Failure(stage=stage, code=code, message=known.message if known else message, plots=plots, count=count)


async def read(database: Database, book: FailureBook, run_id: str, owner_id: str) -> BatchProcessProgress:
    """The progress of a run of this owner; raises `Problem` 404."""
    async with database.read() as connection:
        run = await runs.get(connection, run_id, owner_id)
        collection = None if run is None else await collections.get(connection, run.collection_id, owner_id)
        if run is None or collection is None:
            raise not_found("run")
        totals = [_totals(row) for row in await tasks.by_stage(connection, run_id)]
        failed = await book.of(connection, run, collection, totals)
    return progress(facts(run, collection), totals, failed, time.time())


def _totals(row: Any) -> StageTotals:
    return StageTotals(
        stage=row.stage,
        tasks=row.tasks,
        open=row.open,
        failed=row.failed,
        plots=None if row.plots is None else int(row.plots),
        plots_done=int(row.plots_done),
        plots_failed=int(row.plots_failed),
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


async def collection_of(connection: Any, owner_id: str, *, tracking_id: str | None = None, filename: str | None = None) -> Any:
    """The owner's collection by id, or by id or name; raises `Problem` 404."""
    if tracking_id is not None:
        found = await collections.get(connection, tracking_id, owner_id)
    else:
        found = await collections.find(connection, filename or "", owner_id)
    if found is None:
        raise not_found("collection")
    return found


async def run_of(connection: Any, owner_id: str, collection_id: str, run_id: str | None) -> str:
    """`run_id` if it is a run of the collection, or the newest; raises `Problem` 404."""
    known = [run.run_id for run in await runs.of_collection(connection, collection_id, owner_id)]
    if run_id is None and known:
        return str(known[0])
    if run_id not in known:
        raise not_found("run")
    return str(run_id)
