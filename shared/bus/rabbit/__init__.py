"""The bus on RabbitMQ 3.10 and newer: quorum queues, publisher confirms, parking and delays without plug-ins."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aio_pika.abc import AbstractRobustConnection
from yarl import URL

from contracts.envelope import Message
from contracts.routes import listened_to
from shared.bus import DELIVERY_LIMIT, RETRY_DELAYS_S, Delivery, Handler, ParkedHandler
from shared.bus.codec import encode
from shared.bus.handling import Copy, deliver, hear
from shared.bus.rabbit.connection import RPC_S, connect, inspect, unavailable_within
from shared.bus.rabbit.consumer import QUEUE, REASON, RETRIES, USER, Consumer, Held
from shared.bus.rabbit.publisher import Publisher
from shared.bus.topology import PARKED, QueueSpec, declared, delay_queue, exchange, parked_queue, work_queue

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_bus(
    url: str,
    *,
    source: str,
    prefix: str = "",
    queues: Collection[str] | None = None,
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
    delivery_limit: int = DELIVERY_LIMIT,
    publish_timeout_s: float = 10.0,
    watchdog_s: float = 30.0,
    heartbeat_s: int = 10,
) -> AsyncIterator["RabbitBus"]:
    """A connected bus, drained and closed at the end. Raises `Unavailable` when no broker answers.

    `source` is the CloudEvents source of what this process says, such as `/plotproof/staging`; `prefix` stands before
    every name on the broker; `queues` are declared beside those of the core.
    """
    bus = RabbitBus(url, source, prefix, tuple(retry_delays_s), delivery_limit, publish_timeout_s)
    try:
        await bus.open(declared(queues), watchdog_s, heartbeat_s)
        yield bus
    finally:
        await bus.close()


class RabbitBus:
    """See `shared.bus.Bus`; opened by `open_bus`."""

    def __init__(
        self, url: str, source: str, prefix: str, retry_delays_s: tuple[float, ...], delivery_limit: int, publish_timeout_s: float
    ) -> None:
        self._url, self._source, self.prefix, self._retry_delays_s = url, source, prefix, retry_delays_s
        self.login = URL(url).user or "guest"
        self._delivery_limit = delivery_limit
        self._publisher = Publisher(self.login, prefix, publish_timeout_s)
        self._connections: list[AbstractRobustConnection] = []
        self._consumers: list[Consumer] = []
        self._watch: asyncio.Task[None] | None = None
        self._unwell: set[str] = set()
        self.draining = False

    async def open(self, queues: Collection[str], watchdog_s: float, heartbeat_s: int) -> None:
        """Connect twice, to publish and to consume (a broker that is short of memory stops publishers), and declare."""
        specs = [work_queue(self.prefix, queue, self._delivery_limit) for queue in queues]
        async with unavailable_within(3 * RPC_S):
            for purpose in ("publish", "consume"):
                self._connections.append(await connect(self._url, f"{self._source} {purpose}", heartbeat_s))
            await self._publisher.open(self._connections[0], specs)
        self._watch = asyncio.get_running_loop().create_task(self._watchdog(watchdog_s))

    async def publish(self, message: Message, cause: Delivery[Any] | None = None) -> None:
        """See `Bus.publish`; a message that `encode` refuses raises `Refused`."""
        encoded, key = encode(message, self._source, cause), message.routing_key()
        await self._publisher.send(encoded.body, exchange(self.prefix), key, mandatory=listened_to(key), kind=message.TYPE)

    async def delay(self, copy: Copy, delay_s: float) -> None:
        """Publish `copy` to the queue where it waits for `delay_s`; raises as `publish` does."""
        headers = _headers(copy) | {RETRIES: copy.retries + 1}
        await self._publisher.send(copy.body, "", delay_queue(self.prefix, copy.queue, delay_s).name, headers=headers)

    async def park(self, copy: Copy, reason: str, retries: int) -> None:
        """Publish `copy` to the queue of parked messages; raises as `publish` does."""
        headers = _headers(copy) | {QUEUE: copy.queue, REASON: reason, RETRIES: retries}
        await self._publisher.send(copy.body, "", parked_queue(self.prefix).name, headers=headers)

    async def subscribe(self, queue: str, handlers: Mapping[type[Message], Handler], at_once: int = 1) -> None:
        """See `Bus.subscribe`; declares the queue and its delays. Raises `Unavailable` without a broker."""
        spec = work_queue(self.prefix, queue, self._delivery_limit)
        async with unavailable_within(3 * RPC_S):
            for each in (spec, *(delay_queue(self.prefix, queue, delay_s) for delay_s in self._retry_delays_s)):
                await self._publisher.declare(each)

        async def work(held: Held) -> None:
            await deliver(held, handlers, self.publish, self._retry_delays_s)

        await self._consume(spec, queue, at_once, work)

    async def hear_parked(self, handler: ParkedHandler) -> None:
        """See `Bus.hear_parked`."""

        async def work(held: Held) -> None:
            await hear(held, held.parked, handler, self._retry_delays_s)

        await self._consume(parked_queue(self.prefix), PARKED, 1, work)

    async def _consume(self, spec: QueueSpec, queue: str, at_once: int, work: Callable[[Held], Awaitable[None]]) -> None:
        consumer = Consumer(self, spec, queue, at_once, work)
        async with unavailable_within(3 * RPC_S):
            await consumer.start(self._connections[1])
        self._consumers.append(consumer)

    async def depth(self, queue: str) -> int:
        """See `Bus.depth`."""
        waiting, _ = await inspect(self._connections[1], f"{self.prefix}{queue}")
        return waiting

    def healthy(self) -> bool:
        """See `Bus.healthy`."""
        connected = all(connection.connected.is_set() and not connection.is_closed for connection in self._connections)
        return connected and self._publisher.ready() and not self._unwell and not self.draining

    async def _watchdog(self, every_s: float) -> None:
        """Find consumers that the broker has forgotten while the library has not noticed, and start them anew.

        While the connection is away the library is at work on it, and `healthy` says so.
        """
        while True:
            await asyncio.sleep(every_s)
            for consumer in self._consumers if self._connections[1].connected.is_set() else ():
                [alive] = await asyncio.gather(consumer.alive(self._connections[1]), return_exceptions=True)
                if alive is True:
                    self._unwell.discard(consumer.queue)
                    continue
                self._unwell.add(consumer.queue)
                [error] = await asyncio.gather(self._restart(consumer), return_exceptions=True)
                log.warning("consumer_lost", queue=consumer.queue, found=repr(alive), restart_error=error and repr(error))

    async def _restart(self, consumer: Consumer) -> None:
        async with unavailable_within(3 * RPC_S):
            await consumer.start(self._connections[1])
        self._unwell.discard(consumer.queue)

    async def drain(self, grace_s: float = 25.0) -> None:
        """See `Bus.drain`."""
        self.draining = True
        if self._watch is not None:
            self._watch.cancel()
        await asyncio.gather(*(consumer.stop(grace_s) for consumer in self._consumers))
        self._consumers.clear()

    async def close(self) -> None:
        """See `Bus.close`."""
        await self.drain()
        for connection in reversed(self._connections):
            await asyncio.gather(connection.close(), return_exceptions=True)


def _headers(copy: Copy) -> dict[str, Any]:
    """The broker would take us for the publisher of what we publish again: keep who said it first, or that nobody knows."""
    return {USER: copy.user or ""}
