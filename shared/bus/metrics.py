"""Counters of the bus, for both implementations."""

from typing import Final

from prometheus_client import Counter

CONSUMED: Final = Counter("amqp_messages_consumed", "Deliveries by what became of them.", ("queue", "outcome"))
"""Outcomes: acknowledged, dropped, delayed, parked, returned."""
PUBLISHED: Final = Counter("amqp_publish", "Publishes by what became of them.", ("outcome",))
"""Outcomes: confirmed, unroutable, unknown (no confirm within the deadline)."""
