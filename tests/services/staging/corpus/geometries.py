"""GeoJSON geometries, right and wrong, written as WKT, WKB and KML exactly as they are: no library closes, orders or checks them."""

import struct
from collections.abc import Sequence
from typing import Any

Geometry = dict[str, Any] | None
_KINDS = {"Point": 1, "LineString": 2, "Polygon": 3, "MultiPolygon": 6, "GeometryCollection": 7}


def square(x: float = 10.123457, y: float = 5.123457, side: float = 0.010011) -> dict[str, Any]:
    """A closed counterclockwise ring of a hundred hectares in Cameroon; six decimals, and no regular figure."""
    far = round(x + side, 6)
    return polygon([[x, y], [far, round(y + 0.001003, 6)], [far, round(y + side, 6)], [x, round(y + side, 6)], [x, y]])


def polygon(*rings: Sequence[Sequence[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [list(map(list, ring)) for ring in rings]}


def point(x: float = 10.123457, y: float = 5.123457) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def multipolygon(*polygons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": [each["coordinates"] for each in polygons]}


def gathered(*geometries: dict[str, Any]) -> dict[str, Any]:
    return {"type": "GeometryCollection", "geometries": list(geometries)}


def positions(geometry: dict[str, Any]) -> list[list[float]]:
    """Every position, in order."""
    if geometry["type"] == "GeometryCollection":
        return [each for member in geometry["geometries"] for each in positions(member)]
    return _flat(geometry["coordinates"])


def _flat(coordinates: Any) -> list[list[float]]:
    if not coordinates:
        return []
    if isinstance(coordinates[0], int | float):
        return [coordinates]
    return [each for member in coordinates for each in _flat(member)]


def wkt(geometry: Geometry) -> str:
    if geometry is None:
        return ""
    if geometry["type"] == "GeometryCollection":
        return f"GEOMETRYCOLLECTION ({', '.join(map(wkt, geometry['geometries']))})"
    kind = geometry["type"].upper() + (" Z" if any(len(each) > 2 for each in positions(geometry)) else "")
    body = _wkt(geometry["coordinates"])
    return f"{kind} {f'({body})' if geometry['type'] == 'Point' else body}" if geometry["coordinates"] else f"{kind} EMPTY"


def _wkt(coordinates: Any) -> str:
    if not coordinates:
        return "EMPTY"
    if isinstance(coordinates[0], int | float):
        return " ".join(map(repr, coordinates))
    return f"({', '.join(map(_wkt, coordinates))})"


def wkb(geometry: dict[str, Any]) -> bytes:
    """ISO WKB, little-endian."""
    has_z = any(len(each) > 2 for each in positions(geometry))
    head = struct.pack("<BI", 1, _KINDS[geometry["type"]] + (1000 if has_z else 0))
    match geometry["type"]:
        case "Point":
            return head + _packed(geometry["coordinates"])
        case "LineString":
            return head + _ring(geometry["coordinates"])
        case "Polygon":
            return head + struct.pack("<I", len(geometry["coordinates"])) + b"".join(map(_ring, geometry["coordinates"]))
        case "MultiPolygon":
            parts = [wkb(polygon(*rings)) for rings in geometry["coordinates"]]
        case _:
            parts = [wkb(each) for each in geometry["geometries"]]
    return head + struct.pack("<I", len(parts)) + b"".join(parts)


def _ring(ring: Sequence[Sequence[float]]) -> bytes:
    return struct.pack("<I", len(ring)) + b"".join(map(_packed, ring))


def _packed(position: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(position)}d", *position)


def kml(geometry: Geometry) -> str:
    if geometry is None:
        return ""
    match geometry["type"]:
        case "Point" | "LineString" as kind:
            at = geometry["coordinates"]
            return f"<{kind}>{_coordinates([at] if kind == 'Point' else at)}</{kind}>"
        case "Polygon":
            sides = ["outer", *["inner"] * len(geometry["coordinates"])]
            rings = zip(sides, geometry["coordinates"], strict=False)
            inside = (f"<{side}BoundaryIs><LinearRing>{_coordinates(ring)}</LinearRing></{side}BoundaryIs>" for side, ring in rings)
            return f"<Polygon>{''.join(inside)}</Polygon>"
        case "MultiPolygon":
            return f"<MultiGeometry>{''.join(kml(polygon(*rings)) for rings in geometry['coordinates'])}</MultiGeometry>"
        case _:
            return f"<MultiGeometry>{''.join(map(kml, geometry['geometries']))}</MultiGeometry>"


def _coordinates(ring: Sequence[Sequence[float]]) -> str:
    return f"<coordinates>{' '.join(','.join(map(repr, each)) for each in ring)}</coordinates>"
