"""Progress is computed from rows, by stage, and never falls while tasks move forward."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from contracts.v1.progress import PlotCounts
from shared.progress import RunFacts, StageTotals, progress

STATS = ("eudr_deforestation", "water")


def run(
    state: str = "PROCESSING", plots: tuple[int | None, int | None, int | None] = (100, 97, 3), ended_at: float | None = None
) -> RunFacts:
    counts = PlotCounts(total=plots[0], accepted=plots[1], rejected=plots[2])
    return RunFacts("r", "0x1", "c", "batch_process", state, STATS, counts, 1000.0, ended_at, None, None, None)  # type: ignore[arg-type]


def totals(stage: str, done: int, plots: int, *, tasks: int = 1, left: int = 0, failed: int = 0) -> StageTotals:
    return StageTotals(stage, tasks, left, failed, plots, done, 0, 1001.0, None if left else 1002.0)


def test_a_new_run_is_at_zero_and_waits_for_staging() -> None:
    shown = progress(run("SUBMITTED", (None, None, None)), [StageTotals("staging", 1, 1, 0, None, 0, 0, None, None)], [], 1000.5)
    assert (shown.progress_pct, shown.current_stage, shown.plots.total) == (0, "staging", None)
    assert [stage.name for stage in shown.stages] == ["staging", "uploading", *STATS, "summarising"]
    assert {stage.status for stage in shown.stages} == {"pending"}


def test_each_part_has_its_weight() -> None:
    rows = [totals("staging", 100, 100), totals("uploading", 97, 97), totals(STATS[0], 97, 97), totals(STATS[1], 0, 97, left=1)]
    assert progress(run(), rows, [], 1010).progress_pct == 5 + 5 + 42.5
    assert progress(run(), rows, [], 1010).current_stage == "statistics"


def test_an_open_run_is_never_at_one_hundred_and_an_ended_one_always() -> None:
    rows = [totals(stage, 97, 97) for stage in ("staging", "uploading", *STATS, "summarising")]
    assert progress(run(), rows, [], 1010).progress_pct == 99.9
    assert progress(run("COMPLETED", ended_at=1009.0), rows, [], 1010).progress_pct == 100


def test_a_stage_with_failed_tasks_says_so() -> None:
    rows = [
        totals("staging", 100, 100),
        totals("uploading", 97, 97),
        totals(STATS[0], 97, 97, tasks=4, failed=1),
        totals(STATS[1], 97, 97, tasks=4, failed=4),
    ]
    shown = {stage.name: stage for stage in progress(run(), rows, [], 1010).stages}
    assert (shown[STATS[0]].status, shown[STATS[0]].message) == ("partial", "1 of 4 tasks failed")
    assert shown[STATS[1]].status == "failed"


def test_time_left_follows_the_pace_of_the_statistics() -> None:
    rows = [totals("staging", 100, 100), totals("uploading", 97, 97), totals(STATS[0], 97, 97), totals(STATS[1], 0, 97, left=1)]
    assert progress(run(), rows, [], 1011).eta_s == 10.0


@given(st.lists(st.integers(0, 97), min_size=2, max_size=8).map(sorted), st.integers(0, 97))
def test_progress_never_falls_while_plots_only_get_done(steps: list[int], other: int) -> None:
    shown = []
    for done in steps:
        rows = [
            totals("staging", 100, 100),
            totals("uploading", 97, 97),
            totals(STATS[0], done, 97, left=int(done < 97)),
            totals(STATS[1], other, 97, left=1),
        ]
        shown.append(progress(run(), rows, [], 1010).progress_pct)
    assert shown == sorted(shown)


def test_progress_does_not_fall_when_a_statistic_has_further_stages() -> None:
    """Regions and all plots together share the weight of their statistic, whose own stage is not done when they come."""
    before = progress(run(), [totals("staging", 100, 100), totals("uploading", 97, 97)], [], 1010)
    rows = [totals("staging", 100, 100), totals("uploading", 97, 97), totals("water", 0, 97, left=1), totals("water:regions", 0, 4, left=4)]
    after = progress(run(), rows, [], 1010)
    assert before.progress_pct == after.progress_pct == 10
    assert [stage.name for stage in after.stages][3:] == ["water", "water:regions", "summarising"]
    rows = [totals(stage, 97, 97) for stage in ("staging", "uploading", STATS[0], "water")] + [totals("water:regions", 2, 4, left=2)]
    assert progress(run(), rows, [], 1010).progress_pct == pytest.approx(10 + 42.5 + 42.5 * 0.75, abs=0.06)
    assert progress(run(), rows, [], 1010).current_stage == "statistics"


def test_the_stage_of_all_plots_together_is_shown_from_the_start() -> None:
    facts = replace(run(), stats=("biodiversity", "water"))
    names = ["staging", "uploading", "biodiversity", "biodiversity:whole", "water", "summarising"]
    assert [stage.name for stage in progress(facts, [], [], 1000.5).stages] == names
    older = replace(facts, state="COMPLETED", ended_at=1009.0)
    assert "biodiversity:whole" not in [stage.name for stage in progress(older, [], [], 1010).stages], "planned before there was one"


def test_progress_does_not_fall_when_staging_ends_and_the_total_becomes_known() -> None:
    before = progress(run(plots=(None, None, None)), [StageTotals("staging", 1, 1, 0, 100, 99, 0, 1000.0, None)], [], 1001).progress_pct
    after = progress(run(), [totals("staging", 100, 100), totals("uploading", 0, 97, left=1)], [], 1002).progress_pct
    assert before <= after
