"""Both buses behind one face for the tests: open, crash a consumer, put raw bytes in a queue, look."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import aiormq

from contracts.v1.plots import PlotsStaged
from shared.bus import Bus
from shared.bus.handling import Copy
from shared.bus.memory import MemoryBus
from shared.bus.rabbit import RabbitBus, open_bus
from shared.bus.topology import PARKED, declared, delay_queue, exchange, parking_exchange
from tests.shared.bus.crashing import Point, stuck_at

ROOT = Path(__file__).parents[3]
DELAYS_S = (0.1, 0.25)
DELIVERY_LIMIT = 3
SERVED = ("deforestation",)


class Rig(Protocol):
    """One bus under test; every `Bus` that it opens talks to the same queues."""

    async def open(self) -> Bus: ...
    async def put_raw(self, queue: str, body: bytes) -> None: ...
    async def crash(self, point: Point) -> None:
        """Let a consumer of `uploader` take one message, reach `point` and die without a word."""


class MemoryRig:
    """One process has one bus: a consumer dies when its subscription is cancelled."""

    def __init__(self) -> None:
        self.bus = MemoryBus(source="/plotproof/test", queues=SERVED, retry_delays_s=DELAYS_S, delivery_limit=DELIVERY_LIMIT)

    async def open(self) -> MemoryBus:
        return self.bus

    async def put_raw(self, queue: str, body: bytes) -> None:
        self.bus._lines[queue].add(Copy(queue, body))

    async def crash(self, point: Point) -> None:
        reached = asyncio.Event()
        await self.bus.subscribe("uploader", {PlotsStaged: stuck_at(point, reached.set)})
        async with asyncio.timeout(30):
            await reached.wait()
        await self.bus.drain(grace_s=0)


class RabbitRig:
    """Queues of its own on a shared broker: a consumer is a process, and dies by kill -9."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url, self.prefix, self._stack = url, f"test.{uuid4().hex[:10]}.", stack

    async def open(
        self, url: str | None = None, watchdog_s: float = 30.0, publish_timeout_s: float = 10.0, heartbeat_s: int = 10
    ) -> RabbitBus:
        return await self._stack.enter_async_context(
            open_bus(
                url or self.url,
                source="/plotproof/test",
                prefix=self.prefix,
                queues=SERVED,
                retry_delays_s=DELAYS_S,
                delivery_limit=DELIVERY_LIMIT,
                watchdog_s=watchdog_s,
                publish_timeout_s=publish_timeout_s,
                heartbeat_s=heartbeat_s,
            )
        )

    async def put_raw(self, queue: str, body: bytes) -> None:
        connection = await aiormq.connect(self.url)
        channel = await connection.channel()
        await channel.basic_publish(body, routing_key=f"{self.prefix}{queue}", mandatory=True)
        await connection.close()

    async def crash(self, point: Point) -> None:
        script = [sys.executable, "-m", "tests.shared.bus.crashing", self.url, self.prefix, str(DELIVERY_LIMIT), point]
        child = await asyncio.create_subprocess_exec(
            *script, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert child.stdout is not None
            async with asyncio.timeout(60):
                while b"reached" not in (line := await child.stdout.readline()):
                    assert line, "the consumer ended before it reached its point"
        finally:
            child.send_signal(signal.SIGKILL)
            await child.wait()

    async def remove(self) -> None:
        """Delete what this rig declared."""
        connection = await aiormq.connect(self.url)
        channel = await connection.channel()
        for queue in (*declared(SERVED), PARKED):
            await channel.queue_delete(f"{self.prefix}{queue}")
            for delay_s in DELAYS_S:
                await channel.queue_delete(delay_queue(self.prefix, queue, delay_s).name)
        for name in (exchange(self.prefix), parking_exchange(self.prefix)):
            await channel.exchange_delete(name)
        await connection.close()


@asynccontextmanager
async def memory_rig() -> AsyncIterator[MemoryRig]:
    rig = MemoryRig()
    async with rig.bus:
        yield rig


@asynccontextmanager
async def rabbit_rig(url: str) -> AsyncIterator[RabbitRig]:
    async with AsyncExitStack() as stack:
        rig = RabbitRig(url, stack)
        stack.push_async_callback(rig.remove)
        yield rig
