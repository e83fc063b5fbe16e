"""Builders: tiles of layers written under their public names."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

WriteTile = Callable[..., Path]


@pytest.fixture
def write_tile(tmp_path: Path) -> WriteTile:
    """`write_tile(name, values, west, north, step)` writes a GeoTIFF below `tmp_path/layers` and returns its path."""

    def write(
        name: str,
        values: np.ndarray,
        west: float,
        north: float,
        step: float = 0.00025,
        *,
        south_up: bool = False,
        crs: str = "EPSG:4326",
        **profile: object,
    ) -> Path:
        path = tmp_path / "layers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = values.shape
        transform = Affine(step, 0, west, 0, -step, north)
        if south_up:
            transform, values = Affine(step, 0, west, 0, step, north - height * step), values[::-1]
        profile = {"driver": "GTiff", "count": 1, "dtype": values.dtype, "tiled": True, "blockxsize": 64, "blockysize": 64} | profile
        with rasterio.open(path, "w", width=width, height=height, crs=crs, transform=transform, compress="deflate", **profile) as file:
            file.write(values, 1)
        return path

    return write


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """The folder that `write_tile` fills."""
    return tmp_path / "layers"
