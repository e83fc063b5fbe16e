"""A consumer that reaches a point of its work and stays there until it is killed; run as a script it is a process of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from typing import Literal

from contracts.envelope import Message
from contracts.v1.plots import PlotsStaged, PlotsUploaded
from shared.bus import Delivery, Handler

Point = Literal["working", "published"]


def stuck_at(point: Point, reached: Callable[[], None]) -> Handler:
    """A handler of `plots.staged.v1` that calls `reached` and hangs, before or after its message is published."""

    async def handle(delivery: Delivery[PlotsStaged]) -> AsyncIterator[Message]:
        if point == "published":
            yield PlotsUploaded(collection_id=delivery.message.collection_id, run_id=delivery.message.run_id)
        reached()
        await asyncio.Event().wait()

    return handle


async def main(url: str, prefix: str, delivery_limit: int, point: Point) -> None:
    from shared.bus.rabbit import open_bus

    async with open_bus(url, source="/plotproof/crashing", prefix=prefix, delivery_limit=delivery_limit, retry_delays_s=()) as bus:
        await bus.subscribe("uploader", {PlotsStaged: stuck_at(point, lambda: print("reached", flush=True))})
        await asyncio.Event().wait()


if __name__ == "__main__":
    where: Point = "published" if sys.argv[4] == "published" else "working"
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), where))
