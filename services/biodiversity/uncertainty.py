"""What the errors of canopy heights make of the numbers: bounds that hold however the errors of pixels hang together.

Pixels of one product share their errors to an unknown reach, so none of this divides by the number of pixels.

The mean height is off by `sum p_i e_i`. By Minkowski's inequality its standard deviation is at most `sum p_i s_i`, the
mean of the pixels' own, which it reaches when all errors are one.

Rao's Q moves by at most `sum_ij p_i p_j |e_i - e_j|`, since `||x + u| - |x|| <= |u|`. Its root mean square error is so at most
the sum of the `rms(e_i - e_j)`, each `sqrt(s_i^2 + s_j^2)` at most where errors are not opposed (correlation >= 0), and by
Jensen's inequality at most

    sqrt(sum_ij p_i p_j (s_i^2 + s_j^2)) = sqrt(2) rms(s)

which holds for heights of any shape and also takes in that noise lifts Q.

Of `N = 2 Q / h95` the error is to first order `2 / h95 (dQ - N / 2 dh95)`; taking that of the quantile as the pixels' own,
`rms(N) <= 2 / h95 rms(s) (sqrt(2) + N / 2)`, and no more than 1/2, the most that a number from 0 to 1 can have.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SQRT_2 = math.sqrt(2.0)
MOST_SD_OF_SHARE = 0.5
"""Popoviciu's inequality."""


def rao_q_sd(sd_rms: Floats) -> Floats:
    """Bound of the root mean square error of Rao's Q, m, from the root mean square of the pixels' standard deviations."""
    return SQRT_2 * sd_rms


def rao_q_norm_sd(sd_rms: Floats, height_p95: Floats, rao_q_norm: Floats) -> Floats:
    """Bound of the root mean square error of the normalised Q; nan where that is not known, 1/2 at most."""
    tall = np.where(height_p95 > 0, height_p95, np.nan)
    bound = 2.0 / tall * sd_rms * (SQRT_2 + rao_q_norm / 2.0)
    return np.where(np.isnan(rao_q_norm) | np.isnan(sd_rms), np.nan, np.fmin(bound, MOST_SD_OF_SHARE))
