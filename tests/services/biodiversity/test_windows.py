"""Windows hold every cell of a landscape once, and little else."""

import numpy as np
import pytest
import shapely

from services.biodiversity.ground import Lattice
from services.biodiversity.windows import WINDOW_CELLS, windows_of


@pytest.mark.parametrize(
    "places",
    [
        [shapely.Point(10.0, 5.0)],
        [shapely.box(10.0, 5.0, 10.1, 5.07)],
        [shapely.Point(10.0, 5.0), shapely.Point(10.3, 5.2), shapely.Point(10.05, 5.1)],
        [shapely.Point(179.98, 60.0), shapely.Point(-179.9, 60.05)],
    ],
)
def test_every_cell_is_in_one_window(places: list[shapely.Geometry]) -> None:
    lattice = Lattice.round(np.array(places, dtype=object), 1000.0, 10.0, 110.0)
    whole = lattice.window(0, 0, lattice.rows, lattice.columns).inside
    seen, cells, margin = np.zeros_like(whole, dtype=int), 0, lattice.margin
    for row, column, rows, columns in windows_of(lattice):
        assert row % lattice.step == column % lattice.step == 0
        assert max(rows, columns) <= WINDOW_CELLS + 2 * margin
        own = np.s_[row + margin : row + rows - margin, column + margin : column + columns - margin]
        seen[own] += 1
        cells += seen[own].size
    assert (seen[whole] == 1).all() and seen.max() == 1
    assert cells < 3 * whole.sum()
