"""The diversity score: the mean of what is known of canopy heterogeneity, connectivity and intactness."""

from dataclasses import dataclass

import numpy as np

COMPONENTS = ("rao_q_norm", "connectivity", "bii")


@dataclass(frozen=True, slots=True)
class Score:
    """Components from 0 to 1, and their mean times 100; None where none is known."""

    components: dict[str, float]
    score: float | None
    sd: float | None
    """Of the score from the errors of canopy heights, at most: points."""


def score_of(rao_q_norm: float, connectivity: float, bii: float, rao_q_norm_sd: float) -> Score:
    """The score of one plot; nan for a component that is not known. Intactness above 1 counts as 1.

    The other components have no published error, so the standard deviation is that of the canopy's part alone, and None
    where the canopy has no part in the score or its errors are not known.
    """
    values = dict(zip(COMPONENTS, (rao_q_norm, connectivity, bii), strict=True))
    known = {name: min(1.0, max(0.0, value)) for name, value in values.items() if not np.isnan(value)}
    if not known:
        return Score({}, None, None)
    sd = 100.0 * rao_q_norm_sd / len(known) if "rao_q_norm" in known and not np.isnan(rao_q_norm_sd) else None
    return Score(known, 100.0 * sum(known.values()) / len(known), sd)
