"""The window round each plot with a margin, for what looks past the outline: patches, edges, moving windows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.errors import Refused
from shared.zonal.block import Source
from shared.zonal.coverage import fill_windows
from shared.zonal.outlines import Outlines, require_usable

MAX_CELLS = 50_000_000
"""Cells of one window that may be asked for: what is done in windows is held in memory several times."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Cells round one plot."""

    plot: int
    """Index of the plot in the geometries given."""
    top: int
    left: int
    """Where the window begins in the cells of the grid; it ends at the grid's edge where the margin reaches past it."""
    share: NDArray[np.float64]
    """Share of each cell inside the plot; [rows, columns]."""
    area_m2: NDArray[np.float64]
    """Ground area of the cells; [rows, columns], or [rows, 1] where columns are alike."""
    values: Mapping[str, NDArray[Any]]
    """Of each band as it stands in the file; [rows, columns]."""
    known: Mapping[str, NDArray[np.bool_]]
    """Where each band is known; [rows, columns]."""


def surroundings(
    geometries: NDArray[np.object_], sources: Mapping[str, Source], margin_cells: int, *, checked: bool = False
) -> Iterator[Surroundings]:
    """The window of each polygon or multipolygon (lon/lat, [n]) in the order given, with `margin_cells` on each side.

    All bands lie on one grid. Plots outside it have none. Raises as `passes.zonal` does, Refused (`window_too_large`), and
    ValueError for bands of several grids. Neighbouring plots read the same blocks: these stay in GDAL's cache.
    """
    cells = next(iter(sources.values())).cells
    if any(source.cells != cells for source in sources.values()):
        raise ValueError("bands of several grids: join them to one first")
    if not checked:
        require_usable(geometries)
    outlines = Outlines.of_plots(geometries, cells)
    for plot, left, top, columns, rows in outlines.windows(cells.width, cells.height).tolist():
        west, north = max(0, left - margin_cells), max(0, top - margin_cells)
        wide = min(cells.width, left + columns + margin_cells) - west
        high = min(cells.height, top + rows + margin_cells) - north
        if wide * high > MAX_CELLS:
            raise Refused(f"the window of plot {plot} has {wide * high} cells; at most {MAX_CELLS} are read", code="window_too_large")
        share = np.zeros((high, wide))
        _, cell, fraction = fill_windows(outlines, np.array([[plot, left, top, columns, rows]]), cells.width)
        share[cell // cells.width - north, cell % cells.width - west] = fraction
        read = {name: _read(source, north, west, (high, wide)) for name, source in sources.items()}
        area_m2 = cells.areas_m2(north, west, high, wide)
        values, known = ({name: both[at] for name, both in read.items()} for at in (0, 1))
        yield Surroundings(plot, north, west, share, area_m2, values, known)


def _read(source: Source, top: int, left: int, shape: tuple[int, int]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    values = np.empty(shape, dtype=source.dtype)
    mask = source.read(top, left, values)
    known = np.ones(shape, dtype=np.bool_) if mask is None else mask.copy()
    if source.nodata is not None:
        known &= values != source.nodata
    if values.dtype.kind == "f":
        known &= ~np.isnan(values)
    return values, known
