"""Confidence in locations, from the file to every answer; and a file that is skipped for want of it."""

import asyncio
from typing import Any

import httpx

from tests.systems import System

ROUGH = b"plotid,lat,lon,area_ha\n" + b"".join(b"P%d,6.71%d,-1.62%d,1\n" % (i, i, i) for i in range(4))
"""Points of three decimals in Ghana: each loses 60 for decimals, 20 for being a point, 10 for lying on a grid."""
REASON = (
    "low_location_confidence: of 4 plots 0 are high, 0 medium, 4 low; lowered by few_decimals (4), point_plot (4), synthetic_outline (4)"
)


async def submit(http: httpx.AsyncClient, name: str, **given: str) -> httpx.Response:
    return await http.post(
        "/batch_process",
        files={"file": ("plots.csv", ROUGH, "text/csv")},
        data={"collection_name": name, **given},
        headers={"Idempotency-Key": name},
    )


async def ended(http: httpx.AsyncClient, collection_id: str) -> dict[str, Any]:
    progress: dict[str, Any] = {}
    for _ in range(600):
        progress = (await http.get("/batch_progress", params={"tracking_id": collection_id})).json()
        if progress["finished_at"] is not None:
            return progress
        await asyncio.sleep(0.1)
    raise AssertionError(progress)


async def test_a_file_of_low_confidence_is_skipped_and_every_answer_says_why(one: System) -> None:
    async with httpx.AsyncClient(base_url=one.url, timeout=60) as http:
        answer = await submit(http, "rough", skip_on_low_confidence="true")
        found = answer.json()["collection_id"]
        assert (answer.status_code, answer.json()) == (200, {"status": "SKIPPED", "collection_id": found, "reason": REASON})
        again = await submit(http, "rough", skip_on_low_confidence="true")
        assert (again.status_code, again.json()) == (200, answer.json())

        progress = await ended(http, found)
        assert (progress["status"], progress["locations_confidence"], progress["skip_reason"]) == ("SKIPPED", "low", REASON)
        assert [stage["status"] for stage in progress["stages"]] == ["completed", *["skipped"] * (len(progress["stages"]) - 1)]
        assert progress["warnings"] == {"few_decimals": 4, "point_plot": 4, "synthetic_outline": 4}

        listed = (await http.get("/get_collections")).json()["rough"]
        assert (listed["locations_confidence"], [job["status"] for job in listed["batch_jobs"]]) == ("low", ["skipped"])
        whole = (await http.get("/fetch_deforestation_check", params={"filename": found, "aggregate": "true"})).json()
        assert whole["properties"]["locations_confidence"] == REASON
        plots = await http.get("/fetch_plots", params={"filename": found})
        assert (plots.status_code, plots.text, plots.headers["X-Run-Status"]) == (200, "", "SKIPPED")
        findings = (await http.get(f"/collections/{found}/findings")).text.splitlines()
        assert len(findings) == 12 and '"plot_id":"P0"' in findings[0]
        assert (await http.get(f"/collections/{found}/repairs")).text == ""


async def test_without_asking_for_it_nothing_is_skipped_and_every_plot_has_its_grade(one: System) -> None:
    async with httpx.AsyncClient(base_url=one.url, timeout=60) as http:
        answer = await submit(http, "rough, and kept")
        assert (answer.status_code, answer.json()["locations_confidence"]) == (202, "low")
        found = answer.json()["collection_id"]
        progress = await ended(http, found)
        assert progress["status"] != "SKIPPED" and progress["skip_reason"] is None
        assert progress["confidence_reason"] == REASON.partition(": ")[2]
        plots = (await http.get("/fetch_plots", params={"filename": found, "format": "geojson"})).json()["features"]
        assert {plot["properties"]["locations_confidence"] for plot in plots} == {"low"}
        assert plots[0]["properties"]["notes"] == ["few_decimals", "point_plot", "synthetic_outline"]
