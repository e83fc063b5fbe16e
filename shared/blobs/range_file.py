"""A blob as a file that pyarrow reads, and the errors of obstore as ours."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from typing_extensions import Buffer

from shared.errors import Refused, Unavailable


class RangeFile(io.RawIOBase):
    """A blob read by range requests."""

    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store, self._key, self._at = store, key, 0
        with reading(key):
            self._size = obstore.head(store, key)["size"]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence])
        return self._at

    def readinto(self, buffer: Buffer) -> int:
        view = memoryview(buffer).cast("B")
        length = min(len(view), self._size - self._at)
        if length <= 0:  # obstore refuses an empty range
            return 0
        with reading(self._key):
            block = obstore.get_range(self._store, self._key, start=self._at, length=length)
        if len(block) != length:  # obstore answers short without an error
            raise Unavailable(f"the blob store answered a part of {self._key}")
        view[:length] = memoryview(block)
        self._at += length
        return length


def missing(key: str) -> Refused:
    """The error for a key under which nothing lies."""
    return Refused(f"there is no blob {key}", "not_found")


@contextmanager
def reading(key: str) -> Iterator[None]:
    """Errors of obstore as ours, for a read; its texts hold absolute paths and stay in the cause."""
    try:
        yield
    except FileNotFoundError as error:
        raise missing(key) from error
    except BaseError as error:
        raise Unavailable(f"the blob store does not give {key}") from error


@contextmanager
def writing(key: str) -> Iterator[None]:
    """The same for a write: nothing can be missing there but the bucket or the folder itself."""
    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise Unavailable(f"the blob store does not take {key}") from error
