"""What `submit`, `progress`, `run` and `demo` have in common: follow a run, tell how it ended, list what was left out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from cli.exit_code import ExitCode, of_run
from cli.output import ERR, OUT, command, emit, say, shown, table, tell
from cli.reporting import report_problem
from client import Rejection, Submission
from client.errors import problem_in
from contracts.v1.progress import BatchProcessProgress

LISTED_REJECTIONS = 20


@contextmanager
def left_with(advice: str) -> Iterator[None]:
    """When ctrl-C ends the block: say how to go on, and exit."""
    try:
        yield
    except KeyboardInterrupt:
        tell(advice)
        raise typer.Exit(ExitCode.INTERRUPTED) from None


def watch_again(collection_id: str) -> str:
    """What ctrl-C says while a server goes on with a run."""
    return f"The run goes on. Look at it again: {command()} progress {collection_id} --watch"


def tell_submission(submission: Submission) -> None:
    """Say what the server answered to a file."""
    if submission.status == "SKIPPED":
        tell(f"SKIPPED: {submission.reason}")
        return
    tell(f"collection {submission.collection_id}")
    if submission.country_override_info:
        tell(str(submission.country_override_info.get("message")))


def end(progress: BatchProcessProgress, as_json: bool) -> None:
    """Print the end (or the state) of a run and exit with its code."""
    if as_json:
        emit(progress.model_dump(mode="json"))
    else:
        describe(progress)
    raise typer.Exit(of_run(progress))


def describe(progress: BatchProcessProgress) -> None:
    """Print the state of a run for people, with everything that went wrong."""
    say(shown(headline(progress)))
    if progress.country_override_info:
        say(shown(progress.country_override_info.get("message")))
    if progress.problem:
        report_problem(problem_in(progress.problem), as_json=False)
    for failure in progress.failures:
        ids = ", ".join(failure.plots)
        more = f" and {failure.count - len(failure.plots)} more" if failure.count > len(failure.plots) else ""
        say(shown(f"  {failure.stage}: {failure.code}, {failure.count} plots ({ids}{more}): {failure.message}"))


def headline(progress: BatchProcessProgress) -> str:
    """The state of a run in one line."""
    plots = progress.plots
    known = f"{plots.total} plots, {plots.accepted} accepted, {plots.rejected} rejected"
    counts = "plots not counted yet" if plots.total is None else known
    return f"{progress.collection_name}: {progress.status}, {progress.progress_pct:g} %, {counts}"


def describe_stages(progress: BatchProcessProgress) -> None:
    """Print a table of the stages."""
    stages = table("", "stage", "status", ">%", ">done", ">total", ">failed")
    for stage in progress.stages:
        total = "?" if stage.total is None else str(stage.total)
        stages.add_row(stage.name, stage.status, f"{stage.progress_pct:g}", str(stage.done), total, str(stage.failed))
    OUT.print(stages)


def list_rejections(rejections: Sequence[Rejection], where: str) -> None:
    """Tell which plots were left out and why; `where` says where all of them stand."""
    if not rejections:
        return
    reasons = Counter(rejection.code for rejection in rejections)
    tell(f"{len(rejections)} rejections: {', '.join(f'{code} {count}' for code, count in sorted(reasons.items()))}")
    for rejection in rejections[:LISTED_REJECTIONS]:
        ERR.print(f"  {shown(rejection.message)} [{rejection.code}]", soft_wrap=True)
    if len(rejections) > LISTED_REJECTIONS:
        tell(f"  … and {len(rejections) - LISTED_REJECTIONS} more in {where}")
