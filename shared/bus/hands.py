"""The deliveries that one consumer holds: a bounded number at work, all finished or given back at the end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shared.bus.handling import Held

H = TypeVar("H", bound=Held)


class Hands(Generic[H]):
    """Runs `work` for each copy that it takes, at most `at_once` at a time.

    Each copy has a task of its own that no broken connection can cancel: work that is nearly done gets done.
    """

    def __init__(self, at_once: int, work: Callable[[H], Awaitable[None]]) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._work = work
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def __len__(self) -> int:
        return len(self._tasks)

    def take(self, held: H) -> asyncio.Task[None]:
        """Start to handle `held`, as soon as a slot is free."""
        task = asyncio.get_running_loop().create_task(self._run(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, held: H) -> None:
        try:
            async with self._slots:
                if self._closing:
                    await held.give_back()
                else:
                    await self._work(held)
        except asyncio.CancelledError:
            await held.give_back()
            raise

    async def finish(self, grace_s: float) -> None:
        """Let what is at work finish for `grace_s`; give back what has not started, and then the rest."""
        self._closing = True
        await asyncio.sleep(0)  # a task that is cancelled before its first step would give nothing back
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
