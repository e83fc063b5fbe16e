"""Whisp's answers put beside our own class in the outcomes of a chunk; our class depends on none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import shapely
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.whisp.evidence import seen_of
from services.deforestation.whisp.indicators import UNKNOWN, YES, Answers, whisp_rules
from services.deforestation.whisp.trees import TREES, Answer, risk_of
from shared.crops import crop_of
from shared.errors import Unavailable
from shared.outcome import Outcome
from shared.rasters.recorded import AnyRasters

NOT_PUBLISHED = "tree_not_published"
CROP_UNKNOWN = "crop_unknown"


def with_whisp(
    outcomes: Sequence[Outcome],
    geometries: NDArray[np.object_],
    area_ha: NDArray[np.float64],
    crop_type: str | int | None,
    rasters: AnyRasters,
    give_up: bool,
) -> list[Outcome]:
    """The outcomes (of polygons in lon/lat, [n]; areas in ha) with Whisp's indicators and risks where they have values.

    Raises Unavailable as layers do; with `give_up` a layer that does not read is not known at the plots that need it.
    """
    judged = {at: outcome.values for at, outcome in enumerate(outcomes) if isinstance(outcome.values, EudrDeforestation)}
    if not judged:
        return list(outcomes)
    found, chosen, (tree, remarks) = list(outcomes), list(judged), _of_crop(crop_type)
    answered = _answers(geometries[chosen], area_ha[chosen], rasters, give_up)
    for (at, values), answers in zip(judged.items(), answered.tolist(), strict=True):
        said: Mapping[str, object] = _said(tuple(answers), tree)
        if remarks:
            said = {**said, "flags": tuple(sorted({*values.flags, *remarks}))}
        found[at] = replace(outcomes[at], values=values.model_copy(update=said))
    return found


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


@lru_cache(maxsize=4096)
def _said(codes: tuple[int, ...], tree: str | None) -> Mapping[str, object]:
    """The fields that a plot with these answers gets; most plots of a chunk have the same."""
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
