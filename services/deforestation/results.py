"""From columns to the outcomes of a chunk, each made once."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.method import Judged
from shared.outcome import Outcome


def outcomes_of(
    judged: Judged, plot_no: NDArray[np.int64], beside: Sequence[Mapping[str, object]], remarks: tuple[str, ...]
) -> dict[int, Outcome]:
    """Outcomes by their place in the chunk; `beside` are more fields of each plot, `remarks` more flags of all of them."""
    columns = judged.columns
    if remarks:
        columns = {**columns, "flags": [tuple(sorted({*flags, *remarks})) for flags in columns["flags"]]}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    results = (EudrDeforestation.model_validate({**row, **more}) for row, more in zip(rows, beside, strict=True))
    numbers, index = plot_no[judged.index].tolist(), judged.index.tolist()
    asked = zip(index, numbers, results, judged.reasons, strict=True)
    return {at: Outcome(number, "ok", values, reasons) for at, number, values, reasons in asked}
