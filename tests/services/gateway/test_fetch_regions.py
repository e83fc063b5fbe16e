"""Collections as a whole and their regions: which rows, how many, joined over runs, filtered by a closed list."""

from typing import Any

import pytest

from shared.db import results, runs
from shared.db.rows import dumps
from tests.databases import STAT
from tests.services.gateway.scene import Scene
from tests.services.gateway.test_fetch import farm

SHED = "/fetch_supply_shed"
REGIONS = "/fetch_stat_regions"


async def with_regions(here: Scene) -> None:
    """A collection whose run compared its plots with two districts."""
    await farm(here)
    async with here.database.write() as connection:
        for at, name in enumerate(("Suhum", "Akim")):
            region = {"id": f"B{at}", "name": name, "layer": "geoboundaries_adm2", "overlap_threshold": 0.5, "plots": 2}
            sums = {"n_plots": 2, "noncompliance_area_ha": 0.5 + at, "annual_defor_ha": [0.5, 1.0], "risk_tier": "Medium"}
            await results.put_region(connection, "run-1", "admin_area", f"B{at}", "high", dumps({STAT.value: sums, "region": region}))


async def rows(here: Scene, path: str) -> list[dict[str, Any]]:
    answer = await here.get(path)
    assert answer.status == 200, answer.body
    return [line["properties"] for line in answer.lines]


async def test_the_supply_base_is_one_row_of_a_named_collection_and_all_rows_otherwise(here: Scene) -> None:
    await farm(here, 1)
    await farm(here, 2)
    [one] = await rows(here, f"{SHED}?filename=0x1")
    assert (one["collection_id"], one["stat_type"], one["noncompliance_area_ha"]) == ("0x1", "supply_shed", 1.5)
    assert one["annual_defor_ha"] == {"2021": 0.5, "2022": 1.0}
    assert [row["collection_id"] for row in await rows(here, SHED)] == ["0x1", "0x2"]
    assert len(await rows(here, f"{SHED}?limit=1")) == 1
    assert len(await rows(here, f"{SHED}?stat_type=all&table_extension=eudr&limit=100000")) == 2
    both = (await here.get(f"{SHED}?format=geojson")).json
    assert [feature["properties"]["collection_id"] for feature in both["features"]] == ["0x1", "0x2"]


async def test_regions_come_by_kind_with_their_names_after_the_supply_base(here: Scene) -> None:
    await with_regions(here)
    found = await rows(here, f"{REGIONS}?filename=0x1")
    assert [(row["uuid_stat"], row["name_stat"], row["noncompliance_area_ha"]) for row in found] == [
        ("B0", "Suhum", 0.5),
        ("B1", "Akim", 1.5),
    ]
    assert [row["stat_type"] for row in await rows(here, f"{SHED}?filename=0x1&stat_type=all")] == [
        "supply_shed",
        "admin_area",
        "admin_area",
    ]
    assert [row["name_stat"] for row in await rows(here, f"{REGIONS}?filename=0x1&name_stat=Akim")] == ["Akim"]
    assert await rows(here, f"{REGIONS}?filename=0x1&uuid_stat=B9") == []
    assert len(await rows(here, f"{REGIONS}?filename=0x1&overlap_threshold=0.5")) == 2


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{REGIONS}?filename=0x1&stat_type=watershed", 409, "regions_not_computed"),
        (f"{REGIONS}?filename=0x1&overlap_threshold=0.6", 409, "threshold_not_computed"),
        (f"{REGIONS}?filename=0x1&stat_type=county", 422, "validation_error"),
        (f"{REGIONS}?filename=0x1&format=csv", 406, "format_not_available"),
        (f"{REGIONS}?filename=0x1&monitoring_end=2020-01-01", 409, "window_not_computed"),
        (f"{REGIONS}?filename=0x9", 404, "not_found"),
        (REGIONS, 422, "validation_error"),
        (f"{SHED}?company_name=x", 422, "validation_error"),
        (f"{SHED}?filename=0x1&stats=gold", 422, "validation_error"),
        (f"{SHED}?filename=0x1&complete=true", 200, ""),
    ],
)
async def test_what_cannot_be_answered_says_so(here: Scene, path: str, status: int, code: str) -> None:
    await with_regions(here)
    answer = await here.get(path)
    assert answer.status == status, answer.body
    assert not code or answer.json["code"] == code


async def test_what_is_somebody_elses_is_unknown(here: Scene) -> None:
    await farm(here, owner="somebody else")
    for path in (REGIONS, SHED):
        mine, nobodys = await here.get(f"{path}?filename=0x1"), await here.get(f"{path}?filename=0x7")
        assert mine.status == nobodys.status == 404 and mine.json["detail"] == nobodys.json["detail"]
    assert await rows(here, SHED) == []


async def test_filters_are_of_the_collection(here: Scene) -> None:
    await with_regions(here)
    assert await rows(here, f"{SHED}?filename=0x1&country=GH") == []
    assert await rows(here, f"{SHED}?risk_tier=High") == []
    assert len(await rows(here, f"{SHED}?stat_type=admin_area&risk_tier=Medium")) == 2
    assert len(await rows(here, f"{SHED}?stat_type=admin_area&locations_confidence=high")) == 2


async def test_a_run_that_goes_on_is_not_ready_and_a_skipped_one_says_why(here: Scene) -> None:
    await farm(here, ended=False)
    refused = await here.get(f"{SHED}?filename=0x1")
    assert (refused.status, refused.json["code"]) == (409, "not_ready")
    async with here.database.write() as connection:
        await results.put_region(connection, "run-1", "supply_shed", "0x1", "low_location_confidence: 1 of 3", "{}")
        await runs.remove(connection, "run-9")
    [row] = await rows(here, f"{SHED}?filename=0x1")
    assert row["locations_confidence"] == "low_location_confidence: 1 of 3"
