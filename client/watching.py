"""Progress as it happens: Server-Sent Events, polling where they do not come, and patience while the server is away."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from client.errors import ClientError, ProblemError, Unreachable
from contracts.v1.progress import BatchProcessProgress

OPEN: Final = frozenset({"SUBMITTED", "PROCESSING"})
"""Run states that are no end."""
SILENT_LISTENS: Final = 2
"""After so many streams without one event only polling goes on: something between buffers them."""


def events(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each event in a stream of lines (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    data: list[bytes] = []
    for line in lines:
        line = line.removesuffix(b"\r")
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield b"\n".join(data)
            data = []


def has_ended(progress: BatchProcessProgress) -> bool:
    """True when the run will not change any more."""
    return progress.status not in OPEN


def until_end(
    listen: Callable[[], Iterator[BatchProcessProgress]], poll: Callable[[], BatchProcessProgress], patience_s: float, pause_s: float
) -> Iterator[BatchProcessProgress]:
    """Progress until the run has ended.

    Raises `Unreachable` or a passing `ProblemError` when the server stayed away for `patience_s`, and at
    once the `ProblemError` of a call that will never succeed.
    """
    silent, away_since = 0, None
    while True:
        silent += 1
        if silent <= SILENT_LISTENS:
            for progress in _while_connected(listen):
                silent, away_since = 0, None
                yield progress
                if has_ended(progress):
                    return
        try:
            progress = poll()
        except (Unreachable, ProblemError) as error:
            away_since = time.monotonic() if away_since is None else away_since
            if not _may_pass(error) or time.monotonic() - away_since > patience_s:
                raise
        else:
            away_since = None
            yield progress
            if has_ended(progress):
                return
        time.sleep(pause_s)


def _while_connected(listen: Callable[[], Iterator[BatchProcessProgress]]) -> Iterator[BatchProcessProgress]:
    """What the stream gives; any end of it is an end, since `poll` then says why."""
    try:
        yield from listen()
    except ClientError:
        return


def _may_pass(error: Unreachable | ProblemError) -> bool:
    return isinstance(error, Unreachable) or error.is_passing
