"""The regions of single plots, and how each plot stands among the windows of its region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import orjson

from contracts.routes import RESULT_OF
from contracts.v1.results.result import named_values
from contracts.v1.stats import Statistic
from services.gateway.region_kinds import check_threshold, nothing_of
from shared.db import Database, regions, results
from shared.reference.keys import value_key
from shared.reference.sample import metric_names, metrics_of
from shared.reference.standing import standing

HELD: Final = 64
"""Regions whose windows are kept while an answer streams: neighbours come one after the other."""


@dataclass(frozen=True, slots=True)
class _Region:
    """A region of a run as one statistic has it."""

    sample: Mapping[str, Any]
    compared: Mapping[str, Any]


@dataclass
class PlotRegions:
    """The regions of the plots of one collection while it is read; `kinds` are those that are asked for."""

    database: Database
    runs_by_stat: Mapping[Statistic, Any]
    kinds: Sequence[str]
    _held: dict[tuple[str, int], _Region | None] = field(default_factory=dict)
    _facts: dict[str, dict[int, Any]] = field(default_factory=dict)

    async def check(self, overlap_threshold: float | None) -> None:
        """Raises `Problem` 409 when no run has regions of these kinds (`regions_not_computed`) or with another threshold."""
        for run in self.runs_by_stat.values():
            if run.run_id not in self._facts:
                async with self.database.read() as connection:
                    of_run = await regions.of_run(connection, run.run_id)
                self._facts[run.run_id] = {row.part: row for row in of_run if row.stat_type in self.kinds}
        found = [orjson.loads(row.facts) for of_run in self._facts.values() for row in of_run.values()]
        if not found:
            raise nothing_of(self.kinds, self.runs_by_stat.values())
        for facts in found:
            check_threshold(overlap_threshold, facts)

    async def of_page(self, page: Sequence[Any]) -> dict[int, list[dict[str, Any]]]:
        """The regions of the plots of a page of `results.page`, by plot number; of each plot by kind."""
        found: dict[tuple[int, str], dict[str, Any]] = {}
        rows = {row.plot_no: row for row in page}
        for stat, run in self.runs_by_stat.items():
            async with self.database.read() as connection:
                of_plots = await regions.of_plots(connection, run.run_id, list(rows))
            by_part: dict[int, list[Any]] = {}
            for one in of_plots:
                if one.part in self._facts[run.run_id]:
                    by_part.setdefault(one.part, []).append(one)
            for part, members in by_part.items():
                facts = orjson.loads(self._facts[run.run_id][part].facts)
                ranks = await self._ranks(stat, run, part, [rows[one.plot_no] for one in members])
                for at, one in enumerate(members):
                    named = {"stat_type": one.stat_type, "uuid_stat": facts["id"], "name_stat": facts["name"]}
                    told = found.setdefault(
                        (one.plot_no, one.stat_type),
                        {**named, "fraction": one.fraction, "by_overlap": one.by_overlap, "percentile_rank": {}},
                    )
                    told["percentile_rank"][stat.value] = None if ranks is None else {name: values[at] for name, values in ranks.items()}
        by_plot: dict[int, list[dict[str, Any]]] = {number: [] for number in rows}
        for number, kind in sorted(found):
            by_plot[number].append(found[number, kind])
        return by_plot

    async def _ranks(self, stat: Statistic, run: Any, part: int, rows: Sequence[Any]) -> dict[str, list[Any]] | None:
        """Ranks of plots of a region by metric; None when the region was not compared."""
        region = await self._region(stat, run, part)
        if region is None:
            return None
        model = RESULT_OF[stat]
        stored = [getattr(row, f"{stat}_vals", None) for row in rows]
        known = [metrics_of(model, named_values(model, orjson.loads(one)) if one else None) for one in stored]
        names = metric_names(model).values()
        return standing(region.sample, region.compared, {name: np.array([one[name] for one in known], dtype=np.float64) for name in names})

    async def _region(self, stat: Statistic, run: Any, part: int) -> _Region | None:
        key = (f"{run.run_id}/{stat}", part)
        if key not in self._held:
            if len(self._held) >= HELD:
                del self._held[next(iter(self._held))]
            self._held[key] = await self._read(stat, run, self._facts[run.run_id][part])
        return self._held[key]

    async def _read(self, stat: Statistic, run: Any, region: Any) -> _Region | None:
        async with self.database.read() as connection:
            row = await results.region(connection, run.run_id, region.stat_type, region.region_id)
            value = await regions.value(connection, value_key(run, stat, orjson.loads(region.facts)))
        compared = {} if row is None else orjson.loads(row.vals).get(stat, {}).get("reference", {})
        if value is None or "windows_kept" not in compared:  # not ended, not computed, or by an earlier version
            return None
        return _Region(orjson.loads(value.vals), compared)
