"""What is said beside the loss and never excuses it: the driver of its square kilometre, the land cover after it, natural land."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.deforestation.entries import Entries
from services.deforestation.events import year_index
from services.deforestation.extras import DRIVERS, GFT, LAND_COVER_AFTER, NATURAL_FOREST, NATURAL_LANDS
from services.deforestation.forest import GFT_NATURAL, GFT_PLANTED, GFT_PRIMARY, Reading
from services.deforestation.patches import Bits
from services.deforestation.rules import FIRST_YEAR, Thresholds
from shared.rasters.catalogue import layer_of

Areas = NDArray[np.float64]

DRIVER_CLASSES = {
    1: "permanent_agriculture",
    2: "hard_commodities",
    3: "shifting_cultivation",
    4: "logging",
    5: "wildfire",
    6: "settlements_infrastructure",
    7: "other_natural_disturbance",
}
NOT_AGRICULTURAL = ("logging", "wildfire", "other_natural_disturbance")
"""Drivers that are no conversion to agriculture by themselves."""
LAND_COVERS = {
    10: "tree_cover",
    20: "shrubland",
    30: "grassland",
    40: "cropland",
    50: "built_up",
    60: "bare",
    70: "snow_ice",
    80: "water",
    90: "wetland",
    95: "mangroves",
    100: "moss_lichen",
}
_NATURAL = (2, 11)
"""Natural classes of SBTN Natural Lands, ends included."""


@dataclass(frozen=True, slots=True)
class Context:
    """Areas in hectares by outline; a mapping lacks what is not configured."""

    drivers: Mapping[str, Areas]
    """Loss by the driver of its square kilometre."""
    land_cover: Mapping[str, Areas]
    """Loss of years up to that of the land-cover map, by the map's class."""
    lands: Mapping[str, Areas]
    """`primary_gft`, `planted_gft`, `regenerating_gft`, `natural_forest`, `natural_lands`: of the plot, lost or not."""


def context(everything: Entries, lost: Entries, outlines: int, event: Bits, reading: Reading, rules: Thresholds) -> Context:
    """Sums of the layers that only inform; `event` (sets of one year) is by entry of the loss."""
    mapped = _mapped_after(event)
    return Context(
        drivers=_by_class(lost, outlines, reading, DRIVERS, DRIVER_CLASSES),
        land_cover=_by_class(lost.some(mapped), outlines, reading, LAND_COVER_AFTER, LAND_COVERS),
        lands=_lands(everything, outlines, reading, rules),
    )


def largest(areas: Mapping[str, Areas], where: NDArray[np.bool_]) -> list[str | None]:
    """The class with most area in each outline, the first of equals; None where there is none, and not `where`."""
    if not areas:
        return [None] * len(where)
    names, held = list(areas), np.array(list(areas.values()))
    most = np.where(where & (held > 0).any(axis=0), held.argmax(axis=0), -1)
    return [None if at < 0 else names[at] for at in most.tolist()]


def _by_class(some: Entries, outlines: int, reading: Reading, band: str, names: Mapping[int, str]) -> dict[str, Areas]:
    if band not in reading or not len(some.cell):
        return {}
    held = reading[band]
    code, known = some.at(held.values), some.at(held.valid)
    return {name: some.total_ha(outlines, known & (code == value)) for value, name in names.items()}


def _mapped_after(event: Bits) -> NDArray[np.bool_]:
    """Events of a year that the land-cover map has seen the end of."""
    layer, _, band = LAND_COVER_AFTER.partition(".")
    year = layer_of(layer).band(band).last_year or 0
    index = year_index(event)
    after: NDArray[np.bool_] = (index >= 0) & (index + FIRST_YEAR <= year)
    return after


def _lands(everything: Entries, outlines: int, reading: Reading, rules: Thresholds) -> dict[str, Areas]:
    first, last = _NATURAL
    ranges = {
        "primary_gft": (GFT, GFT_PRIMARY, GFT_PRIMARY),
        "planted_gft": (GFT, GFT_PLANTED, GFT_PLANTED),
        "regenerating_gft": (GFT, GFT_NATURAL, GFT_NATURAL),
        "natural_forest": (NATURAL_FOREST, rules.natural_forest_min_code, 250),
        "natural_lands": (NATURAL_LANDS, first, last),
    }
    found: dict[str, Areas] = {}
    for name, (band, low, high) in ranges.items():
        if band in reading:
            held = reading[band]
            code = everything.at(held.values)
            found[name] = everything.total_ha(outlines, everything.at(held.valid) & (code >= low) & (code <= high))
    return found
