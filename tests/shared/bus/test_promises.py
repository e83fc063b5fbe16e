"""What both buses promise about a delivery: it is acknowledged last, comes back, is delayed, dropped or parked."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Any

import pytest

from contracts.envelope import Message, derived_id
from contracts.v1.plots import PlotsStaged, PlotsUploaded
from contracts.v1.run import RunFinished
from contracts.v1.stage import StageEvent
from contracts.v1.stats import StatCompute, Statistic
from shared.bus import Bus, Delivery
from shared.bus.codec import decode
from shared.errors import Conflict, Refused, Unavailable, Unroutable
from tests.shared.bus.heard import Heard, HeardParked, settled, staged, until, until_depth
from tests.shared.bus.rig import DELIVERY_LIMIT, Rig

UNSERVED = StatCompute(run_id="r", stat=Statistic.WATER, part=0)
"""An order whose queue no test declares."""


def raising(error: Exception) -> Heard:
    def then(_: Delivery[Any]) -> None:
        raise error

    return Heard(then)


async def test_a_message_arrives_as_it_was_published(bus: Bus) -> None:
    heard = Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.publish(staged(7))
    await until(lambda: len(heard.deliveries) == 1)
    [delivery] = heard.deliveries
    assert delivery.message == staged(7)
    assert delivery.id == derived_id(staged(7))
    assert (delivery.redelivered, delivery.retries, delivery.correlation_id) == (False, 0, None)


async def test_a_message_waits_for_its_consumer(bus: Bus) -> None:
    await bus.publish(staged())
    await until_depth(bus, "uploader", 1)
    heard = Heard()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await until(lambda: len(heard.deliveries) == 1)
    assert await bus.depth("uploader") == 0


async def test_an_order_that_no_queue_takes_is_unroutable(bus: Bus) -> None:
    with pytest.raises(Unroutable):
        await bus.publish(UNSERVED)


async def test_an_order_for_a_declared_statistic_waits_in_its_queue(bus: Bus) -> None:
    await bus.publish(UNSERVED.model_copy(update={"stat": Statistic.EUDR_DEFORESTATION}))
    await until_depth(bus, "deforestation", 1)


async def test_a_fact_that_nobody_of_ours_hears_is_published(bus: Bus) -> None:
    await bus.publish(RunFinished(run_id="r", collection_id="c", status="COMPLETED", stats=()))


async def test_a_message_that_is_too_large_is_refused(bus: Bus) -> None:
    with pytest.raises(Refused):
        await bus.publish(StageEvent.model_construct(run_id="x" * 600_000, stage="staging", part=0, state="done", code=None))


async def test_what_a_handler_yields_has_the_delivery_as_its_cause(bus: Bus) -> None:
    said = PlotsUploaded(collection_id="c", run_id="r")
    first, second = Heard(lambda _: [said]), Heard()
    await bus.subscribe("uploader", first.of(PlotsStaged))
    await bus.subscribe("tracker", second.of(PlotsUploaded))
    await bus.publish(staged())
    await until(lambda: len(second.deliveries) == 1)
    [cause], [effect] = first.deliveries, second.deliveries
    assert effect.id == derived_id(said, cause.id)
    assert effect.correlation_id == cause.id


async def test_a_crash_in_the_middle_of_the_work_loses_nothing(rig: Rig) -> None:
    bus, heard = await rig.open(), Heard()
    await bus.publish(staged())
    await rig.crash("working")
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await until(lambda: len(heard.deliveries) == 1)
    [delivery] = heard.deliveries
    assert delivery.redelivered
    assert delivery.id == derived_id(staged())


async def test_a_crash_between_publish_and_acknowledgement_says_the_same_again(rig: Rig) -> None:
    bus, said = await rig.open(), PlotsUploaded(collection_id="c0", run_id="r0")
    await bus.publish(staged())
    await rig.crash("published")
    await until_depth(bus, "tracker", 1)
    again, effects = Heard(lambda _: [said]), Heard()
    await bus.subscribe("uploader", again.of(PlotsStaged))
    await bus.subscribe("tracker", effects.of(PlotsUploaded))
    await until(lambda: len(effects.deliveries) == 2)
    first, second = effects.deliveries
    assert first.id == second.id == derived_id(said, again.deliveries[0].id)
    assert (again.deliveries[0].redelivered, first.redelivered, second.redelivered) == (True, False, False)


async def test_a_message_that_keeps_killing_its_consumer_is_parked(rig: Rig) -> None:
    bus, parked = await rig.open(), HeardParked()
    await bus.publish(staged())
    for _ in range(DELIVERY_LIMIT):
        await rig.crash("working")
    await bus.hear_parked(parked.handle)
    await until(lambda: len(parked.parked) == 1)
    [message] = parked.parked
    assert (message.queue, message.reason) == ("uploader", "delivery_limit")
    assert decode(message.body, "uploader").data == staged()
    assert await bus.depth("uploader") == 0


async def test_what_is_unavailable_is_tried_again_after_a_delay(bus: Bus) -> None:
    came_s: list[float] = []

    def then(delivery: Delivery[Any]) -> None:
        came_s.append(monotonic())
        if delivery.retries == 0:
            raise Unavailable("the layer is away")

    heard = Heard(then)
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.publish(staged())
    await until(lambda: len(came_s) == 2)
    assert came_s[1] - came_s[0] >= 0.1
    first, second = heard.deliveries
    assert (second.id, second.retries, second.redelivered, second.user) == (first.id, 1, False, first.user)


async def test_when_the_retries_are_used_up_a_message_is_parked(bus: Bus) -> None:
    heard, parked = raising(Unavailable("the layer is away")), HeardParked()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.hear_parked(parked.handle)
    await bus.publish(staged())
    await until(lambda: len(parked.parked) == 1)
    assert [delivery.retries for delivery in heard.deliveries] == [0, 1, 2]
    [message] = parked.parked
    assert message.queue == "uploader"
    assert message.reason == "retries used up: unavailable: the layer is away"
    assert decode(message.body, "uploader").id == heard.deliveries[0].id


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ValueError("a bug"), "internal_error: ValueError: a bug"), (Refused("no answer"), "refused: no answer")],
)
async def test_any_other_error_parks_at_once(bus: Bus, error: Exception, reason: str) -> None:
    heard, parked = raising(error), HeardParked()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.hear_parked(parked.handle)
    await bus.publish(staged())
    await until(lambda: len(parked.parked) == 1)
    assert parked.parked[0].reason == reason
    assert len(heard.deliveries) == 1


async def test_a_conflict_drops_the_message(bus: Bus) -> None:
    heard = raising(Conflict("somebody else did it"))
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.publish(staged())
    await until(lambda: len(heard.deliveries) == 1)
    await settled()
    await bus.drain()
    assert len(heard.deliveries) == 1
    assert (await bus.depth("uploader"), await bus.depth("parked")) == (0, 0)


@pytest.mark.parametrize("body", [b"", b"\xff\x00 no JSON", b"[]", b'{"type": "plots.staged.v9"}', b"x" * (1024 * 1024 + 1)])
async def test_bytes_that_cannot_be_read_are_parked_as_they_are(rig: Rig, body: bytes) -> None:
    bus, heard, parked = await rig.open(), Heard(), HeardParked()
    await rig.put_raw("uploader", body)
    await bus.publish(staged())
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.hear_parked(parked.handle)
    await until(lambda: len(parked.parked) == 1 and len(heard.deliveries) == 1)
    [message] = parked.parked
    assert (message.queue, message.body) == ("uploader", body)
    assert message.reason.startswith("unreadable: ")


async def test_a_message_that_nobody_handles_is_parked(bus: Bus) -> None:
    heard, parked = Heard(), HeardParked()
    await bus.subscribe("tracker", heard.of(StageEvent))
    await bus.hear_parked(parked.handle)
    await bus.publish(PlotsUploaded(collection_id="c", run_id="r"))
    await until(lambda: len(parked.parked) == 1)
    assert parked.parked[0].reason.startswith("unhandled_type: ")


async def test_a_delivery_whose_message_cannot_be_published_is_not_acknowledged(bus: Bus) -> None:
    heard, parked = Heard(lambda _: [UNSERVED]), HeardParked()
    await bus.subscribe("uploader", heard.of(PlotsStaged))
    await bus.hear_parked(parked.handle)
    await bus.publish(staged())
    await until(lambda: len(parked.parked) == 1)
    assert [delivery.retries for delivery in heard.deliveries] == [0, 1, 2]
    assert parked.parked[0].reason.startswith("retries used up: unroutable")


async def test_a_delivery_is_not_acknowledged_before_its_messages_are_published(bus: Bus) -> None:
    """Its handler is told to go on only when the broker has confirmed, and stopped there the delivery comes back."""
    waits, heard = asyncio.Event(), Heard()

    async def handle(_: Delivery[PlotsStaged]) -> AsyncIterator[Message]:
        yield PlotsUploaded(collection_id="c", run_id="r")
        waits.set()
        await asyncio.Event().wait()

    await bus.subscribe("uploader", {PlotsStaged: handle})
    await bus.subscribe("tracker", heard.of(PlotsUploaded))
    await bus.publish(staged())
    await asyncio.wait_for(waits.wait(), 30)
    await until(lambda: len(heard.deliveries) == 1)
    await bus.drain(grace_s=0)
    await until_depth(bus, "uploader", 1)


async def test_a_parked_message_whose_hearer_fails_is_heard_again(bus: Bus) -> None:
    parked = HeardParked(Unavailable("database away"), RuntimeError("a bug"))
    await bus.subscribe("uploader", raising(Refused("no")).of(PlotsStaged))
    await bus.hear_parked(parked.handle)
    await bus.publish(staged())
    await until(lambda: len(parked.parked) == 3)
    assert len({(message.id, message.queue, message.body, message.reason) for message in parked.parked}) == 1
    await settled()
    assert len(parked.parked) == 3
