"""The file of an order on this machine's disk: what the gateway stored, or what an integrator's order refers to."""

import asyncio
import hashlib
from pathlib import Path

from contracts.v1.batch import BatchProcess, BlobFile
from shared.errors import Refused
from shared.service import Resources

OF_COLLECTIONS = "collections/0x"
"""How the keys of every collection's own files begin."""


async def source_file(resources: Resources, order: BatchProcess, folder: Path) -> tuple[Path, str]:
    """The file of `order` and its media type; copied into `folder` where the blob store is not this disk.

    A file that is not the collection's own is checked against the order: nobody may name a file of another collection.
    Raises `Refused`: `file_missing`, `file_changed`, `payload_too_large`.
    """
    if order.file is None:
        raise Refused("the order has no file", "file_missing")
    is_own = order.file.key.startswith(f"collections/{order.collection_id}/")
    if not is_own:
        await _require_sound(resources, order.file)
    path = resources.blobs.local_path(order.file.key)
    if path is None:
        path = folder / "source"
        await resources.blobs.get_to_file(order.file.key, path)
    if not is_own and await asyncio.to_thread(_sha256, path) != order.file.sha256:
        raise Refused("the file in the blob store has another sha256 than the order says", "file_changed")
    return path, order.file.media_type


async def _require_sound(resources: Resources, file: BlobFile) -> None:
    if file.key.startswith(OF_COLLECTIONS):
        raise Refused(f"keys that begin with {OF_COLLECTIONS} belong to collections; lay the file under another", "file_missing")
    if not await resources.blobs.exists(file.key):
        raise Refused("the blob store has no file under the key that the order names", "file_missing")
    size_bytes = await resources.blobs.size(file.key)
    if size_bytes > resources.settings.max_file_bytes:
        raise Refused(f"the file has {size_bytes} bytes; {resources.settings.max_file_bytes} are allowed", "payload_too_large")
    if size_bytes != file.size_bytes:
        raise Refused(f"the file has {size_bytes} bytes, the order says {file.size_bytes}", "file_changed")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
