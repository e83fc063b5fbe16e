"""The landscape of all plots of a run as one: the ground within the buffer of any of them, each place once."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from services.biodiversity.evidence import Asked, land_cover
from services.biodiversity.landscapes import Cover, reach_m
from services.biodiversity.method import STRUCTURE_FIELDS, plain
from services.biodiversity.neighbourhoods import neighbourhoods
from services.biodiversity.rules import WORLDCOVER, Thresholds, rules
from services.biodiversity.structure import Structure
from services.biodiversity.subjects import subjects_of, widened
from services.biodiversity.survey import Survey
from shared.errors import Refused
from shared.outcome import Plots, Terms, Together
from shared.rasters.opening import state_of
from shared.zonal.landscape.composition import shannon, shannon_evenness

SBTN = "sbtn_natural"
COMPOSITION_FIELDS = ("shannon_lc", "shannon_lc_evenness")
WORSE: tuple[LayerState, ...] = ("not_configured", "not_covered", "available", "failed")
"""What is said of a layer that has several states in one landscape: the last of them here."""
EVERYWHERE = (-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Looked:
    """What the layers say of the whole landscape."""

    survey: Survey
    year: int
    """Of land cover."""
    states: dict[str, LayerState]
    """Of both layers; `failed` where either does anywhere."""

    @property
    def cover_layer(self) -> str:
        """The layer of land cover."""
        return WORLDCOVER[self.year]

    @property
    def habitat_layer(self) -> str:
        """The layer that tells habitat."""
        return SBTN if self.survey.by_sbtn else self.cover_layer


def landscape_of_all(plots: Plots, terms: Terms, rasters: Any, give_up: bool = False) -> Together:
    """The landscape metrics of the plots together; neither their order nor a plot that is there twice changes anything.

    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` what it would tell is not known.
    """
    held = rules()
    subjects, _ = subjects_of(plots, held)
    if not len(subjects):
        return _without("disc_area", held)
    places = distinct(subjects.place)
    by_sbtn = rasters.state(SBTN, "classification") != "not_configured"
    states: dict[str, LayerState] = {}
    try:
        found = _looked(places, Asked(rasters, EVERYWHERE, terms.window, held, give_up), states, by_sbtn)
        if by_sbtn and not (found.survey.cells.enough(held) and found.survey.sbtn >= held.min_valid_share * found.survey.cells.inside):
            found = _looked(places, Asked(rasters, EVERYWHERE, terms.window, held, give_up), states, by_sbtn=False)
    except Refused as refusal:
        return _without(refusal.code, held)
    return _together(found, len(subjects) / len(plots), held)


def distinct(places: NDArray[np.object_]) -> NDArray[np.object_]:
    """The places in their order, each once."""
    _, first = np.unique(shapely.to_wkb(places), return_index=True)
    return places[np.sort(first)]


def _looked(places: NDArray[np.object_], anywhere: Asked, states: dict[str, LayerState], by_sbtn: bool) -> Looked:
    """Count the landscape, and put down the worst state that each layer has anywhere."""
    survey, year = Survey(anywhere.rules, by_sbtn), 0
    for members in neighbourhoods(places, anywhere.rules):
        edges = widened(places[members], reach_m(anywhere.rules))
        (west, south), (east, north) = edges[:, :2].min(axis=0).tolist(), edges[:, 2:].max(axis=0).tolist()
        asked = replace(anywhere, bounds=(west, south, east, north))
        year, classes = land_cover(asked)
        opened = {WORLDCOVER[year]: classes} | ({SBTN: asked.open(f"{SBTN}.classification")} if by_sbtn else {})
        before = {WORLDCOVER[year]: survey.worldcover, SBTN: survey.sbtn}
        survey.add(places[members], Cover(opened[SBTN].source if by_sbtn else None, classes.source))
        after = {WORLDCOVER[year]: survey.worldcover, SBTN: survey.sbtn}
        for layer, band in opened.items():
            states[layer] = max(states.get(layer, "not_configured"), state_of(band, after[layer] - before[layer]), key=WORSE.index)
    return Looked(survey, year, states)


def _together(found: Looked, drawn_share: float, held: Thresholds) -> Together:
    """The values; a plot that cannot be drawn has an unknown landscape, as large as that of another."""
    survey = found.survey
    shares = {
        **dict.fromkeys(STRUCTURE_FIELDS, drawn_share * survey.cells.land / survey.cells.inside),
        **dict.fromkeys(COMPOSITION_FIELDS, drawn_share * survey.worldcover / survey.cells.inside),
    }
    structure = survey.structure() if shares["habitat_pct"] >= held.min_valid_share else None
    mapped = shares["shannon_lc"] >= held.min_valid_share
    flags = {f"layer_failed:{layer}" for layer, state in found.states.items() if state == "failed"}
    if structure is not None and found.habitat_layer != SBTN:
        flags.add("planted_not_removed")
    values = {
        **_values_of(structure),
        "shannon_lc": shannon(survey.cover) if mapped else None,
        "shannon_lc_evenness": shannon_evenness(survey.cover) if mapped else None,
        "habitat_source": None if structure is None else SBTN if survey.by_sbtn else "worldcover",
        "land_cover_year": found.year if survey.worldcover else None,
        "landscape_flags": sorted(flags),
        **_basis(held),
    }
    plainly = {name: plain(value) for name, value in values.items()}
    missing = {name: _why(name, found, structure, mapped) for name in shares if plainly[name] is None}
    return Together(plainly, {name: plain(share) for name, share in shares.items()}, missing)


def _values_of(structure: Structure | None) -> dict[str, Any]:
    if structure is None:
        return dict.fromkeys((*STRUCTURE_FIELDS, "landscape_area_ha", "landscape_valid_fraction"))
    found = {name: getattr(structure, name) for name in STRUCTURE_FIELDS}
    return found | {"landscape_area_ha": structure.landscape_ha, "landscape_valid_fraction": structure.known_share}


def _basis(held: Thresholds) -> dict[str, Any]:
    return {"landscape_buffer_m": held.habitat_buffer_m, "landscape_cell_m": held.landscape_cell_m, "landscape_neighbours": 8}


def _why(name: str, found: Looked, structure: Structure | None, mapped: bool) -> str:
    """The code for a value that is not there."""
    composed = name in COMPOSITION_FIELDS
    if not (mapped if composed else structure is not None):
        layer = found.cover_layer if composed else found.habitat_layer
        state = found.states.get(layer, "not_configured")
        if state != "available":
            return f"layer_{state}:{layer}"
        return "landscape_mostly_unknown"
    if composed:
        return "single_class"
    if structure is not None and structure.patches == 0:
        return "no_habitat"
    if structure is not None and structure.patches == 1:
        return "single_patch"
    return "too_many_patches"


def _without(code: str, held: Thresholds) -> Together:
    """Nothing but why."""
    names = (*STRUCTURE_FIELDS, *COMPOSITION_FIELDS)
    values = {**_values_of(None), **dict.fromkeys(COMPOSITION_FIELDS), "habitat_source": None, "land_cover_year": None}
    return Together({**values, "landscape_flags": [], **_basis(held)}, dict.fromkeys(names, 0.0), dict.fromkeys(names, code))
