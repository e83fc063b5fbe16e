"""The blob store: files of a collection in a local directory, in memory or in an object store, written whole or not at all."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from shared.blobs.range_file import RangeFile, missing, reading, writing
from shared.errors import Refused, Unavailable

BLOCK_BYTES: Final = 10 << 20
"""Size of one part of an upload: S3 refuses parts under 5 MiB, and only when the upload is closed."""
FINDINGS_FILE: Final = "findings.ndjson"
"""Blob of a collection that lists what was remarked on its plots: one JSON object a line."""
REPAIRS_FILE: Final = "repairs.ndjson"
"""Blob of a collection that lists its mended plots with both outlines: one JSON object a line."""
OBJECT_STORES: Final = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss"})
_COLLECTION: Final = r"collections/[A-Za-z0-9_-]{1,80}"
_KEY: Final = re.compile(_COLLECTION + r"/[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_PREFIX: Final = re.compile(_COLLECTION + "/?")
_LEFTOVER: Final = re.compile(r".+#\d+")
"""Name of the file that a local write of obstore fills before it renames it."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a stream turned out to be, once all of it lies in the store."""

    size_bytes: int
    sha256: str


class Blobs:
    """Named files in one store; open it with `open_blobs`.

    Keys are `collections/<collection id>/<name>`; any other is Refused, code `invalid_blob_key`. A key that does
    not exist is Refused, code `not_found`. A store that fails or does not answer is Unavailable.
    A write that fails, is cancelled or dies leaves what was there before. Power loss is not promised against.
    """

    def __init__(self, store: ObjectStore, root: Path | None = None) -> None:
        self._store = store
        self._root = root

    async def put_stream(self, key: str, chunks: AsyncIterator[bytes], limit_bytes: int) -> Written:
        """Store all of `chunks` under `key`; Refused, code `payload_too_large`, beyond `limit_bytes`. Replaces what is there.

        What `chunks` raises is passed on. In both cases nothing is stored.
        """
        digest = hashlib.sha256()
        size_bytes = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size_bytes
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > limit_bytes:
                    raise Refused(f"more than {limit_bytes} bytes", "payload_too_large")
                digest.update(chunk)
                yield chunk

        with writing(key):
            await obstore.put_async(self._store, _checked(key), counted(), chunk_size=BLOCK_BYTES)
        return Written(size_bytes, digest.hexdigest())

    async def put_file(self, key: str, path: Path) -> None:
        """Store the file at `path` under `key`, replacing what is there."""
        path.stat()  # a file that is missing here is not a store that fails
        with writing(key):
            await obstore.put_async(self._store, _checked(key), path, chunk_size=BLOCK_BYTES)

    async def get(self, key: str) -> bytes:
        """All bytes of a blob; for small ones."""
        with reading(key):
            answer = await obstore.get_async(self._store, _checked(key))
            return bytes(await answer.bytes_async())

    async def get_to_file(self, key: str, path: Path) -> None:
        """Copy a blob to `path`, which appears whole or not at all."""
        part = path.with_name(path.name + ".part")
        try:
            with reading(key):
                answer = await obstore.get_async(self._store, _checked(key))
                with part.open("wb") as file:
                    async for chunk in answer.stream(min_chunk_size=BLOCK_BYTES):
                        await asyncio.to_thread(file.write, chunk)
            if part.stat().st_size != answer.meta["size"]:
                raise Unavailable(f"the blob store answered a part of {key}")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    async def size(self, key: str) -> int:
        """Size of a blob in bytes."""
        with reading(key):
            return (await obstore.head_async(self._store, _checked(key)))["size"]

    async def exists(self, key: str) -> bool:
        """Whether a blob lies whole under `key`."""
        with reading(key):
            try:
                await obstore.head_async(self._store, _checked(key))
            except FileNotFoundError:
                return False
        return True

    def local_path(self, key: str) -> Path | None:
        """The file behind `key` where the store is a local directory, else None: the fast way to read it."""
        _checked(key)
        if self._root is None:
            return None
        path = self._root / key
        if not path.is_file():
            raise missing(key)
        return path

    def range_file(self, key: str) -> RangeFile:
        """A blob as a seekable read-only file for pyarrow; it blocks, so use it off the event loop."""
        return RangeFile(self._store, _checked(key))

    async def delete_prefix(self, prefix: str) -> int:
        """Delete all blobs of one collection, `collections/<collection id>`; answers how many there were. Repeatable."""
        if not _PREFIX.fullmatch(prefix):
            raise Refused("a prefix is collections/<collection id>", "invalid_blob_key")
        with writing(prefix):
            found = await obstore.list(self._store, prefix.rstrip("/")).collect_async()
            for meta in found:
                with suppress(FileNotFoundError):  # somebody else deletes the same collection
                    await obstore.delete_async(self._store, meta["path"])
        return len(found)

    async def check(self) -> None:
        """Ask the store for anything: Unavailable when it, its bucket or the right to list it is missing."""
        with writing("collections"):
            await obstore.list_with_delimiter_async(self._store, "collections")

    async def sweep(self, older_than_s: float = 3600) -> int:
        """Remove what writes that were killed left in a local directory and nobody wrote to for `older_than_s`; answers how many.

        0 is right for who owns the directory alone. Object stores drop such parts by a lifecycle rule of the bucket.
        """
        return await asyncio.to_thread(_sweep, self._root, older_than_s) if self._root else 0


def open_blobs(url: str | None, data_dir: Path) -> Blobs:
    """The blob store at `url`, or in the folder `blobs` of `data_dir` when there is none.

    `file:///path` and `memory://` as they say; `s3://bucket/prefix` (also gs, az) with endpoint, region and
    credentials from the usual variables (`AWS_*`), which obstore reads by itself. Refused, code
    `blob_url_not_supported`, for anything else. Opens no connection: see `Blobs.check`.
    """
    if url is None:
        return _local(data_dir.resolve() / "blobs")
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return _local(Path(url2pathname(parts.path)))
    if parts.scheme == "memory":
        return Blobs(MemoryStore())
    if parts.scheme in OBJECT_STORES and parts.netloc:
        return Blobs(from_url(url, retry_config={"max_retries": 5, "retry_timeout": timedelta(seconds=30)}))
    raise Refused("BLOB_URL must be file:///path, memory://, s3://bucket/prefix, gs:// or az://", "blob_url_not_supported")


def _local(root: Path) -> Blobs:
    return Blobs(LocalStore(root, mkdir=True, automatic_cleanup=True), root)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise Refused("a blob key is collections/<collection id>/<name>", "invalid_blob_key")
    return key


def _sweep(root: Path, older_than_s: float) -> int:
    oldest = time.time() - older_than_s
    swept = 0
    for path in root.glob("collections/*/*"):
        with suppress(FileNotFoundError):  # renamed by its writer meanwhile
            if _LEFTOVER.fullmatch(path.name) and path.stat().st_mtime <= oldest:
                path.unlink()
                swept += 1
    return swept
