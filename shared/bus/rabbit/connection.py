"""Connections, channels and declarations: the calls to the client library that publishing and consuming share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection, AbstractRobustQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from shared.bus.topology import QueueSpec
from shared.errors import Unavailable

RPC_S: Final = 10.0
"""Time that the broker has for an answer to anything but a publish."""


@asynccontextmanager
async def unavailable_within(timeout_s: float) -> AsyncIterator[None]:
    """Whatever the library raises, or no answer within `timeout_s`, becomes `Unavailable`."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
        raise Unavailable(f"the broker does not answer: {type(error).__name__}: {error}", "bus_unavailable") from error


async def connect(url: str, name: str, heartbeat_s: int) -> AbstractRobustConnection:
    """A connection that comes back by itself; `name` is what the broker's operator sees."""
    properties: dict[str, Any] = {"connection_name": name}
    return await aio_pika.connect_robust(url, timeout=RPC_S, heartbeat=heartbeat_s, reconnect_interval=1, client_properties=properties)


async def open_channel(connection: AbstractRobustConnection) -> AbstractRobustChannel:
    """A channel on which a message that no queue takes is an error. Keep it: the library holds it weakly."""
    channel = connection.channel(on_return_raises=True)
    await channel.initialize(RPC_S)
    return channel


async def declare(channel: AbstractRobustChannel, spec: QueueSpec) -> AbstractRobustQueue:
    """Declare and bind a durable queue, now and again whenever the library finds it or its connection gone."""
    queue = await channel.declare_queue(spec.name, durable=True, arguments=spec.arguments, timeout=RPC_S)
    for key in spec.keys:
        await queue.bind(spec.exchange, key, timeout=RPC_S)
    return queue


async def inspect(connection: AbstractRobustConnection, queue: str) -> tuple[int, int]:
    """Messages that wait in `queue`, and its consumers, asked on a channel of its own: asking for no queue breaks it."""
    async with unavailable_within(RPC_S):
        if connection.transport is None:
            raise ConnectionError("not connected")
        channel = await connection.transport.connection.channel(publisher_confirms=False)
        answer = await channel.queue_declare(queue, passive=True)
        await channel.close()
    return answer.message_count or 0, answer.consumer_count or 0
