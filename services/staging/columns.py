"""A slice of the plots of a file as columns: what every reader hands over, whatever the format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from services.staging.crs import ToWgs84
from services.staging.draft import Draft, Geometries, Outline
from services.staging.faults import PlotFault
from services.staging.plain.outlines import PlainOutlines
from services.staging.rules import SLICE
from services.staging.shapes import build

Rows = NDArray[np.intp]


@dataclass(slots=True)
class Columns:
    """Plots (n of them, at most `SLICE`) in the order of the file; stage counts them.

    A reader fills in what reading finds. Emptiness, type, place, rings and validity are judged afterwards, for all formats alike.
    """

    geometry: Geometries
    """Shapely geometries with x (longitude) before y in the system of `crs`, of any type and dimension; None where there is none,
    and where the outline is among `plain`."""
    properties: pa.StringArray
    """JSON text of an object for each plot, never null."""
    ids: Mapping[str, pa.StringArray]
    """Texts that may serve as plot id by the name that is looked for, null where a plot offers none."""
    declared_area_ha: NDArray[np.float64]
    """What points declare; NaN where none is declared."""
    crs: ToWgs84 | None = None
    """How the coordinates become longitude and latitude on WGS84; None when they are that."""
    faults: dict[int, PlotFault] = field(default_factory=dict)
    """Plots by position in the slice that cannot be read."""
    notes: dict[int, list[str]] = field(default_factory=dict)
    """What reading a plot has mended, by position in the slice."""
    decimals: NDArray[np.int8] | None = None
    """Decimals of the coordinates as they were written, at most 6, -1 where unknown; None for formats without such a text."""
    plain: PlainOutlines | None = None
    """Outlines that were found to need no judgement."""

    def __len__(self) -> int:
        return len(self.geometry)


def columns_of(drafts: Iterable[Draft], crs: ToWgs84 | None = None) -> Iterator[Columns]:
    """Plots that were read one by one, as slices of columns."""
    rest = iter(drafts)
    while some := list(islice(rest, SLICE)):
        yield slice_of(some, crs)


def slice_of(drafts: Sequence[Draft], crs: ToWgs84 | None) -> Columns:
    """Plots that were read one by one as one slice."""
    outlines = {row: draft.outline for row, draft in enumerate(drafts) if isinstance(draft.outline, Outline)}
    geometry: Geometries = np.full(len(drafts), None, dtype=object)
    if outlines:
        geometry[list(outlines)] = build(list(outlines.values()))
    names = {name for draft in drafts for name in draft.ids}
    return Columns(
        geometry,
        pa.array([draft.properties for draft in drafts], pa.string()),
        {name: pa.array([draft.ids.get(name) for draft in drafts], pa.string()) for name in names},
        np.array([draft.declared_area_ha for draft in drafts], dtype=np.float64),  # None becomes NaN
        crs,
        {row: draft.outline for row, draft in enumerate(drafts) if isinstance(draft.outline, PlotFault)},
        {row: outline.notes for row, outline in outlines.items() if outline.notes},
        np.array([-1 if draft.decimals is None else draft.decimals for draft in drafts], dtype=np.int8),
    )


def interleaved(one: Columns, one_rows: Rows, other: Columns, other_rows: Rows) -> Columns:
    """Both as one slice, whose positions `one_rows` and `other_rows` together are; `one` alone has plain outlines."""
    if not len(other_rows):
        return one
    order = np.argsort(np.concatenate([one_rows, other_rows]))
    taken = pa.array(order)

    def texts(first: pa.Array, second: pa.Array) -> pa.Array:
        return pa.concat_arrays([first, second]).take(taken)

    def offered(name: str) -> pa.Array:
        return texts(*(some.ids[name] if name in some.ids else pa.nulls(len(some), pa.string()) for some in (one, other)))

    moved = [*zip((one, other), (one_rows.tolist(), other_rows.tolist()), strict=True)]
    unknown = [np.full(len(some), -1, dtype=np.int8) if some.decimals is None else some.decimals for some in (one, other)]
    return Columns(
        np.concatenate([one.geometry, other.geometry])[order],
        texts(one.properties, other.properties),
        {name: offered(name) for name in {*one.ids, *other.ids}},
        np.concatenate([one.declared_area_ha, other.declared_area_ha])[order],
        one.crs,
        {rows[row]: fault for some, rows in moved for row, fault in some.faults.items()},
        {rows[row]: notes for some, rows in moved for row, notes in some.notes.items()},
        np.concatenate(unknown)[order],
        None if one.plain is None else replace(one.plain, rows=one_rows[one.plain.rows]),
    )
