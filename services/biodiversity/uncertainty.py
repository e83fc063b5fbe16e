"""What the errors of canopy heights make of the numbers: bounds that hold however the errors of pixels hang together.

Pixels of one product share their errors to an unknown reach, so none of this divides by the number of pixels. Errors `e_i` are
taken as normal with the product's standard deviations `s_i`, and no two as opposed (correlation 0 to 1).

The mean height is off by `sum p_i e_i`. By Minkowski's inequality its standard deviation is at most `sum p_i s_i`, the
mean of the pixels' own, which it reaches when all errors are one.

Rao's Q has the gradient `g_i = 2 p_i (share below - share above)`. By Poincaré's inequality for normal errors `Var(Q) <= E(g' C g)`,
C their covariance. Where correlations are not negative, products of a pixel above the median with one below it only take away:

    g' C g <= (sum over the upper half of g_i s_i)^2 + (the same of the lower)^2

and by Cauchy and Schwarz each square is at most `sum g_i^2 / p_i` of its half, which is 2/3 at most (the integral of `4 (2 P - 1)^2`
over P from 1/2 to 1), times `sum p_i s_i^2` of that half. So

    sd(Q) <= sqrt(2/3) rms(s)

for heights of any shape. Q is convex in the heights: noise lifts it, so that the Q of a smooth map is rather too low.

Of `N = 2 Q / h95` the error is to first order `2 / h95 (dQ - N / 2 dh95)`; taking that of the quantile as the pixels' own,
`sd(N) <= 2 / h95 rms(s) (sqrt(2/3) + N / 2)`, and no more than 1/2, the most that a number from 0 to 1 can have (Popoviciu).
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SD_OF_Q = math.sqrt(2.0 / 3.0)
MOST_SD_OF_SHARE = 0.5


def rao_q_sd(sd_rms: Floats) -> Floats:
    """Bound of the standard deviation of Rao's Q, m, from the root mean square of the pixels' standard deviations."""
    return SD_OF_Q * sd_rms


def rao_q_norm_sd(sd_rms: Floats, height_p95: Floats, rao_q_norm: Floats) -> Floats:
    """Bound of the standard deviation of the normalised Q; nan where that is not known, 1/2 at most."""
    tall = np.where(height_p95 > 0, height_p95, np.nan)
    bound = 2.0 / tall * sd_rms * (SD_OF_Q + rao_q_norm / 2.0)
    return np.where(np.isnan(rao_q_norm) | np.isnan(sd_rms), np.nan, np.fmin(bound, MOST_SD_OF_SHARE))
