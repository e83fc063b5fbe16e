"""`plotproof demo`: a synthetic landscape through the whole system, in one process and under a minute."""

from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from cli.background import in_background
from cli.bars import follow
from cli.demo_report import print_report, report_of
from cli.exchange import save_plots, send
from cli.exit_code import of_run
from cli.local_settings import private_settings
from cli.options import AsJson, BatchOptions
from cli.output import command, emit, say, tell
from cli.reporting import reporting
from cli.watching import headline, left_with, tell_submission
from client import CredentialsFile, PlotproofClient
from contracts.v1.progress import BatchProcessProgress
from contracts.v1.stats import Statistic

if TYPE_CHECKING:
    from sample import Sample


def demo(
    directory: Annotated[Path, typer.Option("--dir", help="Folder of the demo; it is kept.")] = Path("demo"), as_json: AsJson = False
) -> None:
    """Show the whole system on SYNTHETIC data: made-up layers and plots, real code.

    Each call adds a collection. The exit code tells how the run ended, as for `run`.
    """
    with reporting(as_json):
        tell("SYNTHETIC demo: layers and plots are made up and say nothing about any real place.", style="bold yellow")
        directory.mkdir(parents=True, exist_ok=True)
        sample = landscape(directory)
        config = private_settings(directory / "data", sample.layers_dir)
        nobody = CredentialsFile(directory / "data" / "no-credentials.json")
        with left_with(_goes_on(directory)), in_background(config) as url, PlotproofClient(url, credentials=nobody) as client:
            _show(client, sample, directory, as_json)


def landscape(directory: Path) -> "Sample":
    """The synthetic landscape in `directory`, made if it is not there.

    It is made aside and moved: a system that goes on with an earlier run must never read a half-written layer.
    """
    from sample import Sample, generate

    with TemporaryDirectory(dir=directory, prefix=".landscape-") as aside:
        made = generate(Path(aside))
        for entry in sorted(Path(aside).iterdir()):
            if not (directory / entry.name).exists():
                entry.rename(directory / entry.name)
    return Sample(*(directory / path.relative_to(aside) for path in astuple(made)))


def _show(client: PlotproofClient, sample: "Sample", directory: Path, as_json: bool) -> None:
    name = f"SYNTHETIC demo {datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    window = orjson.loads(sample.truth_file.read_bytes())["window"]
    submission = send(client, sample.plots_file, BatchOptions(name=name), description="SYNTHETIC landscape", **window)
    tell_submission(submission)
    progress = follow(client.watch(submission.collection_id, submission.run_id))
    results = directory / "results.geojson"
    save_plots(client, progress, progress.run_id, "geojson", results)
    report = report_of(_rows_by_stat(client, progress), client.rejections(progress.collection_id))
    if as_json:
        emit({"synthetic": True, "progress": progress.model_dump(mode="json"), "results": str(results), **report})
    else:
        say(headline(progress))
        print_report(report)
        _say_where(directory, results, progress)
    raise typer.Exit(of_run(progress))


def _rows_by_stat(client: PlotproofClient, progress: BatchProcessProgress) -> dict[str, list[dict[str, Any]]]:
    """The feature properties of each statistic by itself: names, states and reasons are then of that statistic alone."""
    computed = [stage.name for stage in progress.stages if stage.name in {stat.value for stat in Statistic}]
    return {
        stat: [feature["properties"] for feature in client.fetch_plots(progress.collection_id, run_id=progress.run_id, stats=stat)]
        for stat in computed
    }


def _serve(directory: Path) -> str:
    return f"{command()} serve --data {directory / 'data'} --layers {directory / 'layers'}"


def _goes_on(directory: Path) -> str:
    return f"stopped; this finishes the run: {_serve(directory)}"


def _say_where(directory: Path, results: Path, progress: BatchProcessProgress) -> None:
    say("")
    say(f"SYNTHETIC results: {results}")
    say(f"keep the server running: {_serve(directory)}")
    say(f"then look again:         {command()} fetch {progress.collection_id} --format csv -o results.csv")
