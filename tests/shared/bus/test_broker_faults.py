"""A broker that is killed or frozen: what it confirmed is delivered, what it did not confirm is reported as unknown."""

import asyncio
import signal
from collections.abc import AsyncIterator
from time import monotonic

import psutil
import pytest
import pytest_asyncio

from contracts.v1.plots import PlotsStaged
from deploy.servers.rabbitmq import RabbitMQ
from shared.bus.rabbit import RabbitBus
from shared.errors import Unavailable
from tests.shared.bus.heard import Heard, staged, until
from tests.shared.bus.rig import RabbitRig, rabbit_rig

pytestmark = pytest.mark.fault


@pytest_asyncio.fixture
async def private(private_rabbitmq: RabbitMQ) -> AsyncIterator[RabbitRig]:
    async with rabbit_rig(private_rabbitmq.url) as rig:
        yield rig


async def publish_until(bus: RabbitBus, name: str, stop: asyncio.Event, confirmed: set[str]) -> None:
    """Publish one message after the other; those whose confirm came are in `confirmed`."""
    number = 0
    while not stop.is_set():
        number += 1
        message = PlotsStaged(collection_id=name, run_id=f"{name}-{number}")
        await bus.publish(message)
        confirmed.add(message.run_id)


async def test_a_publish_that_a_frozen_broker_does_not_confirm_is_unavailable_in_time(
    private: RabbitRig, private_rabbitmq: RabbitMQ
) -> None:
    # No heartbeat: only the time that a publish may take can end it.
    bus, heard = await private.open(publish_timeout_s=1, heartbeat_s=600), Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    assert private_rabbitmq._node is not None
    node = psutil.Process(private_rabbitmq._node.pid)
    frozen = [node, *node.children(recursive=True)]
    try:
        for process in frozen:
            process.send_signal(signal.SIGSTOP)
        started_s = monotonic()
        async with asyncio.timeout(60):
            with pytest.raises(Unavailable):
                await bus.publish(staged(1))
        assert monotonic() - started_s > 0.9
    finally:
        for process in reversed(frozen):
            process.send_signal(signal.SIGCONT)
    async with asyncio.timeout(60):
        while "r2" not in {delivery.message.run_id for delivery in heard.deliveries}:
            await asyncio.gather(bus.publish(staged(2)), return_exceptions=True)
            await asyncio.sleep(0.1)


async def test_what_was_confirmed_is_delivered_though_the_broker_is_killed(private: RabbitRig, private_rabbitmq: RabbitMQ) -> None:
    says, hears = await private.open(publish_timeout_s=40), await private.open(watchdog_s=0.5)
    heard, confirmed, stop = Heard(), set[str](), asyncio.Event()
    await hears.subscribe("uploader", heard.of(PlotsStaged), at_once=4)
    publishers = [asyncio.create_task(publish_until(says, name, stop, confirmed)) for name in "abcd"]
    await until(lambda: len(confirmed) > 200)
    await asyncio.to_thread(private_rabbitmq.kill)
    before = len(confirmed)
    await until(lambda: not says.healthy() and not hears.healthy())
    await asyncio.to_thread(private_rabbitmq.start)
    await until(lambda: len(confirmed) > before + 200, within_s=60)
    stop.set()
    await asyncio.gather(*publishers)
    await until(lambda: confirmed <= {delivery.message.run_id for delivery in heard.deliveries}, within_s=60)
    await until(lambda: says.healthy() and hears.healthy())
