"""Read the geometry field of a table: WKT or GeoJSON text, as a decoded GeoJSON geometry."""

import re
from typing import Any, Final

import shapely

from services.staging.crs import is_wgs84
from services.staging.faults import PlotFault
from services.staging.feature import read_geometry_text

_SRID: Final = re.compile(r"\s*SRID\s*=\s*([0-9]+)\s*;", re.IGNORECASE)
_UNREADABLE: Final = re.compile(r"CURVE|CIRCULARSTRING|SURFACE|TRIANGLE|TIN", re.IGNORECASE)
_COLLECTION: Final = re.compile(r"GEOMETRYCOLLECTION", re.IGNORECASE)


_HEXADECIMAL: Final = re.compile(r"[\s(,+-](0x[0-9a-f.p+-]*)", re.IGNORECASE)
"""GEOS reads numbers as C does: 0x1A would be 26."""
_NOT_FINITE: Final = re.compile(r"[\s(](?:nan|[+-]?inf)", re.IGNORECASE)


def read_geometry_field(text: str, file_crs: str | None) -> tuple[Any, list[str]]:
    """The geometry that a field of a file in `file_crs` (None: WGS84) holds, decoded as GeoJSON, and what reading it mended.

    None for an empty field. Raises `PlotFault`.
    """
    if not text.strip():
        return None, []
    if text.lstrip().startswith("{"):
        return read_geometry_text(text.encode(), file_crs), []
    srid = _SRID.match(text)
    if srid and not is_wgs84(f"EPSG:{srid[1]}" if file_crs is None or is_wgs84(file_crs) else ""):
        raise PlotFault("crs_not_supported", crs=f"SRID {srid[1]}")
    geometry, notes = _parsed(text[srid.end() :] if srid else text)
    return geometry.__geo_interface__, notes


def _parsed(wkt: str) -> tuple[shapely.Geometry, list[str]]:
    if len(_COLLECTION.findall(wkt)) > 1:  # GEOS recurses into each and overflows its stack
        raise PlotFault("geometry_type_not_supported", geometry_type="nested GeometryCollection")
    if _UNREADABLE.search(wkt):
        raise PlotFault("geometry_type_not_supported", geometry_type=wkt.split("(", maxsplit=1)[0].strip())
    if hexadecimal := _HEXADECIMAL.search(wkt):
        raise PlotFault("non_numeric_coordinate", value=hexadecimal[1])
    if _NOT_FINITE.search(wkt):
        raise PlotFault("non_finite_coordinate")
    try:
        return shapely.from_wkt(wkt, on_invalid="raise"), []
    except shapely.GEOSException as error:
        if "closed linestring" not in str(error):
            raise _fault(error) from error
    try:
        closed = shapely.from_wkt(wkt, on_invalid="fix")
    except shapely.GEOSException as error:
        raise _fault(error) from error
    if closed is None:  # what GEOS answers where closing the ring is not enough
        raise PlotFault("malformed_geometry", reason="a ring is not closed, and the text is damaged besides")
    return closed, ["ring_closed"]


def _fault(error: shapely.GEOSException) -> PlotFault:
    if "Invalid number of points" in str(error):
        return PlotFault("degenerate_geometry")
    return PlotFault("malformed_geometry", reason=str(error).removeprefix("ParseException: "))
