"""A computation that reads nothing but a polygon layer, for children that import it."""

from collections.abc import Sequence
from typing import Any

from shared.outcome import Outcome, Plots, Terms
from shared.vectors.opening import open_layer, state_of


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
    """The state of `aqueduct40` for each plot, as the reason."""
    opened = open_layer(rasters, "aqueduct40", give_up)
    if opened.layer is None:
        return [Outcome(int(number), "failed", None, (opened.state,)) for number in plots.plot_no]
    known = opened.layer.known(plots.geometry, opened.layer.overlaps(plots.geometry))
    return [Outcome(int(number), "ok", None, (state_of(opened, one),)) for number, one in zip(plots.plot_no, known, strict=True)]
