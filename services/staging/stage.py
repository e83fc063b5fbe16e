"""Stage a file: read it, judge every plot, and write the good ones sorted by space; no database, no bus."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from contracts.v1.batch import BatchParameters
from services.staging.crs import is_wgs84
from services.staging.draft import Draft, Outline
from services.staging.faults import FileRefused, PlotFault, Rejection
from services.staging.media_types import reader_for
from services.staging.plot_ids import PlotIds
from services.staging.plot_table import Bounds, plot_batch, space_order, summary, with_ids
from services.staging.rules import Limits, Rules
from services.staging.shapes import Repair, judge_outlines
from services.staging.staged_file import write_plots

__all__ = ["Limits", "Staged", "stage"]

SLICE: Final = 1000
"""Plots that are judged at once: shapely holds the interpreter meanwhile."""

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of a file."""

    total: int
    accepted: int
    rejected: list[Rejection]
    """Plots that are left out, each with its first fault, in the order of the file."""
    warnings: dict[str, int]
    """Accepted plots by the code of a note; 1 for a note about the whole file."""
    path: Path
    """The staged GeoParquet file."""
    size_bytes: int
    chunks: list[int]
    """Plots of each row group."""
    bounds: Bounds
    """West, south, east, north in degrees."""
    area_ha_total: float
    """Sum over polygons and over points that declare an area."""


def stage(source: Path, media_type: str, destination: Path, parameters: BatchParameters, limits: Limits, progress: Progress) -> Staged:
    """Read `source`, write its good plots to `destination`, and say what became of each plot.

    `progress(done, total)` is called after each slice of plots; total is None until the file was read, and what it
    raises ends the staging. Raises `FileRefused` (a `Refused`) when the file cannot be read, when no plot is usable,
    or when one is not and `on_invalid` is `reject`; nothing is then written.
    """
    if parameters.assume_crs is not None and not is_wgs84(parameters.assume_crs):
        raise FileRefused("crs_not_supported", crs=parameters.assume_crs)
    found = _Found(PlotIds(parameters.plot_id_column))
    read = reader_for(source, media_type)
    drafts = read(source, Rules.of(parameters, limits), found.file_notes)
    while some := list(islice(drafts, SLICE)):
        found.take(some, parameters.repair)
        if found.decoded_bytes > limits.max_decoded_bytes:
            raise FileRefused("decoded_size_limit", part="the decoded file", limit=limits.max_decoded_bytes)
        progress(found.total, None)
    progress(found.total, found.total)
    return _finish(found, destination, parameters, limits)


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    ids: PlotIds
    total: int = 0
    decoded_bytes: int = 0
    faults: dict[int, PlotFault] = field(default_factory=dict)
    file_notes: set[str] = field(default_factory=set)
    batches: list[pa.Table] = field(default_factory=list)

    def take(self, drafts: list[Draft], repair: Repair) -> None:
        self.total += len(drafts)
        outlined: list[tuple[Draft, Outline]] = []
        for draft in drafts:
            self.ids.add(draft.ids)
            if isinstance(draft.outline, PlotFault):
                self.faults[draft.feature_index] = draft.outline
            else:
                outlined.append((draft, draft.outline))
        if outlined:
            self._judge(outlined, repair)

    def _judge(self, outlined: list[tuple[Draft, Outline]], repair: Repair) -> None:
        judged = judge_outlines([outline for _, outline in outlined], repair)
        for row, fault in judged.faults.items():
            self.faults[outlined[row][0].feature_index] = fault
        good = [row for row in range(len(outlined)) if row not in judged.faults]
        if good:
            notes = [[*outlined[row][1].notes, *judged.notes.get(row, ())] for row in good]
            self.batches.append(plot_batch([outlined[row][0] for row in good], judged.geometries[good], notes))
            self.decoded_bytes += self.batches[-1].nbytes


def _finish(found: _Found, destination: Path, parameters: BatchParameters, limits: Limits) -> Staged:
    if found.total == 0:
        raise FileRefused("no_features", total=0)
    ids, id_faults = found.ids.resolve()
    faults = id_faults | found.faults
    rejected = [fault.rejection(index, ids[index]) for index, fault in sorted(faults.items())]
    if len(rejected) == found.total:
        raise FileRefused("no_usable_plot", rejected, found.total)
    if rejected and parameters.on_invalid == "reject":
        raise FileRefused("invalid_plots", rejected, found.total, count=len(rejected))
    plots = with_ids(pa.concat_tables(found.batches), ids, id_faults)
    order = space_order(plots)
    about = summary(plots, order)
    chunks = write_plots(plots, order, about, destination, limits.chunk_plots)
    warnings = dict.fromkeys(sorted(found.file_notes), 1) | about.notes
    size_bytes = destination.stat().st_size
    return Staged(found.total, len(plots), rejected, warnings, destination, size_bytes, chunks, about.bounds, about.area_ha)
