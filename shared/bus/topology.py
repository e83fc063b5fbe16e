"""Names and arguments of exchanges and queues: what RabbitMQ is told, as values."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from contracts.routes import EXCHANGE, HEARS, SERVICE_OF

PARKED: Final = "parked"
"""Queue of the messages that nobody could handle."""
_NEVER: Final = 1_000_000_000
"""A delivery limit out of reach: RabbitMQ 4 has one by default, 3.10 knows no word for none."""
_SAFE_DEAD_LETTERS: Final = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
"""A dead letter leaves its queue only when its target has confirmed it."""


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A durable quorum queue to declare. Limits that an operator may tune belong in policies, not here."""

    name: str
    arguments: dict[str, Any]
    exchange: str = ""
    """The exchange that it is bound to, by each of `keys`."""
    keys: tuple[str, ...] = ()


def declared(queues: Collection[str] | None) -> tuple[str, ...]:
    """The queues that a process declares: those of the core, where orders wait for services to start, and `queues`."""
    named = {known(queue) for queue in queues or ()}
    return tuple(queue for queue in HEARS if queue in named or queue not in SERVICE_OF.values())


def known(queue: str) -> str:
    """`queue`, when `routes.py` has it; a `ValueError` says that a service was wired wrongly."""
    if queue not in HEARS:
        raise ValueError(f"no such queue: {queue}")
    return queue


def exchange(prefix: str) -> str:
    """The topic exchange that carries every message."""
    return f"{prefix}{EXCHANGE}"


def parking_exchange(prefix: str) -> str:
    """The fanout exchange behind every work queue."""
    return f"{prefix}{EXCHANGE}.{PARKED}"


def parked_queue(prefix: str) -> QueueSpec:
    """The queue of parked messages: it never drops one."""
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": _NEVER}
    return QueueSpec(f"{prefix}{PARKED}", arguments, parking_exchange(prefix), ("",))


def work_queue(prefix: str, queue: str, delivery_limit: int) -> QueueSpec:
    """The queue of a service; a copy is parked when it was handed out `delivery_limit` times without an answer."""
    return QueueSpec(
        f"{prefix}{queue}",
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": delivery_limit - 1,  # RabbitMQ counts returns: a limit of N is N + 1 hand-outs
            "x-dead-letter-exchange": parking_exchange(prefix),
            **_SAFE_DEAD_LETTERS,
        },
        exchange(prefix),
        HEARS[known(queue)],
    )


def delay_queue(prefix: str, queue: str, delay_s: float) -> QueueSpec:
    """Where a message of `queue` waits for `delay_s`, then goes back through the default exchange."""
    return QueueSpec(
        f"{prefix}{queue}.retry.{delay_s:g}",
        {
            "x-queue-type": "quorum",
            "x-message-ttl": round(delay_s * 1000),
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": f"{prefix}{queue}",
            **_SAFE_DEAD_LETTERS,
        },
    )
