"""Publishing to RabbitMQ: confirmed, with a deadline, on a connection and channel of its own."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from aio_pika.exceptions import PublishError

from contracts.envelope import CONTENT_TYPE
from shared.bus.metrics import PUBLISHED
from shared.bus.rabbit.connection import RPC_S, declare, open_channel
from shared.bus.topology import QueueSpec, exchange, parked_queue, parking_exchange
from shared.errors import Unavailable, Unroutable

_PAUSE_S: Final = 0.2
"""Wait before the next attempt at a publish that failed."""


class Publisher:
    """Declares the topology and publishes on one channel, so that it publishes only where the topology is restored."""

    def __init__(self, login: str, prefix: str, timeout_s: float) -> None:
        self._login, self._prefix, self._timeout_s = login, prefix, timeout_s
        self._channel: AbstractRobustChannel | None = None

    async def open(self, connection: AbstractRobustConnection, queues: Collection[QueueSpec]) -> None:
        """Declare exchanges, the parking place and `queues`; the parking place first, since a missing
        dead letter exchange loses messages without a word."""
        self._channel = await open_channel(connection)
        await self._channel.declare_exchange(parking_exchange(self._prefix), "fanout", durable=True, timeout=RPC_S)
        await self._channel.declare_exchange(exchange(self._prefix), "topic", durable=True, timeout=RPC_S)
        for spec in (parked_queue(self._prefix), *queues):
            await self.declare(spec)

    def ready(self) -> bool:
        """True while the channel is open."""
        return self._channel is not None and not self._channel.is_closed

    async def declare(self, spec: QueueSpec) -> None:
        """Declare a queue, now and after each reconnection."""
        if self._channel is None:
            raise Unavailable("the bus is not open", "bus_unavailable")
        await declare(self._channel, spec)

    async def send(
        self, body: bytes, to: str, key: str, *, mandatory: bool = True, kind: str | None = None, headers: Mapping[str, Any] | None = None
    ) -> None:
        """Publish `body` to the exchange `to` and return when the broker holds it, trying again until the deadline.

        Raises `Unroutable` when it is mandatory and no queue took it, `Unavailable` when nothing was confirmed in
        time: the broker may hold it all the same, even more than once.
        """
        error: BaseException | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                while error := await self._failure_of(body, to, key, mandatory, kind, headers or {}):
                    if isinstance(error, PublishError):
                        PUBLISHED.labels("unroutable").inc()
                        raise Unroutable(f"no queue takes {key}")
                    await asyncio.sleep(_PAUSE_S)
        except TimeoutError:
            PUBLISHED.labels("unknown").inc()
            raise Unavailable(f"{key} was not confirmed in {self._timeout_s:g} s: {error!r}", "bus_unavailable") from error
        PUBLISHED.labels("confirmed").inc()

    async def _failure_of(
        self, body: bytes, to: str, key: str, mandatory: bool, kind: str | None, headers: Mapping[str, Any]
    ) -> BaseException | None:
        """One attempt. A lost connection may cancel it inside the library; gathered, that does not look like our own cancelling."""
        message = aio_pika.Message(
            body,
            headers=dict(headers),
            content_type=CONTENT_TYPE,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=uuid4().hex,  # new for each attempt: the library tells returned messages apart by it
            type=kind,
            user_id=self._login,
        )
        [error] = await asyncio.gather(self._attempt(message, to, key, mandatory), return_exceptions=True)
        return error

    async def _attempt(self, message: aio_pika.Message, to: str, key: str, mandatory: bool) -> None:
        if self._channel is None:
            raise Unavailable("the bus is not open", "bus_unavailable")
        await self._channel.ready()
        channel = await self._channel.get_underlay_channel()
        await channel.basic_publish(message.body, exchange=to, routing_key=key, properties=message.properties, mandatory=mandatory)
