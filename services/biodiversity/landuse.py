"""Mean species abundance by land use alone, from the land cover of a plot and the crop that is declared on it."""

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.rules import CROPLAND, LAND_COVER, NaturalHere, land_use_of
from shared.crops import Crop

NATURE: tuple[NaturalHere, ...] = ("natural", "converted", "unknown")
"""The columns of land cover by nature."""


def msa_of(land_m2: NDArray[np.float64], crop: Crop | None) -> float | None:
    """Mean over the land of one plot, 0 to 1; None without land.

    `land_m2` [classes of WorldCover, natural | converted | silent]: ground area. Water has no land use and counts nowhere.
    """
    total, weighted = 0.0, 0.0
    for row, cover in enumerate(LAND_COVER):
        for column, state in enumerate(NATURE):
            use = land_use_of(cover, state, crop)
            if use is not None:
                total += float(land_m2[row, column])
                weighted += float(land_m2[row, column]) * use.msa
    return weighted / total if total > 0 else None


def cropland_share(land_m2: NDArray[np.float64]) -> float:
    """Share of cropland in the known cover of one plot; 0 where nothing is known."""
    total = float(land_m2.sum())
    return float(land_m2[LAND_COVER.index(CROPLAND)].sum()) / total if total > 0 else 0.0
