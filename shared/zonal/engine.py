"""exactextract behind one function: the cells that polygons cover, in units of cells."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import shapely
from exactextract import exact_extract
from exactextract.feature import Feature, FeatureSource
from exactextract.raster import NumPyRasterSource
from exactextract.writer import Writer
from numpy.typing import NDArray

PlotCells: TypeAlias = tuple[int, NDArray[np.int64], NDArray[np.float64]]
"""Index of the plot, ids of its cells, fractions of them."""


def covered_cells(geometries: NDArray[np.object_], chosen: NDArray[np.intp], width: int, height: int) -> list[PlotCells]:
    """Cells (row from the top * width + column) and fractions of the `chosen` valid polygons on the grid [0, width] x [0, height].

    Feature-sequential, so that what a plot gets does not depend on its neighbours in the call; raster-sequential is
    not faster for plots of some hundred cells (measured: 7,000 plots/s both).
    """
    ones = np.broadcast_to(np.uint8(1), (height, width))  # a view: no memory, however large the grid
    collector = _Collector()
    exact_extract(
        NumPyRasterSource(ones, 0, 0, width, height),
        _Polygons(geometries, chosen),
        ["coverage", "cell_id"],
        include_cols=["plot"],
        strategy="feature-sequential",
        output=collector,
    )
    return [(row["plot"], row["cell_id"], row["coverage"]) for row in collector.features()]


class _Polygon(Feature):  # type: ignore[misc]  # exactextract is not typed
    """One feature as WKB; exactextract's own carry GeoJSON text and take twice the time."""

    def __init__(self, wkb: bytes = b"", plot: int = -1) -> None:
        Feature.__init__(self)
        self.wkb = wkb
        self.values: dict[str, Any] = {"plot": plot}

    def set(self, name: str, value: object) -> None:
        self.values[name] = value

    def get(self, name: str) -> object:
        return self.values[name]

    def geometry(self) -> bytes:
        return self.wkb

    def set_geometry(self, wkb: bytes) -> None:
        self.wkb = wkb

    def set_geometry_format(self) -> str:
        return "wkb"

    def fields(self) -> list[str]:
        return list(self.values)


class _Polygons(FeatureSource):  # type: ignore[misc]
    def __init__(self, geometries: NDArray[np.object_], chosen: NDArray[np.intp]) -> None:
        super().__init__()
        self._wkb = shapely.to_wkb(geometries[chosen], output_dimension=2)
        self._chosen = chosen

    def count(self) -> int:
        return len(self._wkb)

    def __iter__(self) -> Iterator[_Polygon]:
        for wkb, plot in zip(self._wkb, self._chosen, strict=True):
            yield _Polygon(wkb, int(plot))

    def srs_wkt(self) -> None:
        return None


class _Collector(Writer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self._rows: list[dict[str, Any]] = []

    def add_operation(self, operation: object) -> None:
        pass

    def add_column(self, name: str) -> None:
        pass

    def write(self, feature: Feature) -> None:
        copy = _Polygon()
        feature.copy_to(copy)
        self._rows.append(copy.values)

    def features(self) -> list[dict[str, Any]]:
        return self._rows
