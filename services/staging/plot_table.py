"""Checked plots as Arrow tables: collected in the order of the file, then brought into the order of space."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from shapely import GeometryType

from services.staging.columns import Columns
from services.staging.facts import facts_of
from services.staging.plain.outlines import PlainOutlines
from services.staging.shapes import Judged
from services.staging.staged import Bounds
from shared.geo.curve import hilbert_key

_KINDS: Final = {GeometryType.POINT: "Point", GeometryType.POLYGON: "Polygon", GeometryType.MULTIPOLYGON: "MultiPolygon"}
_SORT: Final = [("curve_key", "ascending"), ("geometry_hash", "ascending"), ("plot_id", "ascending")]


def plot_batch(columns: Columns, judged: Judged, first: int) -> pa.Table | None:
    """The good plots of a slice whose first feature is number `first` of the file, as the staged columns but `plot_id` and
    `plot_no`, with what order, summary and checks need; None when no plot is good."""
    others = judged.good()
    rows, facts = facts_of(_without_faults(columns.plain, judged), others, judged.geometries[others])
    if not len(rows):
        return None
    keys = hilbert_key(facts["lon"].to_numpy(), facts["lat"].to_numpy())
    is_point = facts["is_point"].to_numpy()
    area_ha = np.where(is_point, columns.declared_area_ha[rows], facts["area_ha"].to_numpy())
    at = facts.schema.get_field_index("area_ha")
    table = facts.set_column(at, "area_ha", pa.array(area_ha, pa.float64(), mask=np.isnan(area_ha)))
    every = len(rows) == len(columns)
    more = {
        "curve_key": pa.array(keys, pa.uint64()),
        "feature_index": pa.array(first + rows, pa.int32()),
        "properties": columns.properties if every else columns.properties.take(pa.array(rows)),
        "notes": _notes(judged, rows),
        "decimals": _decimals(columns)[rows],
    }
    for name, values in more.items():
        table = table.append_column(name, [values])
    return table


def _without_faults(plain: PlainOutlines | None, judged: Judged) -> PlainOutlines | None:
    """The plain outlines whose plots have no fault otherwise."""
    if plain is None or not judged.faults:
        return plain
    return plain.without(list(judged.faults))


def _notes(judged: Judged, rows: NDArray[np.intp]) -> pa.Array:
    if not judged.notes:
        return pa.ListArray.from_arrays(pa.array(np.zeros(len(rows) + 1, dtype=np.int32)), pa.array([], pa.string()))
    return pa.array([sorted(judged.notes.get(row, ())) for row in rows.tolist()], pa.list_(pa.string()))


def _decimals(columns: Columns) -> NDArray[np.int8]:
    """Decimals of degrees; unknown (-1) where the coordinates were no degrees."""
    unknown = np.full(len(columns), -1, dtype=np.int8)
    return unknown if columns.decimals is None or columns.crs is not None else columns.decimals


def joined(batches: list[pa.Table]) -> pa.Table:
    """All of `batches` (at least one) as one table of whole columns; empties the list, so that no more than a column is there twice."""
    names = batches[0].column_names
    chunks = {name: [chunk for batch in batches for chunk in batch[name].chunks] for name in names}
    batches.clear()
    columns = {}
    for name in names:
        columns[name] = pa.concat_arrays(chunks.pop(name))
        pa.default_memory_pool().release_unused()  # else it keeps what the slices took: a third of all memory for a million plots
    return pa.table(columns)


def with_ids(plots: pa.Table, ids: pa.Array, left_out: NDArray[np.int64]) -> pa.Table:
    """`plots` with a `plot_id` from `ids` by feature index, without the features that are `left_out`."""
    if len(left_out):
        plots = plots.filter(pc.invert(pc.is_in(plots["feature_index"], pa.array(left_out, pa.int32()))))
    return plots.append_column("plot_id", ids.take(plots["feature_index"].combine_chunks()))


def space_order(plots: pa.Table) -> NDArray[np.intp]:
    """Positions that sort `plots` by curve key, geometry hash and plot id, so that the order of the file never matters."""
    keys = plots["curve_key"].to_numpy()
    order = np.argsort(keys, kind="stable")
    equal = np.append(keys[order][1:] == keys[order][:-1], False)
    tied = np.flatnonzero(equal | np.roll(equal, 1))
    if len(tied):
        some = plots.select([name for name, _ in _SORT]).take(pa.array(order[tied]))
        order[tied] = order[tied][pc.sort_indices(some, sort_keys=_SORT).to_numpy()]
    return order


@dataclass(frozen=True, slots=True)
class Summary:
    """All plots of a table together."""

    bounds: Bounds
    """West, south, east, north in degrees."""
    kinds: list[str]
    """Geometry types, sorted."""
    area_ha: float
    """Sum over polygons and over points that declare an area."""
    notes: dict[str, int]
    """Plots by note."""


def summary(plots: pa.Table, order: NDArray[np.intp]) -> Summary:
    """Bounds, types, area and notes of the plots at `order` (at least one), summed in it, so that input order changes no bit."""
    west, south = (float(plots[name].to_numpy()[order].min()) for name in ("west", "south"))
    east, north = (float(plots[name].to_numpy()[order].max()) for name in ("east", "north"))
    area_ha = float(np.nansum(plots["area_ha"].to_numpy()[order]))
    lists = plots["notes"].take(pa.array(order)) if pc.any(pc.greater(pc.list_value_length(plots["notes"]), 0)).as_py() else plots["notes"]
    notes = {count["values"]: count["counts"] for count in pc.value_counts(pc.list_flatten(lists)).to_pylist()}
    kinds = sorted(_KINDS[kind] for kind in np.unique(plots["type_id"].to_numpy()[order]).tolist())
    return Summary((west, south, east, north), kinds, area_ha, dict(sorted(notes.items())))
