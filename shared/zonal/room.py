"""Memory that the runs of one thread use in turn: fresh memory comes from the system page by page, and lies far from the processor."""

from collections.abc import Hashable
from threading import local
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_MORE = 1.25
"""So much more than asked for: runs differ little in size. What is not touched costs nothing."""


class Room:
    """Arrays by name, each of one type; for one thread at a time."""

    def __init__(self) -> None:
        self._held: dict[Hashable, NDArray[Any]] = {}

    def array(self, name: Hashable, count: int, dtype: DTypeLike) -> NDArray[Any]:
        """`count` entries of any value, good until the next call with this name."""
        held = self._held.get(name)
        if held is None or len(held) < count:
            self._held.pop(name, None)  # what is too small goes before more is asked for
            held = self._held[name] = np.empty(int(count * _MORE), dtype=dtype)
        return held[:count]


class Rooms:
    """A room for each thread."""

    def __init__(self) -> None:
        self._thread = local()

    def own(self) -> Room:
        """That of the thread that asks."""
        if not hasattr(self._thread, "room"):
            self._thread.room = Room()
        room: Room = self._thread.room
        return room
