"""From the evidence of one plot to its published result, its flags and its reasons."""

from typing import Any

import numpy as np

from contracts.v1.results.biodiversity import Biodiversity
from contracts.v1.results.eudr_deforestation import LayerState
from services.biodiversity.evidence import Evidence
from services.biodiversity.landuse import cropland_share, msa_of
from services.biodiversity.rules import Thresholds
from services.biodiversity.score import Score, score_of
from services.biodiversity.sites import Sites
from services.biodiversity.subjects import Subjects
from shared.crops import Crop
from shared.geo.areas import M2_PER_HA

STRUCTURE_FIELDS = (
    "connectivity", "eca_ha", "effective_mesh_ha", "division", "habitat_pct", "patch_density", "edge_density_m_ha", "core_pct", "cohesion",
    "connectance_pct",
)  # fmt: skip
CANOPY_FIELDS = ("mean", "p50", "p95", "sd", "cv", "se")
RAO_FIELDS = ("rao_q", "rao_q_mw", "rao_q_norm", "rao_q_sd")
Reasons = set[str]


def judged(at: int, subjects: Subjects, evidence: Evidence, crop: Crop | None, rules: Thresholds) -> tuple[Biodiversity, tuple[str, ...]]:
    """The result of the plot at that place and the sorted reasons for what could not be known."""
    reasons: Reasons = set()
    states = states_of(at, evidence)
    reasons |= {f"layer_{state}:{layer}" for layer, state in states.items() if state != "available"}
    canopy = _canopy(at, subjects, evidence, reasons, rules)
    structure = _structure(at, evidence, reasons)
    intact = _intactness(at, subjects, evidence, crop, reasons, rules)
    score = _score(at, canopy, structure, intact, evidence)
    values = {
        "diversity_score": score.score,
        "diversity_uncertainty_sd": score.sd,
        "score_components": {name: _rounded(value) for name, value in score.components.items()},
        "score_component_count": len(score.components),
        **canopy,
        **structure,
        **intact,
        **_sites(at, subjects, evidence, reasons),
        "landscape_buffer_m": rules.habitat_buffer_m,
        "landscape_cell_m": rules.landscape_cell_m,
        "landscape_neighbours": 8,
        "plot_area_ha": float(subjects.area_ha[at]),
        "layer_states": states,
        "flags": _flags(at, subjects, evidence, crop, rules),
    }
    return Biodiversity.model_validate({name: plain(value) for name, value in values.items()}), tuple(sorted(reasons))


def states_of(at: int, evidence: Evidence) -> dict[str, LayerState]:
    """The state at one plot of every layer that was asked there."""
    sites = {layer: states[at] for layer, states in evidence.site_states.items()}
    return evidence.canopy_from.states[at] | evidence.land_states[at] | evidence.bii_from.states[at] | sites


def _canopy(at: int, subjects: Subjects, evidence: Evidence, reasons: Reasons, rules: Thresholds) -> dict[str, Any]:
    """Heights where they are known of enough of the plot, Rao's Q where the pixels are enough too."""
    held, source = evidence.canopy, evidence.canopy_from.source[at]
    share = float(held.known_m2[at] / subjects.outline_m2[at])
    known = share >= rules.min_valid_share
    names = {f"canopy_height_{name}": name for name in CANOPY_FIELDS} | {
        name: name for name in ("rao_q", "rao_q_mw", "rao_q_norm", "rao_q_sd")
    }
    if 0 < share < rules.min_valid_share:
        reasons.add("canopy_mostly_unknown")
    if known and held.pixels[at] < rules.min_valid_pixels:
        reasons.add("too_few_pixels")
    elif known and np.isnan(held.rao_q_mw[at]):
        reasons.add(f"no_moving_window:{source}")
    if known and np.isnan(held.se[at]):
        reasons.add("no_height_errors")
    found: dict[str, Any] = {ours: float(getattr(held, theirs)[at]) if known else None for ours, theirs in names.items()}
    return found | {"canopy_source": source, "canopy_pixels": float(held.pixels[at]), "valid_fraction": min(1.0, share)}


def _structure(at: int, evidence: Evidence, reasons: Reasons) -> dict[str, Any]:
    around = evidence.landscapes[at]
    diversity = {"shannon_lc": around.shannon, "shannon_lc_evenness": around.evenness}
    found: dict[str, Any] = {**dict.fromkeys((*STRUCTURE_FIELDS, "landscape_area_ha", "landscape_valid_fraction")), **diversity}
    mapped = not np.isnan(around.shannon) or evidence.land_m2[at].sum() > 0
    found |= {"habitat_source": around.habitat_source, "land_cover_year": evidence.land_cover_year if mapped else None}
    if around.structure is None:
        reasons.add(around.reason or "landscape_mostly_unknown")
        return found
    structure = around.structure
    if structure.patches == 0:
        reasons.add("no_habitat")
    elif structure.patches == 1:
        reasons.add("single_patch")
    found |= {name: getattr(structure, name) for name in STRUCTURE_FIELDS}
    return found | {"landscape_area_ha": structure.landscape_ha, "landscape_valid_fraction": structure.known_share}


def _intactness(at: int, subjects: Subjects, evidence: Evidence, crop: Crop | None, reasons: Reasons, rules: Thresholds) -> dict[str, Any]:
    known = evidence.bii_known_share[at] >= rules.min_valid_share
    source = evidence.bii_from.source[at]
    msa = msa_of(evidence.land_m2[at], crop)
    if evidence.land_m2[at].sum() < rules.min_valid_share * subjects.outline_m2[at]:
        msa = None
    elif msa is None:
        reasons.add("no_land_use")
    return {
        "bii_mean": float(evidence.bii[at]) if known else None,
        "bii_source": source if known else None,
        "bii_year": evidence.bii_year if known and source == "bii_io" else None,
        "msa_lu": msa,
    }


def _score(at: int, canopy: dict[str, Any], structure: dict[str, Any], intact: dict[str, Any], evidence: Evidence) -> Score:
    parts = (canopy["rao_q_norm"], structure["connectivity"], intact["bii_mean"])
    norm, connectivity, bii = (np.nan if value is None else float(value) for value in parts)
    return score_of(norm, connectivity, bii, float(evidence.canopy.rao_q_norm_sd[at]))


def _sites(at: int, subjects: Subjects, evidence: Evidence, reasons: Reasons) -> dict[str, Any]:
    found: dict[str, Any] = {"wdpa_strictest_category": None}
    for layer, sites in evidence.sites.items():
        names = [f"{layer}_{name}" for name in ("overlap_ha", "overlap_pct", "distance_m")]
        found |= dict(zip(names, _site_values(at, subjects, sites, reasons), strict=True))
    protected = evidence.sites["wdpa"]
    if protected is not None and protected.known[at]:
        found["wdpa_strictest_category"] = protected.category[at]
    return found


def _site_values(at: int, subjects: Subjects, sites: Sites | None, reasons: Reasons) -> tuple[float | None, float | None, float | None]:
    """Overlap (ha, %) and distance (m); a point without an area has no overlap, but a distance."""
    if sites is None or not sites.known[at]:
        return None, None, None
    distance = float(sites.distance_m[at])
    if subjects.samples[at]:
        reasons.add("point_without_area")
        return None, None, distance
    overlap_m2 = min(float(sites.overlap_m2[at]), float(subjects.outline_m2[at]))
    return overlap_m2 / M2_PER_HA, 100.0 * overlap_m2 / float(subjects.outline_m2[at]), distance


def _flags(at: int, subjects: Subjects, evidence: Evidence, crop: Crop | None, rules: Thresholds) -> tuple[str, ...]:
    canopy, around = evidence.canopy, evidence.landscapes[at]
    source = evidence.canopy_from.source[at]
    cropland = cropland_share(evidence.land_m2[at])
    annual = crop.kind in ("annual", "paddy") if crop is not None else cropland > rules.annual_crop_share
    cut = min(float(canopy.open_share[at]), float(canopy.tall_share[at])) > rules.clear_cut_share
    shares = {source: canopy.known_m2[at] / subjects.outline_m2[at], evidence.bii_from.source[at]: evidence.bii_known_share[at]}
    told = {
        "annual_crop": annual,
        "canopy_saturated": bool(canopy.saturated_share[at] > rules.saturation_share),
        "clear_cut_edge": cut,
        "canopy_of_1m_pixels": source == "meta_chm",
        "point_sample": bool(subjects.samples[at]),
        "point_buffer": bool(subjects.is_point[at] and not subjects.samples[at]),
        "planted_not_removed": around.habitat_source == "worldcover",
        "network_cut": around.structure is not None and around.structure.network_cut,
        "landscape_partly_unknown": around.structure is not None and around.structure.known_share < rules.covered_min_share,
    }
    partial = {f"partial_cover:{layer}" for layer, share in shares.items() if layer is not None and share < rules.covered_min_share}
    return tuple(sorted(partial | {flag for flag, holds in told.items() if holds}))


def plain(value: Any) -> Any:
    """Numbers of 12 significant digits, None for nan."""
    if not isinstance(value, float):
        return value
    return None if np.isnan(value) else _rounded(value)


def _rounded(value: float) -> float:
    return float(f"{value:.12g}")
