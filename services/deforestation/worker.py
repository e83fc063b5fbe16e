"""One chunk of plots in, one outcome a plot out: reads the layers round the plots and applies the method."""

import numpy as np

from services.deforestation.asked import asked_for
from services.deforestation.evaluation import Job, evaluated
from services.deforestation.extras import ROLES, extras
from services.deforestation.group import Found
from services.deforestation.located import located
from services.deforestation.results import outcomes_of
from services.deforestation.rules import CUT_OFF, Thresholds, layer_bands, period, rules
from services.deforestation.whisp.beside import remarks_on, said_of
from shared.crops import crop_of
from shared.errors import Unavailable
from shared.outcome import Outcome, Plots, Terms
from shared.rasters.catalogue import layer_of
from shared.rasters.reader import Rasters

__all__ = ["LAYERS", "compute", "layer_ids"]

TMF_LAST = layer_of("jrc_tmf").band("DeforestationYear").last_year or 0
LAYERS = layer_bands(TMF_LAST)
"""Every band that the method reads, as `layer.band`, but for the optional ones."""
_HANSEN_YEARS = ("hansen_gfc.lossyear",)
_TMF_YEARS = ("jrc_tmf.DeforestationYear", "jrc_tmf.DegradationYear")


def compute(plots: Plots, terms: Terms, rasters: Rasters, give_up: bool = False, held: Thresholds | None = None) -> list[Outcome]:
    """The outcome of each plot, in the order given; that of a plot depends on no other plot of the chunk.

    `held` are the thresholds, those of the method when None.
    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` such a layer is `failed` for the
    plots that it was read for, and none of these is called clear. A plot that cannot be judged is `failed` with the code.
    """
    with rasters.reading():
        return _computed(plots, terms, rasters, give_up, held or rules())


def _computed(plots: Plots, terms: Terms, rasters: Rasters, give_up: bool, held: Thresholds) -> list[Outcome]:
    hansen_last, tmf_last = (_last_year(rasters, bands, give_up) for bands in (_HANSEN_YEARS, _TMF_YEARS))
    more = extras(lambda name: _is_configured(rasters, name), lambda name: _last_year(rasters, (name,), give_up))
    crop = crop_of(terms.crop_type)
    wood = crop is not None and crop.kind == "wood"
    years = period(terms.window.start_date, terms.window.end_date, hansen_last, tmf_last, bool(more.alerts), wood)
    job = Job(asked_for(plots, held.point_default_area_ha), rasters, (*LAYERS, *more.bands), more, years, held, give_up)
    sites, faults = located(job.asked, rasters, give_up, held)
    done = {index: job.failed(index, code) for index, code in faults.items()}
    return _outcomes(job, done, evaluated(job, sites), terms.crop_type)


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


def _outcomes(job: Job, done: dict[int, Outcome], found: Found, crop_type: str | int | None) -> list[Outcome]:
    """The outcome of every plot, with Whisp's answers beside ours where there are values."""
    asked, done = job.asked, done | found.others
    index = np.array(sorted(set(range(len(asked.plot_no))) - done.keys()), dtype=np.int64)
    said = dict(zip(index.tolist(), said_of(asked.geometry[index], asked.area_ha[index], crop_type, job.rasters, job.give_up), strict=True))
    for one in found.judged:
        done |= outcomes_of(one, asked.plot_no, [said[at] for at in one.index.tolist()], remarks_on(crop_type))
    return [done[at] for at in range(len(asked.plot_no))]
