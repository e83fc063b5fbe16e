"""What a statistic finds of all plots of a run together, through the whole system: asked for once, told with the collection."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import numpy as np
import pytest

from contracts.routes import RESULT_OF
from contracts.v1.results.result import Result
from contracts.v1.stats import Statistic
from services.tracker.worker import tracker
from services.uploader.worker import uploader
from shared.errors import Unavailable
from shared.outcome import Outcome, Plots, Terms, Together
from shared.stat import Method, stat_service
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import Scene, a_file
from tests.services.gateway.test_steps import progress_of

WATER = Statistic.WATER


class Small(Result):
    """An area, and a mesh that only all plots together have."""

    SCHEMA: ClassVar[str] = "1.0.0"
    NOT_ADDITIVE: ClassVar[Sequence[str]] = ("mesh_ha", "division")

    mesh_ha: float | None
    division: float | None
    plot_area_ha: float


def each(plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
    return [
        Outcome(int(number), "ok", Small(mesh_ha=1.0, division=0.5, plot_area_ha=float(area)), ())
        for number, area in zip(plots.plot_no, plots.area_ha, strict=True)
    ]


class Looked:
    """Puts down which plots it was given together; it is away as often as told."""

    def __init__(self) -> None:
        self.plots: list[list[int]] = []
        self.away = 0

    def __call__(self, plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Together:
        if self.away:
            self.away -= 1
            raise Unavailable("the layer does not read now", "layer_unavailable")
        self.plots.append(plots.plot_no.tolist())
        known = {"mesh_ha": float(np.sum(plots.area_ha)), "landscape_area_ha": 7.0}
        return Together({**known, "division": None}, {"mesh_ha": 0.8, "division": 0.8}, {"division": "single_patch"})


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    monkeypatch.setitem(RESULT_OF, WATER, Small)
    monkeypatch.setattr("shared.lease.FIRST_DELAY_S", 0.1)
    return Looked()


@asynccontextmanager
async def working(start: Start, looked: Looked, **changed: object) -> AsyncIterator[Scene]:
    """A gateway with everything behind it, and one statistic; two plots a chunk."""
    here = await start(stages=True, gateway_staging_wait_s=20, served_stats=(WATER,), reconcile_s=0.1, chunk_plots=2, **changed)
    method = Method(WATER, "1.0.0", {}, (), each, lambda values: (None, None), together=looked)
    async with uploader(here.resources), tracker(here.resources), stat_service(method)(here.resources):
        yield here


async def ended(here: Scene, plots: int = 5) -> tuple[dict[str, Any], dict[str, Any]]:
    """Progress and collection row of a new run."""
    shown = await progress_of(here, (await here.submit(a_file(plots), collection_name="one", end_date="2025-12-31")).json)
    [row] = (await here.get("/fetch_supply_shed?filename=one")).lines
    return shown, row["properties"]


async def test_all_plots_of_all_chunks_are_looked_at_together_once(start: Start, looked: Looked) -> None:
    async with working(start, looked) as here:
        shown, row = await ended(here)
        assert shown["status"] == "COMPLETED" and looked.plots == [[0, 1, 2, 3, 4]]
        stages = [(stage["name"], stage["done"], stage["total"], stage["status"]) for stage in shown["stages"]]
        assert stages[2:] == [("water", 5, 5, "completed"), ("water:whole", 5, 5, "completed"), ("summarising", 5, 5, "completed")]
        assert row["mesh_ha"] == pytest.approx(row["union_area_ha"], rel=1e-6) and row["landscape_area_ha"] == 7.0
        assert (row["division"], row["missing"], row["partial_fields"], row["partial"]) == (
            None, {"division": "single_patch"}, ["mesh_ha"], True,
        )  # fmt: skip
        assert row["valid_share"]["mesh_ha"] == 0.8


async def test_a_run_of_some_plots_looks_at_these(start: Start, looked: Looked) -> None:
    async with working(start, looked) as here:
        await ended(here)
        ids = [line["properties"]["plotid"] for line in (await here.get("/fetch_plots?filename=one")).lines]
        answer = await here.ask("POST", "/batch_zonal_stats", json={"filename": "one", "plot_ids": [ids[1], ids[4]]})
        assert (await progress_of(here, answer.json))["status"] == "COMPLETED"
        assert looked.plots[1:] == [[1, 4]]


async def test_a_layer_that_is_away_is_waited_for_and_then_the_run_is_partial(start: Start, looked: Looked) -> None:
    async with working(start, looked, max_failures=3) as here:
        looked.away = 2
        shown, row = await ended(here)
        assert shown["status"] == "COMPLETED" and row["mesh_ha"] is not None
        looked.away = 99
        answer = await here.ask("POST", "/batch_zonal_stats", json={"filename": "one", "end_date": "2024-12-31"})
        shown = await progress_of(here, answer.json)
        [row] = (await here.get(f"/fetch_supply_shed?filename=one&run_id={answer.json['run_id']}")).lines
        assert shown["status"] == "PARTIAL" and row["properties"]["union_area_ha"] is not None
        assert row["properties"]["mesh_ha"] is None and row["properties"]["n_ok"] == 5
        assert row["properties"]["missing"] == dict.fromkeys(Small.NOT_ADDITIVE, "layer_unavailable")
        assert [(failure["stage"], failure["code"]) for failure in shown["failures"]] == [("water:whole", "layer_unavailable")]


async def test_what_ends_its_workers_is_given_up(start: Start, looked: Looked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.whole.VANISHED_BEFORE_GIVING_UP", 0)
    async with working(start, looked) as here:
        shown, row = await ended(here)
        assert shown["status"] == "PARTIAL" and looked.plots == []
        assert row["missing"] == dict.fromkeys(Small.NOT_ADDITIVE, "worker_crashed")
