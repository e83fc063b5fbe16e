"""Why plots are missing from a run: rejections and failed results, counted by their code with the first plots of each."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.tables import plot_results, plots, rejections, runs

FIRST = 5
"""Plots that are named of each code."""


async def rejections_by_code(connection: AsyncConnection, collection_id: str) -> list[Row[Any]]:
    """Rows `code`, `plot_id`, `message`, `plots` (how many have this code): the first plots of each code, in file order."""
    r = rejections.c
    columns: list[ColumnElement[Any]] = [r.code, r.plot_id, r.message]
    return await _first_of_each(connection, rejections, columns, r.code, r.feature_index, r.collection_id == collection_id)


async def failed_results_by_reasons(connection: AsyncConnection, run_id: str, stat: str) -> list[Row[Any]]:
    """Rows `reasons` (JSON text), `plot_id`, `plots`: the first failed plots of a statistic for each list of reasons."""
    r = plot_results.c
    same_plot = (plots.c.collection_id == runs.c.collection_id) & (plots.c.plot_no == r.plot_no)
    source = plot_results.join(runs, runs.c.run_id == r.run_id).join(plots, same_plot)
    where = (r.run_id == run_id) & (r.stat == stat) & (r.state == "failed")
    return await _first_of_each(connection, source, [r.reasons, plots.c.plot_id], r.reasons, r.plot_no, where)


async def _first_of_each(
    connection: AsyncConnection,
    source: FromClause,
    columns: list[ColumnElement[Any]],
    group: ColumnElement[Any],
    order: ColumnElement[Any],
    where: ColumnElement[bool],
) -> list[Row[Any]]:
    ranked = (
        select(
            *columns,
            func.count().over(partition_by=group).label("plots"),
            func.row_number().over(partition_by=group, order_by=order).label("place"),
        )
        .select_from(source)
        .where(where)
        .subquery()
    )
    query = select(ranked).where(ranked.c.place <= FIRST).order_by(ranked.c[columns[0].key or ""], ranked.c.place)
    return list(await connection.execute(query))
