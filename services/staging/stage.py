"""Stage a file: read it, judge every plot, and write the good ones sorted by space; no database, no bus."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from contracts.v1.batch import BatchParameters
from services.staging.assess import assess
from services.staging.checks.thresholds import TRACES_BYTES
from services.staging.columns import Columns
from services.staging.confidence import skip_reason
from services.staging.crs import to_wgs84
from services.staging.faults import FileRefused
from services.staging.finding_file import findings_of, write_findings
from services.staging.media_types import LAYERED, reader_for
from services.staging.plot_ids import PlotIds
from services.staging.plot_table import joined, plot_batch, space_order, summary, with_ids
from services.staging.rejections import Faults, Rejections
from services.staging.repairs import repairs_of, write_repairs
from services.staging.rules import Limits, Rules
from services.staging.shapes import Repair, judge_shapes
from services.staging.staged import Progress, Staged
from services.staging.staged_file import write_plots
from services.staging.vertices import judge_vertices
from shared.blobs import FINDINGS_FILE, REPAIRS_FILE
from shared.geo.boundaries import Boundaries, natural_earth, read_boundaries

__all__ = ["Limits", "Staged", "stage"]


def stage(source: Path, media_type: str, destination: Path, parameters: BatchParameters, limits: Limits, progress: Progress) -> Staged:
    """Read `source`, write its good plots to `destination`, and say what became of each plot.

    `progress(done, total)` is called after each slice of plots; total is None until the file was read, and what it
    raises ends the staging. Raises `FileRefused` (a `Refused`) when the file cannot be read, when no plot is usable,
    or when one is not and `on_invalid` is `reject`; nothing is then written.
    """
    rules = Rules.of(parameters, limits)
    if rules.assume_crs is not None:
        to_wgs84(rules.assume_crs)  # refused at once, whether the file needs it or not
    found = _Found(PlotIds(rules.plot_id_column))
    read = reader_for(source, media_type)
    if rules.layer is not None and read not in LAYERED:
        found.file_notes.add("layer_unused")
    for columns in read(source, rules, found.file_notes):
        found.take(columns, rules, parameters.repair)
        if found.decoded_bytes > limits.max_decoded_bytes:
            raise FileRefused("decoded_size_limit", part="the decoded file", limit=limits.max_decoded_bytes)
        progress(found.total, None)
    progress(found.total, found.total)
    if source.stat().st_size > TRACES_BYTES:
        found.file_notes.add("traces_file_size")
    return _finish(found, destination, parameters, limits)


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    ids: PlotIds
    total: int = 0
    decoded_bytes: int = 0
    crs: str | None = None
    faults: Faults = field(default_factory=Faults)
    file_notes: set[str] = field(default_factory=set)
    batches: list[pa.Table] = field(default_factory=list)
    repairs: list[pa.Table] = field(default_factory=list)

    def take(self, columns: Columns, rules: Rules, repair: Repair) -> None:
        self.ids.add(len(columns), columns.ids)
        judged = judge_vertices(columns, rules)
        judge_shapes(judged, repair)
        for row, fault in judged.faults.items():
            self.faults.add(self.total + row, fault.code, fault.values)
        batch = plot_batch(columns, judged, self.total)
        if batch is not None:
            self.batches.append(batch)
            self.decoded_bytes += batch.nbytes
        mended = repairs_of(columns, judged, self.total)
        if mended is not None:
            self.repairs.append(mended)
            self.decoded_bytes += mended.nbytes
        self.total += len(columns)
        self.crs = columns.crs.name if columns.crs else None


def _finish(found: _Found, destination: Path, parameters: BatchParameters, limits: Limits) -> Staged:
    if found.total == 0:
        raise FileRefused("no_features", total=0)
    ids, id_faults = found.ids.resolve()
    faults = found.faults
    faults.extend(id_faults)
    if len(faults) == found.total:
        _require_plots(found, ids, faults, parameters)
    plots = with_ids(joined(found.batches), ids, id_faults.indices)
    boundaries = _boundaries(limits) if parameters.validate_locations else None
    order = space_order(plots)
    assessed = assess(plots, order, len(faults), parameters, boundaries)
    plots = plots.select(["feature_index", "plot_id"])
    faults.extend(assessed.faults)
    _require_plots(found, ids, faults, parameters)
    about = summary(assessed.plots, assessed.kept)
    chunks = write_plots(assessed.plots, assessed.kept, about, destination, limits.chunk_plots)
    write_findings(findings_of(plots, order, assessed.survey), destination.with_name(FINDINGS_FILE))
    left_out = np.zeros(found.total, dtype=bool)
    left_out[faults.indices] = True
    write_repairs(found.repairs, ids, left_out, destination.with_name(REPAIRS_FILE))
    confidence, country = assessed.confidence, assessed.country
    low = confidence if confidence and confidence.grade == "low" else None
    return Staged(
        total=found.total,
        accepted=len(assessed.kept),
        rejected=Rejections(faults, ids),
        warnings=dict.fromkeys(sorted(found.file_notes), 1) | about.notes,
        path=destination,
        size_bytes=destination.stat().st_size,
        chunks=chunks,
        bounds=about.bounds,
        area_ha_total=about.area_ha,
        source_crs=found.crs,
        confidence=confidence,
        skip_reason=skip_reason(low) if low and parameters.skip_on_low_confidence else None,
        country=country.country,
        country_override=country.override,
    )


def _boundaries(limits: Limits) -> Boundaries:
    return natural_earth() if limits.boundaries is None else read_boundaries(limits.boundaries)


def _require_plots(found: _Found, ids: pa.Array, faults: Faults, parameters: BatchParameters) -> None:
    """Raises `FileRefused` when all plots have a fault, or one has and none may."""
    if len(faults) == found.total:
        raise FileRefused("no_usable_plot", Rejections(faults, ids), found.total)
    if faults and parameters.on_invalid == "reject":
        raise FileRefused("invalid_plots", Rejections(faults, ids), found.total, count=len(faults))
