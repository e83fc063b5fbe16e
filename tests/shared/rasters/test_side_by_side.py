"""Many bands of one window at once: how many requests they take, how many at a time, and the same values and errors as one by one."""

import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from shared.errors import Refused, Unavailable
from shared.rasters.lanes import LANES
from shared.rasters.reader import Rasters
from shared.rasters.recorded import RecordedRasters
from shared.rasters.remote import HEAD_BYTES, RemoteFiles
from shared.zonal.grid import Grid
from tests.shared.rasters.tile_server import TileServer, served

STEP = 0.00025
BANDS = {"treecover2000": 101, "lossyear": 26, "datamask": 3, "gain": 2}
NAMES = [f"hansen_gfc.{band}" for band in BANDS]
WIDE = Grid(-5 + 90 * STEP, 5 - 500 * STEP, STEP, STEP, 330, 270)
"""Touches 7 x 6 blocks of 64 x 64 cells."""
WriteTile = Callable[..., Path]


def values_of(band: str) -> np.ndarray:
    return np.random.default_rng(BANDS[band]).integers(0, BANDS[band], (1024, 1024), np.uint8)


@pytest.fixture
def server(write_tile: WriteTile, layers: Path) -> Iterator[TileServer]:
    for band in BANDS:
        write_tile(f"hansen_gfc/Hansen_GFC-2025-v1.13_{band}_10N_010W.tif", values_of(band), -5.0, 5.0)
    with served(layers / "hansen_gfc") as tiles:
        yield tiles


LEFT_OPEN = """
import sys
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid
rasters = Rasters(url_override={"hansen_gfc": sys.argv[1]})
bands = rasters.sample_all(["hansen_gfc.gain", "hansen_gfc.lossyear"], Grid(-5.0, 5.0, 0.00025, 0.00025, 100, 100))
print(sum(int(band.valid.sum()) for band in bands.values()))
"""


def rasters_of(server: TileServer, **options: object) -> Rasters:
    options = {"timeout_s": 5.0, "retry_delays_s": (0.01,)} | options
    return Rasters(url_override={"hansen_gfc": server.template}, **options)  # type: ignore[arg-type]


def test_remote_bands_are_read_side_by_side_and_equal_local_ones_bit_by_bit(server: TileServer, layers: Path) -> None:
    server.latency_s = 0.05
    remote = rasters_of(server).sample_all(NAMES, WIDE)
    assert 2 <= server.most_at_once <= LANES
    local = Rasters(layers).sample_all(NAMES, WIDE)
    assert list(remote) == list(local) == NAMES
    for name in NAMES:
        assert np.array_equal(remote[name].values, local[name].values) and np.array_equal(remote[name].valid, local[name].valid)
        assert remote[name].values.dtype == local[name].values.dtype and remote[name].state == local[name].state
        assert np.array_equal(remote[name].values, values_of(name.split(".")[1])[500:770, 90:420])


def test_no_more_bands_are_read_at_once_than_there_are_lanes(write_tile: WriteTile, layers: Path) -> None:
    years = range(2000, 2000 + 2 * LANES)
    for year in years:
        write_tile(f"tmf/AnnualChange_{year}_N10_W10.tif", np.full((64, 64), 1 + year % 6, np.uint8), -5.0, 5.0)
    with served(layers / "tmf") as server:
        server.latency_s = 0.05
        rasters = Rasters(url_override={"jrc_tmf": f"{server.address}/{{band}}_{{tile}}.tif"})
        bands = rasters.sample_all([f"jrc_tmf.AnnualChange_{year}" for year in years], Grid(-5.0, 5.0, STEP, STEP, 64, 64))
        assert 2 <= server.most_at_once <= LANES
    assert [int(band.values[0, 0]) for band in bands.values()] == [1 + year % 6 for year in years]


def test_the_blocks_of_a_window_are_fetched_by_one_request(server: TileServer) -> None:
    rasters = rasters_of(server)
    rasters.grid("hansen_gfc", "lossyear", (-5.0, 4.9, -4.9, 5.0), 0)
    assert server.requests == 1, "asking whether the file is there brings its header"
    rasters.sample("hansen_gfc", "lossyear", WIDE)
    assert server.requests == 2
    rasters.sample("hansen_gfc", "lossyear", WIDE)
    rasters.sample("hansen_gfc", "lossyear", Grid(WIDE.west, WIDE.north, STEP, STEP, 100, 100))
    assert server.requests == 2, "blocks that were read are kept"


def test_a_file_of_many_blocks_is_opened_and_read_by_few_requests(write_tile: WriteTile, layers: Path) -> None:
    """Its list of blocks is longer than the head that is fetched on opening."""
    values = np.random.default_rng(1).integers(0, 26, (2048, 2048), np.uint8)
    path = write_tile("t/Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif", values, -5.0, 5.0, blockxsize=16, blockysize=16)
    assert path.stat().st_size > 10 * HEAD_BYTES
    with served(layers / "t") as server:
        band = rasters_of(server).sample("hansen_gfc", "lossyear", Grid(-5 + 1500 * STEP, 5 - 1500 * STEP, STEP, STEP, 100, 20))
        assert np.array_equal(band.values, values[1500:1520, 1500:1600])
        assert server.requests <= 6
        assert server.sent < path.stat().st_size / 4


def test_ranges_that_lie_close_are_one_request_and_others_are_not(tmp_path: Path) -> None:
    content = np.random.default_rng(3).bytes(1_000_000)
    (tmp_path / "file").write_bytes(content)
    with served(tmp_path) as server:
        file = RemoteFiles(5.0, ()).open(f"{server.address}/file")
        assert file is not None and (file.size, server.requests) == (1_000_000, 1)
        starts, lengths = [500_000, 100_000, 140_000, 999_000, 101_000], [10, 20_000, 20_000, 5_000, 30]
        found = file.read_many(starts, lengths)
        assert found == [content[start : start + length] for start, length in zip(starts, lengths, strict=True)]
        assert server.requests == 4
        server.latency_s = 0.05
        file.read_many([200_000, 400_000, 600_000, 800_000], [20_000] * 4)
        assert (server.requests, server.most_at_once) == (8, 4), "ranges that lie far from each other are fetched side by side"
        assert file.read(0, 100) == content[:100] and file.read(2_000_000, 5) == b"" and server.requests == 8


def test_the_first_error_by_the_order_of_the_bands_is_raised(server: TileServer) -> None:
    rasters = rasters_of(server, retry_delays_s=(0.1, 0.1))
    server.always, server.only_for = 503, "lossyear"  # fails later than the next one
    (server.folder / "Hansen_GFC-2025-v1.13_gain_10N_010W.tif").write_bytes(b"no tile")
    for _ in range(3):
        with pytest.raises(Unavailable, match=r"lossyear_10N_010W[.]tif answers 503"):
            rasters.sample_all(NAMES, WIDE)
    with pytest.raises(Unavailable, match=r"gain_10N_010W[.]tif does not read"):
        rasters.sample_all(["hansen_gfc.gain", "hansen_gfc.lossyear"], WIDE)


def test_a_band_that_is_given_up_fails_alone(server: TileServer) -> None:
    rasters = RecordedRasters(rasters_of(server))
    server.always, server.only_for = 503, "lossyear"
    given_up: set[str] = set()
    bands = rasters.sample_all(NAMES, WIDE, given_up)
    assert given_up == {"hansen_gfc.lossyear"}
    assert [bands[name].state for name in NAMES] == ["available", "failed", "available", "available"]
    assert not bands["hansen_gfc.lossyear"].valid.any() and bands["hansen_gfc.lossyear"].values.shape == (270, 330)
    assert {source.band for source in rasters.read} == set(BANDS) - {"lossyear"}


def test_local_and_remote_bands_come_together(server: TileServer, write_tile: WriteTile) -> None:
    crop = write_tile("crop.tif", np.full((1024, 1024), 7, np.uint8), -5.0, 5.0)
    rasters = rasters_of(server, overrides={"hansen_gfc.lossyear": crop})
    bands = rasters.sample_all([*NAMES, "jrc_gfc2020.map"], WIDE)
    assert np.all(bands["hansen_gfc.lossyear"].values == 7)
    assert np.array_equal(bands["hansen_gfc.gain"].values, values_of("gain")[500:770, 90:420])
    assert bands["jrc_gfc2020.map"].state == "not_configured"


def test_a_band_that_does_not_exist_is_refused_before_anything_is_asked(server: TileServer) -> None:
    with pytest.raises(Refused):
        rasters_of(server).sample_all(["hansen_gfc.loss"], WIDE)
    assert server.requests == 0


def test_a_process_that_ends_with_open_remote_files_ends_well(server: TileServer) -> None:
    """GDAL would call a reader that the interpreter has taken away."""
    ended = subprocess.run([sys.executable, "-c", LEFT_OPEN, server.template], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "20000"), ended.stderr


def test_readers_that_are_dropped_close_their_remote_files_and_leave_others_alone(server: TileServer) -> None:
    kept = rasters_of(server)
    first = kept.sample("hansen_gfc", "gain", WIDE)
    for _ in range(5):
        dropped: list[object] = [rasters_of(server)]
        dropped.append(dropped)  # only the garbage collector finds it
        dropped[0].sample_all(NAMES, WIDE)  # type: ignore[attr-defined]
        del dropped
        gc.collect()
    after = kept.sample("hansen_gfc", "gain", Grid(-5.0, 5.0, STEP, STEP, 1024, 1024))
    assert np.array_equal(after.values, values_of("gain")) and np.array_equal(first.values, values_of("gain")[500:770, 90:420])
