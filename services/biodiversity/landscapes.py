"""The landscape round each plot: its habitat and its land cover on the plot's own plane, neighbours read together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.ground import Ground, ground_round, values_on
from services.biodiversity.neighbours import groups, near
from services.biodiversity.rules import LAND_COVER, SBTN_CONVERTED, SBTN_NATURAL, WORLDCOVER_NATURAL, Thresholds
from services.biodiversity.structure import Structure, structure_of
from services.biodiversity.subjects import Subjects, widened
from shared.errors import Refused
from shared.zonal.block import Source
from shared.zonal.landscape.composition import shannon, shannon_evenness

Mask = NDArray[np.bool_]
Read = tuple[NDArray[np.generic], Mask]


@dataclass(frozen=True, slots=True)
class Landscape:
    """What is known of the ground round one plot."""

    structure: Structure | None
    """None where too little of it is known."""
    habitat_source: str | None
    """Layer that tells habitat."""
    sbtn_share: float
    """Share of the landscape that each layer knows; nan where it was not asked."""
    worldcover_share: float
    shannon: float
    evenness: float
    reason: str | None = None
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The bands that tell the landscape; None where there is none near."""

    sbtn: Source | None
    worldcover: Source | None


def landscapes(subjects: Subjects, cover: Cover, rules: Thresholds) -> list[Landscape]:
    """The landscape of each plot, in their order; raises what the sources raise."""
    bounds = widened(subjects.place, reach_m(rules))
    found: list[Landscape] = []
    for group in groups(bounds, [source for source in (cover.sbtn, cover.worldcover) if source is not None], rules):
        of_group = bounds[group.start : group.stop]
        here = Cover(*(None if source is None else near(source, of_group) for source in (cover.sbtn, cover.worldcover)))
        found += [_landscape(subjects.place[at], here, rules) for at in group]
    return found


def reach_m(rules: Thresholds) -> float:
    """How far from a plot its landscape is looked at."""
    return rules.habitat_buffer_m + rules.core_depth_m + 4 * rules.landscape_cell_m


def _landscape(place: object, cover: Cover, rules: Thresholds) -> Landscape:
    margin_m = rules.core_depth_m + rules.landscape_cell_m
    try:
        ground = ground_round(place, rules.habitat_buffer_m, rules.landscape_cell_m, margin_m, rules.max_landscape_cells)
    except Refused as refusal:
        return Landscape(None, None, np.nan, np.nan, np.nan, np.nan, refusal.code)
    sbtn, classes = (None if source is None else values_on(ground, source) for source in (cover.sbtn, cover.worldcover))
    sbtn_share, worldcover_share = _share(sbtn, ground), _share(classes, ground)
    diversity, evenness = _composition(classes, ground, worldcover_share, rules)
    structure, source = _structure(sbtn, classes, ground, sbtn_share, rules)
    return Landscape(structure, source, sbtn_share, worldcover_share, diversity, evenness)


def _structure(
    sbtn: Read | None, classes: Read | None, ground: Ground, sbtn_share: float, rules: Thresholds
) -> tuple[Structure | None, str | None]:
    """By SBTN where it knows enough of the landscape, else by WorldCover."""
    if sbtn is not None and sbtn_share >= rules.min_valid_share:
        structure = structure_of(*natural_by_sbtn(sbtn), ground.inside, rules)
        if structure is not None:
            return structure, "sbtn_natural"
    if classes is None:
        return None, None
    structure = structure_of(*natural_by_worldcover(classes), ground.inside, rules)
    return structure, None if structure is None else "worldcover"


def natural_by_sbtn(read: Read) -> tuple[Mask, Mask]:
    """Habitat, and where SBTN says whether there is any."""
    return np.isin(read[0], SBTN_NATURAL), read[1] & np.isin(read[0], (*SBTN_NATURAL, *SBTN_CONVERTED))


def natural_by_worldcover(read: Read) -> tuple[Mask, Mask]:
    """Habitat, and where WorldCover is known."""
    return np.isin(read[0], WORLDCOVER_NATURAL), read[1]


def _composition(classes: Read | None, ground: Ground, share: float, rules: Thresholds) -> tuple[float, float]:
    if classes is None or share < rules.min_valid_share:
        return np.nan, np.nan
    inside = classes[0][classes[1] & ground.inside]
    cells = np.array([np.count_nonzero(inside == one) for one in LAND_COVER])
    return shannon(cells), shannon_evenness(cells)


def _share(read: Read | None, ground: Ground) -> float:
    """Share of the landscape that is known; nan for a band that was not asked."""
    return np.nan if read is None else float(np.count_nonzero(read[1] & ground.inside) / np.count_nonzero(ground.inside))
