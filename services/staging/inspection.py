"""Stage one file without a system: for the commands that report on a file or mend it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from contracts.v1.batch import BatchParameters
from contracts.v1.validation import ValidationReport
from services.staging.faults import FileRefused
from services.staging.parsers import parsers
from services.staging.staged import Staged
from shared.blobs import FINDINGS_FILE, REPAIRS_FILE
from shared.settings import Settings
from shared.staged import StagedPlots, read_chunk


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that was staged in a folder that vanishes with the block."""

    report: ValidationReport
    staged: Staged | None
    """None when no plot is usable."""

    def repairs(self) -> list[dict[str, Any]]:
        """The plots whose outline was mended, with the rules and areas; in file order."""
        lines = [] if self.staged is None else self.staged.path.with_name(REPAIRS_FILE).read_bytes().splitlines()
        return [orjson.loads(line) for line in lines]

    def features(self) -> Iterator[bytes]:
        """The accepted plots as GeoJSON Features in the order of the file, with the properties that they came with."""
        if self.staged is None:
            return
        chunks = [read_chunk(self.staged.path, part) for part in range(len(self.staged.chunks))]
        index = np.concatenate([chunk.feature_index for chunk in chunks])
        written = [line for chunk in chunks for line in _features(chunk)]
        for at in np.argsort(index).tolist():
            yield written[at]


@asynccontextmanager
async def inspected(source: Path, media_type: str, parameters: BatchParameters, settings: Settings) -> AsyncIterator[Inspected]:
    """What staging makes of `source`; bad plots are listed, whatever `on_invalid` says. Raises `Refused` for a file that does not read."""
    parameters = parameters.model_copy(update={"on_invalid": "skip", "skip_on_low_confidence": False})
    async with parsers(settings) as pool, pool.folder() as folder:
        await pool.warm_up()
        try:
            staged = await pool.stage(source, media_type, folder, parameters, lambda _done, _total: None)
        except FileRefused as refused:
            if refused.total is None or not refused.rejected:
                raise
            yield Inspected(_without_plots(refused, refused.total), None)
        else:
            yield Inspected(_report(staged), staged)


def _report(staged: Staged) -> ValidationReport:
    findings = staged.path.with_name(FINDINGS_FILE).read_bytes().splitlines()
    return ValidationReport.of(
        staged.rejected,
        map(orjson.loads, findings),
        total=staged.total,
        accepted=staged.accepted,
        rejected=staged.total - staged.accepted,
        confidence=None if staged.confidence is None else staged.confidence.grade,
        country=staged.country,
        country_override_info=None if staged.country_override is None else asdict(staged.country_override),
    )


def _without_plots(refused: FileRefused, total: int) -> ValidationReport:
    facts = {"confidence": None, "country": None, "country_override_info": None}
    return ValidationReport.of(refused.rejected, (), total=total, accepted=0, rejected=total, **facts)


def _features(chunk: StagedPlots) -> Iterator[bytes]:
    for geometry, properties in zip(shapely.to_geojson(chunk.geometry), chunk.properties, strict=True):
        yield b'{"type":"Feature","properties":' + properties.encode() + b',"geometry":' + geometry.encode() + b"}"
