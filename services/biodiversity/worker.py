"""One chunk of plots in, one outcome a plot out: reads the layers at the plots and round them, and applies the method."""

from typing import Any

from services.biodiversity.evidence import evidence_of
from services.biodiversity.method import judged, states_of
from services.biodiversity.rules import LAYERS, METHOD_VERSION, rules, thresholds
from services.biodiversity.subjects import subjects_of
from shared.alone import each_alone
from shared.crops import crop_of
from shared.outcome import Outcome, Plots, Terms

__all__ = ["LAYERS", "METHOD_VERSION", "compute", "thresholds"]


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool = False) -> list[Outcome]:
    """The outcome of each plot, in the order given; that of a plot depends on no other plot of the chunk.

    Blocks (reads and computes). Raises Unavailable when a layer does not read now; with `give_up` such a layer is `failed` for
    the plots that it was read for, and what hangs on it is null. A plot of which no layer says anything is `not_covered`, or
    `failed` when a layer is; so is one that no disc can be drawn for.
    """
    return each_alone(_together, plots, terms, rasters, give_up)


def _together(plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> list[Outcome]:
    held = rules()
    subjects, lost = subjects_of(plots, held)
    undrawn = [Outcome(int(plots.plot_no[at]), "failed", None, ("disc_area",)) for at in lost.nonzero()[0].tolist()]
    if not len(subjects):
        return undrawn
    evidence = evidence_of(subjects, rasters, terms.window, held, give_up)
    crop = crop_of(terms.crop_type)
    found = {outcome.plot_no: outcome for outcome in undrawn}
    for at in range(len(subjects)):
        plot_no, states = int(subjects.plot_no[at]), states_of(at, evidence)
        values, reasons = judged(at, subjects, evidence, crop, held)
        if "available" in states.values():
            found[plot_no] = Outcome(plot_no, "ok", values, reasons)
        else:
            found[plot_no] = Outcome(plot_no, "failed" if "failed" in states.values() else "not_covered", None, reasons)
    return [found[int(plot_no)] for plot_no in plots.plot_no]
