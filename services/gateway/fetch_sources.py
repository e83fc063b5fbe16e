"""What a fetch reads: the owner's collections, the run of each statistic, and whether they answer what was asked."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson

from contracts.routes import RESULT_OF
from contracts.v1.stats import Statistic
from services.gateway.features import Source, provenance_of
from services.gateway.parameters import KNOWN_STATS
from services.gateway.problems import Problem, cut, fault, invalid, not_found
from services.gateway.progress_rows import collection_of
from services.gateway.queries import SourceQuery
from shared.db import Database, collections, runs
from shared.db.runs import OPEN, READABLE

PAGE: Final = 100
CUTOFF: Final = "2020-12-31"
"""A deforestation window begins after the later of its start and this day (Regulation (EU) 2023/1115, article 2)."""
DOCUMENTED: Final = (*KNOWN_STATS, "cft")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A collection, and the run that is read for each statistic."""

    collection: Any
    stats: tuple[Statistic, ...]
    runs_by_stat: dict[Statistic, Any]
    """Without the statistics that no run of the collection computes."""

    @property
    def source(self) -> Source:
        """What its rows have in common."""
        going_on = frozenset(stat for stat, run in self.runs_by_stat.items() if run.state in OPEN)
        return Source(self.collection.collection_id, self.stats, going_on, provenance_of(self.runs_by_stat))

    @property
    def plot_nos(self) -> list[int] | None:
        """The plots that its runs were asked for, rising; None when one was asked for all, or there is no run."""
        asked = [runs.asked_plots(run) for run in self.runs_by_stat.values()]
        if not asked or any(numbers is None for numbers in asked):
            return None
        return sorted({number for numbers in asked for number in numbers or ()})

    @staticmethod
    def sums(region: Any, stat: Statistic) -> dict[str, Any]:
        """What a row of `region_results` says of a statistic; empty when its run was skipped."""
        found: dict[str, Any] = orjson.loads(region.vals).get(stat, {})
        return found

    @property
    def states(self) -> list[str]:
        """States of its runs, without repeats."""
        return list(dict.fromkeys(run.state for run in self.runs_by_stat.values()))


def stats_of(text: str | None) -> tuple[Statistic, ...] | None:
    """The statistics that `stats` names; None (those that were computed) when it is None. Raises `Problem` 422."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if faults := [_fault(name) for name in names if name not in RESULT_OF]:
        raise invalid(faults)
    return tuple(stat for stat in RESULT_OF if stat in names)


def _fault(name: str) -> dict[str, str]:
    if name in DOCUMENTED:
        return fault("stats", "statistic_not_available", f"Results of {name} are not served yet; served are {', '.join(RESULT_OF)}.")
    return fault("stats", "unknown_statistic", f"There is no statistic {cut(name)}; served are {', '.join(RESULT_OF)}.")


async def chosen(database: Database, owner_id: str, query: SourceQuery, stats: Sequence[Statistic] | None) -> AsyncGenerator[Chosen, None]:
    """The collections that a query means (the one it names, or all of the owner by name), with `stats`, or those that were computed.

    Raises `Problem`: 404, or 409 `not_ready` and `window_not_computed`.
    """
    named = query.filename or query.collection_id
    if named is None and query.run_id is None:
        async for collection in _all(database, owner_id):
            yield await _choose(database, owner_id, query, stats, collection)
        return
    async with database.read() as connection:
        if named is None:
            run = await runs.get(connection, str(query.run_id), owner_id)
            if run is None:
                raise not_found("run")
            named = str(run.collection_id)
        collection = await collection_of(connection, owner_id, filename=named)
    if query.collection_id in {None, collection.collection_id}:
        yield await _choose(database, owner_id, query, stats, collection)


async def _all(database: Database, owner_id: str) -> AsyncIterator[Any]:
    after: str | None = None
    while True:
        async with database.read() as connection:
            page = await collections.page(connection, owner_id, after, PAGE)
        if not page:
            return
        for row in page:
            if not row.failed:
                yield row
        after = page[-1].name


async def _choose(database: Database, owner_id: str, query: SourceQuery, stats: Sequence[Statistic] | None, collection: Any) -> Chosen:
    async with database.read() as connection:
        known = await runs.of_collection(connection, collection.collection_id, owner_id)
    if query.run_id is not None:
        known = [run for run in known if run.run_id == query.run_id]
        if not known:
            raise not_found("run")
    wanted = tuple(RESULT_OF) if stats is None else stats
    runs_by_stat = {stat: run for stat in wanted if (run := newest_readable(known, stat)) is not None}
    if stats is None and runs_by_stat:
        wanted = tuple(runs_by_stat)
    for stat, run in runs_by_stat.items():
        _check(query, stat, run)
    return Chosen(collection, tuple(wanted), runs_by_stat)


def newest_readable(known: Sequence[Any], stat: Statistic) -> Any | None:
    """The newest run of a statistic that ended well, else its newest run; `known` is newest first."""
    having = [run for run in known if stat in orjson.loads(run.stats)]
    return next((run for run in having if run.state in READABLE), having[0] if having else None)


def _check(query: SourceQuery, stat: Statistic, run: Any) -> None:
    if query.complete and run.state in OPEN:
        raise Problem(409, "not_ready", "The run has not ended; see /batch_progress.")
    wanted = (_start(stat, query.monitoring_start), query.monitoring_end)
    computed = (_start(stat, date.fromisoformat(run.window_start)), date.fromisoformat(run.window_end))
    for name, day, has in zip(("monitoring_start", "monitoring_end"), wanted, computed, strict=True):
        if day is not None and day != has:
            detail = f"The run was computed for {run.window_start} to {run.window_end}; another {name} needs another run."
            raise Problem(409, "window_not_computed", detail)


def _start(stat: Statistic, day: date | None) -> date | None:
    """The start that counts: no deforestation before the cut-off does."""
    if day is None or stat is not Statistic.EUDR_DEFORESTATION:
        return day
    return max(day, date.fromisoformat(CUTOFF))
