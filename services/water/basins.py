"""Baseline water stress of the basins under each plot, from Aqueduct's polygons."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from contracts.v1.results.eudr_deforestation import LayerState
from services.water.aqueduct import ARID, HIGHEST, Floats, area_mean, bwd_score, bws_cat, bws_score, iav_score, majority, sev_score
from services.water.reading import Chunk
from services.water.rules import BASINS
from shared.vectors.layer import PolygonLayer
from shared.vectors.opening import open_layer, state_of


@dataclass(frozen=True, slots=True)
class Stress:
    """What basins say of one plot; None where they do not."""

    state: LayerState
    score: float | None = None
    category: int | None = None
    depletion: float | None = None
    interannual: float | None = None
    seasonal: float | None = None
    known_share: float | None = None


def stress(chunk: Chunk) -> list[Stress]:
    """One answer a plot. Raises Unavailable when the layer does not read, unless the chunk gives up."""
    opened = open_layer(chunk.rasters, BASINS, chunk.give_up)
    if opened.layer is None:
        return [Stress(opened.state) for _ in chunk.geometry]
    overlaps = opened.layer.overlaps(chunk.geometry)
    known = opened.layer.known(chunk.geometry, overlaps)
    ends = np.searchsorted(overlaps.plot, np.arange(len(chunk.geometry) + 1))
    found = []
    for at, (start, end) in enumerate(pairwise(ends.tolist())):
        rows = overlaps.feature[start:end]
        area_m2 = overlaps.area_m2[start:end]
        found.append(_of_plot(opened.layer, rows, area_m2, chunk, at, state_of(opened, known[at])))
    return found


def _of_plot(layer: PolygonLayer, rows: Any, area_m2: Floats, chunk: Chunk, at: int, state: LayerState) -> Stress:
    score, category = scores(*(layer.column(name)[rows] for name in ("bws_raw", "bws_score", "bws_cat")))
    share = min(1.0, float(area_m2[np.isfinite(score)].sum() / chunk.area_m2[at]))
    if share < chunk.rules.known_min_share or state != "available":
        return Stress(state, known_share=share if state == "available" else None)
    others = ((bwd_score, "bwd_raw"), (iav_score, "iav_raw"), (sev_score, "sev_raw"))
    depletion, interannual, seasonal = (area_mean(of(layer.column(name)[rows]), area_m2) for of, name in others)
    return Stress(state, area_mean(score, area_m2), majority(category, area_m2), depletion, interannual, seasonal, share)


def scores(raw: Floats, published: Floats, category: Floats) -> tuple[Floats, Floats]:
    """Score and category of features: as published, or of `raw` where nothing is published; nan for no data.

    Arid basins of low water use (category -1) score 5. No category is ever averaged, nor 9999.
    """
    arid = category == ARID
    within = (published >= 0) & (published <= HIGHEST)
    score = np.where(arid, HIGHEST, np.where(within, published, bws_score(raw)))
    return score, np.where(arid, float(ARID), bws_cat(score))
