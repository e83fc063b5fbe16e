"""Reference regions of runs, the region of each plot, and what statistics found in regions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.clock import now
from shared.db.region_tables import plot_regions, region_values, run_regions
from shared.db.rows import dumps, insert_or_nothing
from shared.db.tables import plots, runs


@dataclass(frozen=True, slots=True)
class ValueKey:
    """What a row of `region_values` depends on, and nothing else."""

    stat: str
    region_id: str
    """Layer, checksum of its file, id of the feature."""
    method_version: str
    basis: str
    """Digest of thresholds, layers and terms of the statistic."""
    window_start: str
    window_end: str
    size_ha: float
    """Of each window."""


async def plan(connection: AsyncConnection, run_id: str, found: Sequence[dict[str, Any]], of_plots: Sequence[dict[str, Any]]) -> None:
    """Write the regions of a run (`part`, `stat_type`, `region_id`, `facts`) and of its plots, once."""
    await insert_or_nothing(connection, run_regions, [{"run_id": run_id, **row} for row in found])
    await insert_or_nothing(connection, plot_regions, [{"run_id": run_id, **row} for row in of_plots])


async def of_run(connection: AsyncConnection, run_id: str) -> list[Row[Any]]:
    """The regions of a run by part."""
    return list(await connection.execute(select(run_regions).where(run_regions.c.run_id == run_id).order_by(run_regions.c.part)))


async def region(connection: AsyncConnection, run_id: str, part: int) -> Row[Any] | None:
    """One region of a run."""
    r = run_regions.c
    return (await connection.execute(select(run_regions).where(r.run_id == run_id, r.part == part))).one_or_none()


async def regions_of_plots(connection: AsyncConnection, run_id: str, after: int, limit: int) -> list[Row[Any]]:
    """The regions of the next plots after plot number `after`: `plot_no`, `part`, `fraction`, by plot; all kinds of a plot together.

    `limit` counts plots.
    """
    p = plot_regions.c
    numbers = select(p.plot_no).where(p.run_id == run_id, p.plot_no > after).distinct().order_by(p.plot_no).limit(limit).subquery()
    query = select(p.plot_no, p.part, p.fraction).where(p.run_id == run_id, p.plot_no.in_(select(numbers.c.plot_no)))
    return list(await connection.execute(query.order_by(p.plot_no, p.part)))


async def of_plots(connection: AsyncConnection, run_id: str, plot_nos: Sequence[int]) -> list[Row[Any]]:
    """The regions of these plots: `plot_no`, `stat_type`, `part`, `fraction`, `by_overlap`, by plot and kind."""
    p = plot_regions.c
    query = select(p.plot_no, p.stat_type, p.part, p.fraction, p.by_overlap).where(p.run_id == run_id, p.plot_no.in_(plot_nos))
    return list(await connection.execute(query.order_by(p.plot_no, p.stat_type)))


async def without_cover(connection: AsyncConnection, run_id: str, part: int, limit: int) -> list[Row[Any]]:
    """The next `limit` plots of a region of a run whose land cover is not known yet: `plot_no`, `geom`, `area_ha`."""
    r, p = plot_regions.c, plots.c
    same = (runs.c.run_id == r.run_id) & (p.collection_id == runs.c.collection_id) & (p.plot_no == r.plot_no)
    query = select(p.plot_no, p.geom, p.area_ha).where(r.run_id == run_id, r.part == part, r.cover.is_(None), same)
    return list(await connection.execute(query.order_by(p.plot_no).limit(limit)))


async def put_cover(connection: AsyncConnection, run_id: str, part: int, cover: dict[int, int]) -> None:
    """Write the land cover of these plots of a region."""
    r = plot_regions.c
    for found in sorted(set(cover.values())):
        numbers = [plot_no for plot_no, one in cover.items() if one == found]
        chosen = update(plot_regions).where(r.run_id == run_id, r.part == part, r.plot_no.in_(numbers))
        await connection.execute(chosen.values(cover=found))


async def covers(connection: AsyncConnection, run_id: str, part: int) -> dict[int, int]:
    """The land cover of the plots of a region of a run, where it was looked up."""
    r = plot_regions.c
    query = select(r.plot_no, r.cover).where(r.run_id == run_id, r.part == part, r.cover.is_not(None))
    return {row.plot_no: row.cover for row in await connection.execute(query)}


async def value(connection: AsyncConnection, key: ValueKey) -> Row[Any] | None:
    """What a statistic found in a region, if it is known."""
    same = and_(*(region_values.c[name] == wanted for name, wanted in asdict(key).items()))
    return (await connection.execute(select(region_values).where(same))).one_or_none()


async def put_value(connection: AsyncConnection, key: ValueKey, vals: str, sources: list[dict[str, str]]) -> None:
    """Write it, or nothing where it is known: whoever computes it finds the same."""
    row = {**asdict(key), "vals": vals, "sources": dumps(sources), "computed_at": now()}
    await insert_or_nothing(connection, region_values, [row])
