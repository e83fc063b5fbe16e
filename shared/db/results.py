"""Results: one row a plot and statistic, and one a region; read in pages by key, joined with their plots."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, case, exists, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.region_tables import whole_values
from shared.db.rows import dumps, upsert
from shared.db.tables import plot_results, plots, region_results


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One plot's result of one statistic, as it is stored."""

    plot_no: int
    state: str
    """`ok`, `not_covered` or `failed`."""
    grade: str | None
    """What users filter by: the alert class of a deforestation result."""
    area_ha: float | None
    """What users sum and filter by: the non-compliant area of a deforestation result; ha."""
    vals: str | None
    """The values in the order of the result model's fields, JSON text."""
    reasons: str
    """Why a value is missing, JSON text of a list of codes."""


COLUMNS = tuple(ResultRow.__dataclass_fields__)
_NAMES = f"run_id, stat, {', '.join(COLUMNS)}"
_SET = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
_CONFLICT = f"on conflict (run_id, stat, plot_no) do update set {_SET}"
_SQLITE = f"insert into plot_results ({_NAMES}) values ({','.join('?' * (len(COLUMNS) + 2))}) {_CONFLICT}"  # noqa: S608 -- fixed names
_POSTGRESQL = text(
    f"insert into plot_results ({_NAMES}) select :run_id, :stat, u.* from unnest("  # noqa: S608 -- fixed names
    "cast(:plot_no as int[]), cast(:state as text[]), cast(:grade as text[]), cast(:area_ha as double precision[]), "
    f"cast(:vals as text[]), cast(:reasons as text[])) as u {_CONFLICT}"
)


async def put(connection: AsyncConnection, run_id: str, stat: str, rows: Sequence[ResultRow]) -> None:
    """Write a chunk's results, over those of an earlier attempt."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        arrays = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
        await connection.execute(_POSTGRESQL, {"run_id": run_id, "stat": stat, **arrays})
    else:
        records = [(run_id, stat, *(getattr(row, name) for name in COLUMNS)) for row in rows]
        await connection.exec_driver_sql(_SQLITE, records)


async def page(
    connection: AsyncConnection,
    collection_id: str,
    runs_by_stat: dict[str, str],
    after: int,
    limit: int,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[Row[Any]]:
    """The next `limit` plots after plot number `after`, each with the columns `<stat>_state|vals|reasons` of every run."""
    columns: list[ColumnElement[Any]] = [column for column in plots.c if column.name not in {"collection_id", "geom"}]
    source: Any = plots
    for stat, run_id in runs_by_stat.items():
        result = plot_results.alias(stat)
        on = (result.c.run_id == run_id) & (result.c.stat == stat) & (result.c.plot_no == plots.c.plot_no)
        source = source.outerjoin(result, on)
        columns += [result.c[name].label(f"{stat}_{name}") for name in ("state", "vals", "reasons")]
    query = select(*columns).select_from(source).where(plots.c.collection_id == collection_id, plots.c.plot_no > after, *where)
    return list(await connection.execute(query.order_by(plots.c.plot_no).limit(limit)))


async def counts(connection: AsyncConnection, run_id: str, stat: str) -> list[Row[Any]]:
    """Results of a statistic by `state` and `grade`: `plots`, `plot_area_ha`, and the sum of `area_ha`."""
    r = plot_results.c
    query = (
        select(r.state, r.grade, func.count().label("plots"), func.sum(r.area_ha).label("area_ha"))
        .where(r.run_id == run_id, r.stat == stat)
        .group_by(r.state, r.grade)
        .order_by(r.state, r.grade)
    )
    return list(await connection.execute(query))


async def failed(connection: AsyncConnection, run_id: str) -> tuple[int, int]:
    """How many results of the run are failed, and how many there are."""
    r = plot_results.c
    query = select(func.coalesce(func.sum(case((r.state == "failed", 1), else_=0)), 0), func.count()).where(r.run_id == run_id)
    row = (await connection.execute(query)).one()
    return int(row[0]), int(row[1])


async def of_plots(connection: AsyncConnection, run_id: str, collection_id: str, stat: str, after: int, limit: int) -> list[Row[Any]]:
    """The next `limit` plots (`plot_no`, `area_ha`) after plot number `after`, with `state` and `vals` of the run's result, if any."""
    r, p = plot_results.c, plots.c
    source = plots.outerjoin(plot_results, (r.run_id == run_id) & (r.stat == stat) & (r.plot_no == p.plot_no))
    query = select(p.plot_no, p.area_ha, r.state, r.vals).select_from(source).where(p.collection_id == collection_id, p.plot_no > after)
    return list(await connection.execute(query.order_by(p.plot_no).limit(limit)))


async def put_whole(connection: AsyncConnection, run_id: str, stat: str, vals: str) -> None:
    """Write what a statistic found of all plots of a run together, JSON text."""
    await upsert(connection, whole_values, {"run_id": run_id, "stat": stat, "vals": vals})


async def whole(connection: AsyncConnection, run_id: str, stat: str) -> str | None:
    """That text; None where it was not computed."""
    w = whole_values.c
    return (await connection.execute(select(w.vals).where(w.run_id == run_id, w.stat == stat))).scalar_one_or_none()


async def put_region(
    connection: AsyncConnection, run_id: str, stat_type: str, region_id: str, locations_confidence: str | None, vals: str
) -> None:
    """Write the row of a region: the supply base as a whole has `stat_type` `supply_shed`."""
    row = {"run_id": run_id, "stat_type": stat_type, "region_id": region_id, "locations_confidence": locations_confidence, "vals": vals}
    await upsert(connection, region_results, row)


async def region(connection: AsyncConnection, run_id: str, stat_type: str, region_id: str) -> Row[Any] | None:
    """The row of a region."""
    r = region_results.c
    query = select(region_results).where(r.run_id == run_id, r.stat_type == stat_type, r.region_id == region_id)
    return (await connection.execute(query)).one_or_none()


async def regions(connection: AsyncConnection, run_id: str, stat_types: Sequence[str]) -> list[Row[Any]]:
    """The rows of a run of these kinds, by kind and id."""
    r = region_results.c
    query = select(region_results).where(r.run_id == run_id, r.stat_type.in_(stat_types))
    return list(await connection.execute(query.order_by(r.stat_type, r.region_id)))


async def put_failed(
    connection: AsyncConnection,
    run_id: str,
    collection_id: str,
    stat: str,
    span: tuple[int, int],
    code: str | None,
    only: Sequence[int] | None = None,
) -> None:
    """Give the plots from `span[0]` to `span[1]` (of these, `only`) that have no result a failed one with `code` as its reason."""
    columns = ["run_id", "stat", "plot_no", "state", "reasons"]
    missing = ~exists().where(
        (plot_results.c.run_id == run_id) & (plot_results.c.stat == stat) & (plot_results.c.plot_no == plots.c.plot_no)
    )
    rows = select(literal(run_id), literal(stat), plots.c.plot_no, literal("failed"), literal(dumps([code or "failed"]))).where(
        plots.c.collection_id == collection_id, plots.c.plot_no.between(*span), missing
    )
    if only is not None:
        rows = rows.where(plots.c.plot_no.in_(only))
    await connection.execute(insert(plot_results).from_select(columns, rows))
