"""Reference regions through the whole system: computed once by the workers, told with the run that asked and with the next one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import rasterio
import shapely
from pydantic import Field
from rasterio.transform import Affine

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


async def test_one_call_gives_plots_and_regions_and_each_plot_its_rank(start: Start, tmp_path: Path, counted: Counted) -> None:
    async with working(start, tmp_path / "layers", counted) as here:
        given = {"collection_name": "one", "end_date": "2025-12-31", "stat_type": "admin_area", "overlap_threshold": "0.6"}
        assert (await progress_of(here, (await here.submit(a_file(3), **given)).json))["status"] == "COMPLETED"
        [row] = (await here.get("/fetch_stat_regions?filename=one")).lines
        assert row["properties"]["region"]["overlap_threshold"] == 0.6
        plots = [line["properties"] for line in (await here.get("/fetch_plots?filename=one&stat_type=admin_area")).lines]
        [first, second, third] = [plot["regions"][0] for plot in plots]
        assert (first["uuid_stat"], first["name_stat"], first["fraction"], first["by_overlap"]) == ("D1", "Middle", 1.0, True)
        ranks = [one["percentile_rank"]["water"]["height_m"] for one in (first, second, third)]
        # Heights fall evenly from 200 to 0 over the district: a rank is half of the height, as far as 640 windows know.
        assert ranks == pytest.approx([plot["height_m"] / 2 for plot in plots], abs=6)
        assert np.argsort(ranks).tolist() == np.argsort([plot["height_m"] for plot in plots]).tolist()
        of_all = row["properties"]["reference"]["metrics"]["height_m"]["percentile_rank"]
        assert min(ranks) <= of_all <= max(ranks)
        assert list(first["percentile_rank"]["water"]) == ["height_m"], "losses that most windows lack are compared by prevalence"
        assert [plot["regions"] for plot in plots] == [
            line["properties"]["regions"]
            for line in (await here.get("/fetch_plots?filename=one&stat_type=all&overlap_threshold=0.6")).lines
        ]
        assert "regions" not in (await here.get("/fetch_plots?filename=one")).lines[0]["properties"]
        for query, status, code in (
            ("stat_type=watershed", 409, "regions_not_computed"),
            ("stat_type=all&overlap_threshold=0.5", 409, "threshold_not_computed"),
            ("stat_type=admin_area&format=csv", 406, "format_not_available"),
            ("stat_type=county", 422, "validation_error"),
        ):
            answer = await here.get(f"/fetch_plots?filename=one&{query}")
            assert (answer.status, answer.json["code"]) == (status, code), query
        again = await here.ask("POST", "/batch_zonal_stats", json={"filename": "one", "end_date": "2025-12-31"})
        shown = await progress_of(here, again.json)
        assert [stage["name"] for stage in shown["stages"]] == ["water", "summarising"], (
            "regions are those that a run asks for, not the collection's"
        )


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


def write_band(path: Path, south: float, north: float, inside: int, outside: int, nodata: int) -> None:
    """One class between two degrees of latitude and another elsewhere; nothing is known west of 30 degrees."""
    at = 3.0 - (np.arange(150) + 0.5) * 0.02
    values = np.where((at > south) & (at < north), inside, outside).astype(np.uint8)[:, None].repeat(150, axis=1)
    path.parent.mkdir(parents=True)
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "width": 150, "height": 150, "crs": "EPSG:4326", "nodata": nodata}
    with rasterio.open(path, "w", transform=Affine(0.02, 0, 30.0, 0, -0.02, 3.0), **profile) as file:
        file.write(values, 1)


def write_cover(layers: Path) -> None:
    """Cropland from 1.8 to 2.2 degrees north, trees elsewhere."""
    write_band(layers / "worldcover" / "ESA_WorldCover_10m_2021_v200_N00E030_Map.tif", 1.8, 2.2, 40, 10, nodata=0)


async def test_the_headline_is_of_windows_with_the_land_cover_of_the_plots(start: Start, tmp_path: Path, counted: Counted) -> None:
    write_cover(tmp_path / "layers")
    async with working(start, tmp_path / "layers", counted) as here:
        await progress_of(here, (await here.submit(a_file(3), collection_name="one", end_date="2025-12-31")).json)
        shown, [row] = await compared(here, "one")
        assert shown["status"] == "COMPLETED"
        reference = row["reference"]
        assert (reference["population"], reference["cover"], reference["all_land"]["population"]) == ("same_cover", 40, "all_land")
        headline, all_land = reference["metrics"]["height_m"], reference["all_land"]["metrics"]["height_m"]
        # A tenth of the district is known to be cropland: 64 windows of 640, all of them east of 30 degrees.
        assert 35 < headline["n_ref"] < 95 and all_land["n_ref"] == reference["all_land"]["windows_away"] > 600
        assert headline["ref_mean"] == pytest.approx(50.0, abs=10.0) and all_land["ref_mean"] == pytest.approx(100.0, abs=10.0)
        assert headline["percentile_rank"] > 90 and reference["few_windows"]
        layers = await here.get("/fetch_plots?filename=one&run_id=" + shown["run_id"])
        assert "worldcover" in layers.lines[0]["properties"]["provenance"]["layers"]


async def test_a_mask_of_the_crop_stands_before_land_cover_where_it_has_windows_enough(
    start: Start, tmp_path: Path, counted: Counted
) -> None:
    layers = tmp_path / "layers"
    write_cover(layers)
    write_band(layers / "cocoa_eth" / "map.tif", 1.4, 2.6, 1, 0, nodata=255)
    write_band(layers / "rubber_rbge" / "map.tif", 1.99, 2.01, 1, 0, nodata=255)
    async with working(start, layers, counted) as here:
        for crop in ("Cocoa", "rubber", "coffee"):
            given = {"collection_name": crop, "crop_type": crop, "end_date": "2025-12-31", "stat_type": "admin_area"}
            assert (await progress_of(here, (await here.submit(a_file(3), **given)).json))["status"] == "COMPLETED"
        found = {
            crop: (await here.get(f"/fetch_stat_regions?filename={crop}")).lines[0]["properties"]["reference"]
            for crop in ("Cocoa", "rubber", "coffee")
        }
        # The mask has three tenths of the district, all of them east of 30 degrees: 192 windows of 640.
        cocoa = found["Cocoa"]
        assert (cocoa["population"], cocoa["mask"], cocoa["all_land"]["population"]) == ("same_commodity", "cocoa_eth.map", "all_land")
        assert 150 < cocoa["windows_away"] < 235 and "cover" not in cocoa
        assert cocoa["metrics"]["height_m"]["ref_mean"] == pytest.approx(50.0, abs=10.0)
        # Of a belt of 2 km there are too few windows, and coffee has no mask here.
        for crop in ("rubber", "coffee"):
            assert (found[crop]["population"], found[crop]["cover"], "mask" in found[crop]) == ("same_cover", 40, False)
