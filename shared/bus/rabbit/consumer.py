"""Consuming one queue of RabbitMQ: a channel of its own, deliveries in hand, and a look whether it is still alive."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import orjson
import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustChannel, AbstractRobustConnection, AbstractRobustQueue

from shared.bus import Parked
from shared.bus.codec import parked_id
from shared.bus.handling import Copy
from shared.bus.hands import Hands
from shared.bus.rabbit.connection import RPC_S, declare, inspect, open_channel
from shared.bus.topology import PARKED, QueueSpec

QUEUE: Final = "plotproof-queue"
"""Header of a parked message: the queue it was meant for."""
REASON: Final = "plotproof-reason"
"""Header of a parked message: why."""
RETRIES: Final = "plotproof-retries"
"""Header of what we publish again: how often it has come back from a delay."""
USER: Final = "plotproof-user"
"""Header of what we publish again: the broker user that published it first, empty when that is not known."""
log = structlog.get_logger(__name__)


class Returner(Protocol):
    """What a held message needs to go somewhere else than back; `shared.bus.rabbit.RabbitBus` is one."""

    prefix: str
    login: str
    draining: bool

    async def delay(self, copy: Copy, delay_s: float) -> None: ...
    async def park(self, copy: Copy, reason: str, retries: int) -> None: ...


class Held:
    """A message of the broker in the hands of a consumer."""

    def __init__(self, bus: Returner, message: AbstractIncomingMessage, queue: str) -> None:
        self._bus, self._message, self._settled = bus, message, False
        origin = _origin(message.headers, bus.prefix) if queue == PARKED else queue
        self.copy = Copy(origin, message.body, bool(message.redelivered), self._user(), _retries(message.headers))

    def _user(self) -> str | None:
        """The header counts only where the broker vouches that we wrote it ourselves."""
        first = self._message.headers.get(USER)
        return (first or None) if isinstance(first, str) and self._message.user_id == self._bus.login else self._message.user_id

    @property
    def parked(self) -> Parked:
        """The message as a parked one; header values that JSON cannot hold become text."""
        headers: dict[str, Any] = orjson.loads(orjson.dumps(dict(self._message.headers), default=str))
        reason = headers.get(REASON) or _death(self._message.headers).get("reason") or "unknown"
        return Parked(parked_id(self.copy.queue, self.copy.body), self.copy.queue, self.copy.body, str(reason), headers)

    async def acknowledge(self) -> None:
        await self._settle(self._message.ack)

    async def delay(self, delay_s: float) -> None:
        await self._bus.delay(self.copy, delay_s)
        await self.acknowledge()

    async def park(self, reason: str, retries: int = 0) -> None:
        await self._bus.park(self.copy, reason, retries)
        await self.acknowledge()

    async def give_back(self) -> None:
        """A reject counts towards the delivery limit, on RabbitMQ 4.3 a nack does not: that is for an orderly stop."""
        verb = self._message.nack if self._bus.draining else self._message.reject
        await self._settle(lambda: verb(requeue=True))

    async def _settle(self, verb: Callable[[], Awaitable[None]]) -> None:
        """Settle once. On a channel that is gone the broker has taken the message back already: nothing to try again."""
        if self._settled:
            return
        self._settled = True
        [error] = await asyncio.gather(verb(), return_exceptions=True)
        if error is not None:
            log.info("settling_lost", queue=self.copy.queue, error=repr(error))


def _death(headers: Any) -> dict[str, Any]:
    """The newest entry of `x-death`, where the broker writes why it took a message off a queue."""
    deaths = headers.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}


def _origin(headers: Any, prefix: str) -> str:
    return str(headers.get(QUEUE) or str(_death(headers).get("queue", "unknown")).removeprefix(prefix))


def _retries(headers: Any) -> int:
    retries = headers.get(RETRIES)
    return retries if isinstance(retries, int) and retries >= 0 else 0


class Consumer:
    """Hears one queue; keeps strong references to its channel and queue, which the library holds weakly."""

    def __init__(self, bus: Returner, spec: QueueSpec, queue: str, at_once: int, work: Callable[[Held], Awaitable[None]]) -> None:
        self.queue = queue
        self._bus, self._spec, self._at_once, self._hands = bus, spec, at_once, Hands(at_once, work)
        self._channel: AbstractRobustChannel | None = None
        self._declared: AbstractRobustQueue | None = None
        self._tag = ""
        self._arrived = self._arrived_before = 0

    async def start(self, connection: AbstractRobustConnection) -> None:
        """Consume, on a new channel if there was one before."""
        await self._close()
        self._channel = await open_channel(connection)
        await self._channel.set_qos(prefetch_count=self._at_once, timeout=RPC_S)
        self._declared = await declare(self._channel, self._spec)
        self._tag = await self._declared.consume(self._arrive, timeout=RPC_S)

    async def _arrive(self, message: AbstractIncomingMessage) -> None:
        self._arrived += 1
        self._hands.take(Held(self._bus, message, self.queue))

    async def alive(self, connection: AbstractRobustConnection) -> bool:
        """False when the broker has no consumer for the queue, our tag is gone, or messages wait while nothing arrives."""
        waiting, consumers = await inspect(connection, self._spec.name)
        if self._channel is None or self._channel.is_closed:
            return False
        channel = await self._channel.get_underlay_channel()
        idle = len(self._hands) == 0 and self._arrived == self._arrived_before
        self._arrived_before = self._arrived
        return consumers > 0 and self._tag in getattr(channel, "consumers", {}) and not (waiting > 0 and idle)

    async def stop(self, grace_s: float) -> None:
        """Stop hearing, then finish or give back what is in hand."""
        if self._declared is not None:
            await asyncio.gather(self._declared.cancel(self._tag, timeout=RPC_S), return_exceptions=True)
        await self._hands.finish(grace_s)
        await self._close()

    async def _close(self) -> None:
        """Close the channel; the broker takes back what was not settled on it."""
        if self._channel is not None:
            await asyncio.gather(self._channel.close(), return_exceptions=True)
