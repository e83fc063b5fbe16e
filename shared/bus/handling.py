"""What becomes of a delivery: run its handler, publish what it yields, then settle. Both buses use this, and only this."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, Protocol, cast

import structlog

from contracts.envelope import Message
from shared.bus import Delivery, Handler, Parked, ParkedHandler
from shared.bus.codec import decode
from shared.bus.metrics import CONSUMED
from shared.errors import Conflict, PlotproofError, Unavailable, Unreadable, Unroutable

MAX_REASON_CHARACTERS: Final = 1000
MAX_PARKED_WAIT_S: Final = 30.0
"""Longest wait before a parked message whose hearer failed is heard again."""

Publish = Callable[[Message, Delivery[Any] | None], Awaitable[None]]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Copy:
    """A message as it lies in a queue: bytes that nobody has read yet."""

    queue: str
    body: bytes
    redelivered: bool = False
    user: str | None = None
    retries: int = 0


class Held(Protocol):
    """A copy that a consumer holds. It is settled once; settling a settled one does nothing."""

    @property
    def copy(self) -> Copy: ...

    async def acknowledge(self) -> None:
        """The copy is done with."""

    async def delay(self, delay_s: float) -> None:
        """Let it come back after `delay_s`, one of the bus's retry delays; raises what a publish raises."""

    async def park(self, reason: str, retries: int = 0) -> None:
        """Put it where `hear_parked` finds it; raises what a publish raises."""

    async def give_back(self) -> None:
        """Return it to its queue, to be handed out again as redelivered."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Done: `outcome` is `acknowledged` or `dropped`."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `delay_s`."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Park:
    """Nobody can handle it."""

    reason: str


def decide(error: Exception | None, retries: int, retry_delays_s: Sequence[float]) -> Ack | Retry | Park:
    """What follows when handling ended with `error` after `retries` earlier delays.

    A yielded message that could not be published counts as `Unavailable`, also when no queue took it:
    its queue may appear with the next start of its service.
    """
    if error is None:
        return Ack("acknowledged")
    if isinstance(error, Conflict):
        return Ack("dropped")
    if not isinstance(error, Unavailable | Unroutable):
        return Park(reason_of(error))
    left = retry_delays_s[retries:]
    if not left:
        return Park(f"retries used up: {reason_of(error)}")
    wish_s = (error.retry_after_s if isinstance(error, Unavailable) else None) or 0.0
    return Retry(next((delay_s for delay_s in left if delay_s >= wish_s), left[-1]))


def reason_of(error: BaseException) -> str:
    """`code: detail` of an error of ours, the class and text of any other."""
    code = error.code if isinstance(error, PlotproofError) else f"internal_error: {type(error).__name__}"
    return f"{code}: {error}"[:MAX_REASON_CHARACTERS]


async def deliver(held: Held, handlers: Mapping[type[Message], Handler], publish: Publish, retry_delays_s: Sequence[float]) -> None:
    """Handle `held` and settle it. Cancelled, it leaves the copy unsettled: whoever cancels gives it back."""
    copy, started_s = held.copy, perf_counter()
    record: dict[str, Any] = {"queue": copy.queue, "outcome": "returned", "retries": copy.retries, "redelivered": copy.redelivered}
    error: Exception | None = None
    try:
        error = await _handle(copy, handlers, publish, record)
        record["outcome"] = await _settle(held, decide(error, copy.retries, retry_delays_s))
    finally:
        CONSUMED.labels(copy.queue, record["outcome"]).inc()
        _report(record, error, (perf_counter() - started_s) * 1000)


async def _handle(copy: Copy, handlers: Mapping[type[Message], Handler], publish: Publish, record: dict[str, Any]) -> Exception | None:
    try:
        event = decode(copy.body, copy.queue)
        record |= {"type": event.type, "id": event.id}
        handler = handlers.get(type(event.data))
        if handler is None:
            raise Unreadable(f"nobody here handles {event.type}", "unhandled_type")
        delivery = Delivery(event.data, event.id, copy.redelivered, copy.user, event.correlationid, copy.retries)
        async with aclosing(cast(AsyncGenerator[Message, None], handler(delivery))) as following:
            async for message in following:
                await publish(message, delivery)
    except Exception as error:  # noqa: BLE001 the only one of the system: a bug in one handler must not end the consumer
        return error
    return None


async def _settle(held: Held, decision: Ack | Retry | Park) -> str:
    try:
        match decision:
            case Ack(outcome):
                await held.acknowledge()
                return outcome
            case Retry(delay_s):
                await held.delay(delay_s)
                return "delayed"
            case Park(reason):
                await held.park(reason)
                return "parked"
    except (Unavailable, Unroutable) as error:
        log.warning("message_not_settled", queue=held.copy.queue, reason=reason_of(error))
        await held.give_back()
        return "returned"


def _report(record: dict[str, Any], error: Exception | None, duration_ms: float) -> None:
    """The one line that each handled message leaves in the log."""
    record["duration_ms"] = round(duration_ms, 2)
    if error is not None:
        record["reason"] = reason_of(error)
    if record["outcome"] in ("acknowledged", "dropped"):
        log.info("message_handled", **record)
    elif error is None or isinstance(error, PlotproofError):
        log.warning("message_handled", **record)
    else:
        log.error("message_handled", **record, exc_info=error)


async def hear(held: Held, parked: Parked, handler: ParkedHandler, retry_delays_s: Sequence[float]) -> None:
    """Let `handler` hear a parked message; when it fails, wait and put the message behind the others, for ever.

    There is no parking place behind this one, so nothing that is parked is ever dropped here.
    """
    [error] = await asyncio.gather(handler(parked), return_exceptions=True)
    CONSUMED.labels("parked", "acknowledged" if error is None else "delayed").inc()
    if error is None:
        await held.acknowledge()
        return
    log.error("parked_message_not_heard", id=parked.id, queue=parked.queue, reason=reason_of(error), exc_info=error)
    delays_s = (*retry_delays_s, MAX_PARKED_WAIT_S)
    await asyncio.sleep(min(MAX_PARKED_WAIT_S, delays_s[min(held.copy.retries, len(delays_s) - 1)]))
    await _settle_parked(held, parked)


async def _settle_parked(held: Held, parked: Parked) -> None:
    try:
        await held.park(parked.reason, held.copy.retries + 1)
    except (Unavailable, Unroutable):
        await held.give_back()
