"""Blobs in a local directory: addresses, a directory that fails, and what a killed writer leaves."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.blobs import open_blobs
from shared.errors import Refused, Unavailable

KEY = "collections/0xabc/upload.geojson"


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_directory_that_is_gone_or_full_of_something_else_is_unavailable(tmp_path: Path) -> None:
    blobs = open_blobs((tmp_path / "store").as_uri(), tmp_path)
    (tmp_path / "store" / "collections").write_text("a file where a folder must be")
    with pytest.raises(Unavailable) as away:
        await blobs.put_stream(KEY, stream(b"x"), limit_bytes=9)
    assert str(tmp_path) not in away.value.detail


def test_a_file_url_with_blanks_is_that_folder(tmp_path: Path) -> None:
    open_blobs((tmp_path / "my blobs").as_uri(), tmp_path / "unused")
    assert (tmp_path / "my blobs").is_dir()
    assert not (tmp_path / "unused").exists()


@pytest.mark.parametrize("url", ["", "plots", "http://host/x", "file://host/x", "file:x", "s3:///x", "ftp://host/x"])
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        open_blobs(url, tmp_path)
    assert refused.value.code == "blob_url_not_supported"


WRITER = """
import asyncio, sys
from pathlib import Path
from shared.blobs import open_blobs

async def endless():
    while True:
        yield b"x" * (1 << 20)
        print("wrote", flush=True)
        await asyncio.sleep(0.01)

asyncio.run(open_blobs(None, Path(sys.argv[1])).put_stream(sys.argv[2], endless(), 1 << 40))
"""


def kill_a_writer(data_dir: Path, folder: Path) -> None:
    """Run a process that writes to KEY, and kill it once its first bytes are on disk."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(data_dir), KEY], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        deadline = time.monotonic() + 30
        while not list(folder.glob("*#*")) and time.monotonic() < deadline:
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)


async def test_what_a_killed_writer_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    blobs = open_blobs(None, tmp_path)
    await blobs.put_stream(KEY, stream(b"before"), limit_bytes=9)
    folder = tmp_path / "blobs" / "collections" / "0xabc"
    await asyncio.to_thread(kill_a_writer, tmp_path, folder)
    assert len(list(folder.iterdir())) == 2
    assert await blobs.get(KEY) == b"before"
    assert await blobs.sweep() == 0  # it may be somebody's who is still writing
    assert await blobs.sweep(older_than_s=0) == 1
    assert [path.name for path in folder.iterdir()] == ["upload.geojson"]
    assert await blobs.get(KEY) == b"before"
