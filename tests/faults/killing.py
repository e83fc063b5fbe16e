"""A worker of the real statistic with one flaw: a certain plot kills the process that computes it. `python -m tests.faults.killing`."""

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from services.deforestation.service import METHOD
from shared.outcome import Outcome, Plots, Terms
from shared.service import run
from shared.stat import stat_service

DEADLY_VERTICES: Final = 7
"""A polygon with this many positions kills: the one sign that no other plot of the test has."""


def compute(plots: Plots, terms: Terms, rasters: Any, give_up: bool) -> Sequence[Outcome]:
    """The real numbers, unless the deadly plot is among them."""
    if np.any([_positions(geometry) == DEADLY_VERTICES for geometry in plots.geometry]):
        os.kill(os.getpid(), signal.SIGKILL)
    return METHOD.compute(plots, terms, rasters, give_up)


def _positions(geometry: Any) -> int:
    return len(geometry.exterior.coords)


if __name__ == "__main__":
    run("deforestation", stat_service(replace(METHOD, compute=compute)), queues=("deforestation",))
