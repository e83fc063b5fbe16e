"""What both buses promise about consumers: how many at once, how they stop, that nothing is lost under load."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.envelope import Message
from contracts.v1.plots import PlotsStaged
from contracts.v1.stats import StatsRequested
from shared.bus import Bus, Delivery, Handler
from shared.errors import Unavailable
from tests.shared.bus.heard import Heard, settled, staged, until, until_depth
from tests.shared.bus.rig import Rig


class Gate:
    """A handler that lets deliveries through when it is opened, and counts who is inside."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside = self.most = self.passed = 0

    async def handle(self, _: Delivery[Any]) -> AsyncIterator[Message]:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.open.wait()
            self.passed += 1
        finally:
            self.inside -= 1
        return
        yield  # an async generator that yields nothing

    @property
    def handlers(self) -> dict[type[Message], Handler]:
        return {PlotsStaged: self.handle}


async def publish_staged(bus: Bus, number: int) -> None:
    for each in range(number):
        await bus.publish(staged(each))


async def test_at_most_at_once_deliveries_are_in_hand(bus: Bus) -> None:
    gate = Gate()
    await publish_staged(bus, 8)
    await bus.subscribe("uploader", gate.handlers, at_once=3)
    await until(lambda: gate.inside == 3)
    await settled()
    await until_depth(bus, "uploader", 5)
    assert gate.inside == 3
    gate.open.set()
    await until(lambda: gate.passed == 8)
    assert gate.most == 3


async def test_draining_finishes_what_is_in_hand_and_takes_nothing_new(bus: Bus) -> None:
    gate = Gate()
    await publish_staged(bus, 5)
    await bus.subscribe("uploader", gate.handlers, at_once=2)
    await until(lambda: gate.inside == 2)
    draining = asyncio.create_task(bus.drain(grace_s=5))
    await asyncio.sleep(0.1)
    gate.open.set()
    await draining
    await until_depth(bus, "uploader", 3)
    assert (gate.passed, await bus.depth("parked")) == (2, 0)


async def test_draining_gives_back_what_does_not_finish_in_time(rig: Rig) -> None:
    bus, gate = await rig.open(), Gate()
    await publish_staged(bus, 3)
    await bus.subscribe("uploader", gate.handlers, at_once=2)
    await until(lambda: gate.inside == 2)
    await bus.drain(grace_s=0.1)
    await until_depth(bus, "uploader", 3)
    assert gate.inside == 0
    other, heard = await rig.open(), Heard()
    await other.subscribe("uploader", heard.of(PlotsStaged))
    await until(lambda: len(heard.deliveries) == 3)
    assert Counter(delivery.redelivered for delivery in heard.deliveries) == {True: 2, False: 1}


async def test_a_draining_bus_still_publishes_for_the_handlers_in_hand(bus: Bus) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def handle(_: Delivery[PlotsStaged]) -> AsyncIterator[Message]:
        inside.set()
        await go_on.wait()
        yield StatsRequested(collection_id="c", run_id="r")

    await bus.subscribe("uploader", {PlotsStaged: handle})
    await bus.publish(staged())
    await inside.wait()
    draining = asyncio.create_task(bus.drain(grace_s=5))
    await asyncio.sleep(0.1)
    go_on.set()
    await draining
    await until_depth(bus, "tracker", 1)
    assert await bus.depth("uploader") == 0


async def test_concurrent_publishing_loses_and_doubles_nothing(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged), at_once=8)
    await asyncio.gather(*(bus.publish(staged(number)) for number in range(300)))
    await until(lambda: len(heard.deliveries) >= 300)
    await settled()
    assert Counter(delivery.message.run_id for delivery in heard.deliveries) == {f"r{number}": 1 for number in range(300)}


async def test_two_consumers_of_a_queue_share_its_messages(rig: Rig) -> None:
    one, two = Gate(), Gate()
    for gate in (one, two):
        await (await rig.open()).subscribe("uploader", gate.handlers)
    await publish_staged(await rig.open(), 2)
    await until(lambda: one.inside == two.inside == 1)
    one.open.set()
    two.open.set()


async def test_a_statistic_that_nobody_serves_has_no_queue(bus: Bus) -> None:
    with pytest.raises(Unavailable):
        await bus.depth("water")


async def test_only_queues_of_the_map_can_be_heard(bus: Bus) -> None:
    with pytest.raises(ValueError, match="no such queue"):
        await bus.subscribe("fire", Heard().of(PlotsStaged))


async def test_an_open_bus_is_healthy_until_it_is_closed(bus: Bus) -> None:
    await bus.subscribe("uploader", Heard().of(PlotsStaged))
    assert bus.healthy()
    await bus.close()
    assert not bus.healthy()
