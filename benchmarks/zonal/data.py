"""Rasters and plots for the zonal benchmark: noise and patches at 30, 10 and 100 m, and plots round villages."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin

WEST, NORTH, SIDE_DEG = 8.0, 7.0, 1.664
BLOCK = 512
VILLAGES = 166
MEDIAN_HA, LEAST_HA, GREATEST_HA = 2.2, 0.1, 50.0
SPREAD_DEG = 0.02
_M_PER_DEG = 111_000.0

Values = Callable[[np.random.Generator, int, int], NDArray[Any]]
"""Rows and columns of made-up values."""


@dataclass(frozen=True, slots=True)
class Rasters:
    """Files: loss years (sparse), tree cover (noisy) and biomass (float32) of 30, 30 and 100 m, land cover of 10 m."""

    lossyear30: Path
    treecover30: Path
    landcover10: Path
    agb100: Path

    def of(self, name: str) -> Path:
        """The file of a layer."""
        path: Path = getattr(self, name)
        return path


def rasters(folder: Path) -> Rasters:
    """The four rasters, written once; blocks of 512, deflate, EPSG:4326, some 400 MB."""
    made = Rasters(*(folder / f"{name}.tif" for name in ("lossyear30", "treecover30", "landcover10", "agb100")))
    layers: list[tuple[Path, float, str, Values]] = [
        (made.lossyear30, 0.00025, "uint8", _sparse),
        (made.treecover30, 0.00025, "uint8", _noisy),
        (made.landcover10, 0.00025 / 3, "uint8", _patchy),
        (made.agb100, 0.0008888888888888889, "float32", _skewed),
    ]
    for seed, (path, step, dtype, values) in enumerate(layers):
        if not path.exists():
            _write(path, step, dtype, values, np.random.default_rng((20261122, seed)))
    return made


def plots(count: int, draw: int = 0) -> NDArray[np.object_]:
    """Polygons of lognormal size (median 2.2 ha, 0.1 to 50 ha), 8 to 24 corners, round villages; sorted by place; others in each `draw`."""
    rng = np.random.default_rng((count, draw))
    middle = rng.uniform(0.1, SIDE_DEG - 0.1, (VILLAGES, 2))[rng.integers(0, VILLAGES, count)] + rng.normal(0, SPREAD_DEG, (count, 2))
    middle = np.clip(middle, 0.02, SIDE_DEG - 0.02)
    area_ha = np.clip(rng.lognormal(np.log(MEDIAN_HA), 0.9, count), LEAST_HA, GREATEST_HA)
    corners = rng.integers(8, 25, count)
    owner = np.repeat(np.arange(count), corners)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(corners) - corners, corners)
    angle = 2 * np.pi * within / corners[owner]
    radius = np.sqrt(area_ha * 1e4 / np.pi)[owner] / _M_PER_DEG * rng.uniform(0.75, 1.25, len(owner))
    xy = np.column_stack((WEST + middle[owner, 0] + radius * np.cos(angle), NORTH - middle[owner, 1] + radius * np.sin(angle)))
    made: NDArray[np.object_] = shapely.polygons(shapely.linearrings(xy, indices=owner))
    cell = np.floor(middle * 20).astype(int)
    return made[np.lexsort((middle[:, 0], np.where(cell[:, 1] % 2, -cell[:, 0], cell[:, 0]), cell[:, 1]))]


def _write(path: Path, step: float, dtype: str, values: Values, rng: np.random.Generator) -> None:
    size = int(np.ceil(SIDE_DEG / step / BLOCK)) * BLOCK
    profile = {"driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": dtype, "crs": "EPSG:4326",
               "transform": from_origin(WEST, NORTH, step, step), "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK,
               "compress": "deflate"}  # fmt: skip
    unfinished = path.with_suffix(".part")
    with rasterio.open(unfinished, "w", **profile) as file:
        for row in range(0, size, BLOCK):
            file.write(values(rng, BLOCK, size), 1, window=((row, row + BLOCK), (0, size)))
    unfinished.rename(path)


def _sparse(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    """Loss years 1 to 25 in small patches, elsewhere 0."""
    small = rng.random((rows // 4, columns // 4))
    years = np.where(small < 0.08, rng.integers(1, 26, small.shape), 0).astype(np.uint8)
    return np.kron(years, np.ones((4, 4), np.uint8)) * (rng.random((rows, columns)) < 0.8).astype(np.uint8)


def _noisy(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    """Percent of tree cover, different in every cell."""
    from scipy import ndimage  # only to write: no part of the memory of what is measured

    smooth = ndimage.zoom(rng.random((rows // 32, columns // 32)), 32, order=1) * 70
    return np.clip(smooth + rng.normal(15, 16, (rows, columns)), 0, 100).astype(np.uint8)


def _patchy(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.uint8]:
    """Land-cover classes 10, 20 to 100 in patches with ragged edges."""
    small = rng.integers(1, 11, (rows // 16, columns // 16)).astype(np.uint8)
    wide = np.kron(small, np.ones((16, 16), np.uint8))
    flips = rng.random((rows, columns), dtype=np.float32) < 0.2
    return np.where(flips, np.roll(wide, 16, axis=1), wide).astype(np.uint8) * np.uint8(10)


def _skewed(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    """Biomass, t/ha."""
    return rng.gamma(2.0, 60.0, (rows, columns)).astype(np.float32)
