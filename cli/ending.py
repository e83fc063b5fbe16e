"""`plotproof cancel` and `plotproof delete`: end the runs of a collection, or remove it for good."""

from typing import Annotated

import typer

from cli.exit_code import ExitCode
from cli.options import LOCAL_URL, AsJson, Target, Token, Url
from cli.output import emit, say, shown, tell
from cli.reporting import reporting
from client import PlotproofClient


def cancel(target: Target, url: Url = LOCAL_URL, token: Token = None, as_json: AsJson = False) -> None:
    """End every open run of a collection; results of ended runs stay."""
    with reporting(as_json), PlotproofClient(url, token) as client:
        collection_id = client.find(target).collection_id
        cancelled = client.cancel(collection_id)
    if as_json:
        emit({"collection_id": collection_id, "cancelled": list(cancelled)})
        return
    for run_id in cancelled:
        say(f"run {run_id}: CANCELLED")
    if not cancelled:
        say("no run was open")


def delete(
    target: Target,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    url: Url = LOCAL_URL,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Remove a collection with its plots, results and files for good; its runs are cancelled first."""
    with reporting(as_json), PlotproofClient(url, token) as client:
        state = client.find(target)
        what = shown(f"{state.collection_name} ({state.collection_id})")
        if not sure and not typer.confirm(f"Remove {what} for good?", err=True):
            tell("nothing was removed")
            raise typer.Exit(ExitCode.BAD_INPUT)
        client.delete(state.collection_id)
    if as_json:
        emit({"collection_id": state.collection_id, "deleted": True})
    else:
        say(f"{what} is gone")
