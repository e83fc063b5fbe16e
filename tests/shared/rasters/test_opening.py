"""Bands of every shape under the zonal engine: tiles of a corner, of a plane, one file in any system, months; and what is missing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Transformer

from shared.errors import Unavailable
from shared.geo.areas import geodesic_area_ha
from shared.rasters.catalogue import layer_of
from shared.rasters.opening import Opened, open_band, state_of
from shared.rasters.reader import Rasters
from shared.rasters.recorded import RecordedRasters
from shared.rasters.tiles import PlaneTile
from shared.zonal.passes import zonal
from shared.zonal.reductions.moments import Moments, moments

WriteTile = Callable[..., Path]
STEP = 1 / 12000
WORLDCOVER = "worldcover/ESA_WorldCover_10m_2021_v200_{}_Map.tif"
ETH = "eth_chm/ETH_GlobalCanopyHeight_10m_2020_{}_Map.tif"
SINUSOIDAL = layer_of("mod16").crs
MERCATOR_SIDE = 78271.51696402048
MERCATOR_STEP = MERCATOR_SIDE / 65536


def in_degrees(shape: shapely.Geometry, crs: object) -> shapely.Geometry:
    """A shape in a reference system as lon/lat."""
    return shapely.transform(shape, Transformer.from_crs(crs, "OGC:CRS84", always_xy=True).transform, interleaved=False)


def opened(rasters: Rasters | RecordedRasters, name: str, *plots: shapely.Geometry) -> Opened:
    return open_band(rasters, name, tuple(shapely.total_bounds(np.array(plots, dtype=object)).tolist()))


def measured(band: Opened, *plots: shapely.Geometry) -> Moments:
    assert band.source is not None
    found: Moments = zonal(np.array(plots, dtype=object), {"v": band.source}, {"m": moments("v")})["m"]
    return found


def numbers(height: int, width: int, high: int = 60) -> np.ndarray:
    return np.random.default_rng(height + width).integers(1, high, (height, width), np.uint8)


def test_a_plot_over_the_corner_of_four_south_west_tiles_has_the_moments_of_its_cells(write_tile: WriteTile, layers: Path) -> None:
    values = numbers(40, 40)
    for name, rows, columns, west, north in [
        ("N00E003", slice(0, 20), slice(0, 20), 6 - 20 * STEP, 20 * STEP),
        ("N00E006", slice(0, 20), slice(20, 40), 6.0, 20 * STEP),
        ("S03E003", slice(20, 40), slice(0, 20), 6 - 20 * STEP, 0.0),
        ("S03E006", slice(20, 40), slice(20, 40), 6.0, 0.0),
    ]:
        write_tile(ETH.format(name), values[rows, columns], west, north, STEP)
    rasters = RecordedRasters(Rasters(layers))
    plot = shapely.box(6 - 3.5 * STEP, -6 * STEP, 6 + 8 * STEP, 10 * STEP)
    band = opened(rasters, "eth_chm.Map", plot)
    found = measured(band, plot)
    share = np.ones(12)
    share[0] = 0.5
    cells = values[10:26, 16:28].astype(float)
    assert found.cell_sum[0] == pytest.approx((cells * share).sum(), rel=1e-6)
    assert found.weight[0] / 1e4 == pytest.approx(geodesic_area_ha(np.array([plot]))[0], rel=1e-6)
    assert sorted(row["name"][-15:-8] for row in rasters.sources()) == ["N00E003", "N00E006", "S03E003", "S03E006"]
    assert state_of(band, 1.0) == "available"


def test_the_numbers_of_a_plot_have_the_same_bits_whatever_chunk_opened_the_band(write_tile: WriteTile, layers: Path) -> None:
    """Publishers write the step with more or fewer digits."""
    write_tile(ETH.format("N00E003"), numbers(50, 50), 6 - 50 * STEP, 1.0, 8.33333333e-05)
    write_tile(ETH.format("N00E006"), numbers(50, 51), 6.0, 1.0, STEP)
    rasters = Rasters(layers)
    here = shapely.box(6 + 3.3 * STEP, 1 - 20.2 * STEP, 6 + 17.9 * STEP, 1 - 11.7 * STEP)
    west = shapely.box(6 - 20 * STEP, 1 - 9 * STEP, 6 - 5 * STEP, 1 - 3 * STEP)
    alone, together = (measured(opened(rasters, "eth_chm.Map", *plots), *plots) for plots in ((here,), (here, west)))
    assert (alone.mean[0], alone.weight[0]) == (together.mean[0], together.weight[0])


def test_nodata_of_the_catalogue_is_not_known_and_classes_are_checked(write_tile: WriteTile, layers: Path) -> None:
    heights = np.full((20, 20), 10, np.uint8)
    heights[:10] = 255
    write_tile(ETH.format("N00E006"), heights, 6.0, 2.0, STEP)
    plot = shapely.box(6.0, 2 - 20 * STEP, 6 + 20 * STEP, 2.0)
    found = measured(opened(Rasters(layers), "eth_chm.Map", plot), plot)
    assert found.mean[0] == 10.0 and found.cells[0] == pytest.approx(200)
    write_tile(WORLDCOVER.format("N00E006"), np.full((20, 20), 15, np.uint8), 6.0, 2.0, STEP)
    with pytest.raises(Unavailable, match="15") as failed:
        measured(opened(Rasters(layers), "worldcover.map", plot), plot)
    assert failed.value.code == "layer_encoding"


def test_tiles_of_web_mercator_are_one_lattice_and_cells_have_their_ground_area(write_tile: WriteTile, layers: Path) -> None:
    """Two quadkeys at 60 N, where a cell is a quarter of its area on the equator."""
    border, north = -20037508.342789244 + 300 * MERCATOR_SIDE, 20037508.342789244 - 148 * MERCATOR_SIDE
    values = numbers(80, 80)
    layer = layer_of("meta_chm")
    for column, part, west in ((299, values[:, :40], border - 40 * MERCATOR_STEP), (300, values[:, 40:], border)):
        name = f"meta_chm/{layer.tile_file('height', PlaneTile(148, column))}"
        write_tile(name, part, west, north - 1000 * MERCATOR_STEP, MERCATOR_STEP, crs="EPSG:3857")
    top = north - 1000 * MERCATOR_STEP
    west, south, east, north = (
        border - 30 * MERCATOR_STEP,
        top - 70 * MERCATOR_STEP,
        border + 20 * MERCATOR_STEP,
        top - 10 * MERCATOR_STEP,
    )
    plot = in_degrees(shapely.box(west, south, east, north), 3857)
    rasters = RecordedRasters(Rasters(layers))
    found = measured(opened(rasters, "meta_chm.height", plot), plot)
    assert found.cell_sum[0] == pytest.approx(values[10:70, 10:60].sum(dtype=float), rel=1e-6)
    assert found.weight[0] / 1e4 == pytest.approx(geodesic_area_ha(np.array([plot]))[0], rel=1e-6)
    assert len(rasters.sources()) == 2
    far = shapely.box(0.0, 0.0, 0.001, 0.001)
    band = opened(rasters, "meta_chm.height", far)
    share = measured(band, far).weight[0]
    assert share == 0 and state_of(band, share) == "not_covered"


def test_a_tile_off_the_lattice_of_its_plane_is_another_encoding(write_tile: WriteTile, layers: Path) -> None:
    west, north = -20037508.342789244 + 300 * MERCATOR_SIDE, 20037508.342789244 - 148 * MERCATOR_SIDE
    name = f"meta_chm/{layer_of('meta_chm').tile_file('height', PlaneTile(148, 300))}"
    plot = in_degrees(shapely.box(west + 10, north - 40, west + 30, north - 10), 3857)
    for shift, step in ((0.5 * MERCATOR_STEP, MERCATOR_STEP), (0.0, 2 * MERCATOR_STEP), (-MERCATOR_SIDE, MERCATOR_STEP)):
        write_tile(name, numbers(64, 64), west + shift, north, step, crs="EPSG:3857")
        with pytest.raises(Unavailable, match="off its place") as failed:
            measured(opened(Rasters(layers), "meta_chm.height", plot), plot)
        assert failed.value.code == "layer_encoding"


def sinusoidal_plot(west: float, north: float, step: float, cells: tuple[int, int, int, int]) -> shapely.Geometry:
    """Columns [a, b) and rows [c, d) of a raster as a polygon in degrees, its edges cut short."""
    a, b, c, d = cells
    shape = shapely.segmentize(shapely.box(west + a * step, north - d * step, west + b * step, north - c * step), step / 4)
    return in_degrees(shape, SINUSOIDAL)


def test_modis_tiles_give_decoded_means_without_their_fill(write_tile: WriteTile, layers: Path) -> None:
    step = 1111950.519666667 / 2400
    west, north = -20015109.354 + 12 * 1111950.519666667, 10007554.677 - 9 * 1111950.519666667
    values = np.arange(600, dtype=np.int16).reshape(20, 30)
    values[5, 5:10] = 32766
    write_tile("mod16/MOD16A2GF.A2020097.h12v09.061.ET_500m.tif", values, west, north, step, crs=SINUSOIDAL)
    plot = sinusoidal_plot(west, north, step, (4, 14, 3, 12))
    found = measured(opened(Rasters(layers), "mod16.ET_2020-097", plot), plot)
    known = values[3:12, 4:14].astype(float)
    assert found.cells[0] == pytest.approx(85, rel=1e-3)
    assert found.mean[0] == pytest.approx(known[known < 32761].mean() * 0.1, rel=1e-3)
    assert opened(Rasters(layers), "mod16.ET_2020-105", plot).state == "not_configured"


def test_a_mosaic_in_one_file_stands_for_all_tiles(write_tile: WriteTile) -> None:
    path = write_tile("mosaic.tif", np.full((30, 30), 123, np.int16), -5_000_000.0, -200_000.0, 463.3127165, crs=SINUSOIDAL)
    rasters = RecordedRasters(Rasters(overrides={"mod16.ET_2020-097": path}))
    plot = sinusoidal_plot(-5_000_000.0, -200_000.0, 463.3127165, (5, 9, 5, 9))
    found = measured(opened(rasters, "mod16.ET_2020-097", plot), plot)
    assert found.mean[0] == pytest.approx(12.3, rel=1e-12)
    assert [(row["name"], row["version"]) for row in rasters.sources()] == [("mosaic.tif", "local")]
    assert opened(rasters, "mod16.ET_2020-097", shapely.box(100, 40, 101, 41)).state == "not_covered"


def test_one_file_in_homolosine_is_read_in_its_own_cells(write_tile: WriteTile, layers: Path) -> None:
    values = np.arange(400, dtype=np.int16).reshape(20, 20)
    values[0, 0] = -32768
    crs = layer_of("soilgrids_ocs").crs
    west, north = -7_000_000.0, -300_000.0
    write_tile("soilgrids_ocs/ocs_0-30cm_mean.tif", values, west, north, 250.0, crs=crs, nodata=-32768)
    shape = shapely.segmentize(shapely.box(west, north - 10 * 250, west + 10 * 250, north), 50.0)
    plot = in_degrees(shape, crs)
    band = opened(Rasters(layers), "soilgrids_ocs.mean", plot)
    found = measured(band, plot)
    assert found.cells[0] == pytest.approx(99, rel=1e-4)
    assert found.cell_sum[0] == pytest.approx(values[:10, :10].sum(dtype=float) + 32768, rel=1e-4)
    assert found.weight[0] / 1e4 == pytest.approx(geodesic_area_ha(np.array([plot]))[0] * 0.99, rel=1e-4)


def test_months_are_files_of_their_own_and_floats_have_no_nodata_but_the_declared(write_tile: WriteTile, layers: Path) -> None:
    rain = np.full((40, 40), 80.5, np.float32)
    rain[0, 0], rain[0, 1] = -9999.0, np.nan
    for month in ("01", "02"):
        write_tile(f"chirps3/chirps-v3.0.2020.{month}.cog", rain * int(month) if month == "02" else rain, 10.0, 5.0, 0.05)
    plot = shapely.box(10.0, 4.9, 10.1, 5.0)
    rasters = Rasters(layers)
    found = measured(opened(rasters, "chirps3.2020-01", plot), plot)
    assert found.mean[0] == 80.5 and found.cells[0] == pytest.approx(2)
    assert opened(rasters, "chirps3.2020-03", plot).state == "not_configured"
    with pytest.raises(Unavailable, match="-19998"):  # twice the fill is no rain
        measured(opened(rasters, "chirps3.2020-02", plot), plot)


@pytest.mark.parametrize(("dtype", "tags"), [("float32", {}), ("int16", {"scales": (0.01,)})])
def test_a_file_that_was_decoded_already_is_not_scaled_again(
    write_tile: WriteTile, layers: Path, dtype: str, tags: dict[str, tuple[float, ...]]
) -> None:
    path = write_tile("wapor3_aeti/WAPOR-3.L1-AETI-D.2020-03-D1.tif", np.full((20, 20), 3, dtype), 10.0, 5.0, 0.003)
    if tags:
        with rasterio.open(path, "r+") as file:
            file.scales = tags["scales"]
    plot = shapely.box(10.01, 4.97, 10.03, 4.99)
    with pytest.raises(Unavailable) as failed:
        measured(opened(Rasters(layers), "wapor3_aeti.2020-03-D1", plot), plot)
    assert failed.value.code == "layer_encoding"


def test_scale_reaches_the_reductions_and_the_file_stays_raw(write_tile: WriteTile, layers: Path) -> None:
    write_tile("wapor3_aeti/WAPOR-3.L1-AETI-D.2020-02-D3.tif", np.full((20, 20), 37, np.int16), 10.0, 5.0, 0.003)
    plot = shapely.box(10.01, 4.97, 10.03, 4.99)
    band = opened(Rasters(layers), "wapor3_aeti.2020-02-D3", plot)
    assert measured(band, plot).mean[0] * band.spec.days == pytest.approx(3.7 * 9)
    assert band.source is not None and band.source.scale == 0.1
    raw = np.empty((2, 2), band.source.dtype)
    cells = np.floor(band.source.cells.located(np.array([[10.01, 4.99]])))[0].astype(int)
    band.source.read(int(cells[1]), int(cells[0]), raw)
    assert raw.tolist() == [[37, 37], [37, 37]]


def test_states_of_a_band_that_is_not_there(write_tile: WriteTile, layers: Path) -> None:
    write_tile(ETH.format("N00E006"), numbers(20, 20), 6.0, 2.0, STEP)
    here, away = shapely.box(6.0001, 1.9991, 6.0005, 1.9995), shapely.box(40.0, 2.0, 40.1, 2.1)
    rasters = Rasters(layers)
    assert opened(rasters, "eth_chm.Map_SD", here).state == "not_configured"
    assert opened(rasters, "eth_chm.Map", away).state == "not_covered"
    assert opened(rasters, "eth_chm.Map", away).source is None
    together = opened(rasters, "eth_chm.Map", here, away)
    weight = measured(together, here, away).weight
    assert [state_of(together, share) for share in weight] == ["available", "not_covered"]
    assert state_of(opened(rasters, "eth_chm.Map_SD", here), np.nan) == "not_configured"


def test_a_plot_far_from_a_given_utm_file_is_not_covered_and_its_neighbour_is(write_tile: WriteTile) -> None:
    path = write_tile("zone22.tif", np.full((40, 40), 6, np.uint8), 500_000.0, 9_100_000.0, 30.0, crs="EPSG:32722")
    rasters = Rasters(overrides={"dist_alert.VEG-DIST-STATUS": path})
    near = in_degrees(shapely.box(500_100, 9_099_100, 500_700, 9_099_700), "EPSG:32722")
    plots = (shapely.box(110.0, 1.0, 110.01, 1.01), near, shapely.box(-50.0, -8.0, -49.99, -7.99))
    band = opened(rasters, "dist_alert.VEG-DIST-STATUS", *plots)
    weight = measured(band, *plots).weight
    assert [state_of(band, share) for share in weight] == ["not_covered", "available", "not_covered"]
    assert weight[1] == measured(opened(rasters, "dist_alert.VEG-DIST-STATUS", near), near).weight[0]


def test_a_published_tile_that_is_missing_raises_until_it_is_given_up(write_tile: WriteTile, layers: Path) -> None:
    write_tile(ETH.format("N00E006"), numbers(20, 20), 6.0, 1.0, STEP)
    (layers / "eth_chm/tiles.txt").write_text("N00E006\nN00E009\n")
    rasters = Rasters(layers)
    missing, here = shapely.box(10.0, 1.0, 10.001, 1.001), shapely.box(6.0001, 0.9991, 6.0005, 0.9995)
    with pytest.raises(Unavailable) as failed:
        opened(rasters, "eth_chm.Map", missing)
    assert failed.value.code == "layer_unavailable"
    assert open_band(rasters, "eth_chm.Map", missing.bounds, give_up=True).state == "failed"
    band = opened(rasters, "eth_chm.Map", here, missing)  # no plot need lie there
    with pytest.raises(Unavailable):
        measured(band, here, missing)
    assert measured(band, here).cells[0] > 0


def test_a_broken_block_is_failed_when_it_is_given_up_and_raises_before(write_tile: WriteTile, layers: Path) -> None:
    values = np.random.default_rng(1).integers(0, 60, (400, 400), np.uint8)
    path = write_tile(ETH.format("N00E006"), values, 6.0, 2.0, STEP)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 : -2000] = bytes(len(whole) - 2000 - len(whole) // 2)
    path.write_bytes(bytes(whole))
    plot = shapely.box(6.0, 2 - 400 * STEP, 6 + 400 * STEP, 2.0)
    with pytest.raises(Unavailable):
        measured(opened(Rasters(layers), "eth_chm.Map", plot), plot)
    band = open_band(Rasters(layers), "eth_chm.Map", plot.bounds, give_up=True)
    found = measured(band, plot)
    assert state_of(band, found.weight[0]) == "failed"
    path.write_bytes(b"no tiff")
    assert open_band(Rasters(layers), "eth_chm.Map", plot.bounds, give_up=True).state == "failed"
