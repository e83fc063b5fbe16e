"""No file of a stranger makes us ask an address or show the rows of another file, in any format that is declared for it."""

import socket
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from contracts.formats import BY_MEDIA_TYPE
from contracts.v1.batch import BatchParameters
from services.staging.faults import FileRefused
from services.staging.parsers import parsers
from shared.settings import Settings
from tests.services.staging.hostile import ANY_TYPE, OF_A_TYPE, Canary, vrt
from tests.services.staging.pack import GEOPACKAGE

SECRET = "canary-5e1f"


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    folder = tmp_path / "canary"
    folder.mkdir()
    frame = geopandas.GeoDataFrame({"plotid": [SECRET]}, geometry=[shapely.box(20, 10, 20.01, 10.01)], crs="EPSG:4326")
    frame.to_file(folder / "secret.geojson", driver="GeoJSON")
    frame.to_file(folder / "secret.gpkg", driver="GPKG")
    frame.to_file(folder / "secret.shp", driver="ESRI Shapefile")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/secret"
        yield Canary(url, folder / "secret.geojson", folder / "secret.gpkg", folder / "secret.shp", folder)
        with pytest.raises(BlockingIOError):
            listening.accept()


def outcome(staged: Callable[[], Any]) -> str:
    """All that a file makes us say."""
    try:
        result = staged()
    except FileRefused as refused:
        return f"{refused.code} {refused.errors}"
    return f"{result} {result.path.read_bytes()!r}"


@pytest.mark.parametrize("media_type", sorted(BY_MEDIA_TYPE))
@pytest.mark.parametrize("name", ANY_TYPE)
def test_a_disguised_file_is_never_opened_for_what_it_is(staged: Any, canary: Canary, name: str, media_type: str) -> None:
    body = ANY_TYPE[name](canary)
    with pytest.raises(FileRefused) as caught:
        staged(body, media_type)
    assert SECRET not in f"{caught.value.detail} {caught.value.errors}"


def test_gdal_left_to_itself_shows_the_secret(canary: Canary, tmp_path: Path) -> None:
    """Else the tests above could not fail."""
    disguised = tmp_path / "plots.geojson"
    disguised.write_bytes(vrt(str(canary.geojson)))
    assert geopandas.read_file(disguised)["plotid"].tolist() == [SECRET]


@pytest.mark.parametrize("name", OF_A_TYPE)
def test_nothing_that_a_file_names_is_followed(staged: Any, canary: Canary, name: str) -> None:
    media_type, make = OF_A_TYPE[name]
    assert SECRET not in outcome(lambda: staged(make(canary), media_type))


async def test_the_same_holds_in_the_processes_of_the_service(canary: Canary, tmp_path: Path) -> None:
    parameters = BatchParameters.model_validate({"collection_name": "c", "stats": ("eudr_deforestation",), "end_date": date(2025, 12, 31)})
    source = tmp_path / "source"
    async with parsers(Settings(data_dir=tmp_path)) as pool:
        for media_type, make in OF_A_TYPE.values():
            source.write_bytes(make(canary))
            async with pool.folder() as folder:
                try:
                    result = await pool.stage(source, media_type, folder, parameters, lambda _done, _total: None)
                except FileRefused as refused:
                    said = f"{refused.code} {refused.errors}"
                else:
                    said = f"{result} {result.path.read_bytes()!r}"
            assert SECRET not in said and not said.startswith("parser_")


@pytest.mark.parametrize("name", ["a view", "a view that calls", "a virtual table of a file", "a virtual table of a shapefile"])
def test_a_layer_that_is_no_table_is_refused(staged: Any, canary: Canary, name: str) -> None:
    with pytest.raises(FileRefused) as caught:
        staged(OF_A_TYPE[name][1](canary), GEOPACKAGE)
    assert caught.value.code == "geopackage_malformed"


@pytest.mark.parametrize(
    "name", ["side files that point elsewhere", "a KML of outside references", "an attached index", "an XLSX with links"]
)
def test_the_good_plots_beside_outside_references_are_kept(staged: Any, canary: Canary, name: str) -> None:
    media_type, make = OF_A_TYPE[name]
    assert staged(make(canary), media_type).accepted == 1
