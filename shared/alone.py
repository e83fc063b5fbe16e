"""A method over a chunk of plots, of which each is asked alone when a layer is away for good."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.errors import Unavailable
from shared.outcome import Outcome, Plots, Terms

Compute = Callable[[Plots, Terms, Any, bool], Sequence[Outcome]]


def each_alone(compute: Compute, plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> list[Outcome]:
    """What `compute` says of the plots; when it is Unavailable and `give_up`, of each plot by itself, with `give_up` for those in need.

    So a layer that fails at one plot hurts no neighbour, and the outcome of a plot depends on no other. Raises Unavailable
    unless `give_up`.
    """
    try:
        return list(compute(plots, terms, rasters, False))
    except Unavailable:
        if not give_up:
            raise
    if len(plots) == 1:
        return list(compute(plots, terms, rasters, True))
    return [outcome for at in range(len(plots)) for outcome in each_alone(compute, plots.span(at, at + 1), terms, rasters, give_up)]
