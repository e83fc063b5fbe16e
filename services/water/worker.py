"""One chunk of plots in, one outcome a plot out: reads the layers round the plots and applies the method."""

from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from services.water.basins import stress
from services.water.calendar import Floats, last_whole_month, month_number
from services.water.cultivation import cultivation_of
from services.water.plots import Asked, Reading, outcome
from services.water.reading import Chunk, gap_shares, pixel_ha, read_series
from services.water.rules import Thresholds, rules, series
from shared.alone import each_alone
from shared.errors import Refused
from shared.geo.areas import M2_PER_HA, geodesic_area_ha
from shared.geo.discs import discs
from shared.outcome import Outcome, Plots, Terms, Window

__all__ = ["compute"]


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool = False, held: Thresholds | None = None) -> list[Outcome]:
    """The outcome of each plot, in the order given; that of a plot depends on no other plot of the chunk.

    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` such a layer is `failed` for
    the plots that it was read for. A plot that cannot be placed is `failed` with the code. `held` are the thresholds of a
    deployment, the method's own without.
    """
    return each_alone(partial(_placed, held or rules()), plots, terms, rasters, give_up) if len(plots) else []


def _placed(held: Thresholds, plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> list[Outcome]:
    """As `compute`; when one plot is refused, each is asked by itself."""
    try:
        return _computed(held, plots, terms, rasters, give_up)
    except Refused as refusal:
        if len(plots) == 1:
            return [Outcome(int(plots.plot_no[0]), "failed", None, (refusal.code,))]
    return [one for at in range(len(plots)) for one in _placed(held, plots.span(at, at + 1), terms, rasters, give_up)]


def _computed(held: Thresholds, plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> list[Outcome]:
    geometry, area_ha = _as_polygons(plots, held.point_sample_ha)
    earliest, latest = _whole_months(terms.window)
    chunk = Chunk(geometry, geodesic_area_ha(geometry) * M2_PER_HA, rasters, give_up, latest, held)
    read = {name: read_series(wanted, chunk) for name, wanted in series(held).items()}
    pixels = {name: pixel_ha(one.newest.cells, geometry) for name, one in read.items() if one.newest is not None}
    mod16 = read["mod16_et"].newest
    reading = Reading(stress(chunk), read, pixels, None if mod16 is None else gap_shares(mod16, chunk))
    asked = Asked(plots.plot_no, area_ha, plots.is_point, earliest, latest, held)
    crop = cultivation_of(terms)
    return [outcome(at, asked, reading, crop) for at in range(len(plots))]


def _whole_months(window: Window) -> tuple[int, int]:
    """Numbers of the first and the last month that lie whole within the window."""
    first = month_number(window.start_date)
    return first if window.start_date.day == 1 else first + 1, last_whole_month(window.end_date)


def _as_polygons(plots: Plots, sample_ha: float) -> tuple[NDArray[np.object_], Floats]:
    """Plots with each point made the disc of its declared area, else a small disc that samples the cells there; and areas, ha.

    The area of a point without a declared one is 0. Raises Refused (`disc_area`).
    """
    geometry, area_ha = plots.geometry.copy(), plots.area_ha.astype(np.float64, copy=True)
    at = np.flatnonzero(plots.is_point)
    if len(at):
        declared = np.isfinite(area_ha[at])
        lon, lat = shapely.get_coordinates(geometry[at]).T
        geometry[at] = discs(lon, lat, np.where(declared, area_ha[at], sample_ha))
        area_ha[at] = np.where(declared, geodesic_area_ha(geometry[at]), 0.0)
    return geometry, area_ha
