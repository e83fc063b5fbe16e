"""Progress of a run from its rows: a pure function, so that no counter can be wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from contracts.routes import has_whole
from contracts.v1.progress import BatchProcessProgress, Failure, PlotCounts, RunStatus, StageProgress, StageStatus
from contracts.v1.stats import REGIONS, region_stage, whole_stage

STATISTICS: Final = "statistics"
BATCH_PROCESS: Final = "batch_process"
INTAKE: Final[Mapping[str, tuple[str, ...]]] = {
    BATCH_PROCESS: ("staging", "uploading"),
    "stage_plots": ("staging",),
    "validate_plots": ("staging",),
    "upload_plots": ("uploading",),
}
"""The stages before the statistics, by operation; every operation but the first ends with them."""
WEIGHT_PCT: Final = {"staging": 5.0, "uploading": 5.0, STATISTICS: 85.0, "summarising": 5.0}
"""Share of each part of a run with all of them; a run without some is scaled to those it has."""


@dataclass(frozen=True, slots=True)
class StageTotals:
    """The tasks of one stage, summed (`shared.db.tasks.by_stage`); times in seconds since 1970."""

    stage: str
    tasks: int
    open: int
    failed: int
    plots: int | None
    plots_done: int
    plots_failed: int
    started_at: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What progress needs of a run and its collection; times in seconds since 1970."""

    run_id: str
    collection_id: str
    collection_name: str
    operation: str
    state: RunStatus
    stats: tuple[str, ...]
    plots: PlotCounts
    submitted_at: float
    ended_at: float | None
    problem: dict[str, Any] | None
    country_override: dict[str, Any] | None
    locations_confidence: str | None
    country: str | None = None
    confidence_reason: str | None = None
    skip_reason: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)
    only: int | None = None
    """Plots that its statistics compute, when these are not all that were accepted."""

    @property
    def asked(self) -> int | None:
        """Plots that its statistics compute; None before staging knows."""
        return self.plots.accepted if self.only is None else self.only


def facts(run: Any, collection: Any) -> RunFacts:
    """The facts of a row of `runs` and its row of `collections`."""
    only = orjson.loads(run.parameters).get("plot_nos")
    counts = PlotCounts(total=collection.plots_total, accepted=collection.plots_accepted, rejected=collection.plots_rejected)
    return RunFacts(
        run_id=run.run_id,
        collection_id=run.collection_id,
        collection_name=collection.name,
        operation=run.operation,
        state=run.state,
        stats=tuple(orjson.loads(run.stats)),
        plots=counts,
        submitted_at=run.submitted_at,
        ended_at=run.ended_at,
        problem=orjson.loads(run.problem) if run.problem else None,
        country_override=orjson.loads(collection.country_override) if collection.country_override else None,
        locations_confidence=collection.locations_confidence,
        country=collection.country,
        confidence_reason=collection.confidence_reason,
        skip_reason=collection.skip_reason,
        warnings=orjson.loads(collection.warnings) if collection.warnings else {},
        only=None if only is None else len(only),
    )


def stages_of(run: RunFacts) -> tuple[str, ...]:
    """The stages that the run has, in order."""
    intake = INTAKE.get(run.operation, ())
    return intake if is_step(run.operation) else (*intake, *run.stats, "summarising")


def _shown(run: RunFacts, by_stage: Mapping[str, StageTotals]) -> tuple[str, ...]:
    """The stages of the run, after each statistic those of its reference regions and of all plots together if there are any."""
    shown: list[str] = []
    for name in stages_of(run):
        shown.append(name)
        if name in run.stats:
            to_come = {whole_stage(name)} if has_whole(name) and run.ended_at is None else set()
            shown += [each for each in (region_stage(name), whole_stage(name)) if each in by_stage or each in to_come]
    return tuple(shown)


def is_step(operation: str) -> bool:
    """Whether the operation ends before the statistics."""
    return operation in INTAKE and operation != BATCH_PROCESS


def progress(run: RunFacts, totals: Sequence[StageTotals], failures: Sequence[Failure], now: float) -> BatchProcessProgress:
    """The progress of `run` at `now`; its percentage never falls while its tasks only move forward."""
    by_stage = {stage.stage: stage for stage in totals}
    stages = tuple(_stage(name, by_stage.get(name), run) for name in _shown(run, by_stage))
    pct = 100.0 if run.ended_at is not None else min(_percent(run, stages), 99.9)
    unfinished = [stage.name for stage in stages if stage.status in ("pending", "in_progress")]
    current = None if run.ended_at is not None or not unfinished else unfinished[0]
    return BatchProcessProgress(
        tracking_id=run.collection_id,
        collection_id=run.collection_id,
        collection_name=run.collection_name,
        operation=run.operation,
        run_id=run.run_id,
        status=run.state,
        progress_pct=round(pct, 1),
        current_stage=STATISTICS if current is not None and _statistic_of(current) in run.stats else current,
        plots=run.plots,
        stages=stages,
        failures=tuple(failures),
        problem=run.problem,
        country=run.country,
        confidence_reason=run.confidence_reason,
        skip_reason=run.skip_reason,
        warnings=dict(run.warnings),
        country_override_info=run.country_override,
        locations_confidence=run.locations_confidence,
        eta_s=_eta_s(run, by_stage, now),
        submitted_at=moment(run.submitted_at),
        last_updated=moment(run.ended_at if run.ended_at is not None else now),
        finished_at=None if run.ended_at is None else moment(run.ended_at),
    )


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a moment with its offset."""
    return datetime.fromtimestamp(seconds, UTC)


def _stage(name: str, totals: StageTotals | None, run: RunFacts) -> StageProgress:
    total = run.plots.total if name == "staging" else run.plots.accepted if name == "uploading" else run.asked
    if name.endswith(REGIONS) and totals is not None:
        total = totals.plots  # regions, not plots
    if totals is None:
        status: StageStatus = "pending" if run.ended_at is None else _ending(run)
        return StageProgress(
            name=name, status=status, progress_pct=0, done=0, total=total, failed=0, started_at=None, finished_at=None, message=None
        )
    finished = totals.open == 0
    known = total if total is not None else totals.plots
    share = 1.0 if finished else (totals.plots_done / known if known else 0.0)
    return StageProgress(
        name=name,
        status=_status(totals, run),
        progress_pct=round(min(100.0 * share, 100.0 if finished else 99.9), 1),
        done=totals.plots_done,
        total=known,
        failed=totals.plots_failed,
        started_at=None if totals.started_at is None else moment(totals.started_at),
        finished_at=moment(totals.finished_at) if finished and totals.finished_at is not None else None,
        message=None if totals.failed == 0 else f"{totals.failed} of {totals.tasks} tasks failed",
    )


def _status(totals: StageTotals, run: RunFacts) -> StageStatus:
    if totals.open:
        if run.ended_at is not None:
            return _ending(run)
        return "pending" if totals.started_at is None else "in_progress"
    if totals.failed == totals.tasks:
        return "failed"
    return "partial" if totals.failed or totals.plots_failed else "completed"


def _ending(run: RunFacts) -> StageStatus:
    return "cancelled" if run.state == "CANCELLED" else "skipped"


def _statistic_of(stage: str) -> str:
    """The statistic that a stage belongs to; other stages are their own."""
    return stage.partition(":")[0]


def _percent(run: RunFacts, stages: Sequence[StageProgress]) -> float:
    """Stages of one statistic share its weight: they come when it is planned, and must not make what was done less."""
    of_one = Counter(_statistic_of(stage.name) for stage in stages)
    weights: Mapping[str, float] = {
        stage.name: WEIGHT_PCT.get(stage.name, WEIGHT_PCT[STATISTICS] / max(1, len(run.stats))) / of_one[_statistic_of(stage.name)]
        for stage in stages
    }
    return sum(weights[stage.name] * stage.progress_pct for stage in stages) / sum(weights.values())


def _eta_s(run: RunFacts, by_stage: Mapping[str, StageTotals], now: float) -> float | None:
    """Time left at the pace of the statistics so far; None before there is a pace."""
    if run.ended_at is not None:
        return 0.0
    begun = [by_stage[stat] for stat in run.stats if stat in by_stage and by_stage[stat].started_at is not None]
    done = sum(stage.plots_done for stage in begun)
    if not begun or not done or run.asked is None:
        return None
    elapsed_s = max(0.0, now - min(stage.started_at for stage in begun if stage.started_at is not None))
    left = run.asked * len(run.stats) - done
    return round(max(0.0, elapsed_s * left / done), 1)
