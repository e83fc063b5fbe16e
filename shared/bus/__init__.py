"""The bus: publish a message, hear a queue; RabbitMQ or one process, with the same promises.

A handler is an async generator: one delivery in, the messages that follow out. The bus publishes each of them
with the delivery as its cause, waits for the broker's confirm, and acknowledges the delivery last, so a crash
anywhere replays the whole. What a handler raises decides what happens to its delivery:

* nothing               acknowledged
* `Unavailable`         comes back after a growing delay, `RETRY_DELAYS_S`; parked when these are used up
* `Conflict`            acknowledged and dropped: somebody else did the work
* anything else         parked at once, with the reason; the tracker stores it and fails its task
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol

from contracts.envelope import M, Message

RETRY_DELAYS_S: Final = (1, 5, 30, 120, 600)
"""Delays before a delivery whose handler found something unavailable comes back."""
DELIVERY_LIMIT: Final = 10
"""Hand-outs after which the broker parks a message that keeps killing its consumer."""


@dataclass(frozen=True, slots=True)
class Delivery(Generic[M]):
    """One message as it reached a consumer."""

    message: M
    id: str
    """CloudEvents id: the same for every copy and redelivery of this message."""
    redelivered: bool = False
    """The bus has handed out this very copy before: its earlier holder has lost it."""
    user: str | None = None
    """Broker user that published it, checked by the broker; None when it is not known."""
    correlation_id: str | None = None
    retries: int = 0
    """How often this message has come back from a delay."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that nobody could handle, as bytes."""

    id: str
    """Stable over redeliveries."""
    queue: str
    """The queue that it was meant for."""
    body: bytes
    reason: str
    headers: Mapping[str, Any] = field(default_factory=dict)


Handler = Callable[[Delivery[Any]], AsyncIterator[Message]]
ParkedHandler = Callable[[Parked], Awaitable[None]]


class Bus(Protocol):
    """What services know of the bus. Open it with `shared.bus.rabbit.open_bus` or `shared.bus.memory.MemoryBus`."""

    async def publish(self, message: Message, cause: Delivery[Any] | None = None) -> None:
        """Return once the broker holds `message` (and, where `routes.py` names a listener, a queue took it).

        Raises `Unroutable` when no queue takes an order that somebody must hear, `Unavailable` when the broker
        does not confirm within its deadline: then it is unknown whether the message will arrive.
        """

    async def subscribe(self, queue: str, handlers: Mapping[type[Message], Handler], at_once: int = 1) -> None:
        """Hear `queue` with at most `at_once` deliveries in hand, until `drain`."""

    async def hear_parked(self, handler: ParkedHandler) -> None:
        """Hear parked messages of every queue; `handler` must not raise except `Unavailable`."""

    async def depth(self, queue: str) -> int:
        """Messages that wait in `queue`, for metrics and tests."""

    def healthy(self) -> bool:
        """True while connected with every subscription alive."""

    async def drain(self, grace_s: float = 25.0) -> None:
        """Stop consuming, let what is in hand finish for `grace_s`, give the rest back."""

    async def close(self) -> None:
        """Drain and disconnect."""
