"""Unpack named members of a ZIP archive that a stranger made: every member is judged first, nothing is written outside one folder."""

import errno
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from services.staging.faults import FileRefused
from services.staging.rules import MIB

MAX_MEMBERS: Final = 1000
"""A KMZ brings its icons along."""
MAX_RATIO: Final = 100
"""Bytes that one packed byte may become, beyond `RATIO_FROM_BYTES`: tables of blanks are small and pack even better."""
RATIO_FROM_BYTES: Final = 16 * MIB
_ARCHIVES: Final = frozenset({".zip", ".kmz", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst"})
_UNSAFE: Final = re.compile(r"^/|^[A-Za-z]:|(?:^|/)\.\.(?:/|$)|\\|[\x00-\x1f\x7f]")
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, UnicodeDecodeError, ValueError)


class Archive:
    """The files of an archive whose members have been judged."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.files = {PurePosixPath(info.filename): info for info in packed.infolist() if not info.is_dir()}

    def named(self, *suffixes: str) -> list[PurePosixPath]:
        """The files whose name ends like this, capitals or not, without the shadows that macOS packs."""
        return [path for path in self.files if path.suffix.lower() in suffixes and not path.name.startswith("._")]

    def unpack(self, path: PurePosixPath, to: Path) -> Path:
        """Write one file of the archive to `to`; raises `FileRefused`."""
        try:
            with self._packed.open(self.files[path]) as packed, to.open("xb") as file:
                shutil.copyfileobj(packed, file, MIB)  # ends at the size that was judged, and fails when the checksum is another
        except _DAMAGE as error:
            raise FileRefused("archive_malformed", reason=str(error)) from error
        except OSError as error:
            if error.errno != errno.EINVAL:  # a place before the start of the file
                raise
            raise FileRefused("archive_malformed", reason="its directory points beyond the file") from error
        return to


@contextmanager
def open_archive(path: Path, max_bytes: int) -> Iterator[Archive]:
    """The archive at `path`, whose files together have at most `max_bytes`; raises `FileRefused`."""
    try:
        packed = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise FileRefused("archive_malformed", reason=str(error)) from error
    with packed:
        _judge(packed, path.stat().st_size, max_bytes)
        yield Archive(packed)


def _judge(packed: zipfile.ZipFile, packed_bytes: int, max_bytes: int) -> None:
    members = packed.infolist()
    if len(members) > MAX_MEMBERS:
        raise FileRefused("archive_limits", reason=f"{len(members)} files, of at most {MAX_MEMBERS}")
    for member in members:
        _judge_member(member)
    names = [member.filename.casefold() for member in members]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise FileRefused("archive_malformed", reason=f"it holds {repeated} twice")
    unpacked_bytes = sum(member.file_size for member in members)
    if unpacked_bytes > max_bytes:
        raise FileRefused("archive_limits", reason=f"{unpacked_bytes} bytes unpacked, of at most {max_bytes}")
    if unpacked_bytes > max(RATIO_FROM_BYTES, MAX_RATIO * packed_bytes):
        raise FileRefused("archive_limits", reason=f"it unpacks to more than {MAX_RATIO} times its size")


def _judge_member(member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if not member.filename or _UNSAFE.search(member.orig_filename) or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise FileRefused("archive_unsafe_path", name=member.orig_filename)
    if PurePosixPath(member.filename).suffix.lower() in _ARCHIVES:
        raise FileRefused("archive_limits", reason=f"{member.filename} is an archive itself")
    if member.flag_bits & _ENCRYPTED:
        raise FileRefused("archive_malformed", reason=f"{member.filename} is encrypted")
    if member.compress_type not in _METHODS:
        raise FileRefused("archive_malformed", reason=f"{member.filename} is packed in an unusual way")
