"""What follows from how a handler ended: acknowledged, dropped, delayed or parked."""

import pytest

from shared.bus.handling import Ack, Park, Retry, decide
from shared.bus.topology import QueueSpec, declared, delay_queue, parked_queue, work_queue
from shared.errors import Conflict, Refused, Unavailable, Unreadable, Unroutable

DELAYS_S = (1, 5, 30)


@pytest.mark.parametrize(
    ("error", "retries", "follows"),
    [
        (None, 0, Ack("acknowledged")),
        (Conflict("ended"), 0, Ack("dropped")),
        (Unavailable("away"), 0, Retry(1)),
        (Unavailable("away"), 2, Retry(30)),
        (Unavailable("away"), 3, Park("retries used up: unavailable: away")),
        (Unavailable("away", retry_after_s=5), 0, Retry(5)),
        (Unavailable("away", retry_after_s=3600), 0, Retry(30)),
        (Unavailable("away", retry_after_s=0.5), 1, Retry(5)),
        (Unroutable("no queue"), 0, Retry(1)),
        (Refused("no answer", "too_old"), 0, Park("too_old: no answer")),
        (Unreadable("not JSON"), 0, Park("unreadable: not JSON")),
        (KeyError("plot"), 0, Park("internal_error: KeyError: 'plot'")),
    ],
)
def test_the_error_decides(error: Exception | None, retries: int, follows: object) -> None:
    assert decide(error, retries, DELAYS_S) == follows


def test_a_reason_is_cut_to_a_length_that_fits_a_header() -> None:
    decision = decide(ValueError("x" * 100_000), 0, DELAYS_S)
    assert isinstance(decision, Park)
    assert len(decision.reason) == 1000


def test_the_core_is_declared_by_everyone_and_statistics_by_name() -> None:
    assert declared(None) == ("staging", "uploader", "tracker")
    assert declared(["water"]) == ("staging", "uploader", "tracker", "water")
    with pytest.raises(ValueError, match="no such queue"):
        declared(["fire"])


def test_every_queue_is_a_quorum_queue_that_drops_nothing() -> None:
    specs: list[QueueSpec] = [work_queue("p.", "water", 10), delay_queue("p.", "water", 0.1), parked_queue("p.")]
    assert [spec.name for spec in specs] == ["p.water", "p.water.retry.0.1", "p.parked"]
    work, delay, _ = specs
    for spec in specs:
        assert spec.arguments["x-queue-type"] == "quorum"
    for spec in (work, delay):
        assert spec.arguments["x-dead-letter-strategy"] == "at-least-once"
        assert spec.arguments["x-overflow"] == "reject-publish"
    assert work.arguments["x-delivery-limit"] == 9
    assert delay.arguments["x-message-ttl"] == 100
