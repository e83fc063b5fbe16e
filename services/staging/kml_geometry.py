"""The geometry of a KML placemark as decoded GeoJSON: positions exactly as the file writes them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from services.staging.faults import PlotFault
from services.staging.properties import parse_number

GEOMETRIES: Final = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Model", "Track", "MultiTrack"})
"""Elements that are geometries; a LinearRing inside a Polygon too."""

Geometry = dict[str, Any]


@dataclass(slots=True)
class Shape:
    """One geometry element, while it is read and after."""

    kind: str
    members: "list[Shape]" = field(default_factory=list)
    coordinates: list[tuple[str, bool]] = field(default_factory=list)
    """Texts of positions, and whether they bound a hole."""

    def add_coordinates(self, text: str, *, inner: bool) -> None:
        """The text of a `coordinates` element inside this shape."""
        self.coordinates.append((text, inner))


def written_positions(shapes: list[Shape]) -> Iterator[tuple[str, str]]:
    """Longitude and latitude of every position as the file writes them."""
    for shape in shapes:
        for text, _ in shape.coordinates:
            for written in text.split():
                longitude, _, rest = written.partition(",")
                yield longitude, rest.partition(",")[0]
        yield from written_positions(shape.members)


def geometry_of(shapes: list[Shape]) -> Geometry | None:
    """The geometry of a placemark as decoded GeoJSON, None when it has none; raises `PlotFault`."""
    if not shapes:
        return None
    if len(shapes) > 1:
        raise PlotFault("malformed_geometry", reason="the placemark has several geometries outside a MultiGeometry")
    return _geometry(shapes[0])


def _geometry(shape: Shape) -> Geometry:
    if shape.kind == "MultiGeometry":
        return _gathered([_geometry(member) for member in shape.members])
    if shape.kind == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(shape)}
    if shape.kind != "Point":
        raise PlotFault("geometry_type_not_supported", geometry_type=shape.kind)
    positions = [position for text, _ in shape.coordinates for position in _positions(text)]
    if len(positions) > 1:
        raise PlotFault("malformed_geometry", reason="a Point has several positions")
    return {"type": "Point", "coordinates": positions[0] if positions else []}


def _gathered(members: list[Geometry]) -> Geometry:
    """Polygons are one plot of several parts; anything else is a collection, which is judged as in GeoJSON."""
    if len(members) > 1 and all(member["type"] in ("Polygon", "MultiPolygon") for member in members):
        parts = [member["coordinates"] if member["type"] == "MultiPolygon" else [member["coordinates"]] for member in members]
        return {"type": "MultiPolygon", "coordinates": [rings for part in parts for rings in part]}
    return {"type": "GeometryCollection", "geometries": members}


def _rings(polygon: Shape) -> list[list[list[float]]]:
    """Shell and holes; the shell must be written first and once."""
    rings = [(text, inner) for ring in polygon.members for text, inner in ring.coordinates]
    shells = [text for text, inner in rings if not inner]
    if len(shells) > 1:
        raise PlotFault("malformed_geometry", reason="a Polygon has several outer boundaries")
    holes = [text for text, inner in rings if inner]
    if holes and not shells:
        raise PlotFault("malformed_geometry", reason="a Polygon has holes but no outer boundary")
    return [_positions(text) for text in (*shells, *holes)]


def _positions(text: str) -> list[list[float]]:
    return [_position(written) for written in text.split()]


def _position(written: str) -> list[float]:
    parts = written.split(",")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise PlotFault("malformed_geometry", reason=f"{written[:40]} is no longitude,latitude")
    numbers = [parse_number(part) for part in parts]
    if None in numbers:
        code = "non_finite_coordinate" if any(word in written.lower() for word in ("nan", "inf")) else "non_numeric_coordinate"
        raise PlotFault(code, value=written)
    return [number for number in numbers if number is not None]
