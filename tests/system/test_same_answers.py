"""The demo gives the same bytes in one process and as one process a service on real servers, and the answers that its design tells."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.v1.stats import Statistic
from sample import Sample
from tests.driving import Run, assert_each_plot_once, ended, features, fetched, rows_of, speaking_to, submit, watching
from tests.systems import System

PATHS = ("/fetch_plots", "/fetch_biomass_emissions", "/fetch_biodiversity", "/fetch_water_stress", "/fetch_supply_shed")
STATS = ",".join(Statistic)
REJECTED = "select feature_index, plot_id, code, severity, message from rejections where collection_id = :c order by feature_index, code"


@dataclass(frozen=True, slots=True)
class Answers:
    """What one system says of the demo."""

    plots: bytes
    check: bytes
    aggregate: bytes
    rejected: list[tuple[Any, ...]]
    progress: dict[str, Any]
    four: dict[str, bytes]
    """By path, of a second run with every statistic."""


@pytest.fixture(scope="module")
def in_one_process(demo: Sample, one: System) -> Answers:
    return asyncio.run(answers(one, demo.plots_file))


@pytest.fixture(scope="module")
def in_many(demo: Sample, started: System) -> Answers:
    return asyncio.run(answers(started, demo.plots_file))


async def answers(system: System, file: Path) -> Answers:
    """Submit the demo for one statistic and for all, wait for the ends, and read everything that can be compared."""
    async with speaking_to(system) as client, rows_of(system) as rows:
        parked = await rows.parked()
        run = await submit(client, file, "demo")
        async with watching(client, run) as watched:
            assert await ended(watched) == "COMPLETED"
        watched.assert_never_fell()
        counts = watched.last["plots"]
        await assert_each_plot_once(rows, run, counts["accepted"])
        every = await submit(client, file, "four", stats=STATS)
        async with watching(client, every) as whole:
            assert await ended(whole) == "COMPLETED"
        whole.assert_never_fell()
        assert await rows.parked() == parked
        return Answers(
            await fetched(client, "/fetch_plots", run),
            await fetched(client, "/fetch_deforestation_check", run),
            await fetched(client, "/fetch_deforestation_check", run, aggregate="true"),
            [tuple(row) for row in await rows.all(REJECTED, c=run.collection_id)],
            anonymous_progress(run, watched.last),
            {path: await fetched(client, path, every) for path in PATHS},
        )


def anonymous_progress(run: Run, progress: dict[str, Any]) -> dict[str, Any]:
    """A progress without ids and times."""
    text: dict[str, Any] = orjson.loads(run.anonymous(orjson.dumps(progress)))
    for part in (text, *text["stages"]):
        for name in ("started_at", "finished_at", "submitted_at", "last_updated"):
            part.pop(name, None)
    return text


def test_results_are_equal_byte_for_byte(in_one_process: Answers, in_many: Answers) -> None:
    assert in_many.plots == in_one_process.plots
    assert in_many.check == in_one_process.check
    assert in_many.aggregate == in_one_process.aggregate


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_of_four_statistics_is_equal_byte_for_byte(in_one_process: Answers, in_many: Answers, path: str) -> None:
    assert in_many.four[path] == in_one_process.four[path]


def test_each_statistic_says_something_of_the_plots(in_one_process: Answers) -> None:
    found = [feature["properties"] for feature in features(in_one_process.four["/fetch_plots"])]
    [whole] = features(in_one_process.four["/fetch_supply_shed"])
    assert whole["properties"]["landscape_area_ha"] > 10_000 and whole["properties"]["eca_ha"] is not None, "of all plots together"
    for name in ("alert_class", "luc_tco2ehayear", "diversity_score", "bws_score"):
        assert sum(plot[name] is not None for plot in found) > len(found) / 2, name


def test_rejections_and_the_end_of_progress_are_equal(in_one_process: Answers, in_many: Answers) -> None:
    assert in_many.rejected == in_one_process.rejected
    assert in_many.progress == in_one_process.progress


@pytest.fixture(params=["in_one_process", "in_many"])
def answered(request: pytest.FixtureRequest) -> Answers:
    """What each of the two systems says."""
    found: Answers = request.getfixturevalue(request.param)
    return found


def test_designed_plots_have_the_designed_class_and_area(answered: Answers, demo: Sample) -> None:
    found = {one["properties"]["plotid"]: one["properties"] for one in features(answered.plots)}
    designed = orjson.loads(demo.truth_file.read_bytes())["plots"]
    assert len(designed) > 20
    for plot in designed:
        told, result = plot["story"], found[plot["plotid"]]
        if plot["alert_class"]:
            assert result["alert_class"] in plot["alert_class"], told
        if plot["noncompliance_area_ha"] is not None:
            assert result["noncompliance_area_ha"] == pytest.approx(plot["noncompliance_area_ha"], rel=1e-6, abs=1e-9), told
            lost = {year: area_ha for year, area_ha in result["annual_defor_ha"].items() if area_ha}
            assert lost == pytest.approx(plot["annual_defor_ha"], rel=1e-6), told
        for column in set(plot) - {"plotid", "story", "alert_class", "noncompliance_area_ha", "annual_defor_ha"}:
            assert result[column] == pytest.approx(plot[column], rel=1e-6), (told, column)


def test_faulty_plots_are_listed_by_their_ids_with_the_designed_reason(answered: Answers, demo: Sample) -> None:
    truth = orjson.loads(demo.truth_file.read_bytes())
    found = {(row[0], row[1], row[2]) for row in answered.rejected}
    assert {(fault["feature_index"], fault["plotid"], fault["code"]) for fault in truth["faulty"]} <= found
    assert {index for index, _, _ in found} == {fault["feature_index"] for fault in truth["faulty"]}
    assert answered.progress["plots"] == {"total": truth["counts"]["features"], "accepted": truth["counts"]["valid"],
                                          "rejected": truth["counts"]["faulty"]}  # fmt: skip
    named = {plot for failure in answered.progress["failures"] for plot in failure["plots"]}
    assert named <= {fault["plotid"] for fault in truth["faulty"]}


def test_every_plot_carries_its_provenance(answered: Answers) -> None:
    for one in features(answered.plots):
        provenance = one["properties"]["provenance"]
        assert provenance["geometry_hash"]
        [method] = provenance["methods"].values()
        assert method["version"] and method["window"] == {"start_date": "2017-01-01", "end_date": "2025-12-31"}
        for name in ("hansen_gfc", "jrc_gfc2020", "jrc_tmf"):
            assert provenance["layers"][name]["version"]
            assert all(provenance["layers"][name]["checksums"].values()) and provenance["layers"][name]["checksums"], name
