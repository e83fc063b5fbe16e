"""Statistics of an uploaded collection: a new run each time, any window, some plots only, the older results still there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.v1.stats import Statistic
from services.tracker.worker import tracker
from services.uploader.worker import uploader
from shared.outcome import Outcome, Plots, Terms
from shared.stat import Method, stat_service
from tests.databases import STAT
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, a_file, evidence
from tests.services.gateway.test_fetch import farm
from tests.services.gateway.test_steps import post, progress_of

ZONAL = "/batch_zonal_stats"


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
    """Loss in every plot: as many hectares as its number, in the first year of the window."""
    start, end = terms.window.start_date, terms.window.end_date
    return [
        Outcome(
            int(number),
            "ok",
            evidence(noncompliance_area_ha=float(number), window_start=start.isoformat(), window_end=end.isoformat()),
            (),
        )
        for number in plots.plot_no
    ]


METHOD = Method(Statistic.EUDR_DEFORESTATION, "test", {}, (), compute, lambda values: (values.alert_class, values.noncompliance_area_ha))


@asynccontextmanager
async def working(start: Start) -> AsyncIterator[Scene]:
    """A gateway with everything behind it, chunks of two plots, and one statistic."""
    here = await start(stages=True, gateway_staging_wait_s=20, reconcile_s=0.1, chunk_plots=2, served_stats=(STAT,))
    async with uploader(here.resources), tracker(here.resources), stat_service(METHOD)(here.resources):
        yield here


async def test_a_new_run_over_some_plots_in_another_window_leaves_the_old_results_readable(start: Start) -> None:
    async with working(start) as here:
        first = (await here.submit(a_file(5), collection_name="farm", end_date="2025-12-31")).json
        assert (await progress_of(here, first))["status"] == "COMPLETED"
        body = {"filename": "farm", "stats": STAT.value, "plot_ids": ["P3", "P0"], "start_date": "2021-01-01", "end_date": "2024-12-31"}
        answer = await here.ask("POST", ZONAL, json=body)
        assert answer.status == 202, answer.body
        second = answer.json
        assert (second["collection_id"], second["plot_number"], second["stats"]) == (first["collection_id"], 2, [STAT])
        assert second["run_id"] != first["run_id"]
        shown = await progress_of(here, second)
        assert (shown["status"], shown["operation"], shown["progress_pct"]) == ("COMPLETED", "batch_zonal_stats", 100)
        assert [(stage["name"], stage["done"], stage["total"]) for stage in shown["stages"]] == [(STAT, 2, 2), ("summarising", 2, 2)]
        newest = (await here.get("/fetch_plots?filename=farm&monitoring_end=2024-12-31")).lines
        assert sorted(line["properties"]["plotid"] for line in newest) == ["P0", "P3"]
        assert {line["properties"]["window_end"] for line in newest} == {"2024-12-31"}
        old = (await here.get(f"/fetch_plots?filename=farm&run_id={first['run_id']}")).lines
        assert [line["properties"]["plotid"] for line in old] and len(old) == 5
        assert {line["properties"]["window_end"] for line in old} == {"2025-12-31"}
        [whole] = (await here.get("/fetch_deforestation_check?filename=farm&aggregate=true")).lines
        assert (whole["properties"]["n_plots"], whole["properties"]["n_skipped"]) == (2, 3)
        jobs = (await here.get("/get_collections")).json["farm"]["batch_jobs"]
        assert [(job["run_id"], job["end_date"]) for job in jobs] == [(second["run_id"], "2024-12-31"), (first["run_id"], "2025-12-31")]
        assert len(jobs[0]["complete_task_ids"]) == len({line["properties"]["plot_no"] // 2 for line in newest}) + 1


async def test_a_staged_collection_is_computed_once_its_plots_are_uploaded(start: Start) -> None:
    async with working(start) as here:
        await progress_of(here, (await post(here, "/stage_plots", a_file(3), collection_name="later")).json)
        refused = await here.ask("POST", "/batch_deforestation_check", json={"filename": "later"})
        assert (refused.status, refused.json["code"]) == (409, "not_ready")
        await progress_of(here, (await here.ask("POST", "/upload_plots", json={"filename": "later"})).json)
        answer = await here.ask("POST", "/batch_deforestation_check/", json={"filename": "later"})
        assert answer.status == 202, answer.body
        shown = await progress_of(here, answer.json)
        assert (shown["operation"], shown["status"], shown["plots"]["accepted"]) == ("batch_deforestation_check", "COMPLETED", 3)
        assert len((await here.get("/fetch_deforestation_check?filename=later")).lines) == 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "validation_error"),
        ({"filename": "nobody's"}, 404, "not_found"),
        ({"filename": "0x1", "stats": "gold"}, 422, "validation_error"),
        ({"filename": "0x1", "stats": ""}, 422, "validation_error"),
        ({"filename": "0x1", "statistics": "water"}, 422, "validation_error"),
        ({"filename": "0x1", "start_date": "2025-01-01", "end_date": "2024-01-01"}, 422, "validation_error"),
        ({"filename": "0x1", "end_date": "yesterday"}, 422, "validation_error"),
        ({"filename": "0x1", "plot_ids": []}, 422, "validation_error"),
        ({"filename": "0x1", "plot_ids": ["P0", "P77"]}, 422, "validation_error"),
        ({"filename": "0x1", "plot_ids": ["a\u0000"]}, 422, "validation_error"),
        ([], 422, "validation_error"),
    ],
)
async def test_what_cannot_be_computed_is_refused_and_leaves_no_run(here: Scene, body: Any, status: int, code: str) -> None:
    await farm(here)
    answer = await here.ask("POST", ZONAL, json=body)
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert await here.count("runs") == 1


async def test_unknown_plot_ids_are_named(here: Scene) -> None:
    await farm(here)
    answer = await here.ask("POST", ZONAL, json={"filename": "0x1", "plot_ids": ["P0", "P77"]})
    [error] = answer.json["errors"]
    assert (error["pointer"], error["code"]) == ("/plot_ids/1", "unknown_plot_id")


async def test_an_alias_takes_no_other_statistic_and_says_when_its_own_is_not_served(start: Start) -> None:
    here = await start(served_stats=(STAT,))
    await farm(here)
    answer = await here.ask("POST", "/batch_deforestation_check", json={"filename": "0x1", "stats": "water"})
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "unknown_parameter")
    named = ((path, {}) for path in ("/batch_biomass_emissions", "/batch_biodiversity", "/batch_water"))
    for path, stats in (*named, (ZONAL, {"stats": ["water"]})):
        answer = await here.ask("POST", path, json={"filename": "0x1"} | stats)
        assert (answer.status, answer.json["code"]) == (422, "statistic_not_available")


async def test_a_foreign_collection_is_unknown(here: Scene) -> None:
    await farm(here, owner="somebody else")
    assert (await here.ask("POST", ZONAL, json={"filename": "0x1"})).status == 404


async def test_a_repeat_with_the_same_key_is_one_run(here: Scene) -> None:
    await farm(here)
    ask = {"json": {"filename": "0x1"}, "headers": {"Idempotency-Key": "k"}}
    first, again = await here.ask("POST", ZONAL, **ask), await here.ask("POST", ZONAL, **ask)
    assert first.status == again.status == 202 and first.body == again.body
    other = await here.ask("POST", ZONAL, json={"filename": "0x1", "end_date": "2025-01-01"}, headers={"Idempotency-Key": "k"})
    assert (other.status, other.json["code"]) == (422, "idempotency_mismatch")
    assert await here.count("runs") == 2
