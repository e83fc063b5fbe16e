"""Checksums of raster files, computed once for each state of a file."""

from hashlib import file_digest, sha256
from pathlib import Path
from threading import Lock
from typing import TypeAlias

_MIB = 1024 * 1024
WHOLE_FILE_LIMIT = 1024 * _MIB
"""Larger files (a global mosaic given by hand) are sampled: whole tiles of 280 MB take a quarter of a second, 40 GB a minute."""
SAMPLES = 64

FileState: TypeAlias = tuple[str, int, int]
"""Path, size in bytes, time of the last change in ns."""

_known: dict[FileState, str] = {}
_lock = Lock()


def file_state(path: Path) -> FileState:
    """What tells that a file is still the one that was read."""
    stat = path.stat()
    return (str(path), stat.st_size, stat.st_mtime_ns)


def checksum(state: FileState, whole_file_limit: int = WHOLE_FILE_LIMIT) -> str:
    """`sha256:<hex>` of the bytes, or `sampled-sha256:<hex>` of the size and 64 MiB spread evenly over a file above the limit."""
    with _lock:
        if state not in _known:
            path, size = Path(state[0]), state[1]
            _known[state] = _whole(path) if size <= whole_file_limit else _sampled(path, size)
        return _known[state]


def _whole(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{file_digest(file, 'sha256').hexdigest()}"


def _sampled(path: Path, size: int) -> str:
    digest = sha256(str(size).encode())
    with path.open("rb") as file:
        for sample in range(SAMPLES):
            file.seek((size - _MIB) * sample // (SAMPLES - 1) if size > _MIB else 0)
            digest.update(file.read(_MIB))
    return f"sampled-sha256:{digest.hexdigest()}"
