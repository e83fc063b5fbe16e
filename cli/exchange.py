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


def write_plots(
    client: PlotproofClient, state: BatchProcessProgress, run_id: str | None, file_format: str, out: IO[bytes], stats: str | None = None
) -> int:
    """Write every plot and answer how many; raises `Incomplete` when an ended run gives fewer or more plots than it computed."""
    if file_format == "csv":
        count = write_csv(client.fetch_csv(state.collection_id, run_id=run_id, stats=stats), out)
    else:
        count = FROM_FEATURES[file_format](client.fetch_lines(state.collection_id, run_id=run_id, stats=stats), out)
    expected = _expected(state, run_id, stats)
    if state.status in ("COMPLETED", "PARTIAL") and expected is not None and count != expected:
        raise Incomplete(f"the server gave {count} plots of {expected}")
    return count


def _expected(state: BatchProcessProgress, run_id: str | None, stats: str | None) -> int | None:
    """Plots that a fetch must give: those of the run, which may be some of the collection's; None when other runs may be read too."""
    computed = next((stage.total for stage in state.stages if stage.name == "summarising"), state.plots.accepted)
    is_whole = computed == state.plots.accepted
    return computed if is_whole or (run_id is not None and stats is None) else None


def save_plots(
    client: PlotproofClient, state: BatchProcessProgress, run_id: str | None, file_format: str, path: Path, stats: str | None = None
) -> int:
    """As `write_plots`, to a file that appears whole or not at all."""
    with whole_file(path) as partial, partial.open("wb") as out:
        return write_plots(client, state, run_id, file_format, out, stats)
