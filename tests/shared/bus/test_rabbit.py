"""What only a broker does: it vouches for users, loses connections and consumers, and notices silent clients."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any

import aiormq
import pytest
import pytest_asyncio
from pamqp.commands import Basic

from contracts.envelope import Message
from contracts.v1.plots import PlotsStaged
from shared.bus import Delivery
from shared.bus.codec import encode
from shared.bus.rabbit import RabbitBus, open_bus
from shared.bus.rabbit.consumer import USER
from shared.errors import Unavailable
from tests.shared.bus.heard import Heard, staged, until, until_depth
from tests.shared.bus.proxy import Proxy
from tests.shared.bus.rig import RabbitRig


@pytest_asyncio.fixture
async def proxy(rabbit: RabbitRig) -> AsyncIterator[Proxy]:
    async with Proxy(rabbit.url).listening() as listening:
        yield listening


async def test_a_delivery_tells_who_published_it_also_after_a_delay(rabbit: RabbitRig) -> None:
    def then(delivery: Delivery[Any]) -> None:
        if delivery.retries < 2:
            raise Unavailable("away")

    bus, heard = await rabbit.open(), Heard(then)
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.publish(staged())
    await until(lambda: len(heard.deliveries) == 3)
    assert [delivery.user for delivery in heard.deliveries] == [bus.login] * 3


async def test_a_user_that_the_broker_did_not_check_is_not_believed(rabbit: RabbitRig) -> None:
    def then(delivery: Delivery[Any]) -> None:
        if delivery.retries == 0:
            raise Unavailable("away")

    bus, heard = await rabbit.open(), Heard(then)
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    connection = await aiormq.connect(rabbit.url)
    channel = await connection.channel()
    forged = Basic.Properties(headers={USER: "somebody else"})
    await channel.basic_publish(encode(staged(), "/elsewhere").body, routing_key=f"{rabbit.prefix}uploader", properties=forged)
    await connection.close()
    await until(lambda: len(heard.deliveries) == 2)
    assert [delivery.user for delivery in heard.deliveries] == [None, None]


def work(seconds: float) -> None:
    """CPU work, on a machine of any speed."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        hashlib.pbkdf2_hmac("sha256", b"plot", b"salt", 100_000)


async def test_work_in_a_thread_that_outlasts_the_heartbeat_keeps_the_connection(rabbit: RabbitRig) -> None:
    bus, heard = await rabbit.open(heartbeat_s=2), Heard()

    async def handle(delivery: Delivery[PlotsStaged]) -> AsyncIterator[Message]:
        await asyncio.to_thread(work, 5.5)
        async for message in heard.handle(delivery):
            yield message

    await bus.subscribe("uploader", {PlotsStaged: handle})
    started_s = asyncio.get_running_loop().time()
    await bus.publish(staged())
    await until(lambda: len(heard.deliveries) == 1, within_s=60)
    assert asyncio.get_running_loop().time() - started_s > 4, "two heartbeats were not missed: nothing to tell"
    await until_depth(bus, "uploader", 0)
    await bus.drain()
    assert [delivery.redelivered for delivery in heard.deliveries] == [False]
    assert await bus.depth("uploader") == 0


async def test_an_acknowledgement_that_a_lost_connection_took_is_made_good_by_redelivery(rabbit: RabbitRig, proxy: Proxy) -> None:
    bus, heard = await rabbit.open(url=proxy.url), Heard()
    entered, go_on = [], asyncio.Event()

    async def handle(delivery: Delivery[PlotsStaged]) -> AsyncIterator[Message]:
        entered.append(delivery.redelivered)
        await go_on.wait()
        async for message in heard.handle(delivery):
            yield message

    await bus.subscribe("uploader", {PlotsStaged: handle})
    await bus.publish(staged())
    await until(lambda: len(entered) == 1)
    proxy.cut()
    await until(lambda: not bus.healthy())
    await until(bus.healthy)
    await asyncio.sleep(1)
    assert entered == [False], "the copy that came back must wait for its slot"
    go_on.set()
    await until(lambda: len(heard.deliveries) == 2)
    assert [delivery.redelivered for delivery in heard.deliveries] == [False, True]
    assert (bus.healthy(), entered) == (True, [False, True])


async def test_publishing_goes_on_over_a_lost_connection(rabbit: RabbitRig, proxy: Proxy) -> None:
    bus, heard = await rabbit.open(url=proxy.url), Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged), at_once=4)
    proxy.hold()
    publishes = [asyncio.create_task(bus.publish(staged(number))) for number in range(300)]
    await until(lambda: proxy.kept > 0)
    assert not any(publish.done() for publish in publishes), "the broker has spoken, and nobody has heard it"
    proxy.cut()
    await asyncio.gather(*publishes)
    await until(lambda: len({delivery.id for delivery in heard.deliveries}) == 300, within_s=60)


async def test_a_consumer_outlives_the_deletion_of_its_queue(rabbit: RabbitRig) -> None:
    bus, heard = await rabbit.open(watchdog_s=0.2), Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    connection = await aiormq.connect(rabbit.url)
    await (await connection.channel()).queue_delete(f"{rabbit.prefix}uploader")
    await connection.close()
    await _arrives_after_all(bus, heard)


async def test_a_consumer_that_the_broker_has_forgotten_is_started_anew(rabbit: RabbitRig) -> None:
    bus, heard = await rabbit.open(watchdog_s=0.2), Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    [consumer] = bus._consumers
    assert consumer._channel is not None
    channel = await consumer._channel.get_underlay_channel()
    await channel.basic_cancel(consumer._tag)  # behind the back of the library that restores consumers
    await _arrives_after_all(bus, heard)


async def test_lost_topology_is_declared_again_when_the_connection_comes_back(rabbit: RabbitRig, proxy: Proxy) -> None:
    bus = await rabbit.open(url=proxy.url)
    connection = await aiormq.connect(rabbit.url)
    channel = await connection.channel()
    for queue in ("uploader", "parked"):
        await channel.queue_delete(f"{rabbit.prefix}{queue}")
    await connection.close()
    proxy.cut()
    await bus.publish(staged())
    await until_depth(bus, "uploader", 1)
    assert await bus.depth("parked") == 0


async def test_no_broker_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        async with open_bus("amqp://guest:guest@127.0.0.1:1/", source="/plotproof/test"):
            pass


async def _arrives_after_all(bus: RabbitBus, heard: Heard) -> None:
    """A message that is published until its queue is back arrives."""
    async with asyncio.timeout(60):
        while not heard.deliveries:
            await asyncio.gather(bus.publish(staged()), return_exceptions=True)
            await asyncio.sleep(0.1)
    await until(bus.healthy)
