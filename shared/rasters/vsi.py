"""A remote file as GDAL reads it: its bytes by our own requests, and every fault kept until GDAL has returned."""

import os
from collections.abc import Sequence
from types import TracebackType

from rasterio.abc import MultiByteRangeResourceContainer

from shared.errors import Unavailable
from shared.rasters.remote import RemoteFile


class Faults:
    """Keeps the first error of the blocks that it guards, and ends them as if nothing had happened.

    GDAL calls us from C, where no error can pass, and may take bytes that it did not get for an empty block. So whoever
    uses GDAL asks here afterwards, and throws away what it read when there is a fault.
    """

    def __init__(self) -> None:
        self.first: BaseException | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        self.first = self.first or error
        return True


class RemoteFolder(MultiByteRangeResourceContainer):  # type: ignore[misc]
    """The folder in which GDAL finds one remote file, under any name."""

    def __init__(self, file: RemoteFile) -> None:
        self.file = file
        self.faults = Faults()

    def open(self, path: str, mode: str = "r", **options: object) -> "_Cursor":
        """A reader of the file with a position of its own."""
        return _Cursor(self.file, self.faults)

    def isfile(self, path: str) -> bool:
        """Every name is the file."""
        return True

    def isdir(self, path: str) -> bool:
        """No name is a folder."""
        return False

    def ls(self, path: str) -> list[str]:
        """Nothing: GDAL is to look for no files beside a tile."""
        return []

    def mtime(self, path: str) -> int:
        """Unknown; versions of remote files are told by their checksums."""
        return 0

    def rm(self, path: str) -> None:
        """Remote files are only read."""

    def size(self, path: str) -> int:
        """Bytes of the file."""
        return self.file.size


class _Cursor:
    def __init__(self, file: RemoteFile, faults: Faults) -> None:
        self._file = file
        self._faults = faults
        self._at = 0

    def __enter__(self) -> "_Cursor":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._file.size}[whence] + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        content = b""
        with self._faults:
            content = self._file.read(self._at, self._file.size if size < 0 else size)
            self._at += len(content)
        return content

    def get_byte_ranges(self, offsets: Sequence[int], sizes: Sequence[int]) -> list[bytes]:
        with self._faults:
            found = self._file.read_many(offsets, sizes)
            if [len(content) for content in found] == list(sizes):
                return found
            raise Unavailable(f"{self._file.url} ends before its last block", code="layer_unavailable")
        return [bytes(size) for size in sizes]  # thrown away because of the fault; C copies this many bytes
