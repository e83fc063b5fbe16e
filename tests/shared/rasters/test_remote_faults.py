"""Faults of servers while blocks are read: passing ones are waited for, lasting ones are told apart, and none gives an empty block."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pytest

from shared.errors import Refused, Unavailable
from shared.rasters.reader import Rasters
from shared.rasters.transports import Transports
from shared.zonal.grid import Grid
from tests.shared.rasters.tile_server import LAST_MODIFIED, Fault, TileServer, served

STEP = 0.00025
TILE = "Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif"
VALUES = np.random.default_rng(2).integers(0, 26, (1024, 1024), np.uint8)
FAR = Grid(-5 + 700 * STEP, 5 - 700 * STEP, STEP, STEP, 64, 64)
"""Cells whose blocks do not come with the head of the file."""
WriteTile = Callable[..., Path]


@pytest.fixture(params=["deflate", "none"])
def server(request: pytest.FixtureRequest, write_tile: WriteTile, layers: Path) -> Iterator[TileServer]:
    """Without compression, bytes that are missing would decode to zeros: the reader has to notice, not the decoder."""
    profile = {} if request.param == "deflate" else {"blockxsize": 128, "blockysize": 128}
    path = write_tile(TILE, VALUES, -5.0, 5.0, **profile)
    if request.param == "none":
        _uncompressed(path)
    with served(layers) as tiles:
        yield tiles


def _uncompressed(path: Path) -> None:
    import rasterio

    with rasterio.open(path) as file:
        profile, values = file.profile, file.read()
    with rasterio.open(path, "w", **(profile | {"compress": "none"})) as file:
        file.write(values)


def rasters_of(server: TileServer, **options: object) -> Rasters:
    options = {"timeout_s": 30.0, "retry_delays_s": (0.01, 0.02)} | options
    return Rasters(url_override={"hansen_gfc": server.template}, **options)  # type: ignore[arg-type]


PASSING = [
    Fault(500),
    Fault(429),
    Fault(503, {"Retry-After": "0"}),
    Fault(cut_after=0),
    Fault(cut_after=100),
    Fault(cut_after=1500),
    Fault(shorter_by=1),
    Fault(half_without_length=True),
    Fault(headers={"Content-Range": "bytes 0-9/1000000"}),
    Fault(headers={"Content-Range": "none"}),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_a_fault_while_blocks_are_read_is_waited_for(server: TileServer, fault: Fault) -> None:
    rasters = rasters_of(server)
    rasters.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    before = server.requests
    server.faults = [fault, fault]
    band = rasters.sample("hansen_gfc", "lossyear", FAR)
    assert np.array_equal(band.values, VALUES[700:764, 700:764]) and band.valid.all()
    assert server.faults == [] and server.requests - before == 3


@pytest.mark.parametrize("fault", [*PASSING, Fault(403), Fault(silent_s=1.5), Fault(drip_s=0.2)], ids=str)
def test_a_fault_that_lasts_is_unavailable_and_never_an_empty_block(server: TileServer, fault: Fault) -> None:
    rasters = rasters_of(server, timeout_s=0.5 if fault.silent_s or fault.drip_s else 30.0)
    rasters.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    server.always = fault
    with pytest.raises(Unavailable, match="10N_010W") as failed:
        rasters.sample("hansen_gfc", "lossyear", FAR)
    assert failed.value.code == "layer_unavailable"
    server.always = None
    assert np.array_equal(rasters.sample("hansen_gfc", "lossyear", FAR).values, VALUES[700:764, 700:764])


@pytest.mark.parametrize("fault", [Fault(cut_after=100), Fault(shorter_by=1), Fault(503)], ids=str)
def test_a_fault_on_opening_is_unavailable(server: TileServer, fault: Fault) -> None:
    server.always = fault
    with pytest.raises(Unavailable):
        rasters_of(server).sample("hansen_gfc", "lossyear", FAR)


def test_a_refusal_is_not_asked_for_again(server: TileServer) -> None:
    server.always = 403
    with pytest.raises(Unavailable):
        rasters_of(server).sample("hansen_gfc", "lossyear", FAR)
    assert server.requests == 1


def test_a_server_that_asks_for_a_long_wait_is_left_alone_and_the_wait_is_passed_on(server: TileServer) -> None:
    server.always = Fault(429, {"Retry-After": "3600"})
    with pytest.raises(Unavailable) as failed:
        rasters_of(server).sample("hansen_gfc", "lossyear", FAR)
    assert server.requests == 1 and failed.value.retry_after_s == 3600


@pytest.mark.parametrize(("value", "least_s", "most_s"), [("7", 7, 7), ("soon", None, None), ("", None, None), ("-1", None, None)])
def test_the_wait_that_a_server_asks_for_is_read(server: TileServer, value: str, least_s: float | None, most_s: float | None) -> None:
    server.faults = [Fault(503, {"Retry-After": value})]
    answer = Transports(1.0, False).to(f"{server.address}/{TILE}").get(0, 10)
    assert answer.retry_after_s == least_s == most_s


def test_the_wait_that_a_server_asks_for_as_a_date_is_read(server: TileServer) -> None:
    server.faults = [Fault(503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)})]
    answer = Transports(1.0, False).to(f"{server.address}/{TILE}").get(0, 10)
    assert answer.retry_after_s is not None and 60 < answer.retry_after_s <= 100


def test_a_file_that_changes_between_blocks_is_read_anew_and_as_a_whole(server: TileServer, write_tile: WriteTile) -> None:
    rasters = rasters_of(server)
    before = rasters.sample("hansen_gfc", "lossyear", FAR)
    changed = (VALUES + 1) % 26
    write_tile(TILE, changed, -5.0, 5.0)
    server.etag = '"two"'
    other = Grid(FAR.west - 200 * STEP, FAR.north, STEP, STEP, 264, 64)  # the old blocks are still in the cache
    after = rasters.sample("hansen_gfc", "lossyear", other)
    assert np.array_equal(after.values, changed[700:764, 500:764])
    assert [source.checksum for band in (before, after) for source in band.sources] == ['etag:"one"', 'etag:"two"']


def test_a_file_without_an_etag_is_known_by_its_date_and_size(server: TileServer, write_tile: WriteTile) -> None:
    server.etag = None
    rasters = rasters_of(server)
    assert rasters.sample("hansen_gfc", "lossyear", FAR).sources[0].checksum == f"modified:{LAST_MODIFIED}"
    write_tile(TILE, np.zeros_like(VALUES), -5.0, 5.0)
    other = Grid(FAR.west - 200 * STEP, FAR.north, STEP, STEP, 264, 64)
    assert not rasters.sample("hansen_gfc", "lossyear", other).values.any()


def test_a_file_that_changes_with_every_answer_is_unavailable(server: TileServer) -> None:
    rasters = rasters_of(server)
    rasters.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    server.faults = [Fault(headers={"ETag": f'"{number}"'}) for number in range(20)]
    with pytest.raises(Unavailable, match="keeps changing"):
        rasters.sample("hansen_gfc", "lossyear", FAR)


def test_a_file_that_was_there_and_is_gone_is_unavailable_and_not_ocean(server: TileServer, layers: Path) -> None:
    rasters = rasters_of(server)
    rasters.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    (layers / TILE).unlink()
    for _ in range(2):
        with pytest.raises(Unavailable, match="was there before"):
            rasters.sample("hansen_gfc", "lossyear", FAR)


def test_a_truncated_file_is_unavailable(server: TileServer, layers: Path) -> None:
    whole = (layers / TILE).read_bytes()
    (layers / TILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unavailable, match="10N_010W"):
        rasters_of(server).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 1024, 1024))


def test_a_missing_tile_that_the_list_names_has_failed_and_another_is_not_covered(server: TileServer, tmp_path: Path) -> None:
    folder = tmp_path / "mirror" / "hansen_gfc"
    folder.mkdir(parents=True)
    (folder / "tiles.txt").write_text("10N_050E\n")
    rasters = rasters_of(server, layers_dir=tmp_path / "mirror")
    assert rasters.sample("hansen_gfc", "lossyear", Grid(50.0, 5.0, STEP, STEP, 8, 8)).state == "failed"
    assert rasters.sample("hansen_gfc", "lossyear", Grid(70.0, 5.0, STEP, STEP, 8, 8)).state == "not_covered"
    assert server.requests == 2


def test_a_tile_that_is_published_later_is_found(server: TileServer, layers: Path) -> None:
    whole = (layers / TILE).read_bytes()
    (layers / TILE).unlink()
    rasters = rasters_of(server, known_s=0.0)
    assert rasters.sample("hansen_gfc", "lossyear", FAR).state == "not_covered"
    (layers / TILE).write_bytes(whole)
    assert np.array_equal(rasters.sample("hansen_gfc", "lossyear", FAR).values, VALUES[700:764, 700:764])


@pytest.mark.parametrize(
    "template",
    [
        "http://host/{tile}.tif",  # one file for every band
        "http://host/{band}.tif",  # one file for every tile
        "http://host/{band}_{lat}.tif",
        "http://host/{band}_{tile}_{year}.tif",
        "http://host/{band}_{tile.tif",
        "ftp://host/{band}_{tile}.tif",
        "s3:///{band}_{tile}.tif",
        "{band}_{tile}.tif",
    ],
)
def test_an_address_that_does_not_lead_to_each_tile_is_refused(template: str) -> None:
    with pytest.raises(Refused) as refused:
        Rasters(url_override={"hansen_gfc": template})
    assert refused.value.code == "layer_address"
