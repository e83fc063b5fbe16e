"""Commands that talk to a running server: submit, progress, fetch, collections, rejections."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cli.bars import follow
from cli.exchange import save_plots, send, write_plots
from cli.exit_code import ExitCode
from cli.formats import format_of
from cli.options import LOCAL_URL, AsJson, BatchOptions, PlotsFile, RunId, Target, Token, Url, takes_batch_options
from cli.output import MISSING, OUT, command, emit, say, shown, table, tell
from cli.reporting import BadInput, reporting
from cli.watching import describe_stages, end, left_with, tell_submission, watch_again
from client import PlotproofClient
from client.watching import has_ended


@takes_batch_options
def submit(
    file: PlotsFile,
    options: BatchOptions,
    watching: Annotated[bool, typer.Option("--watch", help="Follow the run; the exit code tells how it ended.")] = False,
    url: Url = LOCAL_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Send a file of plots to the server.

    With --watch the exit code is 0 COMPLETED, 2 bad input, 3 PARTIAL, 4 FAILED, 5 SKIPPED, 6 CANCELLED.
    """
    with reporting(as_json), PlotproofClient(url, token) as client:
        submission = send(client, file, options)
        skipped = submission.status == "SKIPPED"
        with left_with(watch_again(submission.collection_id)):
            tell_submission(submission)
            if watching and not skipped:
                end(follow(client.watch(submission.collection_id, submission.run_id)), as_json)
        if as_json:
            emit(submission.model_dump(mode="json"))
        elif not skipped:
            say(f"Follow it: {command()} progress {submission.collection_id} --watch")
        if skipped:
            raise typer.Exit(ExitCode.SKIPPED)


def progress(
    target: Target,
    run: RunId = None,
    watching: Annotated[bool, typer.Option("--watch", help="Follow the run to its end.")] = False,
    url: Url = LOCAL_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show how far a run is; the exit code is 0 while it goes on, then as for `submit --watch`."""
    with reporting(as_json), PlotproofClient(url, token) as client:
        state = client.find(target)
        if run is not None:
            state = client.progress(state.collection_id, run)
        if watching and not has_ended(state):
            with left_with(watch_again(state.collection_id)):
                state = follow(client.watch(state.collection_id, state.run_id))
        if not as_json:
            describe_stages(state)
        end(state, as_json)


def fetch(
    target: Target,
    file_format: Annotated[
        Literal["geojson", "csv", "ndjson", "parquet"] | None, typer.Option("--format", help="Default: by the ending of -o, else GeoJSON.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, whole or not at all. Default: standard output.")
    ] = None,
    run: RunId = None,
    stats: Annotated[str | None, typer.Option("--stat", metavar="NAMES", help="Statistics to join, comma-separated. Default: all.")] = None,
    url: Url = LOCAL_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Write every plot of a collection with its results."""
    with reporting(as_json), PlotproofClient(url, token) as client:
        kind = file_format or (format_of(out) if out else "geojson")
        if as_json and out is None and kind != "geojson":
            raise BadInput(f"--json and {kind} do not go together on standard output: give -o FILE")
        state = client.find(target)
        if run is not None:
            state = client.progress(state.collection_id, run)
        if not has_ended(state):
            tell(f"the run is {state.status}, {state.progress_pct:g} %: what is there is written", style="yellow")
        if out is None:
            write_plots(client, state, run, kind, typer.get_binary_stream("stdout"), stats)
            return
        count = save_plots(client, state, run, kind, out, stats)
        if as_json:
            emit(
                {
                    "collection_id": state.collection_id,
                    "run_id": state.run_id,
                    "status": state.status,
                    "file": str(out),
                    "format": kind,
                    "plots": count,
                }
            )
        else:
            say(f"{count} plots written to {out}")


def collections(url: Url = LOCAL_URL, token: Token = None, as_json: AsJson = False) -> None:
    """List the collections with their newest runs."""
    with reporting(as_json), PlotproofClient(url, token) as client:
        found = client.collections()
    if as_json:
        emit({name: collection.model_dump(mode="json") for name, collection in found.items()})
        return
    listed = table("", "name", "status", ">plots", "statistics", "ingested", "collection id")
    for name, collection in found.items():
        job = collection.batch_jobs[0] if collection.batch_jobs else None
        plots = MISSING if collection.plot_number is None else str(collection.plot_number)
        ingested = f"{collection.ingestion_time:%Y-%m-%d %H:%M}" if collection.ingestion_time else MISSING
        stats = ", ".join(job.stats) if job else MISSING
        listed.add_row(shown(name), job.status if job else MISSING, plots, stats, ingested, collection.collection_id)
    OUT.print(listed)


def rejections(target: Target, url: Url = LOCAL_URL, token: Token = None, as_json: AsJson = False) -> None:
    """List the plots of a file that were left out, and why."""
    with reporting(as_json), PlotproofClient(url, token) as client:
        collection_id = client.find(target).collection_id
        found = client.rejections(collection_id)
    if as_json:
        emit({"collection_id": collection_id, "rejections": [rejection.model_dump(mode="json") for rejection in found]})
        return
    for rejection in found:
        say(shown(f"{rejection.message} [{rejection.code}]"))
    say(f"{len(found)} rejections")
