"""What the tests of this folder share: the demo, a system in one process, and one with a process a service on real servers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson
import pytest

from sample import Sample, generate
from tests.driving import told
from tests.systems import System, distributed, embedded, json_setting

SOMEBODY = "owner-of-the-broker-user"
"""Owner of what is published by the user of the broker's address."""
FEW = 20
"""Plots of `few`."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def few(demo: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few plots of the demo: small enough to travel inline."""
    whole = orjson.loads(demo.plots_file.read_bytes())
    path = tmp_path_factory.mktemp("few") / "few.geojson"
    path.write_bytes(orjson.dumps({"type": "FeatureCollection", "features": whole["features"][:FEW]}))
    return path


@pytest.fixture(scope="session")
def one(demo: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Everything in one process, as `plotproof serve` runs it. Shared, as `started` is: collections have names of their own."""
    with embedded(tmp_path_factory.mktemp("one"), demo.layers_dir, GATEWAY_STAGING_WAIT_S="45") as system:
        yield system


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The database of the shared system."""
    with new_database() as url:
        yield url


@pytest.fixture(scope="session")
def started(demo: Sample, rabbitmq_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Chunks of 25 plots, so that both workers of a statistic have some of the demo: where a chunk ends must not show."""
    more = {"CHUNK_PLOTS": "25", "BROKER_OWNERS": json_setting({user_of(rabbitmq_url): SOMEBODY})}
    with distributed(rabbitmq_url, database_url, tmp_path_factory.mktemp("many"), demo.layers_dir, **more) as system:
        yield system


@pytest.fixture
def system(started: System, request: pytest.FixtureRequest) -> Iterator[System]:
    """The shared system of many processes; what one test leaves is there for the next."""
    with told(request, started):
        yield started


def user_of(rabbitmq_url: str) -> str:
    """The broker user of an address."""
    return unquote(urlsplit(rabbitmq_url).username or "guest")
