"""What other data sets see of the same land: biomass, canopy heights, land cover, intactness and drivers of loss, all made up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sample.landscape import COLS, CUTOFF_YEAR, ROWS, Cells, Land
from sample.views import seen, ten_metres, window_of

AGB_YEARS: Final = range(2015, 2023)
AGB_CELL_DEG: Final = 1 / 1125
BII_YEARS: Final = range(2017, 2021)
BII_CELL_DEG: Final = 0.0008983152841195215
DRIVER_CELL_DEG: Final = 0.01
WOODED_PCT: Final = 30
"""More tree cover of 2000 than this is a wood here, until it is cleared."""
REGROWTH: Final = 4
TREES, SHRUBS, CROPS, WATERS = 10, 20, 40, 80
"""Classes of WorldCover."""
FARMING, SHIFTING, LOGGING = 1, 3, 4
"""Classes of the drivers of loss."""

Mask = NDArray[np.bool_]


def standing(land: Land, year: int) -> Mask:
    """Where trees stand at the end of a year, regrowth and plantations among them; [ROWS, COLS]."""

    def happened(events: Cells) -> Mask:
        return np.asarray((events > 0) & (events <= year))

    cleared = (happened(np.where(land.lossyear > 0, land.lossyear + 2000, 0)) | happened(land.deforested)) & (land.tmf != REGROWTH)
    return np.asarray((land.treecover > WOODED_PCT) & (land.water == 0) & ~cleared & ~happened(land.recleared))


def agb(land: Land, year: int) -> NDArray[np.uint16]:
    """Biomass above ground at the end of a year on cells of 1/1125 degree, t/ha; 0 on water."""
    cover = land.treecover.astype(np.int64)
    woods = np.select([land.plantation > 0, land.tmf == REGROWTH], [cover, cover], 2 * cover)
    tonnes = np.select([land.water == 1, standing(land, year)], [0, woods], 8)
    return seen(tonnes.astype(np.uint16), AGB_CELL_DEG)


def agb_sd(land: Land, year: int) -> NDArray[np.uint16]:
    """Its standard deviation, t/ha."""
    tonnes = agb(land, year)
    return np.where(tonnes > 0, tonnes // 4 + 4, 0).astype(np.uint16)


def heights(land: Land) -> NDArray[np.uint8]:
    """Height of the canopy in 2020 on cells of 1/12000 degree, m; woods are rough, plantations even."""
    row, col = np.ogrid[0 : 3 * ROWS, 0 : 3 * COLS]
    rough = (row * 31 + col * 17 + (row // 5) * (col // 7)) % 11
    wood, grown = 6 + ten_metres(land.treecover).astype(np.int64) // 4 + rough - 5, 9 + rough % 2
    metres = np.select(
        [ten_metres(land.water) == 1, ~ten_metres(standing(land, CUTOFF_YEAR)), ten_metres(land.plantation) > 0],
        [0, 1 + rough % 3, grown],
        wood,
    )
    return np.asarray(metres, dtype=np.uint8)


def height_sd(metres: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Standard deviation of such heights, m."""
    return np.asarray(2 + metres // 6, dtype=np.uint8)


def land_cover(land: Land, year: int) -> NDArray[np.uint8]:
    """WorldCover of 2020 or 2021 on cells of 1/12000 degree.

    Trees stand where GFC2020 or TMF's undisturbed forest are, so that this layer has no vote of its own on the designed plots.
    """
    seen_lost = np.where(land.lossyear > 0, land.lossyear + 2000, 0)
    untouched = (seen_lost == 0) & (land.deforested == 0)
    trees = (land.gfc == 1) | ((land.tmf == 1) & untouched)
    trees &= (seen_lost <= CUTOFF_YEAR) | (seen_lost > year)
    shrubs = (land.treecover > WOODED_PCT) & untouched
    return ten_metres(np.select([land.water == 1, trees, shrubs], [WATERS, TREES, SHRUBS], CROPS).astype(np.uint8))


def intactness(land: Land, year: int) -> NDArray[np.float32]:
    """Biodiversity intactness at the end of a year on cells of 100 m, 0 to 1."""
    natural = np.select([land.plantation > 0, land.tmf == REGROWTH], [0.5, 0.65], 0.94)
    return seen(np.select([land.water == 1, standing(land, year)], [0.9, natural], 0.44).astype(np.float32), BII_CELL_DEG)


def drivers(rows: int = ROWS, cols: int = COLS) -> NDArray[np.uint8]:
    """Driver of the loss by square kilometre: farming but for some squares of shifting cultivation and of logging."""
    north, west, south, east = window_of(DRIVER_CELL_DEG, rows, cols)
    row, col = np.mgrid[0 : north - south, 0 : east - west]
    return np.select([(row + 2 * col) % 7 == 0, (row + 3 * col) % 11 == 5], [SHIFTING, LOGGING], FARMING).astype(np.uint8)
