"""The bus inside one process: what RabbitMQ promises, without a broker; everything is lost when the process ends."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count
from types import TracebackType
from typing import Any, Self

from contracts.envelope import Message
from contracts.routes import HEARS, listened_to
from shared.bus import DELIVERY_LIMIT, RETRY_DELAYS_S, Delivery, Handler, Parked, ParkedHandler
from shared.bus.codec import encode, parked_id
from shared.bus.handling import Copy, deliver, hear
from shared.bus.hands import Hands
from shared.bus.metrics import PUBLISHED
from shared.bus.topology import PARKED, declared, known
from shared.errors import Unavailable, Unroutable


class _Stored:
    """A copy in a queue, with its place in line and what the broker knows of it."""

    def __init__(self, place: int, copy: Copy, reason: str = "") -> None:
        self.place = place
        self.copy = copy
        self.reason = reason
        self.hand_outs = 0

    def __lt__(self, other: "_Stored") -> bool:
        return self.place < other.place


class _Line:
    """One queue, in order of arrival; what is given back keeps its place."""

    def __init__(self) -> None:
        self._places = count()
        self.waiting: asyncio.PriorityQueue[_Stored] = asyncio.PriorityQueue()

    def add(self, copy: Copy, reason: str = "") -> None:
        self.waiting.put_nowait(_Stored(next(self._places), copy, reason))


class _Held:
    """A stored copy in the hands of a consumer."""

    def __init__(self, bus: "MemoryBus", line: _Line, stored: _Stored) -> None:
        self._bus, self._line, self.stored = bus, line, stored
        self._settled = False

    @property
    def copy(self) -> Copy:
        return replace(self.stored.copy, redelivered=self.stored.hand_outs > 1)

    def _settle_once(self) -> bool:
        first, self._settled = not self._settled, True
        return first

    async def acknowledge(self) -> None:
        self._settle_once()

    async def delay(self, delay_s: float) -> None:
        if self._settle_once():
            self._bus.add_later(delay_s, replace(self.stored.copy, retries=self.stored.copy.retries + 1))

    async def park(self, reason: str, retries: int = 0) -> None:
        if self._settle_once():
            self._bus.add_parked(replace(self.stored.copy, retries=retries), reason)

    async def give_back(self) -> None:
        if not self._settle_once():
            return
        if self._line is not self._bus.parked and self.stored.hand_outs >= self._bus.delivery_limit:
            self._bus.add_parked(self.stored.copy, "delivery_limit")
        else:
            self._line.waiting.put_nowait(self.stored)


class MemoryBus:
    """See `shared.bus.Bus`. `queues` are served beside those of the core; `source` is the CloudEvents source."""

    def __init__(
        self,
        *,
        source: str,
        queues: Collection[str] | None = None,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
        delivery_limit: int = DELIVERY_LIMIT,
    ) -> None:
        self._source = source
        self._retry_delays_s = tuple(retry_delays_s)
        self.delivery_limit = delivery_limit
        self.parked = _Line()
        self._lines = {queue: _Line() for queue in declared(queues)} | {PARKED: self.parked}
        self._hands: list[Hands[_Held]] = []
        self._pumps: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def publish(self, message: Message, cause: Delivery[Any] | None = None) -> None:
        """See `Bus.publish`; raises `Unavailable` once the bus is closed."""
        encoded, key = encode(message, self._source, cause), message.routing_key()
        if self._closed:
            PUBLISHED.labels("unknown").inc()
            raise Unavailable("the bus is closed", "bus_unavailable")
        takers = [queue for queue in self._lines if key in HEARS.get(queue, ())]
        if not takers and listened_to(key):
            PUBLISHED.labels("unroutable").inc()
            raise Unroutable(f"no queue takes {key}")
        for queue in takers:
            self._lines[queue].add(Copy(queue, encoded.body))
        PUBLISHED.labels("confirmed").inc()
        await asyncio.sleep(0)  # a publisher in a loop lets consumers work, as a broker's confirm does

    async def subscribe(self, queue: str, handlers: Mapping[type[Message], Handler], at_once: int = 1) -> None:
        """See `Bus.subscribe`."""
        line = self._lines.setdefault(known(queue), _Line())

        async def work(held: _Held) -> None:
            await deliver(held, handlers, self.publish, self._retry_delays_s)

        self._consume(line, Hands(at_once, work), at_once)

    async def hear_parked(self, handler: ParkedHandler) -> None:
        """See `Bus.hear_parked`."""

        async def work(held: _Held) -> None:
            copy = held.copy
            parked = Parked(parked_id(copy.queue, copy.body), copy.queue, copy.body, held.stored.reason)
            await hear(held, parked, handler, self._retry_delays_s)

        self._consume(self.parked, Hands(1, work), 1)

    def _consume(self, line: _Line, hands: Hands[_Held], at_once: int) -> None:
        self._hands.append(hands)
        loop = asyncio.get_running_loop()
        self._pumps += [loop.create_task(self._pump(line, hands)) for _ in range(at_once)]

    async def _pump(self, line: _Line, hands: Hands[_Held]) -> None:
        while True:
            stored = await line.waiting.get()
            stored.hand_outs += 1
            await asyncio.wait({hands.take(_Held(self, line, stored))})

    def add_later(self, delay_s: float, copy: Copy) -> None:
        """Put `copy` in its queue after `delay_s`."""

        def arrive() -> None:
            self._timers.discard(timer)
            self._lines[copy.queue].add(copy)

        timer = asyncio.get_running_loop().call_later(delay_s, arrive)
        self._timers.add(timer)

    def add_parked(self, copy: Copy, reason: str) -> None:
        """Put `copy` among the parked messages."""
        self.parked.add(copy, reason)

    async def depth(self, queue: str) -> int:
        """See `Bus.depth`."""
        if queue not in self._lines:
            raise Unavailable(f"there is no queue {queue}", "bus_unavailable")
        return self._lines[queue].waiting.qsize()

    def healthy(self) -> bool:
        """See `Bus.healthy`."""
        return not self._closed and not any(pump.done() for pump in self._pumps)

    async def drain(self, grace_s: float = 25.0) -> None:
        """See `Bus.drain`."""
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        await asyncio.gather(*(hands.finish(grace_s) for hands in self._hands))
        self._pumps.clear()
        self._hands.clear()

    async def close(self) -> None:
        """See `Bus.close`."""
        await self.drain()
        self._closed = True
        for timer in self._timers:
            timer.cancel()
