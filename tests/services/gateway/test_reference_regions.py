"""Reference regions through the whole system: computed once by the workers, told with the run that asked and with the next one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
import shapely
from pydantic import Field

from contracts.routes import RESULT_OF
from contracts.v1.results.result import Result
from contracts.v1.stats import Statistic
from services.tracker.worker import tracker
from services.uploader.worker import uploader
from shared.errors import Unavailable
from shared.outcome import Outcome, Plots, Terms
from shared.reference import windows
from shared.stat import Method, stat_service
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, a_file
from tests.services.gateway.test_steps import progress_of
from tests.shared.vectors.make import write_layer

WATER = Statistic.WATER
DISTRICT = shapely.box(29.0, 1.0, 31.0, 3.0)
ELSEWHERE = shapely.box(35.0, 1.0, 36.0, 2.0)


class Small(Result):
    """A height that falls from west to east, and a loss that few have."""

    SCHEMA: ClassVar[str] = "1.0.0"

    height_m: float | None = Field(json_schema_extra={"aggregate": "mean"})
    loss_ha: float | None = Field(json_schema_extra={"aggregate": "sum"})
    plot_area_ha: float = Field(json_schema_extra={"aggregate": "sum"})


class Counted:
    """A method that counts the windows and plots that it computes; it is away for regions as often as told."""

    def __init__(self) -> None:
        self.windows = 0
        self.away = 0

    def __call__(self, plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
        if len(plots) > 10:
            if self.away:
                self.away -= 1
                raise Unavailable("the layer does not read now", "layer_unavailable")
            self.windows += len(plots)
        lon = shapely.get_x(shapely.centroid(plots.geometry))
        values = [
            Small(height_m=100 * (31.0 - float(x)), loss_ha=float(area) if x < 29.1 else 0.0, plot_area_ha=float(area))
            for x, area in zip(lon, plots.area_ha, strict=True)
        ]
        return [Outcome(int(number), "ok", value, ()) for number, value in zip(plots.plot_no, values, strict=True)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setitem(RESULT_OF, WATER, Small)
    return Counted()


@asynccontextmanager
async def working(start: Start, layers: Path, counted: Counted, **changed: object) -> AsyncIterator[Scene]:
    """A gateway with everything behind it, one statistic, and two districts."""
    write_layer(
        layers / "geoboundaries_adm2" / "cgaz_adm2.parquet",
        "geoboundaries_adm2",
        [DISTRICT, ELSEWHERE],
        {"shapeID": ["D1", "D2"], "shapeName": ["Middle", "Far"]},
    )
    given = {"served_stats": (WATER,), "layers_dir": layers, "reconcile_s": 0.1, **changed}
    here = await start(stages=True, gateway_staging_wait_s=20, **given)
    method = Method(WATER, "1.0.0", {}, (), counted, lambda values: (None, None))
    async with uploader(here.resources), tracker(here.resources), stat_service(method)(here.resources):
        yield here


async def compared(here: Scene, name: str, **more: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Progress of a run that compares a collection with its districts, and the rows of these."""
    answer = await here.ask(
        "POST", "/batch_zonal_stats", json={"filename": name, "stat_type": "admin_area", "end_date": "2025-12-31", **more}
    )
    assert answer.status == 202, answer.body
    shown = await progress_of(here, answer.json)
    rows = (await here.get(f"/fetch_stat_regions?filename={name}&run_id={answer.json['run_id']}")).lines
    return shown, [row["properties"] for row in rows]


async def test_a_region_is_computed_once_and_told_to_every_run(start: Start, tmp_path: Path, counted: Counted) -> None:
    async with working(start, tmp_path / "layers", counted) as here:
        for name in ("one", "two"):
            await progress_of(here, (await here.submit(a_file(3), collection_name=name, end_date="2025-12-31")).json)
        refused = await here.get("/fetch_stat_regions?filename=one")
        assert (refused.status, refused.json["code"]) == (409, "regions_not_computed")
        shown, [row] = await compared(here, "one")
        assert shown["status"] == "COMPLETED"
        assert [(stage["name"], stage["done"], stage["total"]) for stage in shown["stages"]][1] == ("water:regions", 1, 1)
        assert counted.windows == windows.COUNT
        assert (row["uuid_stat"], row["name_stat"], row["n_plots"], row["stat_type"]) == ("D1", "Middle", 3, "admin_area")
        assert (row["region"]["plots"], row["region"]["overlap_threshold"], row["region"]["size_ha"]) == (3, 0.5, 128.0)
        height, loss = row["reference"]["metrics"]["height_m"], row["reference"]["metrics"]["loss_ha_per_ha"]
        # The plots lie at 30.025 on the average of a district from 29 to 31 whose height falls evenly: 97.5 of 0 to 200.
        assert height["mean"] == pytest.approx(97.5, abs=0.1)
        assert height["percentile_lo"] <= 48.75 <= height["percentile_hi"]
        assert height["difference_lo"] <= -2.5 <= height["difference_hi"]
        assert loss["ref_prevalence_lo"] <= 0.05 <= loss["ref_prevalence_hi"] and loss["prevalence"] == 0.0
        again, [same] = await compared(here, "two")
        assert again["status"] == "COMPLETED" and counted.windows == windows.COUNT, "the second run reads the row"
        assert same["reference"] == row["reference"]
        await compared(here, "two", end_date="2024-12-31")
        assert counted.windows == 2 * windows.COUNT, "another window is another row"
        assert await here.count("region_values") == 2


async def test_plots_in_no_region_are_in_no_row_and_the_run_ends(start: Start, tmp_path: Path, counted: Counted) -> None:
    async with working(start, tmp_path / "layers", counted) as here:
        far = a_file(2).replace(b"30.0", b"20.0").replace(b"30.02", b"20.02").replace(b"30.03", b"20.03")
        await progress_of(here, (await here.submit(far, collection_name="far", end_date="2025-12-31")).json)
        answer = await here.ask("POST", "/batch_zonal_stats", json={"filename": "far", "stat_type": "all"})
        shown = await progress_of(here, answer.json)
        assert shown["status"] == "COMPLETED" and counted.windows == 0
        assert (await here.get("/fetch_stat_regions?filename=far")).status == 409


async def test_a_layer_that_is_away_is_waited_for_and_a_region_that_fails_makes_the_run_partial(
    start: Start, tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.lease.FIRST_DELAY_S", 0.1)
    async with working(start, tmp_path / "layers", counted, max_failures=3) as here:
        await progress_of(here, (await here.submit(a_file(2), collection_name="one", end_date="2025-12-31")).json)
        counted.away = 1
        shown, [row] = await compared(here, "one")
        assert shown["status"] == "COMPLETED" and row["reference"]["metrics"]["height_m"]["n_ref"] > 500
        counted.away = 99
        shown, [row] = await compared(here, "one", end_date="2024-12-31")
        assert shown["status"] == "PARTIAL"
        assert row["reference"] == {"reason": "layer_unavailable"} and row["height_m"] is not None
