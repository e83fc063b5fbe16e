"""All four statistics of the demo are the same bytes in one process and as one process a service on real servers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.v1.stats import Statistic
from sample import Sample, generate
from tests.driving import ended, features, fetched, rows_of, speaking_to, submit, watching
from tests.systems import System, distributed, embedded

PATHS = ("/fetch_plots", "/fetch_biomass_emissions", "/fetch_biodiversity", "/fetch_water_stress", "/fetch_supply_shed")
STATS = ",".join(Statistic)

Answers = dict[str, bytes]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def in_one_process(demo: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    with embedded(tmp_path_factory.mktemp("embedded"), demo.layers_dir) as system:
        yield asyncio.run(answers(system, demo.plots_file))


@pytest.fixture(scope="module")
def in_many(demo: Sample, rabbitmq_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    # Other chunks than in one process: where a chunk ends must not show.
    with distributed(rabbitmq_url, database_url, tmp_path_factory.mktemp("many"), demo.layers_dir, CHUNK_PLOTS="40") as system:
        yield asyncio.run(answers(system, demo.plots_file))


async def answers(system: System, file: Path) -> Answers:
    """Submit the plots for every statistic, wait for the end, and read every way to fetch them."""
    async with speaking_to(system) as client, rows_of(system) as rows:
        run = await submit(client, file, "four", stats=STATS)
        async with watching(client, run) as watched:
            assert await ended(watched) == "COMPLETED"
        watched.assert_never_fell()
        assert await rows.parked() == []
        return {path: await fetched(client, path, run) for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_equal_byte_for_byte(in_one_process: Answers, in_many: Answers, path: str) -> None:
    assert in_one_process[path] == in_many[path]


def test_each_statistic_says_something_of_the_plots(in_one_process: Answers) -> None:
    found = [feature["properties"] for feature in features(in_one_process["/fetch_plots"])]
    [whole] = features(in_one_process["/fetch_supply_shed"])
    assert whole["properties"]["landscape_area_ha"] > 10_000 and whole["properties"]["eca_ha"] is not None, "of all plots together"
    for name in ("alert_class", "luc_tco2ehayear", "diversity_score", "bws_score"):
        assert sum(plot[name] is not None for plot in found) > len(found) / 2, name
