"""Turn outlines into shapely geometries and judge them as a whole: area, validity, winding, repair."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from services.staging.draft import Outline
from services.staging.faults import PlotFault
from shared.geo.areas import geodesic_area_ha

Repair = Literal["off", "safe", "all"]
Geometries = NDArray[np.object_]

MIN_WIDTH_DEG: Final = 1e-7
"""About 1 cm: what is narrower vanishes in the rounding of the geometry hash."""
REPAIR_VERTICES: Final = 1000
"""make_valid needs seconds beyond this."""
REPAIR_AREA_SHARE: Final = 0.01
"""Largest change of area by a repair."""
_LOCATED: Final = re.compile(r"(.*)\[(\S+) (\S+)\]")


@dataclass(slots=True)
class Judged:
    """Geometries of outlines, with what was found: faults and notes by their position."""

    geometries: Geometries
    faults: dict[int, PlotFault] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)


def judge_outlines(outlines: Sequence[Outline], repair: Repair) -> Judged:
    """Build, check and wind outlines (n of them): shells counterclockwise, holes clockwise as RFC 7946 says."""
    judged = Judged(build(outlines))
    _judge_width(judged)
    _judge_validity(judged, repair)
    wound = shapely.orient_polygons(judged.geometries, exterior_cw=False)
    if repair == "off":
        for row in np.flatnonzero(~shapely.equals_identical(wound, judged.geometries)):
            judged.faults.setdefault(int(row), PlotFault("wrong_winding"))
    judged.geometries = wound
    return judged


def build(outlines: Sequence[Outline]) -> Geometries:
    """Shapely geometries of outlines, one for each."""
    geometries: Geometries = np.empty(len(outlines), dtype=object)
    points = [row for row, outline in enumerate(outlines) if outline.kind == "Point"]
    if points:
        geometries[points] = shapely.points([(outlines[row].x[0], outlines[row].y[0]) for row in points])
    areas = [row for row, outline in enumerate(outlines) if outline.kind != "Point"]
    if areas:
        parts = _polygons([outlines[row] for row in areas])
        owner = np.repeat(areas, [len(outlines[row].part_rings) for row in areas])
        multi = np.array([outline.kind == "MultiPolygon" for outline in outlines])[owner]
        geometries[owner[~multi]] = parts[~multi]
        if multi.any():
            rows, position = np.unique(owner[multi], return_inverse=True)
            geometries[rows] = shapely.multipolygons(parts[multi], indices=position)
    return geometries


def _polygons(outlines: Sequence[Outline]) -> Geometries:
    x = np.concatenate([np.frombuffer(outline.x) for outline in outlines])
    y = np.concatenate([np.frombuffer(outline.y) for outline in outlines])
    sizes = np.fromiter(chain.from_iterable(outline.ring_sizes for outline in outlines), dtype=np.intp)
    rings_of = np.fromiter(chain.from_iterable(outline.part_rings for outline in outlines), dtype=np.intp)
    rings = shapely.linearrings(np.column_stack((x, y)), indices=np.repeat(np.arange(len(sizes)), sizes))
    polygons: Geometries = shapely.polygons(rings, indices=np.repeat(np.arange(len(rings_of)), rings_of))
    return polygons


def _judge_width(judged: Judged) -> None:
    """An outline whose hull has no width encloses nothing, however its numbers round."""
    is_area = shapely.get_dimensions(judged.geometries) == 2
    thin = is_area & (2 * shapely.area(judged.geometries) < MIN_WIDTH_DEG * shapely.length(judged.geometries))
    for row in np.flatnonzero(thin):
        hull = shapely.convex_hull(judged.geometries[row])
        if 2 * shapely.area(hull) < MIN_WIDTH_DEG * shapely.length(hull):
            judged.faults[int(row)] = PlotFault("degenerate_geometry")


def _judge_validity(judged: Judged, repair: Repair) -> None:
    for row in map(int, np.flatnonzero(~shapely.is_valid(judged.geometries))):
        if row in judged.faults:
            continue
        geometry = judged.geometries[row]
        repaired = _repaired(geometry) if repair == "all" else None
        if repaired is None:
            hint = "" if repair == "all" else ", or send repair=all"
            judged.faults[row] = PlotFault("invalid_geometry", reason=_reason(geometry), hint=hint)
        else:
            judged.geometries[row] = repaired
            judged.notes[row] = ["geometry_repaired"]


def _repaired(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """The valid form of a polygon, or None when that is another plot."""
    if shapely.get_num_coordinates(geometry) > REPAIR_VERTICES:
        return None
    mended = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    if mended.is_empty or mended.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    before_ha, after_ha = geodesic_area_ha(np.array([geometry, mended], dtype=object))
    return mended if abs(after_ha - before_ha) <= REPAIR_AREA_SHARE * before_ha else None


def _reason(geometry: shapely.Geometry) -> str:
    reason = shapely.is_valid_reason(geometry)
    located = _LOCATED.fullmatch(reason)
    return f"{located[1]} at longitude {located[2]}, latitude {located[3]}" if located else reason
