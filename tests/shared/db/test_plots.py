"""Plots and results are written whole, again without doubling, and read in pages by key."""

import shapely

from shared.db import Database, plots, results
from tests.databases import STAT, ordered


def plot_row(number: int) -> plots.PlotRow:
    square = shapely.box(number, 0, number + 0.001, 0.001)
    return plots.PlotRow("0x1", number, f"P-{number}", number, square, shapely.to_geojson(square), '{"a":1}', 1.2, "f" * 64, "[]")


def result_row(number: int, state: str = "ok", area_ha: float = 0.0) -> results.ResultRow:
    return results.ResultRow(number, state, "none" if state == "ok" else None, area_ha, "[1]" if state == "ok" else None, "[]")


async def test_a_chunk_that_is_written_again_is_there_once(database: Database) -> None:
    await ordered(database)
    for _ in range(2):
        async with database.write() as connection:
            await plots.replace(connection, "0x1", [plot_row(number) for number in range(50)])
    async with database.read() as connection:
        assert await plots.count(connection, "0x1") == 50


async def test_a_result_that_is_written_again_has_the_newer_values(database: Database) -> None:
    await ordered(database)
    for area_ha in (1.0, 2.0):
        async with database.write() as connection:
            await results.put(connection, "run-1", STAT, [result_row(0, area_ha=area_ha)])
    async with database.read() as connection:
        assert [(row.plots, row.area_ha) for row in await results.counts(connection, "run-1", STAT)] == [(1, 2.0)]


async def test_pages_follow_the_plot_number_and_keep_plots_without_result(database: Database) -> None:
    await ordered(database)
    async with database.write() as connection:
        await plots.replace(connection, "0x1", [plot_row(number) for number in range(5)])
        await results.put(connection, "run-1", STAT, [result_row(number) for number in range(3)])
    seen, after = [], -1
    while True:
        async with database.read() as connection:
            page = await results.page(connection, "0x1", {STAT: "run-1"}, after, 2)
        if not page:
            break
        seen += [(row.plot_no, row.eudr_deforestation_state) for row in page]
        after = page[-1].plot_no
    assert seen == [(0, "ok"), (1, "ok"), (2, "ok"), (3, None), (4, None)]


async def test_plots_of_a_failed_task_get_a_failed_result_and_others_keep_theirs(database: Database) -> None:
    await ordered(database)
    async with database.write() as connection:
        await plots.replace(connection, "0x1", [plot_row(number) for number in range(4)])
        await results.put(connection, "run-1", STAT, [result_row(1)])
        await results.put_failed(connection, "run-1", "0x1", STAT, (1, 2), "layer_unavailable")
        await results.put_failed(connection, "run-1", "0x1", STAT, (1, 2), "layer_unavailable")
        page = await results.page(connection, "0x1", {STAT: "run-1"}, -1, 10)
    assert [row.eudr_deforestation_state for row in page] == [None, "ok", "failed", None]
    assert page[2].eudr_deforestation_reasons == '["layer_unavailable"]'
    async with database.read() as connection:
        assert await results.failed(connection, "run-1") == (1, 2)
