"""Plots that no check may let through, each with one fault and the code that it is refused with."""

from typing import Any, Final

FAULTY: Final[tuple[tuple[str, str, dict[str, Any] | None], ...]] = (
    ("self-intersection", "invalid_geometry",
     {"type": "Polygon", "coordinates": [[[0.01, 6.61], [0.012, 6.612], [0.012, 6.61], [0.01, 6.612], [0.01, 6.61]]]}),
    ("empty-geometry", "empty_geometry", {"type": "Polygon", "coordinates": []}),
    ("null-geometry", "empty_geometry", None),
    ("line", "geometry_type_not_supported", {"type": "LineString", "coordinates": [[0.01, 6.62], [0.012, 6.622], [0.014, 6.621]]}),
    ("latitude-95", "coordinate_out_of_range",
     {"type": "Polygon", "coordinates": [[[0.01, 95.0], [0.012, 95.0], [0.012, 95.002], [0.01, 95.002], [0.01, 95.0]]]}),
    ("metres", "coordinate_out_of_range",
     {"type": "Polygon", "coordinates": [[[168_400.0, 731_200.0], [168_600.0, 731_200.0], [168_600.0, 731_400.0],
                                          [168_400.0, 731_400.0], [168_400.0, 731_200.0]]]}),
    ("degenerate", "degenerate_geometry",
     {"type": "Polygon", "coordinates": [[[0.01, 6.63], [0.011, 6.63], [0.012, 6.63], [0.01, 6.63]]]}),
    ("null-island", "null_island", {"type": "Point", "coordinates": [0.0, 0.0]}),
)  # fmt: skip
"""Name of the fault, its code as `reliability.md` part 4 names it, and the geometry."""
