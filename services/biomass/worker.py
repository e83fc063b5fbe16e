"""One chunk of plots in, one outcome a plot out: reads the layers under the plots in few passes and applies the method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from contracts.v1.results.cft import Cft
from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.chunk import Chunk, Group, read_chunk
from services.biomass.climate import Place
from services.biomass.deployment import Deployment
from services.biomass.method import Observed, results_of
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

    with rasters.reading():
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
        for group in chunk.groups:
            indices = placed[group.plots].tolist()
            seen = _observed(job, chunk, whole, group, indices)
            results = results_of(group.columns, seen, deployed.rules)
            done |= {index: _outcome(job, index, *result) for index, result in zip(indices, results, strict=True)}
    for index in set(range(len(plots))) - done.keys():
        told = job.by_country(index, job.beside(None, index), "location_not_usable")
        done[index] = told or Outcome(int(job.asked.plot_no[index]), "failed", None, ("location_not_usable",))
    return [done[index] for index in range(len(plots))]


def _observed(job: _Job, chunk: Chunk, whole: Mapping[str, LayerState], group: Group, indices: list[int]) -> Observed:
    plots = group.plots.tolist()
    return Observed(
        area_ha=chunk.area_ha[group.plots],
        is_point=job.asked.is_point[indices],
        is_region=chunk.is_region[group.plots],
        crop=job.asked.crop,
        climate=[chunk.climate[plot] for plot in plots],
        crop_area_ha=chunk.mask_ha[group.plots],
        annual_agb_tco2eha=[chunk.annual[plot] for plot in plots],
        gross_emissions_tco2e=chunk.maps.gross_emissions_tco2e[group.plots],
        stock_change=chunk.change[group.plots],
        states=states_of(chunk, whole, group),
        failed=chunk.failed,
        stock_names=chunk.stock_names,
        window_end_year=job.terms.window.end_date.year,
        cft=[job.beside(chunk.places.place[plot], index) for plot, index in zip(plots, indices, strict=True)],
    )


def _outcome(job: _Job, index: int, values: LucEmissions, reasons: tuple[str, ...]) -> Outcome:
    """The result of a plot unless nothing is known of it; what its country tells where the loss of forest is not mapped."""
    loss = values.layer_states["hansen_gfc"]
    if loss in ("not_configured", "not_covered"):
        told = job.by_country(index, values.cft, f"layer_{loss}:hansen_gfc")
        if told is not None:
            return told
    plot_no = int(job.asked.plot_no[index])
    biomass_known = values.luc_total_tco2e is not None or values.annual_agb_tco2eha is not None or values.conversion_ha is not None
    if not biomass_known and values.cft is None:
        return Outcome(plot_no, "failed" if "failed" in values.layer_states.values() else "not_covered", None, reasons)
    return Outcome(plot_no, "ok", values, reasons)
