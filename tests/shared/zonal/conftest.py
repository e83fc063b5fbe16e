"""Small rasters of any kind, written as GeoTIFF."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin

WEST, NORTH, STEP = 10.0, 5.0, 0.00025

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write [rows, columns] or [bands, rows, columns] to a file: keywords as of rasterio, `mask`, `scale` and `offset`."""
    made = iter(range(1000))

    def written(values: np.ndarray, *, mask: np.ndarray | None = None, scale: float = 1.0, offset: float = 0.0, **more: Any) -> Path:
        bands = values if values.ndim == 3 else values[np.newaxis]
        path = tmp_path / f"raster_{next(made)}.tif"
        profile = {"driver": "GTiff", "dtype": bands.dtype, "count": len(bands), "height": bands.shape[1], "width": bands.shape[2],
                   "crs": "EPSG:4326", "transform": from_origin(WEST, NORTH, STEP, STEP)} | more  # fmt: skip
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as file:
            file.write(bands)
            file.scales, file.offsets = (scale,) * len(bands), (offset,) * len(bands)
            if mask is not None:
                file.write_mask(mask)
        return path

    return written


def south_up(rows: int) -> Affine:
    """The transform of the same cells with the rows from south to north."""
    return Affine(STEP, 0, WEST, 0, STEP, NORTH - rows * STEP)
