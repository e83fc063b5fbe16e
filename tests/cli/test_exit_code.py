"""The exit code says how a run ended."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cli.exit_code import of_problem, of_run
from client import ProblemError
from contracts.v1.progress import BatchProcessProgress, PlotCounts


def ended(status: str, problem: dict[str, Any] | None = None) -> BatchProcessProgress:
    named = {"tracking_id": "0xab", "collection_id": "0xab", "collection_name": "c", "operation": "batch_process", "run_id": "r"}
    unknown = dict.fromkeys(("current_stage", "country_override_info", "locations_confidence", "eta_s", "finished_at"))
    times = dict.fromkeys(("submitted_at", "last_updated"), datetime(2026, 1, 1, tzinfo=UTC))
    plots = PlotCounts(total=None, accepted=None, rejected=None)
    state = {"status": status, "progress_pct": 100, "plots": plots, "stages": (), "failures": (), "problem": problem}
    return BatchProcessProgress.model_validate({**named, **unknown, **times, **state})


@pytest.mark.parametrize(
    ("status", "code"),
    [("COMPLETED", 0), ("PARTIAL", 3), ("FAILED", 4), ("SKIPPED", 5), ("CANCELLED", 6), ("PROCESSING", 0), ("SUBMITTED", 0)],
)
def test_every_state_has_its_code(status: str, code: int) -> None:
    assert of_run(ended(status)) == code


@pytest.mark.parametrize(("status", "code"), [(422, 2), (400, 2), (500, 4), (503, 4)])
def test_a_run_that_failed_for_its_file_is_bad_input(status: int, code: int) -> None:
    assert of_run(ended("FAILED", {"status": status, "code": "x", "detail": "y"})) == code


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (401, 1), (403, 1), (404, 2), (409, 2), (413, 2), (422, 2), (429, 1), (500, 1), (503, 1)]
)
def test_only_what_the_user_can_mend_is_bad_input(status: int, code: int) -> None:
    assert of_problem(ProblemError(status, "x", "y")) == code
