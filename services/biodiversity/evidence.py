"""What the layers say of the plots of one chunk: canopy, land use, intactness, landscapes and sites."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from services.biodiversity.canopy import Canopy, canopy_of, no_canopy
from services.biodiversity.landscapes import Cover, Landscape, landscapes, reach_m
from services.biodiversity.rules import BII_YEARS, LAND_COVER, SBTN_CONVERTED, SBTN_NATURAL, WORLDCOVER, Thresholds, year_of
from services.biodiversity.sites import Sites, sites_at
from services.biodiversity.subjects import Bounds, Subjects, widened
from shared.outcome import Window
from shared.rasters.opening import Opened, open_band, state_of
from shared.vectors import opening as vectors
from shared.zonal.joining import Joined
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class, joint_area
from shared.zonal.reductions.moments import moments
from shared.zonal.reductions.reduction import Reduction

Floats = NDArray[np.float64]
COVER = Classes.of(*LAND_COVER)
NATURE = Classes.of(SBTN_NATURAL, SBTN_CONVERTED)
UNKNOWN_NATURE = 2
"""Column of land cover where SBTN is silent, after natural and converted ground."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The layers of one chunk, which raise or give up."""

    rasters: Any
    bounds: Bounds
    window: Window
    rules: Thresholds
    give_up: bool

    def open(self, name: str) -> Opened:
        """The band `layer.band`; raises Unavailable unless the chunk gives up."""
        return open_band(self.rasters, name, self.bounds, self.give_up)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A quantity that one of two layers tells; [n]."""

    source: tuple[str | None, ...]
    states: tuple[dict[str, LayerState], ...]
    """Of the layers that were asked at each plot."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Aligned with the subjects."""

    canopy: Canopy
    canopy_from: Chosen
    bii: Floats
    bii_known_share: Floats
    bii_from: Chosen
    bii_year: int
    land_m2: Floats
    """[n, classes of WorldCover, natural | converted | silent]: ground area."""
    land_cover_year: int
    landscapes: tuple[Landscape, ...]
    land_states: tuple[dict[str, LayerState], ...]
    sites: dict[str, Sites | None]
    site_states: dict[str, tuple[LayerState, ...]]


def evidence_of(subjects: Subjects, rasters: Any, window: Window, rules: Thresholds, give_up: bool) -> Evidence:
    """What the layers say of the plots; raises Unavailable for a layer that does not read now, unless `give_up`."""
    edges = widened(subjects.outline, reach_m(rules))
    (west, south), (east, north) = edges[:, :2].min(axis=0).tolist(), edges[:, 2:].max(axis=0).tolist()
    asked = Asked(rasters, (west, south, east, north), window, rules, give_up)
    canopy, canopy_from = _canopy(asked, subjects)
    bii, bii_share, bii_from, bii_year = _intactness(asked, subjects)
    land_m2, cover_year, around, land_states = _land(asked, subjects)
    sites, site_states = _sites(asked, subjects)
    return Evidence(canopy, canopy_from, bii, bii_share, bii_from, bii_year, land_m2, cover_year, around, land_states, sites, site_states)


def _canopy(asked: Asked, subjects: Subjects) -> tuple[Canopy, Chosen]:
    """ETH's canopy heights, or Meta's where ETH knows too little; the moving window is for the 10 m pixels of ETH."""
    heights, errors = asked.open("eth_chm.Map"), asked.open("eth_chm.Map_SD")
    found = no_canopy(len(subjects))
    if heights.source is not None:
        found = canopy_of(subjects.outline, heights.source, errors.source, moving=True, rules=asked.rules)
    shares = found.known_m2 / subjects.outline_m2
    source, states = _first(asked, "eth_chm", heights, shares)
    silent = np.flatnonzero(shares < asked.rules.min_valid_share)
    if len(silent):
        second = asked.open("meta_chm.height")
        other = no_canopy(len(silent))
        if second.source is not None:
            other = canopy_of(subjects.outline[silent], second.source, None, moving=False, rules=asked.rules)
        better = _second("meta_chm", second, other.known_m2 / subjects.outline_m2[silent], silent, shares, source, states)
        found.put(silent[better], other.at(better))
    return found, Chosen(tuple(source), tuple(states))


def _intactness(asked: Asked, subjects: Subjects) -> tuple[Floats, Floats, Chosen, int]:
    """The mean of Impact Observatory's BII, or of Newbold's where that knows too little."""
    year = year_of(BII_YEARS, asked.window.end_date)
    first = asked.open(f"bii_io.{year}")
    mean, shares = _mean(subjects.outline, subjects.outline_m2, first)
    source, states = _first(asked, "bii_io", first, shares)
    silent = np.flatnonzero(shares < asked.rules.min_valid_share)
    if len(silent):
        second = asked.open("bii_nhm.lbii")
        other, other_shares = _mean(subjects.outline[silent], subjects.outline_m2[silent], second)
        better = _second("bii_nhm", second, other_shares, silent, shares, source, states)
        mean[silent[better]], shares[silent[better]] = other[better], other_shares[better]
    return mean, shares, Chosen(tuple(source), tuple(states)), year


def _mean(outline: NDArray[np.object_], outline_m2: Floats, opened: Opened) -> tuple[Floats, Floats]:
    """Mean of a band over each outline, and the share of it that is known."""
    if opened.source is None:
        return np.full(len(outline), np.nan), np.zeros(len(outline))
    found = zonal(outline, {"band": opened.source}, {"of": moments("band")}, checked=True)["of"]
    return found.mean, found.weight / outline_m2


def _first(asked: Asked, layer: str, opened: Opened, shares: Floats) -> tuple[list[str | None], list[dict[str, LayerState]]]:
    source = [layer if share >= asked.rules.min_valid_share else None for share in shares]
    return source, [{layer: state_of(opened, float(share))} for share in shares]


def _second(
    layer: str, opened: Opened, shares: Floats, silent: NDArray[np.intp], first: Floats,
    source: list[str | None], states: list[dict[str, LayerState]],
) -> NDArray[np.intp]:  # fmt: skip
    """Write source and states of the plots that a second layer was asked for; where it knows more than the first, [k]."""
    for at, share in zip(silent.tolist(), shares.tolist(), strict=True):
        states[at][layer] = state_of(opened, share)
        source[at] = layer if share > first[at] else source[at]
    return np.flatnonzero(shares > first[silent])


def _land(asked: Asked, subjects: Subjects) -> tuple[Floats, int, tuple[Landscape, ...], tuple[dict[str, LayerState], ...]]:
    """Land cover of the plots by nature, and the landscapes round them."""
    year, worldcover = land_cover(asked)
    sbtn = asked.open("sbtn_natural.classification")
    land_m2 = land_areas_m2(subjects.outline, worldcover, sbtn)
    around = landscapes(subjects, Cover(sbtn.source, worldcover.source), asked.rules)
    own = land_m2.sum(axis=(1, 2)) / subjects.outline_m2
    states: tuple[dict[str, LayerState], ...] = tuple(
        {
            WORLDCOVER[year]: state_of(worldcover, float(np.nanmax([share, one.worldcover_share]))),
            "sbtn_natural": state_of(sbtn, float(np.nan_to_num(one.sbtn_share))),
        }
        for share, one in zip(own, around, strict=True)
    )
    return land_m2, year, tuple(around), states


def land_cover(asked: Asked) -> tuple[int, Opened]:
    """The land cover of the newest year that the window reaches, or of the other year where only that is configured."""
    year = year_of(tuple(WORLDCOVER), asked.window.end_date)
    opened = asked.open(f"{WORLDCOVER[year]}.map")
    if opened.state != "not_configured":
        return year, opened
    other = next(one for one in WORLDCOVER if one != year)
    second = asked.open(f"{WORLDCOVER[other]}.map")
    return (year, opened) if second.state == "not_configured" else (other, second)


def land_areas_m2(outline: NDArray[np.object_], worldcover: Opened, sbtn: Opened) -> Floats:
    """Ground area by class of WorldCover and by what SBTN says of it; [n, classes, 3]."""
    land = np.zeros((len(outline), len(LAND_COVER), UNKNOWN_NATURE + 1))
    if worldcover.source is None:
        return land
    sources, asked = {"cover": worldcover.source}, dict[str, Reduction](cover=area_by_class("cover", COVER))
    if sbtn.source is not None:
        sources["nature"] = Joined.to(sbtn.source, worldcover.source)
        asked["both"] = joint_area("cover", COVER, "nature", NATURE)
    found = zonal(outline, sources, asked, checked=True)
    told = found["both"][:, :-1, :UNKNOWN_NATURE] if "both" in found else land[..., :UNKNOWN_NATURE]
    land[..., :UNKNOWN_NATURE] = told
    land[..., UNKNOWN_NATURE] = np.maximum(0.0, found["cover"][:, :-1] - told.sum(axis=2))
    return land


def _sites(asked: Asked, subjects: Subjects) -> tuple[dict[str, Sites | None], dict[str, tuple[LayerState, ...]]]:
    """Sites at the plots, by layer, and the state of the layer at each."""
    sites: dict[str, Sites | None] = {}
    states: dict[str, tuple[LayerState, ...]] = {}
    for layer_id in ("wdpa", "kba"):
        opened = vectors.open_layer(asked.rasters, layer_id, asked.give_up)
        found = None if opened.layer is None else sites_at(subjects.place, opened.layer, asked.rules.site_search_m)
        known = np.zeros(len(subjects), dtype=np.bool_) if found is None else found.known
        sites[layer_id], states[layer_id] = found, tuple(vectors.state_of(opened, bool(one)) for one in known)
    return sites, states
