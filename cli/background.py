"""The whole system in a thread of this process, while the command talks to it as any client would."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from shared.logging import configure
from shared.settings import Settings

LOG_LEVEL = "ERROR"
"""Beside bars and tables only what went wrong is told."""
Stop = Callable[[], None]


@contextmanager
def in_background(config: Settings) -> Iterator[str]:
    """The address of a system that runs while the block does. Raises what keeps it from starting."""
    configure(LOG_LEVEL, "local")
    started: Future[tuple[str, Stop]] = Future()
    with _leaving_on_sigterm(), ThreadPoolExecutor(1, "plotproof") as thread:
        ended = thread.submit(asyncio.run, _serve(config, started))
        either: tuple[Future[Any], ...] = (started, ended)
        wait(either, return_when=FIRST_COMPLETED)
        if not started.done():
            ended.result()
        url, stop = started.result()
        try:
            yield url
        finally:
            stop()
            ended.result()


async def _serve(config: Settings, started: Future[tuple[str, Stop]]) -> None:
    from services.local import local

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with local(config) as system:

        def end() -> None:
            with suppress(RuntimeError):  # the loop is closed: the system ended by itself, and `ended` says why
                loop.call_soon_threadsafe(stop.set)

        started.set_result((system.url, end))
        await stop.wait()


@contextmanager
def _leaving_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the command as ctrl-C does, so that temporary places are removed."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
