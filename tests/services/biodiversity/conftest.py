"""Small rasters of any kind, as the zonal engine's tests write them."""

from tests.shared.zonal.conftest import write

__all__ = ["write"]
