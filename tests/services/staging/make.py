"""Builders of GeoJSON for the tests of staging."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from services.staging.faults import NOTES
from services.staging.staged import Staged
from shared.staged import StagedPlots, chunk_sizes, read_chunk

GOOD = [[10.0, 5.0], [10.01, 5.0], [10.01, 5.01], [10.0, 5.01], [10.0, 5.0]]
"""A square ring, closed and counterclockwise."""
REMARKS = {"DECIMALS", "POINT", "TINY", "HUGE", "SLIVER", "ROUND", "HOLE/MULTI", "DUP_EXACT", "DUP_NEAR", "OVERLAP", "SWAP", "COUNTRY"}
"""Checks of methods 6.2 that remark on good plots."""
POLYGON_JSON = '{"type":"Polygon","coordinates":[[[10,5],[10.01,5],[10.01,5.01],[10,5]]]}'


def polygon(coordinates: Any = (GOOD,)) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": coordinates}


def square(x: float, y: float, side: float = 0.01) -> dict[str, Any]:
    return polygon([[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]])


def shifted(dx: float, dy: float) -> list[list[list[float]]]:
    return [[[x + dx, y + dy] for x, y in GOOD]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def gathered(*geometries: Any) -> dict[str, Any]:
    return {"type": "GeometryCollection", "geometries": list(geometries)}


def text_of(geometry: str) -> str:
    """A collection of one feature as text, the feature on its second line."""
    return '{"type":"FeatureCollection","features":[\n{"type":"Feature","properties":{},"geometry":' + geometry + "}]}"


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def only(result: Staged) -> StagedPlots:
    """The plots of a file of one chunk, with the notes of reading alone."""
    assert result.chunks == chunk_sizes(result.path)
    plots = read_chunk(result.path, 0)
    assert len(plots) == result.accepted
    return replace(plots, notes=[without_remarks(notes) for notes in plots.notes])


def without_remarks(codes: Iterable[str]) -> list[str]:
    """Codes of mendings and of whole files: those that no check of `checks/` gives."""
    return [code for code in codes if NOTES[code].check not in REMARKS]
