"""The findings of a collection as a file of lines, which lies beside its staged plots."""

from collections.abc import Iterator
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
    rows = np.array([row for row, _, _ in told], dtype=np.intp)
    indices = plots["feature_index"].to_numpy()[order[rows]].tolist()
    ids = plots["plot_id"].take(pa.array(order[rows])).to_pylist()
    lon, lat = (np.round(values[rows], 7).tolist() for values in (found.lon, found.lat))
    for at in sorted(range(len(told)), key=lambda at: (indices[at], told[at][1].code)):
        _, each, values = told[at]
        words = message_of(each.check, ids[at], indices[at], values)
        yield Finding(each.code, each.check.severity, ids[at], indices[at], words, *(None if x != x else x for x in (lon[at], lat[at])))


def write_findings(findings: Iterator[Finding], path: Path) -> None:
    """Write one JSON object a line."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps(finding, option=orjson.OPT_APPEND_NEWLINE) for finding in findings)
