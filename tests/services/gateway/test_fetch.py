"""Fetching: the right run, the right plots in order, honest states, formats, filters by a closed list, and constant memory."""

import asyncio
import csv
import io
import socket

import aiohttp
import orjson
import pytest

from services.gateway import fetch
from shared.db import collections, results, runs, tables
from shared.errors import Unavailable
from tests.databases import STAT, order
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import SQUARE, Scene, compute, evidence, upload

CHECK = "/fetch_deforestation_check"


async def farm(here: Scene, number: int = 1, count: int = 3, ended: bool = True, owner: str = "local") -> None:
    async with here.database.write() as connection:
        await collections.ensure(connection, owner, order(number))
    await upload(here.database, number, count)
    if ended:
        worst = evidence(alert_class="critical", verdict="critical", noncompliance_area_ha=1.25)
        await compute(here.database, number, [worst, *[evidence()] * (count - 2), None], "PARTIAL")


@pytest.mark.parametrize(
    "path", [f"/fetch_plots?filename=0x1&stats={STAT}", f"/fetch_plots/?filename=collection+1&stats={STAT}", f"{CHECK}?filename=0x1"]
)
async def test_features_come_in_order_with_columns_states_and_provenance(here: Scene, path: str) -> None:
    await farm(here)
    answer = await here.get(path)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.headers["X-Run-Status"] == "PARTIAL"
    assert [line["properties"]["plotid"] for line in answer.lines] == ["P0", "P1", "P2"]
    worst, clean, failed = [line["properties"] for line in answer.lines]
    assert answer.lines[0]["type"] == "Feature" and answer.lines[0]["geometry"] == SQUARE
    assert (worst["name"], worst["plot_no"], worst["collection_id"]) == ("plot 0", 0, "0x1")
    assert (worst["alert_class"], worst["noncompliance_area_ha"], worst["state"], worst["reasons"]) == ("critical", 1.25, "ok", [])
    assert clean["annual_defor_ha"] == {"2021": 0.0, "2022": 0.0, "2023": 0.5}
    assert (failed["state"], failed["reasons"], failed["alert_class"]) == ("failed", ["worker_crashed"], None)
    assert worst["provenance"]["geometry_hash"] == f"{0:064x}"
    assert worst["provenance"]["layers"] == {"hansen_gfc": {"version": "2023-v1.11", "checksums": {"a.tif": "sha256:1"}}}
    method = worst["provenance"]["methods"][STAT]
    assert (method["version"], method["run_id"], method["window"]["end_date"]) == ("1.0.0", "run-1", "2026-01-01")
    assert list(failed)[1:] == list(worst)[1:], "every plot has the same columns"


async def test_before_the_end_what_is_there_is_answered_and_what_is_not_says_so(here: Scene) -> None:
    await farm(here, ended=False)
    answer = await here.get(f"{CHECK}?filename=0x1")
    assert answer.headers["X-Run-Status"] == "PROCESSING"
    assert [(line["properties"]["state"], line["properties"]["alert_class"]) for line in answer.lines] == [("pending", None)] * 3
    refused = await here.get(f"{CHECK}?filename=0x1&complete=true")
    assert (refused.status, refused.json["code"]) == (409, "not_ready")


async def test_a_plot_that_a_cancelled_run_never_computed_is_not_pending(here: Scene) -> None:
    await farm(here, ended=False)
    async with here.database.write() as connection:
        await connection.execute(tables.runs.update().values(state="CANCELLED"))
    assert {line["properties"]["state"] for line in (await here.get(f"{CHECK}?filename=0x1")).lines} == {"not_computed"}


async def test_the_newest_run_that_ended_well_is_read_before_a_newer_one_that_goes_on(here: Scene) -> None:
    await farm(here)
    async with here.database.write() as connection:
        row = await runs.get(connection, "run-1")
        assert row is not None
        await connection.execute(
            tables.runs.insert().values({**row._mapping, "run_id": "run-2", "state": "PROCESSING", "submitted_at": row.submitted_at + 1})
        )
    newest = await here.get(f"{CHECK}?filename=0x1")
    assert newest.headers["X-Run-Status"] == "PARTIAL" and newest.lines[0]["properties"]["state"] == "ok"
    chosen = await here.get(f"{CHECK}?filename=0x1&run_id=run-2")
    assert chosen.headers["X-Run-Status"] == "PROCESSING" and chosen.lines[0]["properties"]["state"] == "pending"
    assert (await here.get(f"{CHECK}?run_id=run-2")).headers["X-Run-Status"] == "PROCESSING"
    assert (await here.get(f"{CHECK}?filename=0x1&run_id=run-9")).status == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("monitoring_end=2026-01-01", 200),
        ("monitoring_start=2020-12-31&monitoring_end=2026-01-01", 200),
        ("monitoring_start=2017-01-01", 200),
        ("monitoring_start=2021-06-01", 409),
        ("monitoring_end=2025-12-31", 409),
        ("monitoring_end=31.12.2025", 422),
    ],
)
async def test_another_window_than_the_runs_is_refused(here: Scene, query: str, status: int) -> None:
    await farm(here)
    answer = await here.get(f"{CHECK}?filename=0x1&{query}")
    assert answer.status == status
    if status == 409:
        assert answer.json["code"] == "window_not_computed"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["P0", "P1", "P2", "P3", "P4"]),
        ("limit=2", ["P0", "P1"]),
        ("plotid=P3", ["P3"]),
        ("plotid=P9", []),
        ("alert_class=critical", ["P0"]),
        ("alert_class=none", ["P1", "P2", "P3"]),
        ("state=failed", ["P4"]),
        ("state=ok&limit=3", ["P0", "P1", "P2"]),
        ("collection_id=0x1&plotid=P1", ["P1"]),
        ("collection_id=0x2", []),
        ("plotid=P1' or '1'='1", []),
    ],
)
async def test_filters_choose_plots(here: Scene, monkeypatch: pytest.MonkeyPatch, query: str, found: list[str]) -> None:
    monkeypatch.setattr(fetch, "PAGE", 2)
    await farm(here, count=5)
    async with here.database.write() as connection:
        await collections.ensure(connection, "local", order(2))
    for path in ("/fetch_plots", CHECK):
        answer = await here.get(f"{path}?filename=0x1&{query}".replace("filename=0x1&collection_id=0x2", "filename=0x1&collection_id=0x2"))
        assert answer.status == 200
        assert [line["properties"]["plotid"] for line in answer.lines] == found


@pytest.mark.parametrize(
    "query", ["plot_id=P1", "where=1", "name=x", "verdict=critical", "alert_class=bad", "state=done", "limit=0", "stat_type=all"]
)
async def test_an_unknown_filter_is_refused_with_the_known_ones(here: Scene, query: str) -> None:
    await farm(here)
    answer = await here.get(f"{CHECK}?filename=0x1&{query}")
    assert answer.status == 422
    if query.split("=", maxsplit=1)[0] in {"plot_id", "where", "name", "verdict"}:
        assert "plotid" in answer.json["detail"] and "alert_class" in answer.json["detail"]


async def test_without_a_collection_all_of_the_owner_are_searched_and_no_others(here: Scene) -> None:
    await farm(here, 1)
    await farm(here, 2)
    await farm(here, 3, owner="somebody")
    both = (await here.get(CHECK)).lines
    assert [(line["properties"]["collection_id"], line["properties"]["plot_no"]) for line in both] == [
        (f"0x{n}", p) for n in (1, 2) for p in range(3)
    ]
    one = (await here.get(f"{CHECK}?plotid=P1")).lines
    assert [line["properties"]["collection_id"] for line in one] == ["0x1"], "the first matching row, unless a limit asks for more"
    assert len((await here.get(f"{CHECK}?plotid=P1&limit=10")).lines) == 2


async def test_the_default_limit_of_the_simple_endpoint_is_the_settings(start: Start) -> None:
    here = await start(fetch_limit=2)
    await farm(here)
    assert len((await here.get(f"{CHECK}?filename=0x1")).lines) == 2
    assert len((await here.get("/fetch_plots?filename=0x1")).lines) == 3


@pytest.mark.parametrize("path", [f"{CHECK}?filename=0x1&plots_only=true", "/fetch_plots?filename=0x1&stats="])
async def test_plots_only_have_no_results(here: Scene, path: str) -> None:
    await farm(here)
    answer = await here.get(path)
    properties = answer.lines[0]["properties"]
    assert properties["plotid"] == "P0" and not {"alert_class", "state"} & properties.keys()
    assert "X-Run-Status" not in answer.headers


async def test_fetch_plots_needs_a_collection_and_statistics_that_are_served(here: Scene) -> None:
    await farm(here)
    assert (await here.get("/fetch_plots")).json["errors"][0]["pointer"] == "/filename"
    not_served = await here.get("/fetch_plots?filename=0x1&stats=cft")
    assert (not_served.status, not_served.json["code"]) == (422, "statistic_not_available")
    assert (await here.get("/fetch_plots?filename=0x1&stats=gold")).json["errors"][0]["code"] == "unknown_statistic"


async def test_geojson_is_one_collection(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAGE", 2)
    await farm(here, 1)
    await farm(here, 2)
    by_parameter = await here.get(f"{CHECK}?format=geojson")
    by_header = await here.get(CHECK, headers={"Accept": "text/html;q=0.2, application/geo+json"})
    assert by_parameter.body == by_header.body
    assert by_parameter.headers["Content-Type"] == "application/geo+json"
    assert by_parameter.json["type"] == "FeatureCollection" and len(by_parameter.json["features"]) == 6
    assert (await here.get("/fetch_plots?filename=0x1&format=geojson&plotid=none")).json == {"type": "FeatureCollection", "features": []}


async def test_csv_has_a_row_a_plot_under_one_header(here: Scene) -> None:
    await farm(here, 1)
    await farm(here, 2)
    answer = await here.get(CHECK, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert len(rows) == 6 and rows[0]["plotid"] == "P0" and rows[0]["noncompliance_area_ha"] == "1.25"
    assert rows[2]["alert_class"] == "" and orjson.loads(rows[2]["reasons"]) == ["worker_crashed"]
    assert orjson.loads(rows[0]["geometry"]) == SQUARE and orjson.loads(rows[0]["properties"]) == {"name": "plot 0"}
    assert orjson.loads(rows[0]["annual_defor_ha"]) == {"2021": 0.0, "2022": 0.0, "2023": 0.5}


async def test_a_format_that_is_not_served_is_406(here: Scene) -> None:
    await farm(here)
    answer = await here.get(CHECK, headers={"Accept": "text/html"})
    assert (answer.status, answer.json["code"]) == (406, "format_not_available")
    assert (await here.get(CHECK, params={"format": "shapefile"})).status == 422


async def test_the_aggregate_is_the_row_of_the_supply_shed(here: Scene) -> None:
    await farm(here)
    [line] = (await here.get(f"{CHECK}?filename=0x1&aggregate=true")).lines
    assert line["geometry"] is None
    properties = line["properties"]
    assert (properties["n_plots"], properties["noncompliance_area_ha"], properties["stat_type"]) == (3, 1.5, "supply_shed")
    assert properties["annual_defor_ha"] == {"2021": 0.5, "2022": 1.0}
    assert properties["provenance"]["methods"][STAT]["run_id"] == "run-1"
    assert (await here.get(f"{CHECK}?filename=0x1&aggregate=true&format=geojson")).json["features"] == [line]


async def test_the_aggregate_of_all_collections_is_the_first_that_has_one(here: Scene) -> None:
    await farm(here, 1, ended=False)
    await farm(here, 2)
    await farm(here, 3)
    assert [line["properties"]["collection_id"] for line in (await here.get(f"{CHECK}?aggregate=true")).lines] == ["0x2"]
    assert len((await here.get(f"{CHECK}?aggregate=true&limit=10")).lines) == 2


async def test_an_aggregate_that_cannot_be_is_refused(here: Scene) -> None:
    await farm(here, ended=False)
    assert (await here.get(f"{CHECK}?filename=0x1&aggregate=true")).json["code"] == "not_ready"
    assert (await here.get(f"{CHECK}?filename=0x1&aggregate=true&plotid=P1")).status == 422


async def test_a_stream_that_cannot_go_on_breaks_off_instead_of_ending(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAGE", 1)
    await farm(here)
    real = results.page

    async def failing(*given: object, **more: object) -> object:
        if given[3] == 0:  # the page after the first plot
            raise Unavailable("the database does not answer", "database_unavailable")
        return await real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(results, "page", failing)
    with pytest.raises(aiohttp.ClientPayloadError):
        await here.get(f"{CHECK}?filename=0x1")


async def test_a_slow_client_holds_no_transaction_and_is_not_read_ahead_for(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await farm(here, count=4000)
    pages = 0
    real = results.page

    async def counted(*given: object, **more: object) -> object:
        nonlocal pages
        pages += 1
        return await real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(results, "page", counted)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(slow, (here.gateway.host, here.gateway.port))
        slow.send(f"GET /fetch_plots?filename=0x1 HTTP/1.1\r\nHost: {here.gateway.host}:{here.gateway.port}\r\n\r\n".encode())
        seen = -1
        while seen != pages or pages == 0 or here.database.engine.pool.checkedout():  # type: ignore[attr-defined]
            seen = pages  # a transaction that is held never ends this: pytest's timeout does
            await asyncio.sleep(0.5)
        assert pages < 4000 / fetch.PAGE, "the server waits for the client"
        async with here.database.write() as connection:
            await collections.remove(connection, "0x1")
