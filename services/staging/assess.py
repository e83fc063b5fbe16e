"""Judge the plots of a collection together: who is left out, what is remarked, how far the locations can be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from contracts.v1.batch import BatchParameters
from services.staging.confidence import Confidence, collection_confidence, grades, scores
from services.staging.country import CountryVerdict, settle_country
from services.staging.faults import NOTES, FileRefused
from services.staging.findings import Hits
from services.staging.rejections import Faults
from services.staging.survey import Rows, Survey, merged, survey
from shared.errors import Refused
from shared.geo.boundaries import Boundaries
from shared.geo.country_names import country_code

Noted = tuple[Rows, NDArray[np.object_]]
"""Positions of plots, and the code of a note of each."""
OUTSIDE: Final = ("in_the_sea", "outside_any_country")
"""Findings of plots that lie in no country."""


SURVEYED: Final = ["curve_key", "lon", "lat", "quotient", "signs", "holes", "parts", "vertices", "decimals"]
"""Columns that nobody needs once plots are surveyed."""


@dataclass(frozen=True, slots=True, eq=False)
class Assessed:
    """The plots that were given, and what was found about them."""

    plots: pa.Table
    """`notes` has the codes of findings too, and each has its `locations_confidence` and `country`."""
    kept: Rows
    """Positions in `plots` of those without fault, in the order of space."""
    faults: Faults
    """Plots that are left out."""
    survey: Survey
    confidence: Confidence | None
    """None when locations are not validated."""
    country: CountryVerdict


def assess(plots: pa.Table, order: Rows, rejected: int, parameters: BatchParameters, boundaries: Boundaries | None) -> Assessed:
    """Assess `plots` (at least one; columns of `plot_table`) in `order`, beside `rejected` others of the file.

    `boundaries` are those of countries; None when locations are not validated. Raises `FileRefused` when the given
    country is not known.
    """
    declared = _declared(parameters)
    found = survey(plots, order, parameters, boundaries, None if boundaries is None else declared)
    noted = _flat(plots["notes"])
    every = merged([*found.found, *_mendings(*noted, order)])
    indices = plots["feature_index"].to_numpy()[order]
    faults, kept = Faults(), np.ones(len(order), dtype=bool)
    for each in found.found:
        if each.rejects:
            for row, values in each:
                if kept[row]:
                    kept[row] = False
                    faults.add(int(indices[row]), each.code, values)
    grade = grades(scores(len(order), every))
    confidence = None
    if boundaries is not None:
        outside = np.unique(np.concatenate([np.empty(0, np.intp), *(each.rows for each in found.found if each.code in OUTSIDE)]))
        confidence = collection_confidence(grade[kept], rejected + len(faults), len(outside), _lowered(every, kept))
    table = _annotated(plots, order, found, noted, grade if boundaries is not None else None)
    country = settle_country(parameters.country, found.country)
    return Assessed(table, order[kept], faults, found, confidence, country)


def _declared(parameters: BatchParameters) -> str | None:
    if parameters.country is None or not parameters.country.strip():
        return None
    try:
        return country_code(parameters.country)
    except Refused as error:
        raise FileRefused("country_not_known", reason=error.detail) from error


def _lowered(found: list[Hits], kept: NDArray[np.bool_]) -> Mapping[str, int]:
    """Plots by each check that took from their score; a plot that is left out counts for what left it out alone."""
    counts = {each.code: len(each.rows) if each.rejects else int(kept[each.rows].sum()) for each in found}
    return {each.code: counts[each.code] for each in found if counts[each.code] and (each.rejects or each.check.penalty)}


def _mendings(row: Rows, code: NDArray[np.object_], order: Rows) -> list[Hits]:
    """Notes that plots have from being read, as findings without words."""
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return [Hits(one, np.unique(rank[row[code == one]])) for one in sorted(set(code)) if one in NOTES]


def _flat(notes: pa.ChunkedArray) -> Noted:
    """Row and code of each note."""
    lists = notes.combine_chunks()
    return pc.list_parent_indices(lists).to_numpy().astype(np.intp), pc.list_flatten(lists).to_numpy(zero_copy_only=False).astype(object)


def _annotated(plots: pa.Table, order: Rows, found: Survey, noted: Noted, grade: NDArray[np.object_] | None) -> pa.Table:
    """`plots` with the codes of findings among their notes, with their grades and countries."""
    remarks = [each for each in found.found if not each.rejects]
    rows = np.concatenate([noted[0], *(order[each.rows] for each in remarks)])
    codes = np.concatenate([noted[1], *(np.full(len(each.rows), each.code, dtype=object) for each in remarks)])
    by_row = np.argsort(rows, kind="stable")
    offsets = np.searchsorted(rows[by_row], np.arange(len(plots) + 1))
    notes = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(codes[by_row], pa.string()))
    table = plots.set_column(plots.schema.get_field_index("notes"), "notes", notes).drop_columns(SURVEYED)
    for name, values in (("locations_confidence", grade), ("country", found.country)):
        column = np.full(len(plots), None, dtype=object)
        if values is not None and len(values):
            column[order] = values
        table = table.append_column(name, pa.array(column, pa.string()))
    return table
