"""One chunk of plots in, one outcome a plot out: reads the layers round the plots and applies the method."""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from contracts.v1.results.eudr_deforestation import LayerState
from services.deforestation.alerts import faulty
from services.deforestation.extras import ROLES, Extras, extras
from services.deforestation.group import Asked, GroupEvaluation, greatest_error_m, pixel_deg
from services.deforestation.rules import CUT_OFF, Period, Thresholds, layer_bands, period, rules
from services.deforestation.whisp.beside import with_whisp
from services.deforestation.windows import FRAME_SIDE, Group, Site, grouped, patch_cells, reach_cells, widened, widened_by
from shared.crops import crop_of
from shared.errors import Refused, Unavailable
from shared.geo.areas import geodesic_area_ha
from shared.geo.discs import discs
from shared.outcome import Outcome, Plots, Terms
from shared.rasters.band import Band
from shared.rasters.catalogue import layer_of
from shared.rasters.encoding import ENCODING
from shared.rasters.reader import Rasters
from shared.rasters.sampling import Bounds
from shared.zonal.grid import Grid

__all__ = ["LAYERS", "compute", "layer_ids"]

TMF_LAST = layer_of("jrc_tmf").band("DeforestationYear").last_year or 0
LAYERS = layer_bands(TMF_LAST)
_HANSEN_YEARS = ("hansen_gfc.lossyear",)
_TMF_YEARS = ("jrc_tmf.DeforestationYear", "jrc_tmf.DegradationYear")
"""Every band that the method reads, as `layer.band`."""

_GRIDS = (
    "jrc_gfc2020.map",
    "hansen_gfc.lossyear",
    "hansen_gfc.treecover2000",
    f"jrc_tmf.AnnualChange_{CUT_OFF.year}",
    "jrc_tmf.DeforestationYear",
)
"""Bands whose grid may be the analysis grid of a plot, the first that is there."""


@dataclass(frozen=True, slots=True)
class _Job:
    asked: Asked
    rasters: Rasters
    period: Period
    rules: Thresholds
    give_up: bool
    grids: tuple[str, ...]
    """The bands of `_GRIDS` that are configured."""
    more: Extras
    """The optional layers."""
    error_m: float
    """See `greatest_error_m`."""


def compute(plots: Plots, terms: Terms, rasters: Rasters, give_up: bool = False, held: Thresholds | None = None) -> list[Outcome]:
    """The outcome of each plot, in the order given; that of a plot depends on no other plot of the chunk.

    `held` are the thresholds, those of the method when None.
    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` such a layer is `failed` for the
    plots that it was read for, and none of these is called clear. A plot that cannot be judged is `failed` with the code.
    """
    hansen_last, tmf_last = (_last_year(rasters, bands, give_up) for bands in (_HANSEN_YEARS, _TMF_YEARS))
    more = extras(lambda name: _is_configured(rasters, name), lambda name: _last_year(rasters, (name,), give_up))
    crop = crop_of(terms.crop_type)
    wood = crop is not None and crop.kind == "wood"
    years = period(terms.window.start_date, terms.window.end_date, hansen_last, tmf_last, bool(more.alerts), wood)
    grids = tuple(name for name in _GRIDS if _is_configured(rasters, name))
    held = held or rules()
    job = _Job(_asked(plots, held.point_default_area_ha), rasters, years, held, give_up, grids, more, greatest_error_m(held))
    done: dict[int, Outcome] = {}
    sites: list[Site] = []
    for index, bounds in enumerate(shapely.bounds(job.asked.geometry).tolist()):
        located = _located(job, index, tuple(bounds))
        if isinstance(located, Site):
            sites.append(located)
        else:
            done[index] = located
    done |= _evaluated(job, sites, wide=False)
    done |= _evaluated(job, [site for site in sites if site.index not in done], wide=True)
    outcomes = [done[index] for index in range(len(plots))]
    return with_whisp(outcomes, job.asked.geometry, job.asked.area_ha, terms.crop_type, rasters, give_up)


def layer_ids() -> tuple[str, ...]:
    """Ids of every layer that the method may read."""
    return tuple(sorted({name.partition(".")[0] for name in LAYERS} | ROLES.keys()))


def _last_year(rasters: Rasters, bands: tuple[str, ...], give_up: bool) -> int:
    """The last year that all of the bands have observed; the cut-off's where one has observed none after it, or is away for good."""
    try:
        return max(CUT_OFF.year, min(rasters.last_year(*band.split(".")) or 0 for band in bands))
    except Unavailable:
        if not give_up:
            raise
        return CUT_OFF.year


def _is_configured(rasters: Rasters, name: str) -> bool:
    return rasters.state(*name.split(".")) == "configured"


def _asked(plots: Plots, default_ha: float) -> Asked:
    """The plots with each point made the disc of its declared area, or of the default; None where no disc can be drawn."""
    geometry, area_ha = plots.geometry.copy(), plots.area_ha.astype(np.float64, copy=True)
    points = np.flatnonzero(plots.is_point)
    area_ha[points] = np.where(np.isnan(area_ha[points]), default_ha, area_ha[points])
    for index in points:
        at = np.array([shapely.get_x(geometry[index])]), np.array([shapely.get_y(geometry[index])])
        try:
            geometry[index] = discs(*at, area_ha[[index]])[0]
            area_ha[index] = geodesic_area_ha(geometry[[index]])[0]
        except Refused:
            geometry[index] = None
    return Asked(plots.plot_no.astype(np.int64), geometry, area_ha, plots.is_point)


def _located(job: _Job, index: int, bounds: Bounds) -> Site | Outcome:
    """The window of the plot (of these bounds) on the grid of the first layer that is there, or why it gets none."""
    if job.asked.geometry[index] is None:
        return _failed(job, index, "disc_area")
    try:
        layer, tight = _grid_under(job, bounds)
    except Refused as refusal:
        return _failed(job, index, refusal.code)
    reach = reach_cells(tight, job.error_m, pixel_deg("jrc_tmf"))
    frame = widened_by(tight, reach)
    site = Site(index, layer, frame, reach, patch_cells(frame, job.rules))
    widest = site.window(site.margin)
    too_large = widest.width * widest.height > job.rules.max_window_cells or max(widest.width, widest.height) >= FRAME_SIDE
    return _failed(job, index, "plot_too_large") if too_large else site


def _grid_under(job: _Job, bounds: Bounds) -> tuple[str, Grid]:
    """Raises Refused (`window_too_large`), and Unavailable unless the job gives up."""
    for name in job.grids:
        layer, _, band = name.partition(".")
        try:
            grid = job.rasters.grid(layer, band, bounds, 0)
        except Unavailable:
            if not job.give_up:
                raise
            continue
        if grid is not None:
            return layer, grid
    return "none", _nominal_grid(bounds)


def _nominal_grid(bounds: Bounds) -> Grid:
    """Cells to ask the layers with where none has a raster: what they answer is why."""
    step = pixel_deg("hansen_gfc")
    west, south, east, north = bounds
    first, top = np.floor(west / step), np.ceil(north / step)
    return Grid(first * step, top * step, step, step, int(np.ceil(east / step) - first) + 1, int(top - np.floor(south / step)) + 1)


def _evaluated(job: _Job, sites: list[Site], wide: bool) -> dict[int, Outcome]:
    """Outcomes by index; sites that have to wait for their wide window are missing."""
    found: dict[int, Outcome] = {}
    for group in grouped(sites, None if wide else 0, job.rules):
        outcomes: list[Outcome | None] | None
        try:
            outcomes = _outcomes_at_once(job, group) if not wide else None
            outcomes = outcomes or _group_outcomes(job, group, wide)
        except Refused as refusal:
            outcomes = None
            if len(group.sites) == 1:
                found[group.sites[0].index] = _failed(job, group.sites[0].index, refusal.code)
        if outcomes is not None:
            found |= {site.index: outcome for site, outcome in zip(group.sites, outcomes, strict=True) if outcome is not None}
        elif len(group.sites) > 1:
            for site in group.sites:
                found |= _evaluated(job, [site], wide)
    return found


def _outcomes_at_once(job: _Job, group: Group) -> list[Outcome | None] | None:
    """Outcomes in the wide windows of the sites where these cost little more than the frames; None where they do, or do not read.

    What a plot that can wait would never have read may fail: then the frames are read by themselves.
    """
    wide = None if job.give_up else widened(group, job.rules)
    if wide is None:
        return None
    try:
        return _group_outcomes(job, wide, wide=True)
    except Unavailable:
        return None


def _group_outcomes(job: _Job, group: Group, wide: bool) -> list[Outcome | None] | None:
    """None when a layer was given up for several plots: each must be asked alone, lest one hurts its neighbours."""
    given_up: set[str] = set()
    reading = job.rasters.sample_all((*LAYERS, *job.more.bands), group.grid, given_up if job.give_up else None)
    for name in faulty(reading):
        _refuse_or_give_up(job, name, reading, given_up)
    if given_up and len(group.sites) > 1:
        return None

    def alone(name: str, position: int) -> LayerState:
        if name in given_up:
            return "failed"
        return job.rasters.sample_all((name,), _tight(group.sites[position]), set() if job.give_up else None)[name].state

    return GroupEvaluation(group, job.asked, reading, job.more, alone, job.period, job.rules).outcomes(wide)


def _refuse_or_give_up(job: _Job, name: str, reading: dict[str, Band], given_up: set[str]) -> None:
    """A band whose values are no days is as one that does not read: nothing in it is believed."""
    if not job.give_up:
        raise Unavailable(f"{name} holds values that are no days in the encoding of that band", code=ENCODING)
    given_up.add(name)
    reading[name] = replace(reading[name], valid=np.zeros_like(reading[name].valid), state="failed")


def _tight(site: Site) -> Grid:
    """The cells of the plot's bounding box."""
    return site.window(-site.reach)


def _failed(job: _Job, index: int, code: str) -> Outcome:
    return Outcome(int(job.asked.plot_no[index]), "failed", None, (code,))
