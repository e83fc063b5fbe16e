"""The fused pass against plain sums over the coverage, for every kind of raster; and what must not change its numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings, strategies as st
from rasterio.transform import Affine, from_origin

from shared.errors import Refused
from shared.rasters.raster import open_raster
from shared.zonal import plan as plans
from shared.zonal.block import Forwarded, Source
from shared.zonal.coverage import coverage
from shared.zonal.joining import Joined
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class, joint_area
from shared.zonal.reductions.histogram import histogram
from shared.zonal.reductions.moments import moments
from shared.zonal.reductions.values import quantile, value_areas
from tests.shared.zonal.conftest import NORTH, STEP, WEST, Write, south_up

SIDE = 700
RNG = np.random.default_rng(3)
CODES = RNG.integers(0, 6, (SIDE, SIDE)).astype(np.uint8)


def stars(count: int, seed: int = 5) -> np.ndarray:
    """Plots of all sizes over the raster, some with a hole, some of two parts, some past its edge."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        corners = int(rng.integers(3, 20))
        angle, radius = np.sort(rng.uniform(0, 2 * np.pi, corners)), 10.0 ** rng.uniform(-4, -1.8, corners)
        middle = np.array([WEST, NORTH]) + rng.uniform(-0.01, SIDE * STEP + 0.01, 2) * (1, -1)
        star = shapely.make_valid(shapely.Polygon(middle + np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))))
        if number % 4 == 1:
            star = star - shapely.Point(middle).buffer(0.002)
        if number % 4 == 2:
            star = star | shapely.box(*(middle + 0.02), *(middle + 0.021))
        made.append(star if star.geom_type in ("Polygon", "MultiPolygon") and star.area > 1e-9 else shapely.Point(middle).buffer(0.001))
    return np.array(made, dtype=object)


def areas_m2(plots: np.ndarray, path: Path, values: np.ndarray, known: np.ndarray, classes: int) -> np.ndarray:
    """The same by the coverage of single cells and numpy."""
    grid = open_raster(path).cells
    found = coverage(plots, grid)
    area = found.fraction * grid.areas_m2(0, 0, grid.height, 1)[found.cell // grid.width, 0]
    value, is_known = values.ravel()[found.cell].astype(int), known.ravel()[found.cell]
    table = np.zeros((len(plots), classes + 1))
    np.add.at(table, (found.plot[is_known], np.where(value < classes, value, classes)[is_known]), area[is_known])
    return table


PLOTS = stars(150)
ALL = np.ones((SIDE, SIDE), dtype=bool)
MASK = RNG.random((SIDE, SIDE)) < 0.7


@pytest.mark.parametrize(
    ("values", "known", "how"),
    [
        (CODES, ALL, {}),
        (CODES, CODES != 5, {"nodata": 5}),
        (CODES, ALL, {"nodata": 255, "tiled": True, "blockxsize": 128, "blockysize": 128, "compress": "deflate"}),
        (CODES, MASK, {"mask": MASK}),
        (CODES.astype(np.int8), CODES != 3, {"nodata": 3}),
        (CODES.astype(np.uint16), ALL, {"tiled": True, "blockxsize": 256, "blockysize": 256}),
        (CODES.astype(np.int16), CODES != 0, {"nodata": 0}),
        (CODES.astype(np.float32), CODES != 4, {"nodata": 4}),
        (np.where(MASK, CODES, np.nan), MASK, {}),
        (np.where(MASK, CODES, np.nan), MASK, {"nodata": np.nan}),
        (CODES, CODES != 1, {"nodata": 1, "transform": south_up(SIDE)}),
    ],
    ids=["strips", "nodata", "tiles", "mask band", "int8", "uint16", "int16 nodata 0", "float32", "nan", "nan nodata", "south up"],
)
def test_areas_by_class_equal_sums_over_single_cells(write: Write, values: np.ndarray, known: np.ndarray, how: dict) -> None:
    south = "transform" in how
    path = write(values[::-1] if south else values, **how)
    found = zonal(PLOTS, {"a": open_raster(path)}, {"areas": area_by_class("a", Classes.of(0, 1, 2, 3, 4))})["areas"]
    expected = areas_m2(PLOTS, path, np.where(known, values, 0), known, 5)
    assert expected.sum() > 1e6
    assert found == pytest.approx(expected, rel=1e-11, abs=1e-6)


def test_one_pass_gives_every_reduction_of_several_bands(write: Write) -> None:
    height = RNG.normal(20, 8, (SIDE, SIDE)).astype(np.float32)
    codes, heights = open_raster(write(CODES)), open_raster(write(np.stack([height * 0, height]), scale=0.5, offset=1.0), 2)
    found = zonal(
        PLOTS,
        {"code": codes, "height": heights},
        {
            "areas": area_by_class("code", Classes.of(0, 1, 2, 3, 4, 5)),
            "joint": joint_area("code", Classes.of(0, (1, 2), range(3, 6)), "code", Classes.of(0, 1, 2, 3, 4, 5)),
            "height": moments("height"),
            "bins": histogram("height", np.array([5.0, 11.0])),
            "values": value_areas("code"),
        },
    )
    measured = height.astype(float) * 0.5 + 1.0
    assert heights.scale == 0.5
    cover = coverage(PLOTS, codes.cells)
    area = cover.fraction * codes.cells.areas_m2(0, 0, SIDE, 1)[cover.cell // SIDE, 0]
    value = measured.ravel()[cover.cell]
    for plot in range(0, len(PLOTS), 7):
        mine = cover.plot == plot
        if not mine.any():
            assert np.isnan(found["height"].mean[plot]) and found["areas"][plot].sum() == 0
            continue
        mean = np.average(value[mine], weights=area[mine])
        assert found["height"].mean[plot] == pytest.approx(mean, rel=1e-12)
        assert found["height"].variance[plot] == pytest.approx(
            np.average((value[mine] - mean) ** 2, weights=area[mine]), rel=1e-9, abs=1e-12
        )
        assert (found["height"].least[plot], found["height"].greatest[plot]) == pytest.approx(
            (value[mine].min(), value[mine].max()), rel=1e-15
        )
        assert found["height"].cell_sum[plot] == pytest.approx((value * cover.fraction)[mine].sum(), rel=1e-12)
        assert found["bins"][plot, 0] == pytest.approx(area[mine & (value < 5)].sum(), rel=1e-11, abs=1e-9)
        assert found["bins"][plot, 2] == pytest.approx(area[mine & (value >= 11)].sum(), rel=1e-11, abs=1e-9)
    groups = np.array([0, 1, 1, 2, 2, 2])
    for code in range(6):
        assert found["joint"][:, groups[code], code] == pytest.approx(found["areas"][:, code], rel=1e-12)
    assert found["joint"].sum() == pytest.approx(found["areas"].sum(), rel=1e-12)
    table = found["values"]
    assert np.bincount(table.plots(), weights=table.area_m2, minlength=len(PLOTS)) == pytest.approx(found["areas"].sum(axis=1), rel=1e-12)


def test_a_band_of_another_grid_joins_at_the_centres_of_cells(write: Write) -> None:
    coarse = RNG.integers(0, 4, (SIDE // 3, SIDE // 3)).astype(np.uint8)
    fine, wide = open_raster(write(CODES)), open_raster(write(coarse, transform=open_scaled(3)))
    spread = np.kron(coarse, np.ones((3, 3), np.uint8))[:SIDE, :SIDE]
    sources = {"fine": fine, "wide": Joined.to(wide, fine)}
    reductions = {"joint": joint_area("fine", Classes.of(0, 1, 2, 3, 4, 5), "wide", Classes.of(0, 1, 2, 3))}
    found = zonal(PLOTS, sources, reductions)["joint"]
    inside = np.zeros((SIDE, SIDE), dtype=bool)
    inside[: spread.shape[0], : spread.shape[1]] = True
    together = np.zeros((SIDE, SIDE), dtype=int)
    together[: spread.shape[0], : spread.shape[1]] = CODES[: spread.shape[0], : spread.shape[1]] * 4 + spread
    path = Path(fine.path)
    expected = areas_m2(PLOTS, path, together, inside, 24)[:, :24].reshape(-1, 6, 4)
    assert found[:, :6, :4] == pytest.approx(expected, rel=1e-11, abs=1e-6)
    with pytest.raises(ValueError, match="several grids"):
        zonal(PLOTS, {"fine": fine, "wide": wide}, reductions)


def open_scaled(times: int) -> Affine:
    """Cells so many times as wide."""
    return from_origin(WEST, NORTH, STEP * times, STEP * times)


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiled") / "a.tif"
    with rasterio.open(path, "w", driver="GTiff", dtype="float32", count=1, width=SIDE, height=SIDE, crs="EPSG:4326", tiled=True,
                       blockxsize=128, blockysize=128, transform=open_scaled(1), nodata=-1) as file:  # fmt: skip
        file.write(np.where(MASK, RNG.normal(50, 9, (SIDE, SIDE)), -1).astype(np.float32), 1)
    return path


def numbers(plots: np.ndarray, path: Path, threads: int = 1) -> dict[str, np.ndarray]:
    found = zonal(plots, {"a": open_raster(path)}, {"m": moments("a"), "h": histogram("a", np.array([45.0, 55.0])), "v": value_areas("a")},
                  threads=threads)  # fmt: skip
    m = found["m"]
    return {
        "mean": m.mean,
        "variance": m.variance,
        "area": m.weight,
        "sum": m.cell_sum,
        "h": found["h"],
        "median": quantile(found["v"], 0.5),
    }


def same_bits(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    for name, values in one.items():
        assert np.array_equal(values, other[name], equal_nan=True), name


def test_threads_change_no_bit(tiled: Path) -> None:
    alone = numbers(PLOTS, tiled)
    for threads in (2, 5):
        same_bits(alone, numbers(PLOTS, tiled, threads))


def test_runs_that_use_the_same_memory_change_no_bit(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run has found is not written over by the next, also where only some windows have a mask."""
    masked = HalfMasked(open_raster(write(CODES, mask=MASK, tiled=True, blockxsize=128, blockysize=128)))
    classes = Classes.of(0, 1, 2)

    def found(threads: int) -> dict[str, np.ndarray]:
        asked = {"areas": area_by_class("a", classes), "joint": joint_area("a", classes, "a", classes), "m": moments("a"),
                 "h": histogram("a", np.array([2.0])), "v": value_areas("a")}  # fmt: skip
        made = zonal(PLOTS, {"a": masked}, asked, threads=threads)
        return {name: made[name] for name in ("areas", "joint", "h")} | {"mean": made["m"].mean, "value": made["v"].area_m2}

    whole = found(1)
    monkeypatch.setattr(plans, "RUN_CELLS", 1_000)
    monkeypatch.setattr(plans, "LAYOUT_CELLS", 500)
    for threads in (1, 3):
        same_bits(whole, found(threads))


@dataclass(frozen=True, slots=True)
class HalfMasked(Forwarded):
    """A band whose windows in the north have no mask."""

    source: Source

    def read(self, top: int, left: int, out: np.ndarray) -> np.ndarray | None:
        """As the band."""
        mask = self.source.read(top, left, out)
        return mask if top >= SIDE // 2 else None


def test_the_company_of_a_plot_changes_no_bit(tiled: Path) -> None:
    together = numbers(PLOTS, tiled)
    for some in (slice(0, 1), slice(3, 40), slice(None, None, -1), slice(7, 150, 13)):
        same_bits({name: values[some] for name, values in together.items()}, numbers(PLOTS[some], tiled))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 149), st.floats(0.05, 0.95), st.booleans())
def test_areas_add_up_over_a_split_plot(tiled: Path, number: int, at: float, upright: bool) -> None:
    plot = PLOTS[number]
    west, south, east, north = plot.bounds
    x, y = west + at * (east - west), south + at * (north - south)
    halves = [shapely.box(west, south, x, north), shapely.box(x, south, east, north)]
    if upright:
        halves = [shapely.box(west, south, east, y), shapely.box(west, y, east, north)]
    parts = np.array(
        [shapely.MultiPolygon([p for p in shapely.get_parts(plot & half) if p.geom_type == "Polygon"]) for half in halves], dtype=object
    )
    whole, split = numbers(PLOTS[number : number + 1], tiled), numbers(parts, tiled)
    assert split["h"].sum(axis=0) == pytest.approx(whole["h"][0], rel=1e-9, abs=1e-3)
    assert np.nansum(split["sum"]) == pytest.approx(np.nan_to_num(whole["sum"][0]), rel=1e-9, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 149), st.integers(0, 30), st.booleans(), st.booleans())
def test_how_a_ring_is_written_changes_nothing(tiled: Path, number: int, start: int, turn: bool, twice: bool) -> None:
    def rewritten(ring: shapely.LinearRing) -> np.ndarray:
        xy = shapely.get_coordinates(ring)[:-1]
        xy = np.roll(xy, start, axis=0)[:: -1 if turn else 1]
        if twice:
            xy = np.repeat(xy, 2, axis=0)
        return np.vstack([xy, xy[:1]])

    parts = shapely.get_parts(PLOTS[number])[::-1]
    again = shapely.MultiPolygon([shapely.Polygon(rewritten(p.exterior), [rewritten(ring) for ring in p.interiors]) for p in parts])
    one, other = numbers(PLOTS[number : number + 1], tiled), numbers(np.array([again], dtype=object), tiled)
    for name in ("mean", "area", "sum", "h"):
        assert other[name] == pytest.approx(one[name], rel=1e-11, abs=1e-7, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(st.floats(-1e6, 1e6, allow_nan=False, width=32))
def test_a_constant_raster_gives_the_constant(tmp_path_factory: pytest.TempPathFactory, value: float) -> None:
    path = tmp_path_factory.mktemp("constant") / "c.tif"
    with rasterio.open(path, "w", driver="GTiff", dtype="float32", count=1, width=SIDE, height=SIDE, crs="EPSG:4326",
                       transform=open_scaled(1)) as file:  # fmt: skip
        file.write(np.full((SIDE, SIDE), value, np.float32), 1)
    found = zonal(PLOTS, {"a": open_raster(path)}, {"m": moments("a")})["m"]
    inside = found.cells > 0
    assert (found.mean[inside] == np.float64(np.float32(value))).all() and (found.variance[inside] == 0).all()


def test_what_nothing_is_known_of_is_not_zero(write: Write) -> None:
    found = zonal(PLOTS, {"a": open_raster(write(CODES * 0, nodata=0))}, {"m": moments("a"), "v": value_areas("a")})
    assert np.isnan(found["m"].mean).all() and np.isnan(found["m"].cell_sum).all() and (found["m"].weight == 0).all()
    assert np.isnan(quantile(found["v"], 0.5)).all() and len(found["v"].value) == 0


def test_plots_outside_and_no_plots_at_all(write: Write) -> None:
    raster = open_raster(write(CODES))
    far = np.array([shapely.box(50, 50, 51, 51)], dtype=object)
    found = zonal(far, {"a": raster}, {"c": area_by_class("a", Classes.of(0, 1)), "m": moments("a")})
    assert found["c"].shape == (1, 3) and found["c"].sum() == 0 and np.isnan(found["m"].mean[0])
    none = zonal(far[:0], {"a": raster}, {"c": area_by_class("a", Classes.of(0, 1)), "m": moments("a"), "v": value_areas("a")})
    assert none["c"].shape == (0, 3) and len(none["m"].mean) == 0


def test_a_broken_outline_is_refused(write: Write) -> None:
    bow = np.array([shapely.Polygon([(10, 5), (10.1, 4.9), (10.1, 5), (10, 4.9)])], dtype=object)
    with pytest.raises(Refused, match="Self-intersection"):
        zonal(bow, {"a": open_raster(write(CODES))}, {"m": moments("a")})
