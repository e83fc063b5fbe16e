"""Rings as arrays against those that shapely tells one by one."""

import numpy as np
import pytest
import shapely

from shared.zonal.drawn import TOGETHER, Drawn

SQUARE = "(0 0, 4 0, 4 4, 0 4, 0 0)"
SHAPES = {
    "ring": f"POLYGON ({SQUARE})",
    "hole": f"POLYGON ({SQUARE}, (1 1, 2 1, 2 2, 1 1))",
    "two holes": f"POLYGON ({SQUARE}, (1 1, 2 1, 2 2, 1 1), (3 3, 3 2, 2.5 3, 3 3))",
    "hole at the first vertex": f"POLYGON ({SQUARE}, (0 0, 1 2, 2 1, 0 0))",
    "part": f"MULTIPOLYGON (({SQUARE}))",
    "part with a hole": f"MULTIPOLYGON (({SQUARE}, (1 1, 2 1, 2 2, 1 1)))",
    "parts": f"MULTIPOLYGON (({SQUARE}), ((9 9, 9 8, 8 9, 9 9), (8.9 8.9, 8.8 8.9, 8.9 8.8, 8.9 8.9)), ((6 6, 7 6, 7 7, 6 6)))",
    "parts that meet at their first vertex": f"MULTIPOLYGON (({SQUARE}), ((0 0, -1 0, 0 -1, 0 0)))",
    "first vertex twice": "POLYGON ((0 0, 0 0, 4 0, 4 4, 0 0))",
    "empty polygon": "POLYGON EMPTY",
    "empty multipolygon": "MULTIPOLYGON EMPTY",
}


def told(geometry: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Vertices of the rings of the parts."""
    parts = [part for part in shapely.get_parts(geometry) if not part.is_empty]
    return [[shapely.get_coordinates(ring).tolist() for ring in shapely.get_rings(part)] for part in parts]


def drawn_of(geometries: list[shapely.Geometry]) -> list[list[list[list[list[float]]]]]:
    """The same of each geometry, out of the arrays."""
    drawn = Drawn.of(np.array(geometries, dtype=object))
    found: list[list[list[list[list[float]]]]] = [[] for _ in geometries]
    assert drawn.rings[0] == 0 and drawn.rings[-1] == len(drawn.lonlat) and len(drawn.parts) == len(drawn.plot)
    for at, plot in enumerate(drawn.plot):
        rings = np.flatnonzero(drawn.part == at)
        if len(rings):
            found[plot].append([drawn.lonlat[drawn.rings[ring] : drawn.rings[ring + 1]].tolist() for ring in rings])
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_a_geometry_has_the_rings_of_its_parts(name: str) -> None:
    geometry = shapely.from_wkt(SHAPES[name])
    assert drawn_of([geometry]) == [told(geometry)]


def test_geometries_of_all_kinds_keep_their_order_whatever_stands_between_them() -> None:
    rng = np.random.default_rng(20261127)
    kinds = shapely.from_wkt(list(SHAPES.values()))
    some = kinds[rng.integers(0, len(kinds), 2 * TOGETHER + 17)]
    moved = [shapely.transform(one, lambda xy, by=at: xy + by) for at, one in enumerate(some)]
    assert drawn_of(moved) == [told(one) for one in moved]


def test_no_geometry_has_no_ring() -> None:
    assert drawn_of([]) == []
