"""The made-up land: what grew and what was cleared on each cell of a small region, before any data set looks at it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
from numpy.typing import NDArray

CELLS_PER_DEGREE: Final = 4000
"""The land is drawn on Hansen's cells of 0.00025 degrees, so that its areas can be told exactly."""
ROWS: Final = 600
COLS: Final = 600
_NORTH_CELL: Final = 27_000
"""6.75 N, in cells north of the equator."""
_WEST_CELL: Final = -280
"""0.07 W: the border of the tiles, longitude 0, runs through the region."""
CUTOFF_YEAR: Final = 2020
CLEARINGS: Final = 420
"""In the countryside: enough that every village has some."""

Cells = NDArray[np.uint16]
Paint = Mapping[str, int]
"""Values by name of a field of `Land`."""

FOREST: Final[Paint] = {
    "treecover": 85, "gain": 0, "water": 0, "gfc": 1, "tmf": 1, "lossyear": 0,
    "deforested": 0, "degraded": 0, "recleared": 0, "plantation": 0,
}  # fmt: skip
FARM: Final[Paint] = {**FOREST, "treecover": 4, "gfc": 0, "tmf": 6}
WATER: Final[Paint] = {**FOREST, "treecover": 0, "gfc": 0, "tmf": 5, "water": 1}
PLANTATION: Final[Paint] = {**FOREST, "treecover": 70, "tmf": 6, "plantation": 81}
DISPUTED: Final[Paint] = {**FOREST, "treecover": 60, "gfc": 0, "tmf": 2, "degraded": 2010}


def cleared(year: int) -> Paint:
    """A clearing that Hansen and TMF both date to `year`; one before 2021 is no forest in GFC2020."""
    seen = {"lossyear": year - 2000, "deforested": year}
    return seen if year > CUTOFF_YEAR else {**seen, "gfc": 0}


@dataclass(frozen=True, slots=True)
class Land:
    """Fields of the region, each uint16 [rows, cols], row 0 in the north."""

    treecover: Cells
    """Tree cover of 2000, %."""
    gain: Cells
    water: Cells
    gfc: Cells
    """1 where GFC2020 says forest."""
    lossyear: Cells
    """Hansen's loss, years after 2000; 0 none."""
    tmf: Cells
    """TMF class of December 2020, were there no events: 1 undisturbed, 2 degraded, 4 regrowth, 5 water, 6 other."""
    deforested: Cells
    """TMF's first deforestation, year; 0 none."""
    degraded: Cells
    """TMF's first degradation, year; 0 none."""
    recleared: Cells
    """Year in which TMF sees regrowth cleared once more; 0 none."""
    plantation: Cells
    """TMF subtype of a plantation; 0 none."""

    def paint(self, row: int, col: int, height: int, width: int, values: Paint, only_forest: bool = False) -> None:
        """Set `values` on a block of cells, or only on those of it that are forest in GFC2020."""
        block = np.s_[row : row + height, col : col + width]
        where = self.gfc[block] == 1 if only_forest else np.True_
        for name, value in values.items():
            np.copyto(getattr(self, name)[block], value, where=where)


def longitude(col: float) -> float:
    """Longitude of the western edge of a column, degrees."""
    return (col + _WEST_CELL) / CELLS_PER_DEGREE


def latitude(row: float) -> float:
    """Latitude of the northern edge of a row, degrees."""
    return (_NORTH_CELL - row) / CELLS_PER_DEGREE


def block_area_ha(row: int, col: int, height: int, width: int) -> float:
    """Exact area on WGS84 of a block of cells, hectares, between its parallels and meridians (methods.md 7.2)."""
    a, f = 6_378_137.0, 1 / 298.257223563
    b, e = a * (1 - f), math.sqrt(f * (2 - f))

    def q(lat: float) -> float:
        s = math.sin(math.radians(lat))
        return s / (1 - (e * s) ** 2) + math.atanh(e * s) / e

    wide = math.radians(width / CELLS_PER_DEGREE)
    return b * b / 2 * wide * (q(latitude(row)) - q(latitude(row + height))) / 10_000


def countryside(seed: int = 2020, rows: int = ROWS, cols: int = COLS) -> Land:
    """Woods and fields with a river and clearings of 2012 to 2025, the same for every call; `rows` and `cols` make it larger."""
    row, col = np.ogrid[0:rows, 0:cols]
    waves = np.sin(row / 23) + np.sin(col / 31 + 1.3) + np.sin((row + col) / 41) + np.sin((row - 2 * col) / 67)
    land = Land(**{name: np.zeros((rows, cols), np.uint16) for name in FOREST})
    land.paint(0, 0, rows, cols, FARM)
    # rounding keeps the woods equal where the last bit of a sine differs between machines
    wooded = np.round(waves, 6) > -0.3
    for name, value in FOREST.items():
        getattr(land, name)[wooded] = value
    land.treecover[wooded] = (60 + (row * 7919 + col * 104_729) % 36)[wooded]
    for name, value in WATER.items():
        getattr(land, name)[np.abs(col - 430 - np.round(20 * np.sin(row / 40))) < 3] = value
    dice = Random(seed)
    for number in range(CLEARINGS * rows * cols // (ROWS * COLS)):
        height, width = dice.randrange(2, 15), dice.randrange(2, 15)
        at = dice.randrange(rows - height), dice.randrange(cols - width)
        land.paint(*at, height, width, cleared(2012 + number % 14), only_forest=True)
    return land
