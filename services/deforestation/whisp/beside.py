"""Whisp's answers that are put beside our own class; our class depends on none of them."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import NDArray

from services.deforestation.whisp.evidence import seen_of
from services.deforestation.whisp.indicators import UNKNOWN, YES, Answers, whisp_rules
from services.deforestation.whisp.trees import TREES, Answer, risk_of
from shared.columns import alike
from shared.crops import crop_of
from shared.errors import Unavailable
from shared.rasters.recorded import AnyRasters

NOT_PUBLISHED = "tree_not_published"
CROP_UNKNOWN = "crop_unknown"


def said_of(
    geometries: NDArray[np.object_], area_ha: NDArray[np.float64], crop_type: str | int | None, rasters: AnyRasters, give_up: bool
) -> list[Mapping[str, object]]:
    """The fields of Whisp's indicators and risks for each polygon (lon/lat, [n]; areas in ha); plots that are alike share one mapping.

    Raises Unavailable as layers do; with `give_up` a layer that does not read is not known at the plots that need it.
    """
    if not len(geometries):
        return []
    tree, _ = _of_crop(crop_type)
    codes = [tuple(row) for row in _answers(geometries, area_ha, rasters, give_up).tolist()]
    return alike(codes, lambda row: _said(row, tree))


def remarks_on(crop_type: str | int | None) -> tuple[str, ...]:
    """Flags of every plot: what Whisp has no tree for."""
    return _of_crop(crop_type)[1]


def _answers(geometries: NDArray[np.object_], area_ha: NDArray[np.float64], rasters: AnyRasters, give_up: bool) -> Answers:
    """Of each plot and indicator."""
    n = len(geometries)
    west, south, east, north = (float(value) for value in shapely.total_bounds(geometries))
    try:
        return whisp_rules().answers(seen_of(geometries, area_ha, rasters, (west, south, east, north), give_up and n == 1), n)
    except Unavailable:
        if not give_up:
            raise
    # One plot after the other, so that a layer that fails at one hurts no neighbour.
    return np.concatenate([_answers(geometries[at : at + 1], area_ha[at : at + 1], rasters, True) for at in range(n)])


def _of_crop(crop_type: str | int | None) -> tuple[str | None, tuple[str, ...]]:
    """The tree of the crop, and remarks on it."""
    crop = crop_of(crop_type)
    if crop is None:
        return None, () if crop_type is None else (CROP_UNKNOWN,)
    return crop.tree, () if crop.tree_published else (NOT_PUBLISHED,)


def _said(codes: tuple[int, ...], tree: str | None) -> Mapping[str, object]:
    """The fields that a plot with these answers gets."""
    rules = whisp_rules()
    answers: dict[str, Answer] = {
        name: None if code == UNKNOWN else bool(code == YES) for name, code in zip(rules.indicators, codes, strict=True)
    }
    risks = {name: risk_of(name, answers) for name in TREES}
    said: dict[str, object] = {name: _word(answer) for name, answer in answers.items()}
    said |= {f"whisp_risk_{name}": risk for name, risk in risks.items()}
    said |= {"whisp_tree": tree, "whisp_risk": None if tree is None else risks[tree], "whisp_version": rules.whisp_version}
    return MappingProxyType(said)


def _word(answer: Answer) -> str | None:
    return None if answer is None else "yes" if answer else "no"
