"""What outlines say of themselves, as columns: bytes, hash, area, place, box and shape, each from its own outline alone."""

from typing import Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from services.staging.checks.shape import shapes_of
from services.staging.draft import Geometries
from services.staging.plain.figures import AREA_HA, EAST, LAT, LON, NORTH, QUOTIENT, SOUTH, WEST
from services.staging.plain.outlines import PlainOutlines, plain_outlines
from shared.geo.areas import geodesic_area_ha
from shared.geo.hashing import geometry_hashes

SCHEMA: Final = pa.schema(
    {
        "geometry": pa.binary(),
        "geometry_hash": pa.string(),
        "area_ha": pa.float64(),
        "is_point": pa.bool_(),
        "type_id": pa.int8(),
        "vertices": pa.int32(),
        "lon": pa.float64(),
        "lat": pa.float64(),
        "west": pa.float64(),
        "south": pa.float64(),
        "east": pa.float64(),
        "north": pa.float64(),
        "quotient": pa.float64(),
        "signs": pa.uint8(),
        "holes": pa.int32(),
        "parts": pa.int32(),
    }
)
"""`geometry` is 2-D little-endian WKB, `lon` and `lat` the centroid; `area_ha` is geodesic, 0 for points; the last four as `Shapes`."""
_WITHOUT_LIMIT: Final = np.iinfo(np.int64).max


def facts_of(plain: PlainOutlines | None, rows: NDArray[np.intp], geometries: Geometries) -> tuple[NDArray[np.intp], pa.Table]:
    """Rows of a slice (ascending) and their facts: those of `plain`, and `rows` with their valid `geometries`.

    The same outline has the same facts whichever of the two it is given as.
    """
    tables, places = _tables(geometries, rows)
    if plain is not None and len(plain):
        tables, places = [_of_plain(plain), *tables], [plain.rows, *places]
    if not tables:
        return rows, SCHEMA.empty_table()
    every, table = np.concatenate(places), pa.concat_tables(tables)
    if len(tables) == 1:
        return every, table
    order = np.argsort(every)
    return every[order], table.take(pa.array(order)).combine_chunks()


def _tables(geometries: Geometries, rows: NDArray[np.intp]) -> tuple[list[pa.Table], list[NDArray[np.intp]]]:
    if not len(rows):
        return [], []
    wkb = pa.array(shapely.to_wkb(geometries, output_dimension=2, byte_order=1), pa.binary())
    plain = plain_outlines(wkb, _WITHOUT_LIMIT, may_turn=False)
    rest = np.delete(np.arange(len(rows)), plain.rows)
    tables, places = [], []
    if len(plain):
        tables, places = [_of_plain(plain)], [rows[plain.rows]]
    if len(rest):
        tables.append(_of_shapes(geometries[rest], wkb.take(pa.array(rest))))
        places.append(rows[rest])
    return tables, places


def _of_plain(plain: PlainOutlines) -> pa.Table:
    count = len(plain)
    return _table(
        plain.wkb,
        plain.hashes,
        plain.facts[:, AREA_HA].copy(),
        np.zeros(count, dtype=bool),
        np.full(count, shapely.GeometryType.POLYGON, dtype=np.int8),
        plain.vertices.astype(np.int32),
        *(plain.facts[:, at].copy() for at in (LON, LAT, WEST, SOUTH, EAST, NORTH)),
        plain.facts[:, QUOTIENT].copy(),
        plain.signs,
        np.zeros(count, dtype=np.int32),
        np.ones(count, dtype=np.int32),
    )


def _of_shapes(geometries: Geometries, wkb: pa.BinaryArray) -> pa.Table:
    centroid = shapely.centroid(geometries)
    shapes = shapes_of(geometries)
    return _table(
        wkb,
        pa.array(geometry_hashes(geometries), pa.string()),
        geodesic_area_ha(geometries),
        shapely.get_dimensions(geometries) == 0,
        shapely.get_type_id(geometries).astype(np.int8),
        shapely.get_num_coordinates(geometries).astype(np.int32),
        shapely.get_x(centroid),
        shapely.get_y(centroid),
        *shapely.bounds(geometries).T,
        shapes.quotient,
        shapes.signs,
        shapes.holes,
        shapes.parts,
    )


def _table(*columns: object) -> pa.Table:
    pairs = zip(columns, SCHEMA.types, strict=True)
    arrays = [column if isinstance(column, pa.Array) else pa.array(column, kind) for column, kind in pairs]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)
