"""Several runs shown as one: a pure sum of their progress."""

from collections import Counter
from collections.abc import Sequence

from contracts.v1.progress import BatchProcessProgress, Failure, PlotCounts, RunStatus, StageProgress, StageStatus

OPEN = frozenset({"SUBMITTED", "PROCESSING"})
USABLE = frozenset({"COMPLETED", "PARTIAL"})


def merge(shown: Sequence[BatchProcessProgress]) -> BatchProcessProgress:
    """The sum of at least one progress: plots and stages added up, percentages weighted by plots, texts joined."""
    if len(shown) == 1:
        return shown[0]
    totals = [one.plots.total or 1 for one in shown]
    names = list(dict.fromkeys(stage.name for one in shown for stage in one.stages))
    ended = all(one.finished_at is not None for one in shown)
    return BatchProcessProgress(
        tracking_id=",".join(one.tracking_id for one in shown),
        collection_id=",".join(one.collection_id for one in shown),
        collection_name=", ".join(one.collection_name for one in shown),
        operation=shown[0].operation,
        run_id=",".join(one.run_id for one in shown),
        status=_status([one.status for one in shown]),
        progress_pct=round(sum(t * one.progress_pct for t, one in zip(totals, shown, strict=True)) / sum(totals), 1),
        current_stage=next((one.current_stage for one in shown if one.current_stage is not None), None),
        plots=PlotCounts(
            total=_sum([one.plots.total for one in shown]),
            accepted=_sum([one.plots.accepted for one in shown]),
            rejected=_sum([one.plots.rejected for one in shown]),
        ),
        stages=tuple(_stage([stage for one in shown for stage in one.stages if stage.name == name]) for name in names),
        failures=_failures(shown),
        problem=next((one.problem for one in shown if one.problem is not None), None),
        country_override_info=None,
        locations_confidence=None,
        warnings=dict(sorted(sum((Counter(one.warnings) for one in shown), Counter()).items())),
        eta_s=None if any(one.eta_s is None for one in shown) else max(one.eta_s or 0.0 for one in shown),
        submitted_at=min(one.submitted_at for one in shown),
        last_updated=max(one.last_updated for one in shown),
        finished_at=max(one.last_updated for one in shown) if ended else None,
    )


def _sum(counts: Sequence[int | None]) -> int | None:
    """The sum, or None while one is not known."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _status(states: Sequence[RunStatus]) -> RunStatus:
    if len(set(states)) == 1:
        return states[0]
    if OPEN.intersection(states):
        return "PROCESSING"
    return "PARTIAL" if USABLE.intersection(states) else "FAILED"


def _stage(stages: Sequence[StageProgress]) -> StageProgress:
    weights = [stage.total or 1 for stage in stages]
    started = [stage.started_at for stage in stages if stage.started_at is not None]
    finished = [stage.finished_at for stage in stages if stage.finished_at is not None]
    return StageProgress(
        name=stages[0].name,
        status=_stage_status([stage.status for stage in stages]),
        progress_pct=round(sum(w * stage.progress_pct for w, stage in zip(weights, stages, strict=True)) / sum(weights), 1),
        done=sum(stage.done for stage in stages),
        total=_sum([stage.total for stage in stages]),
        failed=sum(stage.failed for stage in stages),
        started_at=min(started, default=None),
        finished_at=max(finished) if len(finished) == len(stages) else None,
        message=next((stage.message for stage in stages if stage.message is not None), None),
    )


def _stage_status(states: Sequence[StageStatus]) -> StageStatus:
    if len(set(states)) == 1:
        return states[0]
    if "in_progress" in states or "pending" in states:
        return "in_progress"
    return "partial"


def _failures(shown: Sequence[BatchProcessProgress]) -> tuple[Failure, ...]:
    found: dict[tuple[str, str], Failure] = {}
    for failure in (failure for one in shown for failure in one.failures):
        known = found.get((failure.stage, failure.code))
        if known is not None:
            plots, count = (*known.plots, *failure.plots)[:5], known.count + failure.count
            failure = known.model_copy(update={"plots": plots, "count": count})
        found[failure.stage, failure.code] = failure
    return tuple(found.values())
