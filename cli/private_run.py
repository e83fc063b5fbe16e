"""`plotproof run`: one file through the whole pipeline in one process, nothing left behind but its results."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from cli.background import in_background
from cli.bars import follow
from cli.exchange import save_plots, send
from cli.exit_code import ExitCode
from cli.formats import format_of
from cli.local_settings import layer_files_of, layer_years_of, private_settings, tell_layers
from cli.options import AsJson, BatchOptions, LayerFiles, LayersDir, LayerYears, PlotsFile, takes_batch_options
from cli.output import emit, say, tell
from cli.reporting import BadInput, reporting
from cli.watching import end, list_rejections, tell_submission
from cli.whole_file import whole_file
from client import CredentialsFile, PlotproofClient, Rejection

WITH_RESULTS = ("COMPLETED", "PARTIAL")


@takes_batch_options
def run(
    file: PlotsFile,
    options: BatchOptions,
    out: Annotated[Path, typer.Option("--output", "-o", help="Results: .geojson, .csv, .ndjson or .parquet; written whole or not at all.")],
    layers: LayersDir = None,
    layer: LayerFiles = None,
    layer_year: LayerYears = None,
    as_json: AsJson = False,
) -> None:
    """Compute one file in a temporary place without any server, and write its results.

    Plots that are left out are listed on standard error and in OUT.rejections.ndjson.
    Exit code: 0 COMPLETED, 2 bad input, 3 PARTIAL, 4 FAILED, 5 SKIPPED, 6 CANCELLED.
    """
    with reporting(as_json), TemporaryDirectory(prefix="plotproof-") as place:
        require_places(file, out)
        config = private_settings(Path(place), layers, layer_files_of(layer or []), layer_years_of(layer_year or []))
        tell_layers(config)
        nobody = CredentialsFile(Path(place) / "credentials.json")
        with in_background(config) as url, PlotproofClient(url, credentials=nobody) as client:
            compute(client, file, options, out, as_json)


def require_places(file: Path, out: Path) -> None:
    """Raise `BadInput` before any work when the input is not there or the output cannot be."""
    format_of(out)
    if not out.absolute().parent.is_dir():
        raise BadInput(f"{out.parent}: no such folder")
    if not file.is_file():
        raise BadInput(f"{file}: no such file")


def compute(client: PlotproofClient, file: Path, options: BatchOptions, out: Path, as_json: bool) -> None:
    """Submit, follow, write; exits with the code of the run."""
    submission = send(client, file, options)
    if submission.status == "SKIPPED":
        if as_json:
            emit(submission.model_dump(mode="json"))
        else:
            tell_submission(submission)
        raise typer.Exit(ExitCode.SKIPPED)
    progress = follow(client.watch(submission.collection_id, submission.run_id))
    if progress.status in WITH_RESULTS:
        left_out = out.with_name(f"{out.name}.rejections.ndjson")
        rejections = client.rejections(progress.collection_id)
        save_plots(client, progress, progress.run_id, format_of(out), out)
        write_rejections(rejections, left_out)
        list_rejections(rejections, str(left_out))
        if not as_json:
            say(f"{progress.plots.accepted} plots written to {out}, {len(rejections)} rejections to {left_out}")
    else:
        tell(f"nothing was written: the run is {progress.status}")
    end(progress, as_json)


def write_rejections(rejections: Sequence[Rejection], path: Path) -> None:
    """One rejection a line; an empty file says that there was none."""
    with whole_file(path) as partial:
        partial.write_text("".join(f"{rejection.model_dump_json()}\n" for rejection in rejections), encoding="utf-8")
