"""One chunk of plots in, one outcome a plot out: reads the layers under the plots in few passes and applies the method."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, isnan
from typing import Any

import numpy as np

from contracts.v1.results.cft import Cft
from contracts.v1.results.eudr_deforestation import LayerState
from services.biomass.chunk import Chunk, read_chunk
from services.biomass.climate import Place
from services.biomass.deployment import Deployment
from services.biomass.method import Observed, result_of
from services.biomass.practices import Practices, practices_of
from services.biomass.request import Asked, asked_for
from services.biomass.states import layers_of, states_of
from services.biomass.statistical import by_country
from shared.alone import each_alone
from shared.outcome import Outcome, Plots, Terms


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool, deployed: Deployment) -> list[Outcome]:
    """The outcome of each plot, in the order given; that of a plot depends on no other plot of the chunk.

    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` such a layer is `failed` for
    the plots that it was read for, and what hangs on it is null.
    """

    def once(chunk: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
        return _in_one(chunk, terms, rasters, give_up, deployed)

    return each_alone(once, plots, terms, rasters, give_up)


@dataclass(frozen=True, slots=True)
class _Job:
    asked: Asked
    terms: Terms
    deployed: Deployment
    practices: Practices | None

    def beside(self, place: Place | None, index: int) -> Cft | None:
        """Emissions beside biomass of a plot, where they were asked for and its area is known."""
        area_ha = float(self.asked.area_ha[index])
        return self.practices.of(place, area_ha) if self.practices is not None and isfinite(area_ha) and area_ha > 0 else None

    def by_country(self, index: int, cft: Cft | None, reason: str) -> Outcome | None:
        """Statistical emissions of a plot whose own history is not known because of `reason`."""
        told = by_country(self.asked, index, self.terms, self.deployed, (reason,))
        if told is None or told.values is None:
            return None
        return replace(told, values=told.values.model_copy(update={"cft": cft}))


def _in_one(plots: Plots, terms: Terms, rasters: Any, give_up: bool, deployed: Deployment) -> list[Outcome]:
    job = _Job(asked_for(plots, terms, deployed.rules), terms, deployed, practices_of(terms))
    placed = np.flatnonzero([shape is not None for shape in job.asked.geometry] & (job.asked.area_ha > 0))
    done: dict[int, Outcome] = {}
    if len(placed):
        chunk = read_chunk(job.asked, placed, rasters, terms.window.end_date.year, deployed.rules, give_up)
        whole = layers_of(chunk.bands)
        for row, index in enumerate(placed.tolist()):
            done[index] = _outcome(job, chunk, states_of(chunk, whole, row), row, index)
    for index in set(range(len(plots))) - done.keys():
        told = job.by_country(index, job.beside(None, index), "location_not_usable")
        done[index] = told or Outcome(int(job.asked.plot_no[index]), "failed", None, ("location_not_usable",))
    return [done[index] for index in range(len(plots))]


def _outcome(job: _Job, chunk: Chunk, states: dict[str, LayerState], row: int, index: int) -> Outcome:
    columns, at = chunk.rows[row]
    cft = job.beside(chunk.places.place[row], index)
    if states["hansen_gfc"] in ("not_configured", "not_covered"):
        told = job.by_country(index, cft, f"layer_{states['hansen_gfc']}:hansen_gfc")
        if told is not None:
            return told
    mask_ha = float(chunk.mask_ha[row])
    seen = Observed(
        area_ha=float(chunk.area_ha[row]),
        is_point=bool(job.asked.is_point[index]),
        is_region=bool(chunk.is_region[row]),
        crop=job.asked.crop,
        climate=chunk.climate[row],
        crop_area_ha=None if isnan(mask_ha) else mask_ha,
        annual_agb_tco2eha=chunk.annual[row],
        gross_emissions_tco2e=float(chunk.maps.gross_emissions_tco2e[row]),
        stock_change=chunk.change[row],
        states=states,
        failed=chunk.failed,
        stock_names=chunk.stock_names,
        window_end_year=job.terms.window.end_date.year,
        cft=cft,
    )
    values, reasons = result_of(columns, at, seen, job.deployed.rules)
    plot_no = int(job.asked.plot_no[index])
    if cft is None and values.luc_total_tco2e is None and values.annual_agb_tco2eha is None and values.conversion_ha is None:
        return Outcome(plot_no, "failed" if "failed" in states.values() else "not_covered", None, reasons)
    return Outcome(plot_no, "ok", values, reasons)
