"""Handlers that remember what they heard."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from contracts.envelope import Message
from contracts.v1.plots import PlotsStaged
from shared.bus import Bus, Delivery, Handler, Parked


def staged(number: int = 0) -> PlotsStaged:
    return PlotsStaged(collection_id=f"c{number}", run_id=f"r{number}")


class Heard:
    """Every delivery that came, in order; `then` is what handling one does: raise, or give messages to say."""

    def __init__(self, then: Callable[[Delivery[Any]], list[Message] | None] | None = None) -> None:
        self.deliveries: list[Delivery[Any]] = []
        self._then = then

    async def handle(self, delivery: Delivery[Any]) -> AsyncIterator[Message]:
        self.deliveries.append(delivery)
        for message in (self._then(delivery) if self._then else None) or []:
            yield message

    def of(self, *types: type[Message]) -> Mapping[type[Message], Handler]:
        return dict.fromkeys(types, self.handle)


class HeardParked:
    """Every parked message that came; hearing fails as often as `failures` has errors."""

    def __init__(self, *failures: Exception) -> None:
        self.parked: list[Parked] = []
        self._failures = list(failures)

    async def handle(self, parked: Parked) -> None:
        self.parked.append(parked)
        if self._failures:
            raise self._failures.pop(0)


async def until(happened: Callable[[], bool], within_s: float = 30.0) -> None:
    """Return when it has happened; a `TimeoutError` fails the test."""
    async with asyncio.timeout(within_s):
        while not happened():  # noqa: ASYNC110 any condition, not one that sets an event
            await asyncio.sleep(0.01)


async def until_depth(bus: Bus, queue: str, depth: int) -> None:
    """Return when `depth` messages wait in `queue`: a broker tells so a moment after it has confirmed or taken back."""
    async with asyncio.timeout(30):
        while await bus.depth(queue) != depth:  # noqa: ASYNC110 the broker has no event for it
            await asyncio.sleep(0.01)


async def settled() -> None:
    """Time enough for what should not happen to happen."""
    await asyncio.sleep(0.3)
