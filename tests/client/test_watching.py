"""Following a run: events, polling where events do not come, patience while the server is away."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from client import ProblemError, Unreachable
from client.watching import events, until_end
from contracts.v1.progress import BatchProcessProgress, PlotCounts, RunStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AWAY = Unreachable("http://server.test", "refused")
Step = BatchProcessProgress | Exception


def at(pct: float, status: RunStatus = "PROCESSING") -> BatchProcessProgress:
    named = {"tracking_id": "0xab", "collection_id": "0xab", "collection_name": "c", "operation": "batch_process", "run_id": "r"}
    unknown = dict.fromkeys(("current_stage", "problem", "country_override_info", "locations_confidence", "eta_s", "finished_at"))
    plots = PlotCounts(total=None, accepted=None, rejected=None)
    moving = {"status": status, "progress_pct": pct, "plots": plots, "stages": (), "failures": (), "submitted_at": NOW, "last_updated": NOW}
    return BatchProcessProgress.model_validate({**named, **unknown, **moving})


DONE = at(100, "COMPLETED")


def streams(*scripts: list[Step]) -> Callable[[], Iterator[BatchProcessProgress]]:
    """One script for each listening; after the last, streams are silent."""
    left = list(scripts)

    def listen() -> Iterator[BatchProcessProgress]:
        for step in left.pop(0) if left else []:
            if isinstance(step, Exception):
                raise step
            yield step

    return listen


def polls(*steps: Step) -> Callable[[], BatchProcessProgress]:
    left = list(steps)

    def poll() -> BatchProcessProgress:
        step = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(step, Exception):
            raise step
        return step

    return poll


def seen(
    listen: Callable[[], Iterator[BatchProcessProgress]], poll: Callable[[], BatchProcessProgress], patience_s: float = 10
) -> list[float]:
    return [progress.progress_pct for progress in until_end(listen, poll, patience_s, 0)]


def test_events_alone_are_enough() -> None:
    assert seen(streams([at(1), at(50), DONE]), polls(AssertionError("polled"))) == [1, 50, 100]


def test_a_broken_stream_is_taken_up_again() -> None:
    assert seen(streams([at(1), AWAY], [at(60), DONE]), polls(at(30))) == [1, 30, 60, 100]


def test_without_events_polling_goes_on_to_the_end() -> None:
    refused = ProblemError(404, "not_found", "no events here")
    assert seen(streams([refused], [refused]), polls(at(1), at(2), at(3), DONE)) == [1, 2, 3, 100]


def test_a_server_that_starts_again_is_waited_for() -> None:
    assert seen(streams([at(1), AWAY]), polls(AWAY, ProblemError(503, "starting", "wait"), at(40), DONE)) == [1, 40, 100]


def test_a_server_that_stays_away_ends_the_patience() -> None:
    with pytest.raises(Unreachable):
        seen(streams(), polls(AWAY), patience_s=0.01)


def test_an_unknown_collection_is_said_at_once() -> None:
    missing = ProblemError(404, "not_found", "no collection")
    with pytest.raises(ProblemError, match="not_found"):
        seen(streams([missing]), polls(missing))


def test_events_follow_the_event_stream_format() -> None:
    lines = [": comment", "id: 1", "event: progress", "data: {", "data:  1}", "", "", "retry: 10", "", "data:x", "", "data: cut off"]
    assert list(events(line.encode() for line in lines)) == [b"{\n 1}", b"x"]
