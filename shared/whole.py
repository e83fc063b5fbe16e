"""What a statistic finds of all plots of a run together: one task of its workers, one row."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from contracts.v1.stats import Statistic
from shared.db import Database, methods, results, tasks
from shared.db.rows import dumps
from shared.db.runs import AnyRow
from shared.isolation import CRASHED
from shared.lease import Lease
from shared.outcome import Plots, Terms, Together
from shared.rasters.recorded import RecordedRasters

ComputeTogether = Callable[[Plots, Terms, Any, bool], Together]
"""(plots, terms, rasters, give_up) → what is found of them; with `give_up` what a layer that is away would tell is not known."""
VANISHED_BEFORE_GIVING_UP: Final = 4
"""A task whose holders vanished this often has no answer: there is no plot to leave out."""


async def compute_whole(
    database: Database, lease: Lease, run: AnyRow, stat: Statistic, compute: ComputeTogether, read: Callable[[], Plots], terms: Terms,
    rasters: RecordedRasters, threads: Any,
) -> None:  # fmt: skip
    """End the task once its row is there. `read` gives the plots of the run, and runs in a thread as `compute` does, and raises as it."""
    if lease.vanished >= VANISHED_BEFORE_GIVING_UP:
        async with database.write() as connection:
            count = lease.taken.plots
            detail = f"{lease.vanished} workers ended while they computed it"
            await tasks.finish(connection, lease.taken, "failed", plots=count, plots_failed=count or 0, code=CRASHED, message=detail)
        return

    def found() -> str:
        return dumps(asdict(compute(read(), terms, rasters, lease.last_try)))

    vals = await asyncio.get_running_loop().run_in_executor(threads, found)
    async with database.write() as connection:
        await tasks.finish(connection, lease.taken, "done", plots=lease.taken.plots)
        await methods.record_sources(connection, run.run_id, rasters.sources())
        await results.put_whole(connection, run.run_id, stat, vals)
