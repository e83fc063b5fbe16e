"""The findings of a collection as a file of lines, which lies beside its staged plots."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa

from services.staging.checks.thresholds import LISTED_PER_CODE
from services.staging.findings import Finding, message_of
from services.staging.survey import Rows, Survey


def findings_of(plots: pa.Table, order: Rows, found: Survey) -> Iterator[Finding]:
    """The findings of a survey of `plots` (`plot_id`, `feature_index`) in the order of the file.

    Of each code the first 10,000 plots along the curve are told: the notes of every plot have its codes anyway.
    """
    told = [(row, each, values) for each in found.found for row, values in islice(each, LISTED_PER_CODE)]
    indices, ids = plots["feature_index"].to_numpy()[order], plots["plot_id"]
    for row, each, values in sorted(told, key=lambda one: (indices[one[0]], one[1].code)):
        index, plot_id = int(indices[row]), ids[int(order[row])].as_py()
        words = message_of(each.check, plot_id, index, values)
        place = [None if np.isnan(value) else round(float(value), 7) for value in (found.lon[row], found.lat[row])]
        yield Finding(each.code, each.check.severity, plot_id, index, words, *place)


def write_findings(findings: Iterator[Finding], path: Path) -> None:
    """Write one JSON object a line."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(asdict(finding), option=orjson.OPT_APPEND_NEWLINE) for finding in findings)
