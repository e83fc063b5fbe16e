"""The bands of the catalogue under the zonal engine: tiles, their borders, tiles that are missing."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from sample import Sample, generate
from shared.errors import Unavailable
from shared.rasters.reader import Rasters
from shared.rasters.source import LayerBand
from shared.zonal.coverage import coverage
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class

YEARS = Classes.of(*range(26))


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("landscape"))


def tile_border(landscape: Sample) -> tuple[np.ndarray, Rasters]:
    """Plots on both sides of the meridian between the two tiles of the landscape, one over it."""
    rasters = Rasters(landscape.layers_dir)
    tiles = sorted((landscape.layers_dir / "hansen_gfc").glob("*lossyear*"))
    import rasterio

    with rasterio.open(tiles[0]) as one, rasterio.open(tiles[1]) as other:
        border = max(one.bounds.left, other.bounds.left)
        middle = (max(one.bounds.bottom, other.bounds.bottom) + min(one.bounds.top, other.bounds.top)) / 2
    widths = [(-0.01, 0.0), (0.0, 0.01), (-0.01, 0.01)]
    return np.array(
        [shapely.box(border + west, middle - 0.01, border + east, middle + 0.01) for west, east in widths], dtype=object
    ), rasters


def test_a_plot_over_two_tiles_has_the_areas_of_its_halves(landscape: Sample) -> None:
    plots, rasters = tile_border(landscape)
    band = LayerBand.near(rasters, "hansen_gfc", "lossyear", tuple(plots[2].bounds))
    assert band is not None
    areas = zonal(plots, {"loss": band}, {"years": area_by_class("loss", YEARS)})["years"]
    assert areas[0].sum() > 0 and areas[1].sum() > 0
    assert areas[2] == pytest.approx(areas[0] + areas[1], rel=1e-12)


def test_the_engine_agrees_with_the_window_that_statistics_read(landscape: Sample) -> None:
    plots, rasters = tile_border(landscape)
    band = LayerBand.near(rasters, "hansen_gfc", "lossyear", tuple(plots[2].bounds))
    grid = rasters.grid("hansen_gfc", "lossyear", tuple(plots[2].bounds), 2)
    assert band is not None and grid is not None
    read, found = rasters.sample("hansen_gfc", "lossyear", grid), coverage(plots, grid)
    area = found.fraction * grid.row_areas_m2()[found.cell // grid.width]
    expected = np.zeros((3, 27))
    np.add.at(expected, (found.plot, read.values.ravel()[found.cell].astype(int)), np.where(read.valid.ravel()[found.cell], area, 0))
    assert zonal(plots, {"loss": band}, {"years": area_by_class("loss", YEARS)})["years"] == pytest.approx(expected, rel=1e-9, abs=1e-3)


def test_a_published_tile_that_is_missing_is_no_zero(landscape: Sample, tmp_path: Path) -> None:
    plots, _ = tile_border(landscape)
    folder = tmp_path / "hansen_gfc"
    folder.mkdir()
    tiles = sorted((landscape.layers_dir / "hansen_gfc").glob("*lossyear*"))
    for tile in tiles[:1]:
        (folder / tile.name).symlink_to(tile)
    rasters = Rasters(tmp_path)
    band = LayerBand.near(rasters, "hansen_gfc", "lossyear", tuple(plots[2].bounds))
    assert band is not None
    areas = zonal(plots, {"loss": band}, {"years": area_by_class("loss", YEARS)})["years"].sum(axis=1)
    assert sorted(areas > 0) == [False, True, True] and areas[2] == pytest.approx(areas[0] + areas[1], rel=1e-12)
    (folder / "tiles.txt").write_text("\n".join(tile.stem.removeprefix("Hansen_GFC-2025-v1.13_lossyear_") for tile in tiles))
    with pytest.raises(Unavailable):
        zonal(plots, {"loss": band}, {"years": area_by_class("loss", YEARS)})
