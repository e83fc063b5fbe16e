"""Borders of countries from a file of the deployment's own, made ready for the processes that read plots."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from shared.errors import Refused
from shared.geo.boundaries import COLUMN, Geometries, subdivided
from shared.geo.country_names import iso_code

CODE_COLUMNS: Final = (COLUMN, "iso_a2_eh", "iso_a2", "iso2", "iso_a3_eh", "iso_a3", "iso3", "shapegroup", "shapeiso", "adm0_a3", "gid_0")
"""Columns that hold ISO codes of countries in Natural Earth, geoBoundaries and others, the first choice first; capitals do not matter."""
PREPARED_FILE: Final = "boundaries.parquet"


def prepared_boundaries(source: Path, folder: Path) -> Path:
    """The borders of `source` (GeoPackage, Shapefile, GeoParquet …) as a file of pieces in `folder`.

    Areas without a usable ISO code belong to no country. Raises `Refused` (`boundaries_not_usable`) when the file does
    not read, is not in longitude and latitude on WGS84, or no column has ISO codes.
    """
    table, geometries = _geoparquet(source) if source.suffix.lower() in (".parquet", ".geoparquet") else _vector(source)
    codes = _codes(source, table)
    known = np.array([code is not None for code in codes]) & (shapely.get_dimensions(geometries) == 2)
    broken = known & ~shapely.is_valid(geometries)
    geometries[broken] = shapely.make_valid(geometries[broken], method="structure", keep_collapsed=False)
    path = folder / PREPARED_FILE
    write_pieces([code for code, usable in zip(codes, known, strict=True) if usable and code is not None], geometries[known], path)
    return path


def write_pieces(codes: Sequence[str], geometries: Geometries, path: Path) -> None:
    """Write countries (alpha-2 code and polygons of each) as pieces: GeoParquet with the column `country`."""
    pieces, source = subdivided(geometries)
    owner = np.array(codes)[source]
    order = np.argsort(owner, kind="stable")
    column = {"encoding": "WKB", "geometry_types": ["Polygon"], "bbox": shapely.total_bounds(pieces).tolist()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({COLUMN: pa.array(owner[order]), "geometry": pa.array(shapely.to_wkb(pieces[order], byte_order=1))})
    pq.write_table(table.replace_schema_metadata({"geo": orjson.dumps(geo)}), path, compression="zstd", compression_level=19)


def _vector(source: Path) -> tuple[pa.Table, Geometries]:
    import pyogrio  # few deployments bring borders of their own, and GDAL takes its time

    try:
        meta, table = pyogrio.read_arrow(source)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise _unusable(source, "it does not read as a vector file") from error
    _require_wgs84(source, meta["crs"])
    name = meta["geometry_name"] or "wkb_geometry"
    return table.drop_columns([name]), shapely.from_wkb(table[name].to_pylist())


def _geoparquet(source: Path) -> tuple[pa.Table, Geometries]:
    try:
        table = pq.read_table(source)
        geo = orjson.loads((table.schema.metadata or {})[b"geo"])
    except (OSError, pa.ArrowInvalid, KeyError, orjson.JSONDecodeError) as error:
        raise _unusable(source, "it does not read as GeoParquet") from error
    name = geo["primary_column"]
    column = geo["columns"][name]
    if column["encoding"] != "WKB":
        raise _unusable(source, "its geometries are not WKB")
    _require_wgs84(source, column.get("crs", "OGC:CRS84"))
    return table.drop_columns([name]), shapely.from_wkb(table[name].to_pylist())


def _require_wgs84(source: Path, crs: Any) -> None:
    if not crs or not CRS.from_user_input(crs).equals(CRS.from_epsg(4326), ignore_axis_order=True):
        raise _unusable(source, "it is not in longitude and latitude on WGS84 (EPSG:4326)")


def _codes(source: Path, table: pa.Table) -> list[str | None]:
    named = {name.lower(): name for name in table.column_names}
    for wanted in CODE_COLUMNS:
        if wanted in named:
            codes = [iso_code(str(value)) for value in table[named[wanted]].to_pylist()]
            if any(codes):
                return codes
    raise _unusable(source, f"none of its columns {', '.join(CODE_COLUMNS)} has ISO 3166-1 codes")


def _unusable(source: Path, why: str) -> Refused:
    return Refused(f"BOUNDARIES_FILE {source} cannot be used: {why}", "boundaries_not_usable")
