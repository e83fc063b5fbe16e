"""Read a column of WKB: all plots at once while nothing is wrong, and each bad one by itself for its fault."""

import struct
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from services.staging.draft import Geometries
from services.staging.faults import PlotFault
from services.staging.plain.outlines import PlainOutlines, plain_outlines
from services.staging.rules import Rules

POINT: Final = 1
POLYGON: Final = 3
MULTIPOLYGON: Final = 6
COLLECTION: Final = 7
_OTHERS: Final = {2: "LineString", 4: "MultiPoint", 5: "MultiLineString"}
_SRID_FLAG: Final = 0x20000000
_Z_FLAG: Final = 0x80000000
_M_FLAG: Final = 0x40000000
_FLAGS: Final = 0x1FFFFFFF
"""Without the flags that EWKB puts above the type."""
_MORE_ORDINATES: Final = {1: 1, 2: 1, 3: 2}
_HEAD_BYTES: Final = 5
_SHALLOW_BYTES: Final = 4096
"""A nested geometry takes nine bytes a level: up to here GEOS, which recurses, cannot run out of stack."""


@dataclass(slots=True)
class Decoded:
    """A column of geometries (n of them), None where there is none, where it is faulty, and where it is among `plain`."""

    geometry: Geometries
    faults: dict[int, PlotFault] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)
    plain: PlainOutlines | None = None


def read_degrees(column: pa.Array, srid: int | None, rules: Rules) -> Decoded:
    """As `read_wkb`, of coordinates in longitude and latitude on WGS84: outlines that are plain by `rules` are not decoded."""
    plain = plain_outlines(column, rules.limits.max_vertices_per_plot, rules.mend)
    rest = np.delete(np.arange(len(column)), plain.rows)
    found = Decoded(np.full(len(column), None, dtype=object), plain=plain)
    if len(rest):
        some = read_wkb(column.take(pa.array(rest)), srid)
        found.geometry[rest] = some.geometry
        found.faults = {int(rest[row]): fault for row, fault in some.faults.items()}
        found.notes = {int(rest[row]): notes for row, notes in some.notes.items()}
    return found


def read_wkb(column: pa.Array, srid: int | None) -> Decoded:
    """Geometries of a binary column in ISO WKB or EWKB (shape [n]); nulls become None.

    A geometry that names another system than `srid` (the EPSG code of the file) is faulty.
    """
    wkb = column.to_numpy(zero_copy_only=False)
    decoded = Decoded(np.full(len(wkb), None, dtype=object))
    kinds, flags = _heads(column)
    _judge_kinds(decoded, wkb, kinds)
    rows = np.flatnonzero(kinds > 0)
    rows = np.setdiff1d(rows, list(decoded.faults)) if decoded.faults else rows
    try:
        decoded.geometry[rows] = shapely.from_wkb(wkb[rows], on_invalid="raise")
    except shapely.GEOSException:
        for row in map(int, rows):
            _read_one(decoded, row, wkb[row])
    if (flags & _SRID_FLAG).any():
        named = shapely.get_srid(decoded.geometry)
        for other in map(int, np.flatnonzero((named > 0) & (named != srid))):
            decoded.faults.setdefault(other, PlotFault("crs_not_supported", crs=f"SRID {named[other]}"))
    return decoded


def _heads(column: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Type of each geometry (0: null, -1: unreadable) and the flags of EWKB."""
    column = column.cast(pa.large_binary())
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(column.buffers()[2] or b"", dtype=np.uint8)
    readable = valid & (np.diff(offsets) >= _HEAD_BYTES)
    heads = np.zeros((len(column), _HEAD_BYTES), dtype=np.uint8)
    heads[readable] = data[offsets[:-1][readable][:, None] + np.arange(_HEAD_BYTES)]
    codes = np.where(heads[:, 0] == 1, heads[:, 1:].copy().view("<u4")[:, 0], heads[:, 1:].copy().view(">u4")[:, 0])
    kinds = np.where(readable & (heads[:, 0] <= 1), (codes & _FLAGS).astype(np.int64) % 1000, -1)
    return np.where(valid, np.where(kinds == 0, -1, kinds), 0), codes


def _judge_kinds(decoded: Decoded, wkb: Geometries, kinds: NDArray[np.int64]) -> None:
    for row in map(int, np.flatnonzero(~np.isin(kinds, (0, POINT, POLYGON)))):
        try:
            if kinds[row] == -1:
                raise PlotFault("malformed_geometry", reason="it is no WKB")
            if kinds[row] not in (MULTIPOLYGON, COLLECTION):
                raise PlotFault("geometry_type_not_supported", geometry_type=_OTHERS.get(int(kinds[row]), f"WKB type {kinds[row]}"))
            _judge_depth(wkb[row])
        except PlotFault as fault:
            decoded.faults[row] = fault


def _judge_depth(wkb: bytes) -> None:
    """Refuse what is nested deeper than a plot: GEOS recurses into it until its stack ends."""
    try:
        kind, count, at, _ = _head(wkb, 0)
        if kind == COLLECTION and count > 0:
            inner = _head(wkb, at)[0]
            if count > 1 or inner not in (POINT, POLYGON, MULTIPOLYGON):
                raise PlotFault("geometry_type_not_supported", geometry_type="GeometryCollection")
            kind, count, at, _ = _head(wkb, at)
        if kind != MULTIPOLYGON or len(wkb) <= _SHALLOW_BYTES:
            return
        for _ in range(count):
            kind, rings, at, ordinates = _head(wkb, at)
            if kind != POLYGON:
                raise PlotFault("malformed_geometry", reason="a part of a MultiPolygon is no polygon")
            order = "<" if wkb[at - 9] == 1 else ">"
            for _ in range(rings):
                at += 4 + 8 * ordinates * struct.unpack_from(f"{order}I", wkb, at)[0]
    except struct.error as error:
        raise PlotFault("malformed_geometry", reason="the WKB ends too early") from error


def _head(wkb: bytes, at: int) -> tuple[int, int, int, int]:
    """Type, number of members, where these begin, and numbers of a position, of the geometry at byte `at`."""
    order = "<" if struct.unpack_from("B", wkb, at)[0] == 1 else ">"
    code = struct.unpack_from(f"{order}I", wkb, at + 1)[0]
    at += _HEAD_BYTES + (4 if code & _SRID_FLAG else 0)
    dimensions, kind = divmod(code & _FLAGS, 1000)  # ISO: 1 Z, 2 M, 3 both
    ordinates = 2 + _MORE_ORDINATES.get(dimensions, 0) + bool(code & _Z_FLAG) + bool(code & _M_FLAG)
    return kind, struct.unpack_from(f"{order}I", wkb, at)[0], at + 4, ordinates


def _read_one(decoded: Decoded, row: int, wkb: bytes) -> None:
    for mode, notes in (("raise", []), ("fix", ["ring_closed"])):
        try:
            decoded.geometry[row] = shapely.from_wkb(wkb, on_invalid=mode)
        except shapely.GEOSException as error:
            if "closed linestring" in str(error) and mode == "raise":
                continue
            decoded.faults[row] = wkb_fault(error)
        else:
            if notes:
                decoded.notes[row] = notes
        return


def wkb_fault(error: shapely.GEOSException) -> PlotFault:
    """The fault of a plot whose WKB or WKT GEOS cannot read."""
    if "Invalid number of points" in str(error):
        return PlotFault("degenerate_geometry")
    return PlotFault("malformed_geometry", reason=str(error).removeprefix("ParseException: "))
