"""A file to the server, every plot back: the two transfers that several commands make."""

from pathlib import Path
from typing import IO, Any

from cli.formats import FROM_FEATURES, write_csv
from cli.options import BatchOptions
from cli.reporting import BadInput
from cli.whole_file import whole_file
from client import Incomplete, PlotproofClient, Submission
from contracts.v1.progress import BatchProcessProgress


def send(client: PlotproofClient, file: Path, options: BatchOptions, **defaults: Any) -> Submission:
    """Submit a file; `defaults` stand where no option is given. Raises `BadInput`, `OSError` and the client's errors."""
    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    try:
        return client.batch_process(file, **{**defaults, **options.parameters(file)})
    except ValueError as error:
        raise BadInput(str(error)) from error


def write_plots(client: PlotproofClient, state: BatchProcessProgress, run_id: str | None, file_format: str, out: IO[bytes]) -> int:
    """Write every plot and answer how many; raises `Incomplete` when an ended run gives fewer or more than its accepted plots."""
    if file_format == "csv":
        count = write_csv(client.fetch_csv(state.collection_id, run_id=run_id), out)
    else:
        count = FROM_FEATURES[file_format](client.fetch_lines(state.collection_id, run_id=run_id), out)
    if state.status in ("COMPLETED", "PARTIAL") and count != state.plots.accepted:
        raise Incomplete(f"the server gave {count} plots of {state.plots.accepted}")
    return count


def save_plots(client: PlotproofClient, state: BatchProcessProgress, run_id: str | None, file_format: str, path: Path) -> int:
    """As `write_plots`, to a file that appears whole or not at all."""
    with whole_file(path) as partial, partial.open("wb") as out:
        return write_plots(client, state, run_id, file_format, out)
