"""How often somebody may try: token buckets of one process, forgotten when they are full again."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from services.gateway.problems import Problem

MOST_KEYS: Final = 20_000


class Buckets:
    """Token buckets by key. Each gateway process counts for itself."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Key → tokens left and the time they were counted; the longest untouched first."""

    def take(self, key: str, per_minute: int) -> None:
        """Take one token of `per_minute`; raises `Problem` 429 with Retry-After when none is left."""
        now = self._clock()
        left, counted_at = self._levels.pop(key, (float(per_minute), now))
        left = min(per_minute, left + (now - counted_at) * per_minute / 60)
        if left < 1:
            self._levels[key] = (left, now)
            wait_s = math.ceil((1 - left) * 60 / per_minute)
            raise Problem(429, "too_many_requests", f"Try again in {wait_s} s.", headers={"Retry-After": str(wait_s)})
        self._levels[key] = (left - 1, now)
        while len(self._levels) > MOST_KEYS:
            self._levels.popitem(last=False)
