"""The rows of a run's reference regions: what its plots in each add up to, and how they compare with the region."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from contracts.routes import RESULT_OF
from contracts.v1.stats import Statistic, region_stage
from services.tracker.summary import PlotValue, Sums
from shared.db import Database, regions, tasks
from shared.db.runs import AnyRow
from shared.reference.blocks import block_of
from shared.reference.commodity import masks_of
from shared.reference.compared import LEAST_WINDOWS, SAME_COMMODITY, SAME_COVER, compared
from shared.reference.cover import UNKNOWN, commonest
from shared.reference.keys import cover_key, mask_key, value_key
from shared.reference.sample import metric_names, metrics_of
from shared.reference.standing import kept_of

PAGE = 1000
Floats = NDArray[np.float64]


@dataclass
class InRegion:
    """The plots of one region as one statistic has them."""

    sums: Sums
    plot_no: list[int] = field(default_factory=list)
    area_ha: list[float | None] = field(default_factory=list)
    metrics: dict[str, list[float | None]] = field(default_factory=dict)


class Regional:
    """The regions of a run while one statistic's results are read; feed it every plot, in plot order."""

    def __init__(self, stat: Statistic, parts_of_plot: dict[int, list[int]]) -> None:
        self._stat = stat
        self._parts_of = parts_of_plot
        self.parts: dict[int, InRegion] = {}

    def add(self, plot_no: int, plot: PlotValue, values: dict[str, Any] | None, area_ha: float | None) -> None:
        """Take in one plot that the run was asked for; `values` by name."""
        for part in self._parts_of.get(plot_no, ()):
            if part not in self.parts:
                names = metric_names(RESULT_OF[self._stat]).values()
                self.parts[part] = InRegion(Sums(RESULT_OF[self._stat]), metrics={name: [] for name in names})
            here = self.parts[part]
            here.sums.add([plot])
            here.plot_no.append(plot_no)
            here.area_ha.append(area_ha)
            for name, value in metrics_of(RESULT_OF[self._stat], values).items():
                here.metrics[name].append(value)


async def parts_of_plots(database: Database, run: AnyRow) -> dict[int, list[int]]:
    """The regions (parts) of each plot of a run; empty when it has none."""
    found: dict[int, list[int]] = {}
    after = -1
    while True:
        async with database.read() as connection:
            page = await regions.regions_of_plots(connection, run.run_id, after, PAGE)
        if not page:
            return found
        for row in page:
            found.setdefault(row.plot_no, []).append(row.part)
        after = page[-1].plot_no


async def region_rows(database: Database, run: AnyRow, found: dict[str, Regional], boxes: Floats) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, id and values of each region of the run; `boxes` are those of all plots (degrees, by plot number)."""
    async with database.read() as connection:
        of_run = await regions.of_run(connection, run.run_id)
        states = {(task.stage, task.part): task for task in await tasks.of_run(connection, run.run_id)}
    rows = []
    for region in of_run:
        facts = orjson.loads(region.facts)
        values: dict[str, Any] = {"region": facts}
        for stat, regional in found.items():
            here = regional.parts.get(region.part)
            if here is not None:
                task = states.get((region_stage(stat), region.part))
                values[stat] = {
                    **here.sums.row(),
                    "reference": await _reference(database, run, stat, facts, here, task, boxes, region.part),
                }
        rows.append((region.stat_type, region.region_id, values))
    return rows


async def _reference(
    database: Database, run: AnyRow, stat: str, facts: dict[str, Any], here: InRegion, task: Any | None, boxes: Floats, part: int
) -> dict[str, Any]:
    """The comparison with the region, or why there is none."""
    if task is None:
        return {"reason": "too_many_regions"}
    async with database.read() as connection:
        row = await regions.value(connection, value_key(run, stat, facts))
    if row is None:
        return {"reason": task.code or "not_computed"}
    sample = orjson.loads(row.vals)
    of_plots = boxes[here.plot_no]
    block = block_of((of_plots[:, 0] + of_plots[:, 2]) / 2, (of_plots[:, 1] + of_plots[:, 3]) / 2)
    metrics = {name: np.array(values, dtype=np.float64) for name, values in here.metrics.items()}
    area_ha = np.array(here.area_ha, dtype=np.float64)
    place = (area_ha, block, of_plots)
    all_land = compared(sample, metrics, *place)
    common = {"states": sample["states"], "summary": sample["summary"]}
    mask = await _of_same_commodity(database, run, facts, len(sample["lon"]))
    if mask is not None:
        found = compared(sample, metrics, *place, mask[1], SAME_COMMODITY)
        if found["windows_away"] >= LEAST_WINDOWS:
            return {**found, "mask": mask[0], "all_land": all_land, **common}
    cover = await _of_same_cover(database, run, facts, here, part, area_ha)
    if cover is not None:
        found = compared(sample, metrics, *place, cover[1], SAME_COVER)
        return {**found, "cover": cover[0], "all_land": all_land, **common}
    return {**all_land, **common}


async def _of_same_commodity(database: Database, run: AnyRow, facts: dict[str, Any], count: int) -> tuple[str, NDArray[np.bool_]] | None:
    """The mask of the run's crop, and which of the `count` windows it has; None without a crop, a mask of it, or its file."""
    async with database.read() as connection:
        for band in masks_of(orjson.loads(run.parameters).get("crop_type")):
            row = await regions.value(connection, mask_key(facts, band))
            if row is not None:
                return band, kept_of(orjson.loads(row.vals)["windows"], count)
    return None


async def _of_same_cover(
    database: Database, run: AnyRow, facts: dict[str, Any], here: InRegion, part: int, area_ha: Floats
) -> tuple[int, NDArray[np.bool_]] | None:
    """The land cover that most of the plots have, and which windows have it; None where land cover is not known."""
    async with database.read() as connection:
        row = await regions.value(connection, cover_key(facts))
        of_plots = await regions.covers(connection, run.run_id, part)
    cover = np.array([of_plots.get(number, UNKNOWN) for number in here.plot_no])
    found = None if row is None else commonest(cover, area_ha)
    return None if row is None or found is None else (found, np.array(orjson.loads(row.vals)["cover"]) == found)
