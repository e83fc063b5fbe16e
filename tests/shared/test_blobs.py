"""One suite over a local directory, memory and S3 (moto's server on loopback)."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.blobs import BLOCK_BYTES, Blobs, open_blobs
from shared.blobs.range_file import RangeFile
from shared.errors import Refused, Unavailable

KEY = "collections/0xabc/upload.geojson"
MIB = 1 << 20


class DiedError(ConnectionResetError):
    """The client of an upload went away."""


async def stream(*chunks: bytes, then: Exception | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk
    if then is not None:
        raise then


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # a second to import, which other tests need not wait for

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
        }.items():
            patch.setenv(name, value)
        httpx.put(f"{endpoint}/plots").raise_for_status()
        yield "s3://plots/some/prefix"
    server.stop()


@pytest.fixture(params=["local", "memory", pytest.param("s3", marks=pytest.mark.process)])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    url = request.getfixturevalue("s3") if request.param == "s3" else {"local": None, "memory": "memory://"}[request.param]
    store = open_blobs(url, tmp_path)
    yield store
    await store.delete_prefix("collections/0xabc")


@pytest.mark.parametrize(
    "chunks", [(), (b"ab", b"", b"cde"), (b"x" * BLOCK_BYTES, b"y" * BLOCK_BYTES, b"z")], ids=["empty", "small", "three parts"]
)
async def test_a_stream_comes_back_as_it_went_in(blobs: Blobs, chunks: tuple[bytes, ...]) -> None:
    whole = b"".join(chunks)
    written = await blobs.put_stream(KEY, stream(*chunks), limit_bytes=len(whole))
    assert (written.size_bytes, written.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert await blobs.get(KEY) == whole
    assert await blobs.size(KEY) == len(whole)


async def test_a_second_write_replaces_the_first(blobs: Blobs) -> None:
    await blobs.put_stream(KEY, stream(b"first and longer"), limit_bytes=MIB)
    await blobs.put_stream(KEY, stream(b"second"), limit_bytes=MIB)
    assert await blobs.get(KEY) == b"second"


@pytest.mark.parametrize("parts", [1, 12], ids=["below one part", "several parts"])
async def test_one_byte_over_the_limit_is_refused_and_leaves_nothing(blobs: Blobs, parts: int) -> None:
    with pytest.raises(Refused) as refused:
        await blobs.put_stream(KEY, stream(*[b"x" * MIB] * parts, b"!"), limit_bytes=parts * MIB)
    assert refused.value.code == "payload_too_large"
    assert not await blobs.exists(KEY)


@pytest.mark.parametrize("parts", [1, 25])
async def test_a_writer_that_dies_leaves_what_was_there_before(blobs: Blobs, parts: int) -> None:
    await blobs.put_stream(KEY, stream(b"before"), limit_bytes=MIB)
    with pytest.raises(DiedError):
        await blobs.put_stream(KEY, stream(*[b"x" * MIB] * parts, then=DiedError()), limit_bytes=100 * MIB)
    assert await blobs.get(KEY) == b"before"


async def test_a_cancelled_write_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * MIB
            begun.set()
            await asyncio.sleep(0.01)

    task = asyncio.create_task(blobs.put_stream(KEY, endless(), limit_bytes=1 << 40))
    await begun.wait()
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await blobs.exists(KEY)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_files_go_in_and_out_whole(blobs: Blobs, tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(os.urandom(BLOCK_BYTES + 17))
    await blobs.put_file(KEY, source)
    await blobs.get_to_file(KEY, target)
    assert target.read_bytes() == source.read_bytes()
    assert not (tmp_path / "out.part").exists()


async def test_a_missing_file_here_is_not_a_failing_store(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await blobs.put_file(KEY, tmp_path / "nothing")


async def test_what_is_missing_is_not_found_and_no_path_is_told(blobs: Blobs, tmp_path: Path) -> None:
    async def ranged() -> RangeFile:
        return blobs.range_file(KEY)

    for attempt in (blobs.get(KEY), blobs.size(KEY), blobs.get_to_file(KEY, tmp_path / "out"), ranged()):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "not_found"
        assert refused.value.detail == f"there is no blob {KEY}"
    assert not (tmp_path / "out").exists()
    assert not await blobs.exists(KEY)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "upload", "collections/../../x", "collections/0xabc/..", "collections/0xabc/.x", "collections/0xabc/x#1",
     "collections/0xabc/a/b", "collections/0xabc/", "collections//x", "collections/0xabc/x\n", "collections/" + "a" * 81 + "/x"],
)  # fmt: skip
async def test_other_keys_are_refused(blobs: Blobs, key: str) -> None:
    for attempt in (blobs.get(key), blobs.exists(key), blobs.put_stream(key, stream(b"x"), 10)):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "invalid_blob_key"
    with pytest.raises(Refused):
        blobs.local_path(key)


async def test_deleting_a_collection_spares_its_neighbour(blobs: Blobs) -> None:
    names = ("collections/0xab/x", "collections/0xab/y", "collections/0xabc/x")
    for key in names:
        await blobs.put_stream(key, stream(b"x"), limit_bytes=9)
    assert await blobs.delete_prefix("collections/0xab") == 2
    assert [await blobs.exists(key) for key in names] == [False, False, True]
    assert await blobs.delete_prefix("collections/0xab/") == 0
    for prefix in ("", "collections", "collections/", "collections/0xab/x"):
        with pytest.raises(Refused):
            await blobs.delete_prefix(prefix)


async def test_a_range_file_reads_as_the_file_does(blobs: Blobs) -> None:
    await blobs.put_stream(KEY, stream(b"0123456789"), limit_bytes=10)
    with blobs.range_file(KEY) as file:
        assert (file.read(3), file.tell(), file.read(0)) == (b"012", 3, b"")
        assert (file.seek(-2, os.SEEK_END), file.read(9), file.read(1)) == (8, b"89", b"")
        assert (file.seek(20), file.read(1)) == (20, b"")
        assert (file.seek(4), file.seek(1, os.SEEK_CUR), file.read()) == (4, 5, b"56789")


async def test_a_range_file_of_nothing_is_empty(blobs: Blobs) -> None:
    await blobs.put_stream(KEY, stream(), limit_bytes=10)
    assert blobs.range_file(KEY).read() == b""


async def test_pyarrow_reads_one_row_group_of_a_blob(blobs: Blobs, tmp_path: Path) -> None:
    pq.write_table(pa.table({"plot_no": range(1000)}), tmp_path / "staged", row_group_size=250)
    await blobs.put_file(KEY, tmp_path / "staged")
    table = await asyncio.to_thread(lambda: pq.ParquetFile(blobs.range_file(KEY)).read_row_group(2))
    assert table["plot_no"].to_pylist() == list(range(500, 750))


async def test_only_local_blobs_have_a_path(blobs: Blobs, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    await blobs.put_stream(KEY, stream(b"x"), limit_bytes=9)
    path = blobs.local_path(KEY)
    local = request.node.callspec.params["blobs"] == "local"
    assert (path is not None) == local
    if path is not None:
        assert path.read_bytes() == b"x"
        with pytest.raises(Refused) as refused:
            blobs.local_path(KEY + "x")
        assert str(tmp_path) not in refused.value.detail


async def test_a_store_that_answers_passes_the_check_even_when_empty(blobs: Blobs) -> None:
    await blobs.check()


@pytest.mark.process
async def test_a_bucket_that_does_not_exist_is_unavailable(s3: str, tmp_path: Path) -> None:
    blobs = open_blobs("s3://elsewhere/x", tmp_path)
    with pytest.raises(Unavailable):
        await blobs.check()
    with pytest.raises(Unavailable) as away:
        await blobs.put_stream(KEY, stream(b"x"), limit_bytes=9)
    assert "http" not in away.value.detail


@pytest.mark.process
async def test_a_server_that_is_away_is_unavailable(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    blobs = open_blobs("s3://plots/x", tmp_path)
    with pytest.raises(Unavailable):
        await blobs.get(KEY)


async def test_a_swept_store_without_leftovers_is_as_before(blobs: Blobs) -> None:
    await blobs.put_stream(KEY, stream(b"x"), limit_bytes=9)
    assert await blobs.sweep(older_than_s=0) == 0
    assert await blobs.get(KEY) == b"x"
