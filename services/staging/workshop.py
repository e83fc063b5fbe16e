"""The temporary folder of a staging process, and the removal of folders that killed processes left behind."""

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

PREFIX: Final = "plotproof-staging-"
UNLOCKED_S: Final = 600.0
"""A folder without a lock belongs for so long to a process that is just making it."""
_LOCK: Final = "lock"

log = structlog.get_logger()


@contextmanager
def workshop() -> Iterator[Path]:
    """A new folder that only this process uses, removed at the end; folders of dead processes are removed first."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it however the process ends
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> list[Path]:
    """Remove the folders whose process is gone; answers which."""
    gone = [folder for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if not folder.is_symlink() and _is_orphan(folder)]
    for folder in gone:
        log.warning("removing the folder of a staging process that was killed", folder=folder.name)
        shutil.rmtree(folder, ignore_errors=True)
    return gone


def _is_orphan(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return folder.is_dir() and time.time() - folder.stat().st_mtime > UNLOCKED_S
    except OSError:  # locked, or of another user
        return False
    return True
