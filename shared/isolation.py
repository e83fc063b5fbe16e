"""Computing plots one by one in child processes with limits, so that a plot which kills its process harms no other."""

import multiprocessing
import resource
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, Final

from shared.outcome import Outcome, Plots, Terms
from shared.rasters.band import Source
from shared.rasters.recorded import RecordedRasters, open_rasters, open_vectors
from shared.settings import Settings

START_S: Final = 60.0
"""Time that a child may take to import what it needs."""
CRASHED: Final = "worker_crashed"

Compute = Callable[[Plots, Terms, Any, bool], Sequence[Outcome]]


Heard = tuple[Outcome, set[Source]]


def compute_alone(
    compute: Compute, plots: Plots, terms: Terms, settings: Settings, advance: Callable[[int], None]
) -> tuple[list[Outcome], set[Source]]:
    """One outcome a plot, and the files that were read; a plot that ends its process is `failed` with `worker_crashed`.

    So is one that takes longer than `isolated_plot_s`. `compute` must be a function of a module, since the child
    imports it. `advance` hears how many plots are done.
    """
    outcomes: list[Outcome] = []
    sources: set[Source] = set()
    while len(outcomes) < len(plots):
        for outcome, read in _until_crash(compute, plots.span(len(outcomes)), terms, settings):
            outcomes.append(outcome)
            sources |= read
            advance(len(outcomes))
        if len(outcomes) < len(plots):
            outcomes.append(Outcome(int(plots.plot_no[len(outcomes)]), "failed", None, (CRASHED,)))
            advance(len(outcomes))
    return outcomes, sources


def _until_crash(compute: Compute, plots: Plots, terms: Terms, settings: Settings) -> Iterator[Heard]:
    """What a child says of the plots before the one that crashed it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(theirs, compute, plots, terms, settings), daemon=True)
    child.start()
    theirs.close()
    try:
        patience_s = START_S + settings.isolated_plot_s
        for _ in range(len(plots)):
            if not ours.poll(patience_s):
                return
            yield ours.recv()
            patience_s = settings.isolated_plot_s
    except EOFError:
        return  # the child is gone: the next plot is the one that ended it
    finally:
        child.kill()
        child.join()
        ours.close()


def _child(pipe: Connection, compute: Compute, plots: Plots, terms: Terms, settings: Settings) -> None:
    limit = settings.isolated_memory_mib << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    opened, vectors = open_rasters(settings), open_vectors(settings)
    for at in range(len(plots)):
        rasters = RecordedRasters(opened, vectors)
        outcome = compute(plots.span(at, at + 1), terms, rasters, True)[0]
        pipe.send((outcome, rasters.read))
