"""`plotproof stats`: statistics of a collection that a server has already, in a run of their own."""

from datetime import datetime
from typing import Annotated

import typer

from cli.bars import follow
from cli.options import DAY, LOCAL_URL, AsJson, Target, Token, Url
from cli.output import command, emit, say
from cli.reporting import reporting
from cli.watching import end, left_with, tell_submission, watch_again
from client import PlotproofClient


def stats(
    target: Target,
    names: Annotated[str | None, typer.Option("--stat", metavar="NAMES", help="Statistics, comma-separated. Default: all served.")] = None,
    start_date: Annotated[datetime | None, typer.Option(formats=DAY, help="First day of the window.")] = None,
    end_date: Annotated[datetime | None, typer.Option(formats=DAY, help="Last day of the window.")] = None,
    plot: Annotated[list[str] | None, typer.Option("--plot", metavar="ID", help="Compute this plot alone; may be repeated.")] = None,
    non_biomass: Annotated[bool, typer.Option("--non-biomass", help="Farm-gate emissions beside those of land use.")] = False,
    watching: Annotated[bool, typer.Option("--watch", help="Follow the run; the exit code tells how it ended.")] = False,
    url: Url = LOCAL_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Compute statistics of an uploaded collection in a new run; older results stay readable with --run."""
    days = {name: day.date().isoformat() for name, day in (("start_date", start_date), ("end_date", end_date)) if day is not None}
    with reporting(as_json), PlotproofClient(url, token) as client:
        submission = client.zonal_stats(target, stats=names, plot_ids=plot or None, non_biomass=non_biomass, **days)
        with left_with(watch_again(submission.collection_id)):
            tell_submission(submission)
            if watching:
                end(follow(client.watch(submission.collection_id, submission.run_id)), as_json)
        if as_json:
            emit(submission.model_dump(mode="json"))
        else:
            say(f"Follow it: {command()} progress {submission.collection_id} --watch")
