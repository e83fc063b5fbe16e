"""MOD16 in its published tiles of the sinusoidal plane: names, cells, and periods of the year."""

from pathlib import Path

import numpy as np
import pytest
from rasterio import Affine
from rasterio.io import MemoryFile

from contracts.v1.results.water import Water
from services.water.rules import rules, series
from shared.rasters.catalogue import PlaneScheme, layer_of
from shared.rasters.tiles import PlaneTile
from tests.services.water.scene import Scene, square, years

MOD16 = layer_of("mod16")
TILE = PlaneTile(8, 18)
"""h18v08: 0 to 10 degrees north, from the meridian of Greenwich eastwards."""
PERIODS = 46


def tile_of(value: int) -> bytes:
    """A whole tile of one value, but for a column of cells that are water."""
    scheme = MOD16.tiles
    assert isinstance(scheme, PlaneScheme)
    step = scheme.side / scheme.cells
    transform = Affine(step, 0, scheme.west + TILE.column * scheme.side, 0, -step, scheme.north - TILE.row * scheme.side)
    cells = np.full((scheme.cells, scheme.cells), value, dtype=np.int16)
    cells[:, :600] = 32766
    shape = {"height": scheme.cells, "width": scheme.cells, "count": 1, "dtype": "int16", "crs": MOD16.crs}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", compress="deflate", transform=transform, **shape) as file:
            file.write(cells, 1)
        return bytes(memory.read())


@pytest.fixture
def tiles(scene: Scene) -> Path:
    """A year of ET of 10 mm and PET of 20 mm a period, the last of 5 days too."""
    for name, value in (("mod16_et", 100), ("mod16_pet", 200)):
        content = tile_of(value)
        for band in MOD16.between(*years(2025, 2025), series(rules())[name].variable):
            path = scene.folder / "mod16" / MOD16.tile_file(band.name, TILE)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    return scene.folder / "mod16"


def test_a_year_of_tiles_is_the_sum_of_its_periods(scene: Scene, tiles: Path) -> None:
    assert len(list(tiles.iterdir())) == 2 * PERIODS
    held = scene.result(square(5.0, 5.0))
    assert (held.et_source, held.periods["et"]) == ("mod16", "2025-01/2025-12")
    assert held.et_mm_yr == pytest.approx(PERIODS * 10.0)
    assert (held.pet_mm_yr, held.water_stress_index) == (pytest.approx(PERIODS * 20.0), pytest.approx(0.5))
    # A cell is 463.3 m square, but for what the sphere of MODIS differs from the ellipsoid.
    assert held.support_ratio == pytest.approx(held.plot_area_ha / 21.466, rel=5e-3)
    assert "below_pixel:mod16" in held.flags


def test_ground_that_mod16_leaves_out_is_told_with_its_cause(scene: Scene, tiles: Path) -> None:
    assert tiles.is_dir()
    outcome = scene.outcome(square(1.0, 5.0))
    assert isinstance(outcome.values, Water)
    assert (outcome.values.et_gap_share, outcome.values.et_gap_share_by_cause) == (1.0, {"water": 1.0})
    assert (outcome.values.et_mm_yr, outcome.values.layer_states["mod16"]) == (None, "available")
    assert "no_year:et" in outcome.reasons
