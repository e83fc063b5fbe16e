"""Progress of a run for people: a bar for every stage on a terminal, a line for every change elsewhere."""

from collections.abc import Iterable

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.output import ERR, tell
from contracts.v1.progress import BatchProcessProgress, StageProgress

LINE_EVERY_PCT = 25.0
"""Off a terminal a stage is told of when it has moved so far."""


def follow(steps: Iterable[BatchProcessProgress]) -> BatchProcessProgress:
    """Show every step and answer the last; there is at least one."""
    return _follow_in_bars(steps) if ERR.is_terminal else _follow_in_lines(steps)


def _follow_in_bars(steps: Iterable[BatchProcessProgress]) -> BatchProcessProgress:
    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        TextColumn("{task.percentage:>5.1f} %"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
        TimeElapsedColumn(),
    )
    bars: dict[str, TaskID] = {}
    last: BatchProcessProgress | None = None
    with Progress(*columns, console=ERR) as shown:
        for last in steps:
            for stage in last.stages:
                if stage.name not in bars:
                    bars[stage.name] = shown.add_task(stage.name, total=None, start=False, state="")
                _draw(shown, bars[stage.name], stage)
    return _given(last)


def _draw(shown: Progress, bar: TaskID, stage: StageProgress) -> None:
    if stage.started_at is not None and not shown.tasks[bar].started:
        shown.start_task(bar)
    failed = f", {stage.failed} failed" if stage.failed else ""
    shown.update(bar, completed=stage.done, total=stage.total, state=f"{stage.status}{failed}")
    if stage.finished_at is not None:
        shown.stop_task(bar)


def _follow_in_lines(steps: Iterable[BatchProcessProgress]) -> BatchProcessProgress:
    told: dict[str, tuple[str, float]] = {}
    last: BatchProcessProgress | None = None
    for last in steps:
        for stage in last.stages:
            status, pct = told.get(stage.name, ("pending", 0.0))
            if stage.status != status or stage.progress_pct >= pct + LINE_EVERY_PCT:
                told[stage.name] = (stage.status, stage.progress_pct)
                tell(f"{stage.name}: {stage.status}, {stage.done} of {'?' if stage.total is None else stage.total} plots")
    return _given(last)


def _given(last: BatchProcessProgress | None) -> BatchProcessProgress:
    if last is None:
        raise ValueError("a run without one step of progress")
    return last
