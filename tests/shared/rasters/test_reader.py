"""Local rasters at the cells of a grid: tiles, borders, mosaics, directions, and files that are wrong."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import rasterio

from shared.errors import Refused, Unavailable
from shared.rasters.band import Source
from shared.rasters.reader import Rasters
from shared.zonal.grid import Grid

STEP = 0.00025
HANSEN = "hansen_gfc/Hansen_GFC-2025-v1.13_{band}_{tile}.tif"
LOSS_10N_010W = HANSEN.format(band="lossyear", tile="10N_010W")
WriteTile = Callable[..., Path]


def numbered(height: int, width: int, codes: int = 26) -> np.ndarray:
    """Codes at random, so that a shift by one cell or a turn shows."""
    return np.random.default_rng(height * width).integers(0, codes, (height, width), np.uint8)


def crop(values: np.ndarray, row: int, column: int, grid: Grid) -> np.ndarray:
    return values[row : row + grid.height, column : column + grid.width]


def test_a_window_snaps_to_the_cells_and_reads_them(write_tile: WriteTile, layers: Path) -> None:
    values = numbered(200, 300)
    write_tile(LOSS_10N_010W, values, -5.0, 7.0)
    rasters = Rasters(layers)
    grid = rasters.grid("hansen_gfc", "lossyear", (-5 + 10.2 * STEP, 7 - 15.9 * STEP, -5 + 13.5 * STEP, 7 - 12.1 * STEP), margin_cells=2)
    assert grid is not None
    assert (grid.width, grid.height) == (4 + 4, 4 + 4)
    assert (grid.west, grid.north) == pytest.approx((-5 + 8 * STEP, 7 - 10 * STEP), abs=1e-12)
    band = rasters.sample("hansen_gfc", "lossyear", grid)
    assert np.array_equal(band.values, crop(values, 10, 8, grid))
    assert band.valid.all() and band.state == "available" and band.values.dtype == np.uint8


def test_bounds_on_cell_borders_take_no_further_cell(write_tile: WriteTile, layers: Path) -> None:
    write_tile("jrc_gfc2020/JRC_GFC2020_V4_N10_W10.tif", numbered(300, 300, 2), -9.0, 9.0, 1 / 12000)
    for column in range(0, 250, 7):  # 1/12000 is not exact in binary
        west, north = -9 + column / 12000, 9 - column / 12000
        grid = Rasters(layers).grid("jrc_gfc2020", "map", (west, north - 3 / 12000, west + 2 / 12000, north), 0)
        assert grid is not None and (grid.width, grid.height) == (2, 3)
        assert grid.west == pytest.approx(west, abs=1e-12)


def test_every_cell_of_a_raster_is_read_at_its_own_place(write_tile: WriteTile, layers: Path) -> None:
    """The first and last cells too, with a step that is not exact in binary."""
    values = numbered(240, 360, 2)
    write_tile("jrc_gfc2020/JRC_GFC2020_V4_N10_W10.tif", values, -7.7, 3.3, 1 / 12000)
    rasters = Rasters(layers)
    grid = rasters.grid("jrc_gfc2020", "map", (-7.7, 3.3 - 240 / 12000, -7.7 + 360 / 12000, 3.3), 1)
    assert grid is not None and (grid.width, grid.height) == (362, 242)
    band = rasters.sample("jrc_gfc2020", "map", grid)
    assert np.array_equal(band.values[1:-1, 1:-1], values)
    assert band.valid[1:-1, 1:-1].all() and band.valid.sum() == values.size


def test_two_tiles_are_one_mosaic_and_each_cell_at_the_border_is_read_once(write_tile: WriteTile, layers: Path) -> None:
    values = numbered(60, 80)
    write_tile(HANSEN.format(band="lossyear", tile="10N_010W"), values[:, :40], -40 * STEP, 5.0)
    write_tile(HANSEN.format(band="lossyear", tile="10N_000E"), values[:, 40:], 0.0, 5.0)
    rasters = Rasters(layers)
    grid = rasters.grid("hansen_gfc", "lossyear", (-10 * STEP, 5 - 20 * STEP, 10 * STEP, 5 - 10 * STEP), 3)
    assert grid is not None and grid.width == 26
    band = rasters.sample("hansen_gfc", "lossyear", grid)
    assert np.array_equal(band.values, crop(values, 7, 27, grid))
    assert band.valid.all()
    assert [source.name[-12:] for source in band.sources] == ["10N_000E.tif", "10N_010W.tif"]


def test_tiles_that_overlap_give_each_place_its_own_tile(write_tile: WriteTile, layers: Path) -> None:
    """TMF's files exceed their 10 degrees: the place decides, not the order of reading."""
    write_tile("jrc_tmf/N10_W10/AnnualChange_2020.tif", np.full((40, 60), 1, np.uint8), -40 * STEP, 5.0)
    write_tile("jrc_tmf/N10_E0/AnnualChange_2020.tif", np.full((40, 60), 3, np.uint8), -20 * STEP, 5.0)
    band = Rasters(layers).sample("jrc_tmf", "AnnualChange_2020", Grid(-20 * STEP, 5.0, STEP, STEP, 40, 20))
    assert np.all(band.values[:, :20] == 1) and np.all(band.values[:, 20:] == 3) and band.valid.all()


def test_another_layers_cells_are_read_at_their_centres(write_tile: WriteTile, layers: Path) -> None:
    values = numbered(40, 40)
    write_tile(LOSS_10N_010W, values, -5.0, 7.0)
    fine = Grid(-5.0, 7.0, STEP / 3, STEP / 3, 120, 120)
    band = Rasters(layers).sample("hansen_gfc", "lossyear", fine)
    assert np.array_equal(band.values, np.repeat(np.repeat(values, 3, axis=0), 3, axis=1))


def test_a_south_up_bigtiff_reads_like_any_other(write_tile: WriteTile, layers: Path) -> None:
    values = numbered(90, 70, 7)
    write_tile("jrc_tmf/N10_W10/AnnualChange_2020.tif", values, -5.0, 7.0, south_up=True, BIGTIFF="YES")
    rasters = Rasters(layers)
    grid = rasters.grid("jrc_tmf", "AnnualChange_2020", (-5 + 20.5 * STEP, 7 - 29.5 * STEP, -5 + 39.5 * STEP, 7 - 10.5 * STEP), 0)
    assert grid is not None and grid.north == pytest.approx(7 - 10 * STEP, abs=1e-12)
    band = rasters.sample("jrc_tmf", "AnnualChange_2020", grid)
    assert np.array_equal(band.values, crop(values, 10, 20, grid))
    assert np.array_equal(band.valid, band.values != 0)


def test_a_missing_tile_is_not_covered(write_tile: WriteTile, layers: Path) -> None:
    write_tile(LOSS_10N_010W, numbered(40, 40), -40 * STEP, 5.0)
    rasters = Rasters(layers)
    half = rasters.sample("hansen_gfc", "lossyear", Grid(-10 * STEP, 5.0, STEP, STEP, 20, 10))
    assert half.state == "available" and half.valid[:, :10].all() and not half.valid[:, 10:].any()
    nothing = rasters.sample("hansen_gfc", "lossyear", Grid(50.0, 5.0, STEP, STEP, 20, 10))
    assert nothing.state == "not_covered" and not nothing.valid.any() and nothing.sources == ()
    assert rasters.grid("hansen_gfc", "lossyear", (50, 4, 50.001, 4.001), 3) is None


def test_cells_outside_the_raster_of_their_tile_are_not_covered(write_tile: WriteTile, layers: Path) -> None:
    write_tile(LOSS_10N_010W, numbered(40, 40), -5.0, 5.0)
    rasters = Rasters(layers)
    assert rasters.sample("hansen_gfc", "lossyear", Grid(-8.0, 3.0, STEP, STEP, 5, 5)).state == "not_covered"
    assert rasters.grid("hansen_gfc", "lossyear", (-8, 3, -7.999, 3.001), 0) is None


def test_a_missing_tile_that_is_published_has_failed(write_tile: WriteTile, layers: Path) -> None:
    write_tile(LOSS_10N_010W, numbered(40, 40), -40 * STEP, 5.0)
    (layers / "hansen_gfc/tiles.txt").write_text("# published\n10N_010W\n10N_000E  # land\n")
    rasters = Rasters(layers)
    assert rasters.sample("hansen_gfc", "lossyear", Grid(-10 * STEP, 5.0, STEP, STEP, 20, 10)).state == "failed"
    assert rasters.sample("hansen_gfc", "lossyear", Grid(1.0, 5.0, STEP, STEP, 20, 10)).state == "failed"
    assert rasters.sample("hansen_gfc", "lossyear", Grid(50.0, 5.0, STEP, STEP, 20, 10)).state == "not_covered"


def test_a_band_without_any_source_is_not_configured(write_tile: WriteTile, layers: Path) -> None:
    write_tile(LOSS_10N_010W, numbered(40, 40), -5.0, 5.0)
    rasters = Rasters(layers)
    assert rasters.state("hansen_gfc", "lossyear") == "configured"
    assert rasters.state("hansen_gfc", "treecover2000") == "not_configured"
    assert Rasters().state("jrc_gfc2020", "map") == "not_configured"
    band = rasters.sample("hansen_gfc", "treecover2000", Grid(-5.0, 5.0, STEP, STEP, 4, 3))
    assert band.state == "not_configured" and not band.valid.any() and band.values.shape == (3, 4)
    assert list(rasters.describe()) == ["hansen_gfc"]


def test_online_layers_are_configured_when_their_server_serves_ranges() -> None:
    rasters = Rasters(online=True)
    assert rasters.state("jrc_gfc2020", "map") == "configured"
    assert rasters.state("jrc_tmf", "AnnualChange_2020") == "not_configured"


def test_a_file_in_the_place_of_a_band_leaves_the_others_alone(write_tile: WriteTile) -> None:
    path = write_tile("my crop.tif", numbered(40, 40), 12.0, -3.0)
    rasters = Rasters(overrides={"hansen_gfc.lossyear": path})
    band = rasters.sample("hansen_gfc", "lossyear", Grid(12.0, -3.0, STEP, STEP, 40, 40))
    assert np.array_equal(band.values, numbered(40, 40))
    assert rasters.state("hansen_gfc", "datamask") == "not_configured"
    digest = sha256(path.read_bytes()).hexdigest()
    assert band.sources == (Source("hansen_gfc", "lossyear", "my crop.tif", "local", f"sha256:{digest}"),)
    assert rasters.describe()["hansen_gfc"].sources == band.sources


def test_a_layer_of_one_band_may_be_named_alone(write_tile: WriteTile) -> None:
    path = write_tile("forest.tif", numbered(4, 4, 2), 12.0, -3.0)
    assert Rasters(overrides={"jrc_gfc2020": path}).state("jrc_gfc2020", "map") == "configured"


def test_overrides_that_cannot_be_meant_are_refused(write_tile: WriteTile, tmp_path: Path) -> None:
    path = write_tile("crop.tif", numbered(4, 4), 0.0, 0.0)
    for name, file, code in [
        ("hansen_gfc", path, "layer_unknown"),
        ("hansen_gfc.loss", path, "layer_unknown"),
        ("hansen", path, "layer_unknown"),
        ("hansen_gfc.lossyear", tmp_path / "none.tif", "layer_file_missing"),
    ]:
        with pytest.raises(Refused) as refused:
            Rasters(overrides={name: file})
        assert refused.value.code == code


def test_a_declared_nodata_and_a_mask_make_cells_invalid(write_tile: WriteTile, layers: Path) -> None:
    values = numbered(40, 40)
    values[0, 0] = 255
    path = write_tile(LOSS_10N_010W, values, -5.0, 5.0, nodata=255)
    band = Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 40, 40))
    assert not band.valid[0, 0] and band.valid.sum() == 1599
    masked = write_tile(LOSS_10N_010W, numbered(40, 40), -5.0, 5.0)
    assert masked == path
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as file:
        mask = np.full((40, 40), 255, np.uint8)
        mask[3, 4] = 0
        file.write_mask(mask)
    band = Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 40, 40))
    assert not band.valid[3, 4] and band.valid.sum() == 1599


def test_a_corrupt_tile_is_unavailable_and_named(write_tile: WriteTile, layers: Path) -> None:
    path = write_tile(LOSS_10N_010W, np.random.default_rng(1).integers(0, 26, (400, 400), np.uint8), -5.0, 5.0)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], b"not a tiff at all", b""):
        path.write_bytes(broken)
        with pytest.raises(Unavailable, match="10N_010W") as failed:
            Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 400, 400))
        assert failed.value.code == "layer_unavailable"


def test_a_repaired_tile_reads_without_a_new_start(write_tile: WriteTile, layers: Path) -> None:
    path = write_tile(LOSS_10N_010W, numbered(40, 40), -5.0, 5.0)
    whole, rasters, grid = path.read_bytes(), Rasters(layers), Grid(-5.0, 5.0, STEP, STEP, 40, 40)
    path.write_bytes(b"half a tile")
    with pytest.raises(Unavailable):
        rasters.sample("hansen_gfc", "lossyear", grid)
    path.write_bytes(whole)
    assert rasters.sample("hansen_gfc", "lossyear", grid).valid.all()


def test_a_replaced_tile_is_read_anew_under_its_new_checksum(write_tile: WriteTile, layers: Path) -> None:
    rasters, grid = Rasters(layers), Grid(-5.0, 5.0, STEP, STEP, 40, 40)
    write_tile(LOSS_10N_010W, np.zeros((40, 40), np.uint8), -5.0, 5.0)
    before = rasters.sample("hansen_gfc", "lossyear", grid)
    write_tile(LOSS_10N_010W, numbered(40, 40), -5.0, 5.0)
    after = rasters.sample("hansen_gfc", "lossyear", grid)
    assert np.array_equal(after.values, numbered(40, 40)) and before.sources != after.sources


@pytest.mark.parametrize(
    ("values", "profile"),
    [
        (np.full((9, 9), 26, np.uint8), {}),
        (np.full((9, 9), 0.5, np.float32), {}),
        (np.zeros((9, 9), np.uint8), {"crs": None}),
        (np.zeros((9, 9), np.uint8), {"count": 2}),
    ],
)
def test_a_file_that_is_not_what_the_catalogue_says_fails_loudly(
    write_tile: WriteTile, layers: Path, values: np.ndarray, profile: dict[str, object]
) -> None:
    write_tile(LOSS_10N_010W, values, -5.0, 5.0, **profile)
    with pytest.raises(Unavailable, match="10N_010W") as failed:
        Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 9, 9))
    assert failed.value.code == "layer_encoding"


def test_a_tile_that_lies_elsewhere_than_its_name_says_fails_loudly(write_tile: WriteTile, layers: Path) -> None:
    write_tile(LOSS_10N_010W, numbered(9, 9), 25.0, 5.0)
    with pytest.raises(Unavailable, match="not where its name says"):
        Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 9, 9))


def test_files_beside_a_tile_are_not_read(write_tile: WriteTile, layers: Path) -> None:
    path = write_tile(LOSS_10N_010W, numbered(40, 40), -5.0, 5.0)
    path.with_suffix(".tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>7</NoDataValue></PAMRasterBand></PAMDataset>'
    )
    path.with_suffix(".tfw").write_text("1\n0\n0\n-1\n100\n50\n")
    assert Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 40, 40)).valid.all()


def test_what_is_no_geotiff_is_not_opened(layers: Path, write_tile: WriteTile) -> None:
    inner = write_tile("hansen_gfc/inner.tif", numbered(9, 9), -5.0, 5.0)
    (layers / LOSS_10N_010W).write_text(
        f'<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{inner}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(Unavailable):
        Rasters(layers).sample("hansen_gfc", "lossyear", Grid(-5.0, 5.0, STEP, STEP, 9, 9))


def test_a_huge_window_is_refused(write_tile: WriteTile, layers: Path) -> None:
    write_tile(LOSS_10N_010W, numbered(9, 9), -5.0, 5.0)
    rasters = Rasters(layers)
    with pytest.raises(Refused) as refused:
        rasters.grid("hansen_gfc", "lossyear", (-9, 1, -1, 9), 0)
    assert refused.value.code == "window_too_large"
    with pytest.raises(Refused):
        rasters.sample("hansen_gfc", "lossyear", Grid(-9.0, 9.0, STEP, STEP, 10_000, 10_000))


def test_a_layer_ends_where_it_ends(write_tile: WriteTile, layers: Path) -> None:
    write_tile("jrc_tmf/N40_W10/AnnualChange_2020.tif", np.ones((9, 9), np.uint8), -5.0, 35.0)
    assert Rasters(layers).sample("jrc_tmf", "AnnualChange_2020", Grid(-5.0, 35.0, STEP, STEP, 9, 9)).state == "not_covered"


def test_threads_read_the_same_values(write_tile: WriteTile, layers: Path) -> None:
    values = np.random.default_rng(5).integers(0, 26, (600, 600), np.uint8)
    write_tile(LOSS_10N_010W, values, -5.0, 5.0)
    rasters = Rasters(layers, cache_mib=16)

    def right(seed: int) -> bool:
        row, column = np.random.default_rng(seed).integers(0, 500, 2)
        band = rasters.sample("hansen_gfc", "lossyear", Grid(-5 + column * STEP, 5 - row * STEP, STEP, STEP, 100, 100))
        return np.array_equal(band.values, values[row : row + 100, column : column + 100])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, range(80)))


def test_a_turned_raster_is_read_at_its_turned_cells(write_tile: WriteTile, tmp_path: Path) -> None:
    """Axes that are not north and east go the way of projected rasters: no row or column is taken for a parallel."""
    values = numbered(40, 40)
    path = tmp_path / "turned.tif"
    transform = rasterio.Affine.translation(-5, 5) @ rasterio.Affine.rotation(30) @ rasterio.Affine.scale(STEP, -STEP)
    with rasterio.open(path, "w", driver="GTiff", width=40, height=40, count=1, dtype="uint8", crs=4326, transform=transform) as file:
        file.write(values, 1)
    centre = transform @ (17.5, 23.5)
    at_centre = Grid(centre[0] - STEP / 20, centre[1] + STEP / 20, STEP / 10, STEP / 10, 1, 1)
    band = Rasters(overrides={"hansen_gfc.lossyear": path}).sample("hansen_gfc", "lossyear", at_centre)
    assert band.valid.all() and band.values[0, 0] == values[23, 17]


def test_past_the_antimeridian_nothing_is_covered() -> None:
    band = Rasters(online=True).sample("hansen_gfc", "lossyear", Grid(180.0, 5.0, STEP, STEP, 3, 3))
    assert band.state == "not_covered"


def test_a_single_given_file_serves_the_grid_too(write_tile: WriteTile) -> None:
    path = write_tile("crop.tif", numbered(40, 40), 12.0, -3.0)
    rasters = Rasters(overrides={"hansen_gfc.lossyear": path})
    grid = rasters.grid("hansen_gfc", "lossyear", (12.0, -3 - 2 * STEP, 12 + STEP, -3.0), 0)
    assert grid is not None and (grid.west, grid.north, grid.width, grid.height) == (12.0, -3.0, 1, 2)
    assert rasters.grid("hansen_gfc", "lossyear", (0, 0, 1, 1), 0) is None


def test_a_projected_south_up_raster_reads_like_a_north_up_one(write_tile: WriteTile) -> None:
    values = numbered(60, 60)
    read = []
    for name, south_up in (("north-up.tif", False), ("south-up.tif", True)):
        path = write_tile(name, values, 650_000.0, 1_790_000.0, 30.0, crs="EPSG:5490", south_up=south_up)
        rasters = Rasters(overrides={"hansen_gfc.lossyear": path})
        grid = rasters.grid("hansen_gfc", "lossyear", (-61.595, 16.178, -61.592, 16.181), 1)
        assert grid is not None
        read.append(rasters.sample("hansen_gfc", "lossyear", grid))
    assert read[0].valid.any() and np.array_equal(read[0].valid, read[1].valid)
    assert np.array_equal(read[0].values, read[1].values)
