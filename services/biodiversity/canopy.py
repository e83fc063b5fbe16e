"""Canopy heights over plots: means, quantiles, Rao's Q plot-wide and in a moving window, and what their errors make of them."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.rules import Thresholds
from services.biodiversity.texture import moving_rao_q
from services.biodiversity.uncertainty import rao_q_norm_sd, rao_q_sd
from shared.zonal.block import Source
from shared.zonal.passes import zonal
from shared.zonal.reductions.histogram import histogram
from shared.zonal.reductions.moments import Moments, moments
from shared.zonal.reductions.reduction import Reduction
from shared.zonal.reductions.values import quantile, rao_q, value_areas

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Canopy:
    """One entry a plot, nan where it is not known; heights in m."""

    known_m2: Floats
    """Ground area with a height."""
    pixels: Floats
    """Pixels with a height, each by its share."""
    mean: Floats
    p50: Floats
    p95: Floats
    sd: Floats
    cv: Floats
    """Share."""
    se: Floats
    """Of the mean, at most."""
    rao_q: Floats
    rao_q_mw: Floats
    rao_q_norm: Floats
    """0 to 1."""
    rao_q_sd: Floats
    rao_q_norm_sd: Floats
    saturated_share: Floats
    """Of the known area, over the height from which canopy models saturate."""
    open_share: Floats
    tall_share: Floats

    def at(self, index: NDArray[np.intp]) -> "Canopy":
        """The entries at `index`."""
        return Canopy(**{one.name: getattr(self, one.name)[index] for one in fields(self)})

    def put(self, at: NDArray[np.intp], other: "Canopy") -> None:
        """Write the entries of another over those at `at`."""
        for one in fields(self):
            getattr(self, one.name)[at] = getattr(other, one.name)


def no_canopy(count: int) -> Canopy:
    """Nothing known of any of `count` plots."""
    nothing = {one.name: np.full(count, np.nan) for one in fields(Canopy)}
    return Canopy(**nothing | {"known_m2": np.zeros(count), "pixels": np.zeros(count)})


def canopy_of(geometries: NDArray[np.object_], heights: Source, errors: Source | None, moving: bool, rules: Thresholds) -> Canopy:
    """The canopy of each polygon (lon/lat, [n]) from a band of heights and, if there is one, of their standard deviations.

    `moving` says whether the cells suit the moving window. Raises what the sources raise, and Refused as `zonal` does.
    """
    edges = np.array([rules.open_height_m, rules.tall_height_m, rules.saturation_height_m])
    asked: dict[str, Reduction] = {
        "values": value_areas("height"),
        "moments": moments("height"),
        "bins": histogram("height", edges),
    }
    sources = {"height": heights}
    if errors is not None:
        asked["errors"], sources["sd"] = moments("sd"), errors
    found = zonal(geometries, sources, asked, checked=True)
    texture = np.full(len(geometries), np.nan)
    if moving:
        textures = moving_rao_q(geometries, heights, rules)
        texture = np.array([one.rao_q if one.area_m2 > 0 else np.nan for one in textures])
    return _canopy(found, texture, rules)


def normalised(q: Floats, p95: Floats) -> Floats:
    """`Q / (h95 / 2)` clipped to 0 and 1: Q of heights up to H is H / 2 at most. 0 where Q is 0, nan where only Q is above 0."""
    ratio = q / np.where(p95 > 0, p95 / 2.0, np.nan)
    return np.where(q == 0, 0.0, np.clip(ratio, 0.0, 1.0))


def _canopy(found: dict[str, Any], texture: Floats, rules: Thresholds) -> Canopy:
    height: Moments = found["moments"]
    enough = height.cells >= rules.min_valid_pixels
    q = np.where(enough, rao_q(found["values"]), np.nan)
    p95 = quantile(found["values"], 0.95)
    norm = normalised(q, p95)
    errors: Moments | None = found.get("errors")
    sd_mean = np.full(len(q), np.nan) if errors is None else errors.mean
    sd_rms = sd_mean if errors is None else np.sqrt(errors.mean**2 + errors.variance)
    known = np.where(height.weight > 0, height.weight, np.nan)
    spread = np.sqrt(height.variance)
    bins = found["bins"]
    return Canopy(
        known_m2=height.weight,
        pixels=height.cells,
        mean=height.mean,
        p50=quantile(found["values"], 0.5),
        p95=p95,
        sd=spread,
        cv=spread / np.where(height.mean > 0, height.mean, np.nan),
        se=sd_mean.copy(),
        rao_q=q,
        rao_q_mw=np.where(enough, texture, np.nan),
        rao_q_norm=norm,
        rao_q_sd=np.where(enough, rao_q_sd(sd_rms), np.nan),
        rao_q_norm_sd=rao_q_norm_sd(sd_rms, p95, norm),
        saturated_share=bins[:, 3] / known,
        open_share=bins[:, 0] / known,
        tall_share=(bins[:, 2] + bins[:, 3]) / known,
    )
