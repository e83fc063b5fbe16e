"""Arrays of plots for the tests of checks."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from services.staging.checks.plots import Plots
from services.staging.findings import Hits


def array(geometries: Iterable[Any]) -> Any:
    return np.fromiter(geometries, dtype=object)


def plots(*geometries: Any, area_ha: Any = 1.0, decimals: Any = 6) -> Plots:
    is_point = shapely.get_dimensions(array(geometries)) == 0
    return Plots(np.broadcast_to(np.float64(area_ha), len(geometries)), is_point, np.broadcast_to(np.int8(decimals), len(geometries)))


def box(x: float, y: float, width: float, height: float) -> shapely.Geometry:
    return shapely.box(x, y, x + width, y + height)


def codes(found: Iterable[Hits]) -> dict[str, list[int]]:
    """Rows by code, without codes that found nothing."""
    return {each.code: sorted(each.rows.tolist()) for each in found if len(each.rows)}
