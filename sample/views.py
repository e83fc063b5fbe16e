"""What each data set sees of the land: its bands on its own grid, in its published encoding (methods.md 1.2)."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from sample.landscape import CELLS_PER_DEGREE, COLS, CUTOFF_YEAR, ROWS, Cells, Land, latitude, longitude

TMF_CELL_DEG: Final = 0.00026949458523585647
"""30 m along the equator: TMF's lattice starts at (0, 0) and shares no other line with Hansen's."""
TMF_YEARS: Final = range(2020, 2026)
_NEAR: Final = 1e-9
"""Corners of a cell are looked at this little inside it, degrees."""

Band = NDArray[np.uint8] | NDArray[np.uint16]
_Value = TypeVar("_Value", bound=np.generic)


def hansen_bands(land: Land) -> dict[str, Band]:
    """`treecover2000`, `lossyear`, `datamask`, `gain` on Hansen's cells; uint8 [ROWS, COLS]."""
    return {
        "treecover2000": land.treecover.astype(np.uint8),
        "lossyear": land.lossyear.astype(np.uint8),
        "datamask": np.where(land.water == 1, 2, 1).astype(np.uint8),
        "gain": land.gain.astype(np.uint8),
    }


def gfc2020_band(land: Land) -> NDArray[np.uint8]:
    """The forest map on cells of 1/12000 degree, nine to one of Hansen's; uint8 [3 ROWS, 3 COLS]."""
    return ten_metres(land.gfc.astype(np.uint8))


def ten_metres(cells: NDArray[_Value]) -> NDArray[_Value]:
    """Cells of the land on cells of 1/12000 degree, nine to one; [3 ROWS, 3 COLS]."""
    return np.repeat(np.repeat(cells, 3, axis=0), 3, axis=1)


def window_of(cell_deg: float, rows: int = ROWS, cols: int = COLS) -> tuple[int, int, int, int]:
    """North, west, south and east line of the cells whose centres lie in the region, of a lattice that starts at (0, 0).

    Lines are counted to the north and the east.
    """
    return (
        int(np.floor(latitude(0) / cell_deg + 0.5)),
        int(np.ceil(longitude(0) / cell_deg - 0.5)),
        int(np.ceil(latitude(rows) / cell_deg - 0.5)),
        int(np.floor(longitude(cols) / cell_deg + 0.5)),
    )


def tmf_window() -> tuple[int, int, int, int]:
    """The window of TMF's cells."""
    return window_of(TMF_CELL_DEG)


def tmf_bands(land: Land) -> dict[str, Band]:
    """TMF's bands on the cells of `tmf_window`; classes uint8, years uint16.

    An event after the cut-off must fill a TMF cell, one before need only touch it: so TMF never tells of a loss
    outside the cells of the design, and the areas that the design promises stay exact.
    """
    tmf = _at_centres(land.tmf)
    deforested, degraded, recleared = (_events(cells) for cells in (land.deforested, land.degraded, land.recleared))
    annual: dict[str, Band] = {
        f"AnnualChange_{year}": annual_change(year, tmf, deforested, degraded, recleared).astype(np.uint8) for year in TMF_YEARS
    }
    subtypes = _subtypes(tmf, deforested, degraded, _at_centres(land.plantation))
    return {**annual, "DeforestationYear": deforested, "DegradationYear": degraded, "TransitionMap_Subtypes": subtypes.astype(np.uint8)}


def annual_change(year: int, tmf: Cells, deforested: Cells, degraded: Cells, recleared: Cells) -> Cells:
    """TMF's class at the end of `year`; a cell that is regrowth (4) was deforested before and only `recleared` ends it."""

    def happened(events: Cells) -> NDArray[np.bool_]:
        return (events > 0) & (events <= year)

    tmf = np.where(happened(degraded) & np.isin(tmf, (1, 2)), 2, tmf)
    tmf = np.where(happened(deforested) & (tmf != 4), 3, tmf)
    return np.where(happened(recleared), 3, tmf).astype(np.uint16)


def _subtypes(tmf: Cells, deforested: Cells, degraded: Cells, plantation: Cells) -> Cells:
    subtypes = np.select([tmf == 4, tmf == 5, tmf == 6], [31, 71, 91], 10)
    subtypes = np.where((degraded > 0) & np.isin(tmf, (1, 2)), 21, subtypes)
    subtypes = np.where((deforested > 0) & (tmf != 4), np.where(deforested >= 2023, 51, 41), subtypes)
    return np.where(plantation > 0, plantation, subtypes).astype(np.uint16)


def _events(cells: Cells) -> Cells:
    """Years of events on TMF's cells."""
    looks = np.stack([seen(cells, TMF_CELL_DEG, dy, dx) for dy in (_NEAR, 0.5, 1 - _NEAR) for dx in (_NEAR, 0.5, 1 - _NEAR)])
    latest = looks.max(axis=0)
    filled = np.where(latest == looks.min(axis=0), latest, 0)
    return np.where(latest > CUTOFF_YEAR, filled, latest).astype(np.uint16)


def _at_centres(cells: Cells) -> Cells:
    return seen(cells, TMF_CELL_DEG)


def seen(cells: NDArray[_Value], cell_deg: float, down: float = 0.5, right: float = 0.5) -> NDArray[_Value]:
    """The land under one spot of every cell of a lattice, given as parts of a cell from its north-western corner; else its centre."""
    north, west, south, east = window_of(cell_deg, *cells.shape)
    lat = (north - np.arange(north - south) - down) * cell_deg
    lon = (west + np.arange(east - west) + right) * cell_deg
    rows = np.floor((latitude(0) - lat) * CELLS_PER_DEGREE).astype(int).clip(0, cells.shape[0] - 1)
    cols = np.floor((lon - longitude(0)) * CELLS_PER_DEGREE).astype(int).clip(0, cells.shape[1] - 1)
    return cells[np.ix_(rows, cols)]
