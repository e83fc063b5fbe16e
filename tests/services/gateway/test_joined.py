"""Several statistics side by side: columns that clash are told apart, one statistic alone keeps its names, every format holds the same."""

import io
from typing import Any, ClassVar

import orjson
import pyarrow.parquet as pq
import pytest
import shapely
from pydantic import Field

from contracts.routes import RESULT_OF
from contracts.v1.results.result import Result
from contracts.v1.stats import Statistic
from services.gateway import geoparquet
from shared.db import collections, results, runs, tasks
from tests.databases import STAT, order
from tests.services.gateway.scene import Scene, compute, evidence, upload

WATER = Statistic.WATER


class SmallWater(Result):
    """A few fields of every kind, three of them named as in the deforestation result."""

    SCHEMA: ClassVar[str] = "1.1.0"

    bws_cat: str | None
    stress: float | None = Field(json_schema_extra={"aggregate": "mean"})
    by_year_mm: tuple[float | None, ...] | None = Field(json_schema_extra={"first_year": 2001})
    plot_area_ha: float
    layer_states: dict[str, str]
    flags: tuple[str, ...]
    cells: int = 0


@pytest.fixture(autouse=True)
def _two_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RESULT_OF, WATER, SmallWater)


async def farm(here: Scene) -> None:
    """Three plots, with deforestation results of a first run and water results of a second one, one of them failed."""
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(1))
    await upload(here.database, 1, 3)
    await compute(here.database, 1, [evidence(noncompliance_area_ha=1.25, alert_class="critical"), evidence(), evidence()])
    values = ["high", 3.5, [10.0, None], 123.0, {"aqueduct": "available"}, ["x"], 7]
    async with here.database.write() as connection:
        collection = await collections.get(connection, "0x1")
        assert collection is not None
        await runs.create_over(connection, "run-w", collection, order(1, stats=(WATER,)).parameters, "batch_water", {})
        rows = [results.ResultRow(at, "ok", "high", None, orjson.dumps(values[: 7 - at]).decode(), "[]") for at in range(2)]
        failed = results.ResultRow(2, "failed", None, None, None, '["layer_unavailable"]')
        await results.put(connection, "run-w", WATER, [*rows, failed])
        await tasks.create(connection, "run-w", WATER, [])
        assert await runs.end(connection, "run-w", "PARTIAL")


async def properties(here: Scene, query: str) -> list[dict[str, Any]]:
    answer = await here.get(query)
    assert answer.status == 200, answer.body
    return [line["properties"] for line in answer.lines]


async def test_what_clashes_is_told_apart_and_what_does_not_keeps_its_name(here: Scene) -> None:
    await farm(here)
    first, second, third = await properties(here, "/fetch_plots?filename=0x1")
    assert (first["noncompliance_area_ha"], first["bws_cat"], first["stress"]) == (1.25, "high", 3.5)
    assert (first["eudr_deforestation_plot_area_ha"], first["water_plot_area_ha"], first["water_flags"]) == (123.0, 123.0, ["x"])
    assert "plot_area_ha" not in first
    assert first["by_year_mm"] == {"2001": 10.0, "2002": None}
    assert (first["cells"], second["cells"]) == (7, 0), "a row of an older schema has the default"
    assert (third["state"], third["water_state"], third["eudr_deforestation_state"]) == ("failed", "failed", "ok")
    assert (third["reasons"], third["water_reasons"], third["bws_cat"]) == (["layer_unavailable"], ["layer_unavailable"], None)
    assert set(first["provenance"]["methods"]) == {STAT, WATER}


async def test_one_statistic_alone_is_as_it_always_was(here: Scene) -> None:
    await farm(here)
    for query in ("/fetch_deforestation_check?filename=0x1", f"/fetch_plots?filename=0x1&stats={STAT}"):
        [first, *_] = await properties(here, query)
        assert first["plot_area_ha"] == 123.0 and "bws_cat" not in first and "eudr_deforestation_state" not in first


async def test_only_what_was_computed_is_joined_unless_more_is_asked_for(here: Scene) -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(1))
    await upload(here.database, 1, 2)
    await compute(here.database, 1, [evidence(), evidence()])
    [first, _] = await properties(here, "/fetch_plots?filename=0x1")
    assert "bws_cat" not in first and first["state"] == "ok"
    [first, _] = await properties(here, f"/fetch_plots?filename=0x1&stats={STAT},water")
    assert (first["bws_cat"], first["water_state"], first["state"]) == (None, "not_computed", "not_computed")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("grade=high", ["P0", "P1"]),
        ("grade=low", []),
        ("state=failed", ["P2"]),
        ("plotid=P1", ["P1"]),
        ("country=GH", []),
        ("locations_confidence=high", []),
        ("limit=2", ["P0", "P1"]),
    ],
)
async def test_the_endpoint_of_another_statistic_has_filters_and_limits_of_its_own(here: Scene, query: str, found: list[str]) -> None:
    await farm(here)
    assert [one["plotid"] for one in await properties(here, f"/fetch_water_stress?filename=0x1&{query}")] == found


@pytest.mark.parametrize("query", ["alert_class=none", "country=Ghana", "locations_confidence=good", "name=x"])
async def test_what_is_not_on_the_list_is_no_filter(here: Scene, query: str) -> None:
    await farm(here)
    assert (await here.get(f"/fetch_water_stress?filename=0x1&{query}")).status == 422


@pytest.mark.parametrize(("rows", "accept"), [(2000, False), (2, True), (1, False)])
async def test_geoparquet_holds_what_json_does_row_group_by_row_group(
    here: Scene, monkeypatch: pytest.MonkeyPatch, rows: int, accept: bool
) -> None:
    monkeypatch.setattr(geoparquet, "GROUP_ROWS", rows)
    monkeypatch.setattr("services.gateway.fetch.PAGE", 1)
    await farm(here)
    lines = (await here.get("/fetch_plots?filename=0x1")).lines
    headers = {"Accept": "application/geoparquet"} if accept else {}
    answer = await here.get(f"/fetch_plots?filename=0x1{'' if accept else '&format=geoparquet'}", headers=headers)
    assert answer.headers["Content-Type"] == "application/geoparquet"
    file = pq.ParquetFile(io.BytesIO(answer.body))
    assert file.num_row_groups == {2000: 1, 2: 2, 1: 3}[rows]
    assert orjson.loads(file.schema_arrow.metadata[b"geo"])["primary_column"] == "geometry"
    assert str(file.schema_arrow.field("noncompliance_area_ha").type) == "double"
    assert str(file.schema_arrow.field("reasons").type).startswith("list<")
    for read, line in zip(file.read().to_pylist(), lines, strict=True):
        told = line["properties"]
        assert orjson.loads(shapely.to_geojson(shapely.from_wkb(read.pop("geometry")))) == line["geometry"]
        assert orjson.loads(read.pop("provenance")) == told.pop("provenance")
        assert orjson.loads(read.pop("properties")) == {"name": told.pop("name")}
        assert {name: orjson.loads(value) if isinstance(told[name], dict) else value for name, value in read.items()} == told


async def test_geoparquet_without_a_plot_is_a_file_without_rows(here: Scene) -> None:
    await farm(here)
    answer = await here.get("/fetch_water_stress?filename=0x1&plotid=P9&format=geoparquet")
    assert pq.ParquetFile(io.BytesIO(answer.body)).metadata.num_rows == 0
