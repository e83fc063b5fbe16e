"""One pass over rasters for many plots: each block is read once, covered once for each grid, and reduced at once."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block, Source
from shared.zonal.coverage import LEAST_FRACTION
from shared.zonal.drawn import Drawn
from shared.zonal.grid import Cells
from shared.zonal.outlines import require_usable
from shared.zonal.plan import Plan, Run
from shared.zonal.reductions.reduction import Partial, Reduction
from shared.zonal.room import Room, Rooms
from shared.zonal.strips import strips_of

Ints = NDArray[np.int64]


def zonal(
    geometries: NDArray[np.object_],
    sources: Mapping[str, Source],
    reductions: Mapping[str, Reduction],
    *,
    threads: int = 1,
    least: float = LEAST_FRACTION,
    checked: bool = False,
) -> dict[str, Any]:
    """The reductions of the bands over each polygon or multipolygon (lon/lat, shape [n]), by their names.

    Each block of a band is read once, and only where a plot may touch it; bands of one grid share their coverage. What a
    reduction reads must lie on one grid (`joined` brings a band to another). Numbers of a plot do not depend on the other
    plots, nor on `threads`: blocks are reduced alone and joined in their order. Cells covered by less than `least` do not
    count. `checked` says that the geometries are known to be valid; else Refused (`invalid_geometry`) is raised for the
    first that is not. A plot outside the reference system of a band has no cells of it. Raises what the sources raise. Blocks;
    releases the lock.
    """
    if not checked:
        require_usable(geometries)
    found: dict[str, Any] = {}
    drawn = Drawn.of(geometries)
    for cells, asked in _by_grid(sources, reductions):
        used = {name: sources[name] for name in {name for one in asked.values() for name in one.sources}}
        plan = Plan.of_drawn(drawn, cells, next(iter(used.values())).unit)
        joining = {name: reduction.joining(len(geometries)) for name, reduction in asked.items()}
        for plots, partials in _shared_out(_Pass(plan, used, asked, least).reduced, plan.runs(), threads):
            for name, one in joining.items():
                one.add(partials[name], plots)
        found |= {name: one.found() for name, one in joining.items()}
    return {name: found[name] for name in reductions}


_Done = tuple[Ints, dict[str, Partial]]
"""Plot of each piece, and what each reduction makes of them."""


class _Pass:
    """What is done with each run of a grid; on several threads at once, each in its own room."""

    def __init__(self, plan: Plan, used: Mapping[str, Source], asked: Mapping[str, Reduction], least: float) -> None:
        self.plan, self.used, self.asked, self.least = plan, used, asked, least
        self._rooms = Rooms()

    def reduced(self, run: Run) -> list[_Done]:
        """The partial answers of a run."""
        plan, room = self.plan, self._rooms.own()
        read = {name: block_of(source, plan.reads(run), room, name) for name, source in self.used.items()}
        area_m2 = plan.areas_m2(run)
        made: list[_Done] = []
        for pieces in run.pieces:
            strips = strips_of(plan.outlines, plan.layout, pieces, run.before, area_m2, self.least, room)
            partials = {name: one.of_block(strips, tuple(read[source] for source in one.sources)) for name, one in self.asked.items()}
            made.append((plan.plots[pieces.start : pieces.stop], partials))
        return made


def block_of(source: Source, reads: Ints, room: Room | None = None, name: str = "") -> Block:
    """The windows [n, 4] (top, left, rows, columns) of a band, one after the other; in the room of another block of that name."""
    ends = np.cumsum(reads[:, 2] * reads[:, 3])
    count, room = int(ends[-1]) if len(ends) else 0, room or Room()
    values = room.array((name, "values"), count, source.dtype)
    known: NDArray[np.bool_] | None = None
    for (top, left, rows, columns), end in zip(reads.tolist(), ends.tolist(), strict=True):
        window = slice(end - rows * columns, end)
        mask = source.read(top, left, values[window].reshape(rows, columns))
        if mask is not None and known is None:
            known = room.array((name, "known"), count, np.bool_)
            known[: window.start] = True
        if known is not None:
            known[window].reshape(rows, columns)[:] = True if mask is None else mask
    return Block(values, known, source.nodata, source.scale, source.offset)


def _by_grid(sources: Mapping[str, Source], reductions: Mapping[str, Reduction]) -> Iterator[tuple[Cells, dict[str, Reduction]]]:
    """The reductions of each grid; raises ValueError for one that reads bands of two."""
    grids: list[tuple[Cells, dict[str, Reduction]]] = []
    for name, reduction in reductions.items():
        cells = [sources[source].cells for source in reduction.sources]
        if any(one != cells[0] for one in cells):
            raise ValueError(f"{name} reads bands of several grids: join them to one first")
        held = next((asked for grid, asked in grids if grid == cells[0]), None)
        if held is None:
            grids.append((cells[0], {name: reduction}))
        else:
            held[name] = reduction
    yield from grids


def _shared_out(reduced: Callable[[Run], list[_Done]], runs: list[Run], threads: int) -> Iterator[_Done]:
    """What each run gives, in the order of the runs whoever takes them."""
    if threads <= 1 or len(runs) <= 1:
        for run in runs:
            yield from reduced(run)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="zonal") as pool:
        for made in pool.map(reduced, runs):
            yield from made
