"""Checks of area and of how finely a plot was written down."""

import numpy as np
from numpy.typing import NDArray

from contracts.v1.batch import BatchParameters
from contracts.v1.stats import Statistic
from services.staging.checks.plots import Plots
from services.staging.checks.thresholds import AREA, DECIMALS, EUDR
from services.staging.findings import Hits, hits
from shared.crops import crop_of


def size_hits(plots: Plots, parameters: BatchParameters) -> list[Hits]:
    """TINY, HUGE, POINT_GT4 and DECIMALS of methods 6.2; an area that is not known passes."""
    area_ha = plots.area_ha
    known_crop = crop_of(parameters.crop_type)
    crop = "" if known_crop is None else known_crop.name
    huge_ha = AREA.huge_smallholder_ha if crop in AREA.smallholder_crops else AREA.huge_ha
    needs_polygon = Statistic.EUDR_DEFORESTATION in parameters.stats and crop not in EUDR.without_polygons
    too_small = area_ha < AREA.too_small_ha
    known = plots.decimals >= 0
    found = [
        _sized("area_too_small", too_small, area_ha),
        _sized("tiny_area", (area_ha < AREA.tiny_ha) & ~too_small, area_ha),
        _sized("huge_area", area_ha > huge_ha, area_ha, limit=f"{huge_ha:g}"),
        hits("point_plot", plots.is_point),
    ]
    if needs_polygon:
        found.append(_sized("point_needs_polygon", plots.is_point & (area_ha > EUDR.point_max_ha), area_ha))
    for fewer, code in enumerate(("five_decimals", "four_decimals", "few_decimals"), start=1):
        at = DECIMALS.enough - fewer
        few = plots.decimals <= at if code == "few_decimals" else plots.decimals == at
        found.append(hits(code, known & few, decimals=np.where(known, plots.decimals, 0)))
    return found


def _sized(code: str, found: NDArray[np.bool_], area_ha: NDArray[np.float64], **same: str) -> Hits:
    """The plots where `found` is true with their areas in words; `same` holds for each of them."""
    rows = np.flatnonzero(found)
    values = {"area_ha": [f"{value:.6g}" for value in area_ha[rows].tolist()]}
    return Hits(code, rows, values | {name: [text] * len(rows) for name, text in same.items()})
