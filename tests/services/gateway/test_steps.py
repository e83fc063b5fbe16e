"""The steps on their own: staging only, uploading only, a report of which nothing is kept; and the country that is found."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest

from services.tracker.worker import tracker
from services.uploader.worker import uploader
from tests.driving import until
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, a_file


@asynccontextmanager
async def working(start: Start) -> AsyncIterator[Scene]:
    """A gateway with staging, uploader and tracker behind it; no statistic."""
    here = await start(stages=True, gateway_staging_wait_s=20, reconcile_s=0.1)
    async with uploader(here.resources), tracker(here.resources):
        yield here


async def post(here: Scene, path: str, file: bytes, **fields: str) -> Any:
    """POST a form to `path`."""
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("request_data", orjson.dumps(fields).decode())
    form.add_field("file", file, content_type="application/geo+json", filename="plots.geojson")
    return await here.ask("POST", path, data=form)


async def progress_of(here: Scene, submitted: dict[str, Any]) -> dict[str, Any]:
    """Progress of a run once it has ended."""

    async def ended() -> dict[str, Any] | None:
        shown: dict[str, Any] = (
            await here.get(f"/batch_progress?tracking_id={submitted['collection_id']}&run_id={submitted['run_id']}")
        ).json
        return shown if shown["finished_at"] is not None else None

    found: dict[str, Any] = await until(ended, 30, "the run ends")
    return found


def plots_in(*places: tuple[float, float]) -> bytes:
    """A plot of a kilometre at each place (longitude, latitude)."""
    rings = [[[x, y], [x + 0.010001, y], [x + 0.010001, y + 0.012001], [x, y + 0.012001], [x, y]] for x, y in places]
    features = [
        {"type": "Feature", "properties": {"id": f"P{at}"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for at, ring in enumerate(rings)
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


GHANA, TOGO = (-1.500001, 6.500001), (0.950001, 8.500001)


async def test_a_file_is_staged_then_uploaded_in_runs_of_their_own(start: Start) -> None:
    async with working(start) as here:
        answer = await post(here, "/stage_plots", a_file(3), collection_name="steps")
        assert answer.status == 202, answer.body
        staged = answer.json
        assert (staged["plot_number"], staged["stats"]) == (3, [])
        shown = await progress_of(here, staged)
        assert (shown["operation"], shown["status"]) == ("stage_plots", "COMPLETED")
        assert [(stage["name"], stage["status"]) for stage in shown["stages"]] == [("staging", "completed")]
        assert await here.count("plots") == 0
        answer = await here.ask("POST", "/upload_plots", json={"filename": "steps"})
        assert answer.status == 202, answer.body
        uploaded = answer.json
        assert uploaded["collection_id"] == staged["collection_id"] and uploaded["run_id"] != staged["run_id"]
        shown = await progress_of(here, uploaded)
        assert (shown["operation"], shown["status"], shown["progress_pct"]) == ("upload_plots", "COMPLETED", 100)
        assert [(stage["name"], stage["done"], stage["total"]) for stage in shown["stages"]] == [("uploading", 3, 3)]
        lines = (await here.get("/fetch_plots?filename=steps&stats=")).lines
        assert sorted(line["properties"]["plotid"] for line in lines) == ["P0", "P1", "P2"]
        assert {line["properties"]["country"] for line in lines} == {"CD"}


async def test_what_cannot_be_staged_leaves_nothing(start: Start) -> None:
    async with working(start) as here:
        answer = await post(here, "/stage_plots", b'{"type":"FeatureCollection","features":[]}', collection_name="empty")
        assert (answer.status, answer.json["code"]) == (422, "no_features")
        assert await here.is_empty()


async def test_only_a_staged_collection_without_an_open_run_is_uploaded(here: Scene) -> None:
    submitted = (await here.submit(collection_name="waits")).json  # nobody stages here
    answer = await here.ask("POST", "/upload_plots", json={"filename": submitted["collection_id"]})
    assert (answer.status, answer.json["code"]) == (409, "not_ready")
    assert (await here.ask("POST", "/upload_plots", json={"filename": "nobody's"})).status == 404
    assert (await here.ask("POST", "/upload_plots", json={"collection": "waits"})).status == 422
    assert (await here.ask("POST", "/upload_plots", data=b"{")).status == 400


async def test_an_upload_that_is_repeated_is_one_run(start: Start) -> None:
    async with working(start) as here:
        await progress_of(here, (await post(here, "/stage_plots", a_file(2), collection_name="twice")).json)
        ask = {"json": {"filename": "twice"}, "headers": {"Idempotency-Key": "k"}}
        first, again = await here.ask("POST", "/upload_plots", **ask), await here.ask("POST", "/upload_plots", **ask)
        assert first.status == again.status == 202 and first.body == again.body
        other = await here.ask("POST", "/upload_plots", json={"filename": "else"}, headers={"Idempotency-Key": "k"})
        assert (other.status, other.json["code"]) == (422, "idempotency_mismatch")
        assert await here.count("runs") == 2


async def test_a_report_tells_what_staging_finds_and_keeps_nothing(start: Start) -> None:
    async with working(start) as here:
        bow = {"type": "Polygon", "coordinates": [[[1.1, 7.1], [1.2, 7.2], [1.2, 7.1], [1.1, 7.2], [1.1, 7.1]]]}
        file = orjson.loads(plots_in(GHANA, GHANA))
        file["features"].append({"type": "Feature", "properties": {"id": "bow"}, "geometry": bow})
        answer = await post(here, "/validate_plots", orjson.dumps(file))
        assert answer.status == 200, answer.body
        report = answer.json
        assert (report["total"], report["accepted"], report["rejected"], report["country"]) == (3, 2, 1, "GH")
        assert report["confidence"] in ("high", "medium", "low")
        found = {(one["feature_index"], one["code"], one["severity"]) for one in report["findings"]}
        assert (2, "invalid_geometry", "error") in found
        assert any(index == 1 and code == "duplicate_geometry" for index, code, _ in found)
        assert await here.is_empty()
        assert (await here.get("/get_collections")).json == {}


async def test_a_report_of_a_file_without_a_usable_plot_lists_its_plots(start: Start) -> None:
    async with working(start) as here:
        file = {"type": "Feature", "properties": {"id": "x"}, "geometry": None}
        report = await post(here, "/validate_plots", orjson.dumps(file), on_invalid="reject")
        assert report.status == 200, report.body
        assert (report.json["total"], report.json["accepted"], report.json["rejected"]) == (1, 0, 1)
        assert [one["plot_id"] for one in report.json["findings"]] == ["x"]
        unread = await post(here, "/validate_plots", b"{")
        assert (unread.status, unread.json["code"]) == (400, "malformed_file")
        assert await here.is_empty()


async def test_a_report_that_takes_too_long_is_said_so_and_removed(start: Start) -> None:
    here = await start(gateway_validation_wait_s=0.1)  # nobody stages here
    answer = await post(here, "/validate_plots", a_file())
    assert (answer.status, answer.json["code"]) == (504, "validation_timeout")
    assert await here.is_empty()


async def test_another_country_with_half_of_the_plots_takes_the_place_of_the_given_one(start: Start) -> None:
    async with working(start) as here:
        answer = await here.submit(plots_in(GHANA, TOGO, TOGO), country="ghana")
        override = {
            "was_overridden": True,
            "original_country": "ghana",
            "detected_country": "Togo",
            "message": "Country automatically overridden from 'ghana' to 'Togo' based on file locations (2/3 locations in Togo)",
        }
        assert answer.status == 202, answer.body
        assert (answer.json["country"], answer.json["country_override_info"]) == ("TG", override)
        listed = (await here.get("/get_collections")).json["farm"]
        assert (listed["country"], listed["country_override_info"]) == ("TG", override)
        shown = (await here.get(f"/batch_progress?tracking_id={answer.json['collection_id']}")).json
        assert (shown["country"], shown["country_override_info"]) == ("TG", override)


async def test_without_validation_of_locations_no_country_is_looked_for(start: Start) -> None:
    async with working(start) as here:
        answer = await here.submit(plots_in(TOGO), country="GHA", validate_locations="false")
        assert (answer.json["country"], answer.json["country_override_info"]) == ("GH", None)


@pytest.mark.parametrize(
    ("given", "code", "words"), [("Atlantis", "unknown_country", "Atlantis"), ("Congo", "ambiguous_country", "CD (Democratic Republic")]
)
async def test_a_country_that_is_unknown_or_ambiguous_is_a_fault_of_its_parameter(here: Scene, given: str, code: str, words: str) -> None:
    answer = await here.submit(country=given)
    assert answer.status == 422
    [fault] = answer.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("/country", code) and words in fault["message"]
    assert await here.is_empty()
