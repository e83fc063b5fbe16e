"""One chunk of plots in, one outcome a plot out: reads the layers under the plots in few passes and applies the method."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from contracts.v1.results.cft import Cft
from services.biomass.chunk import Chunk, read_chunk
from services.biomass.deployment import Deployment, deployment
from services.biomass.method import Observed, result_of
from services.biomass.practices import practices_of
from services.biomass.request import Asked, asked_for
from services.biomass.states import states_of
from services.biomass.statistical import by_country
from shared.alone import each_alone
from shared.outcome import Outcome, Plots, Terms


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool = False) -> list[Outcome]:
    """The outcome of each plot, in the order given; that of a plot depends on no other plot of the chunk.

    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` such a layer is `failed` for
    the plots that it was read for, and what hangs on it is null.
    """
    return computed(plots, terms, rasters, give_up, deployment())


def computed(plots: Plots, terms: Terms, rasters: Any, give_up: bool, deployed: Deployment) -> list[Outcome]:
    """The same by the choices of a deployment."""

    def once(chunk: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
        return _in_one(chunk, terms, rasters, give_up, deployed)

    return each_alone(once, plots, terms, rasters, give_up)


def _in_one(plots: Plots, terms: Terms, rasters: Any, give_up: bool, deployed: Deployment) -> list[Outcome]:
    asked, practices = asked_for(plots, terms, deployed.rules), practices_of(terms)
    placed = np.flatnonzero([shape is not None for shape in asked.geometry] & (asked.area_ha > 0))
    done: dict[int, Outcome] = {}
    if len(placed):
        chunk = read_chunk(asked, placed, rasters, terms.window.end_date.year, deployed.rules, give_up)
        for row, index in enumerate(placed.tolist()):
            cft = None if practices is None else practices.of(chunk.places.place[row], float(chunk.area_ha[row]))
            done[index] = _outcome(chunk, row, asked, index, terms, deployed, cft)
    for index in set(range(len(plots))) - done.keys():
        told = by_country(asked, index, terms, deployed, ("location_not_usable",))
        done[index] = told or Outcome(int(asked.plot_no[index]), "failed", None, ("location_not_usable",))
    return [done[index] for index in range(len(plots))]


def _outcome(chunk: Chunk, row: int, asked: Asked, index: int, terms: Terms, deployed: Deployment, cft: Cft | None) -> Outcome:
    columns, at = chunk.rows[row]
    states = states_of(chunk, row)
    if states["hansen_gfc"] in ("not_configured", "not_covered"):
        told = by_country(asked, index, terms, deployed, (f"layer_{states['hansen_gfc']}:hansen_gfc",))
        if told is not None and told.values is not None:
            return replace(told, values=told.values.model_copy(update={"cft": cft}))
    mask_ha = float(chunk.mask_ha[row])
    seen = Observed(
        area_ha=float(chunk.area_ha[row]),
        is_point=bool(asked.is_point[index]),
        is_region=bool(chunk.is_region[row]),
        crop=asked.crop,
        climate=chunk.climate[row],
        crop_area_ha=None if np.isnan(mask_ha) else mask_ha,
        annual_agb_tco2eha=chunk.maps.annual_tco2eha(row),
        gross_emissions_tco2e=float(chunk.maps.gross_emissions_tco2e[row]),
        stock_change=chunk.change[row],
        states=states,
        failed=chunk.failed,
        stock_names=chunk.stock_names,
        window_end_year=terms.window.end_date.year,
        cft=cft,
    )
    values, reasons = result_of(columns, at, seen, deployed.rules)
    plot_no = int(asked.plot_no[index])
    if cft is None and values.luc_total_tco2e is None and values.annual_agb_tco2eha is None and values.conversion_ha is None:
        return Outcome(plot_no, "failed" if "failed" in states.values() else "not_covered", None, reasons)
    return Outcome(plot_no, "ok", values, reasons)
