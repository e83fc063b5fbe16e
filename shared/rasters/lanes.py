"""Threads on which remote bands are read side by side, each band always on the same one, which holds its open files."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeVar

LANES: Final = 8
"""Remote bands that are read at once: with it, range requests in flight and waiting windows are bounded for the process."""
T = TypeVar("T")


class Lanes:
    """One thread a lane; bands are spread over them in the order in which they are first asked for."""

    def __init__(self, lanes: int = LANES) -> None:
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix=f"remote-band-{lane}") for lane in range(lanes)]  # started when used
        self._lane: dict[str, int] = {}
        self._lock = Lock()

    def submit(self, band: str, work: Callable[[], T]) -> "Future[T]":
        """Do the work on the band's thread."""
        with self._lock:
            lane = self._lane.setdefault(band, len(self._lane) % len(self._threads))
        return self._threads[lane].submit(work)
