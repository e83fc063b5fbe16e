"""The API description is valid, current, and of exactly what is served."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from openapi_spec_validator import validate

from contracts.v1.progress import BatchProcessProgress
from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.gateway.app import Gateway, application
from services.gateway.openapi import DOCUMENT, description, document
from services.gateway.queries import CheckQuery
from tests.services.gateway.scene import Scene


@pytest.fixture
def database_address() -> None:
    """What is tested here is the same on every database: SQLite."""


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return description()


def test_it_is_valid(described: dict[str, Any]) -> None:
    validate(described)


def test_the_file_in_docs_is_current() -> None:
    assert document() == DOCUMENT.read_bytes(), "run `python -m services.gateway.openapi`"


def test_every_served_route_is_described_and_nothing_else(here: Scene, described: dict[str, Any]) -> None:
    made = application(here.resources, Gateway("127.0.0.1", 1))
    served = {(route.method.lower(), route.resource.canonical) for route in made.router.routes() if route.resource is not None}
    told = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert {(method, path) for method, path in served if not path.endswith("/")} == told


async def test_it_is_served_as_it_is_documented(here: Scene, described: dict[str, Any]) -> None:
    assert (await here.get("/openapi.json")).json == orjson.loads(orjson.dumps(described))


def test_every_query_parameter_and_column_is_in_it(described: dict[str, Any]) -> None:
    told = {one["name"] for one in described["paths"]["/fetch_deforestation_check"]["get"]["parameters"]}
    assert told == set(CheckQuery.model_fields)
    feature = described["components"]["schemas"]["Feature"]["properties"]["properties"]["properties"]
    assert set(EudrDeforestation.model_fields) <= set(feature)
    assert set(described["components"]["schemas"]["BatchProcessProgress"]["properties"]) == set(BatchProcessProgress.model_fields)


def test_what_is_ours_is_marked(described: dict[str, Any]) -> None:
    assert "Ours" in described["paths"]["/config"]["get"]["summary"]
    assert "Ours" in described["paths"]["/batch_progress/events"]["get"]["summary"]
    form = described["paths"]["/batch_process"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"] and "stats" in form["properties"]


def test_the_gateway_loads_no_raster_and_no_table_library() -> None:
    heavy = ("rasterio", "pyarrow", "pandas", "geopandas", "pyogrio", "exactextract", "numba", "aio_pika", "pyproj", "scipy")
    script = f"import sys, services.gateway.app; print(*(name for name in {heavy!r} if name in sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
