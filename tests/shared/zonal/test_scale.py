"""A region of five million hectares and a hundred thousand plots in little memory: measured in a process of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

REGION = """
import sys
import numpy as np, rasterio, shapely
from rasterio.transform import from_origin
from shared.geo.areas import geodesic_area_ha
from shared.rasters.raster import open_raster
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.reductions.moments import moments

def peak_kib():
    # Not getrusage: there a process begins with the peak of the one that started it.
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) for line in told if line.startswith("VmHWM"))


STEP, SIDE = 0.00025, 10240
path = sys.argv[1]
row = (np.arange(SIDE) // 7 % 5).astype(np.uint8)
with rasterio.open(path, "w", driver="GTiff", dtype="uint8", count=1, width=SIDE, height=SIDE, crs="EPSG:4326", compress="deflate",
                   transform=from_origin(-4.0, 9.0, STEP, STEP), tiled=True, blockxsize=512, blockysize=512) as file:
    for top in range(0, SIDE, 512):
        file.write(np.broadcast_to(row, (512, SIDE)), 1, window=((top, top + 512), (0, SIDE)))
angle = np.linspace(0, 2 * np.pi, 5001)[:-1]
radius = 1.17 + 0.02 * np.sin(40 * angle)
region = shapely.Polygon(np.column_stack((-2.72 + radius * np.cos(angle), 7.72 + radius * np.sin(angle))))
plots = np.array([region - shapely.Point(-2.7, 7.7).buffer(0.2)], dtype=object)
before = peak_kib()
reductions = {"c": area_by_class("a", Classes.of(0, 1, 2, 3, 4)), "m": moments("a")}
found = zonal(plots, {"a": open_raster(path)}, reductions, threads=2)
peak = peak_kib()
one = zonal(plots, {"a": open_raster(path)}, reductions)
assert (one["c"] == found["c"]).all() and one["m"].mean == found["m"].mean
ha = found["c"].sum() / 1e4
assert 4_900_000 < ha < 5_300_000, ha
geodesic = geodesic_area_ha(plots)[0]
assert abs(ha / geodesic - 1) < 1e-6, (ha, geodesic)
print(peak // 1024)
"""

CROWD = """
import sys
import numpy as np, rasterio, shapely
from rasterio.transform import from_origin
from shared.rasters.raster import open_raster
from shared.zonal.passes import zonal
from shared.zonal.reductions.moments import moments

def peak_kib():
    # Not getrusage: there a process begins with the peak of the one that started it.
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) for line in told if line.startswith("VmHWM"))


path, chunks = sys.argv[1], int(sys.argv[2])
SIDE, STEP = 4096, 0.00025
with rasterio.open(path, "w", driver="GTiff", dtype="uint8", count=1, width=SIDE, height=SIDE, crs="EPSG:4326", compress="deflate",
                   transform=from_origin(0.0, 1.0, STEP, STEP), tiled=True, blockxsize=512, blockysize=512) as file:
    file.write(np.random.default_rng(1).integers(0, 9, (SIDE, SIDE)).astype(np.uint8), 1)
raster, rng, total = open_raster(path), np.random.default_rng(2), 0.0
for chunk in range(chunks):
    x, y = rng.uniform(0.01, 1.0, 5000), rng.uniform(0.0, 0.98, 5000)
    plots = shapely.box(x, y, x + 0.001, y + 0.001)
    total += zonal(plots, {"a": raster}, {"m": moments("a")}, checked=True)["m"].weight.sum()
print(peak_kib() // 1024)
"""

pytestmark = pytest.mark.long


def peak_mib(program: str, *arguments: str) -> int:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_a_region_of_five_million_hectares_streams_in_under_a_gigabyte(tmp_path: Path) -> None:
    assert peak_mib(REGION, str(tmp_path / "region.tif")) < 1000


def test_memory_does_not_grow_with_the_number_of_plots(tmp_path: Path) -> None:
    few, many = (peak_mib(CROWD, str(tmp_path / "crowd.tif"), chunks) for chunks in ("4", "40"))
    assert many < few + 60, (few, many)
