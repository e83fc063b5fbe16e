"""Tiles in S3 buckets, behind moto's server and behind a server that fails: addresses and credentials from the environment."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import obstore
import pytest
from obstore.store import ObjectStore, from_url

from shared.errors import Unavailable
from shared.rasters.reader import Rasters
from shared.rasters.recorded import open_rasters
from shared.settings import Settings
from shared.zonal.grid import Grid
from tests.shared.rasters.tile_server import Fault, TileServer, served

STEP = 0.00025
GRID = Grid(-5 + 300 * STEP, 5 - 200 * STEP, STEP, STEP, 90, 70)
TILE = "Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif"
TEMPLATE = "s3://tiles/some/prefix/Hansen_GFC-2025-v1.13_{band}_{tile}.tif"
VALUES = np.random.default_rng(2).integers(0, 26, (1024, 1024), np.uint8)
WriteTile = Callable[..., Path]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # a second to import, which other tests need not wait for

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    httpx.put(f"{endpoint}/tiles").raise_for_status()
    yield endpoint
    server.stop()


def environment(patch: pytest.MonkeyPatch, endpoint: str) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        patch.setenv(name, value)


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch, write_tile: WriteTile) -> ObjectStore:
    """A bucket with one tile, and the environment that leads there."""
    environment(monkeypatch, moto)
    store = from_url("s3://tiles/some/prefix")
    obstore.put(store, TILE, write_tile(TILE, VALUES, -5.0, 5.0))
    return store


@pytest.fixture
def flaky(layers: Path, monkeypatch: pytest.MonkeyPatch, write_tile: WriteTile) -> Iterator[TileServer]:
    """The same bucket behind a server that fails as it is told."""
    write_tile(f"tiles/some/prefix/{TILE}", VALUES, -5.0, 5.0)
    with served(layers) as server:
        environment(monkeypatch, server.address)
        yield server


def rasters() -> Rasters:
    return Rasters(url_override={"hansen_gfc": TEMPLATE}, timeout_s=1.0, retry_delays_s=(0.01, 0.02))


def test_a_tile_in_a_bucket_reads_as_a_local_one_and_is_known_by_its_etag(bucket: ObjectStore) -> None:
    band = rasters().sample("hansen_gfc", "lossyear", GRID)
    assert np.array_equal(band.values, VALUES[200:270, 300:390]) and band.valid.all() and band.state == "available"
    etag = obstore.head(bucket, TILE)["e_tag"]
    (source,) = band.sources
    assert (source.checksum, source.name) == (f"etag:{etag}", TEMPLATE.format(band="lossyear", tile="10N_010W"))


def test_settings_lead_to_the_bucket(bucket: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYER_URLS", f'{{"hansen_gfc": "{TEMPLATE}"}}')
    opened = open_rasters(Settings())
    assert opened.state("hansen_gfc", "gain") == "configured" and opened.state("jrc_gfc2020", "map") == "not_configured"
    assert opened.sample("hansen_gfc", "lossyear", GRID).valid.all()


def test_a_key_that_does_not_exist_is_not_covered_but_a_bucket_that_does_not_is_unavailable(bucket: ObjectStore) -> None:
    assert rasters().sample("hansen_gfc", "lossyear", Grid(50.0, 5.0, STEP, STEP, 8, 8)).state == "not_covered"
    nowhere = Rasters(url_override={"hansen_gfc": TEMPLATE.replace("tiles/", "tiels/")}, retry_delays_s=())
    with pytest.raises(Unavailable, match="names no bucket"):
        nowhere.sample("hansen_gfc", "lossyear", GRID)


def test_a_tile_that_is_replaced_in_the_bucket_is_read_anew(bucket: ObjectStore, write_tile: WriteTile) -> None:
    opened = rasters()
    first = opened.sample("hansen_gfc", "lossyear", GRID)
    changed = (VALUES + 1) % 26
    obstore.put(bucket, TILE, write_tile(TILE, changed, -5.0, 5.0))
    other = Grid(-5 + 300 * STEP, 5 - 200 * STEP, STEP, STEP, 90, 700)
    second = opened.sample("hansen_gfc", "lossyear", other)
    assert np.array_equal(second.values, changed[200:900, 300:390]) and first.sources != second.sources


@pytest.mark.parametrize("fault", [Fault(503), Fault(500), Fault(cut_after=100), Fault(shorter_by=1), Fault(silent_s=1.5)], ids=str)
def test_passing_faults_are_waited_for_and_lasting_ones_are_unavailable(flaky: TileServer, fault: Fault) -> None:
    opened = rasters()
    opened.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    flaky.faults = [fault]
    assert np.array_equal(opened.sample("hansen_gfc", "lossyear", GRID).values, VALUES[200:270, 300:390])
    assert flaky.faults == []
    flaky.always = fault
    with pytest.raises(Unavailable, match="10N_010W") as failed:
        rasters().sample("hansen_gfc", "lossyear", GRID)
    assert failed.value.code == "layer_unavailable"


def test_a_smaller_file_in_its_place_is_noticed(flaky: TileServer, write_tile: WriteTile) -> None:
    opened = rasters()
    opened.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    write_tile(f"tiles/some/prefix/{TILE}", np.zeros_like(VALUES), -5.0, 5.0)
    flaky.etag = '"two"'
    assert not opened.sample("hansen_gfc", "lossyear", Grid(-5 + 900 * STEP, 5 - 900 * STEP, STEP, STEP, 90, 70)).values.any()


def test_a_refusal_is_unavailable_at_once(flaky: TileServer) -> None:
    flaky.always = Fault(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(Unavailable, match="answers 403"):
        rasters().sample("hansen_gfc", "lossyear", GRID)
    assert flaky.requests == 1


def test_requests_carry_no_credentials_when_told_so(flaky: TileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    rasters().sample("hansen_gfc", "lossyear", GRID)
    assert flaky.signed and all(flaky.signed)
    flaky.signed.clear()
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    monkeypatch.setenv("LAYER_URLS", f'{{"hansen_gfc": "{TEMPLATE}"}}')
    assert open_rasters(Settings()).sample("hansen_gfc", "lossyear", GRID).valid.all()
    assert flaky.signed and not any(flaky.signed)
