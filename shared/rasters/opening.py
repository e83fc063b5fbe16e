"""Opening a band of the catalogue for the zonal engine, and what state it is in for each plot."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from shared.errors import Unavailable
from shared.rasters.catalogue import BandSpec, named
from shared.rasters.encoding import require_packing
from shared.rasters.recorded import AnyRasters
from shared.rasters.source import source_near
from shared.zonal.block import Forwarded, Source
from shared.zonal.held import HeldOnce

Bounds = tuple[float, float, float, float]


@dataclass(slots=True)
class GivenUp(Forwarded):
    """A source whose faults are told afterwards: what does not read is not known."""

    source: Source
    failed: bool = False
    """Whether any read has failed; threads only ever set it."""

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Fill `out` with the window; nothing known where the band does not read."""
        try:
            return self.source.read(top, left, out)
        except Unavailable:
            self.failed = True
            out[:] = 0
            return np.zeros(out.shape, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Opened:
    """A band for one chunk of plots."""

    state: LayerState
    """`available`: something may lie near. Of one plot `state_of` says what holds."""
    source: Source | None
    """For `shared.zonal`; None unless the state is `available`."""
    spec: BandSpec


def open_band(rasters: AnyRasters, name: str, bounds: Bounds, give_up: bool = False) -> Opened:
    """The band `layer.band` for plots within bounds (west, south, east, north; degrees), those of the whole chunk.

    The grid of the source has the same bits for every chunk that lies on the same files. Raises Unavailable
    (`layer_unavailable`, `layer_encoding`) when no file that touches the bounds reads now, as do reads of the source later,
    where a plot lies on such a file; Refused (`layer_unknown`). With `give_up` neither is Unavailable: what does not read is
    not known, and `state_of` then says `failed` of all plots that were read together. So ask for plots one by one then
    (`shared.alone.each_alone`).
    """
    layer, spec = named(name)
    if rasters.state(layer.id, spec.name) == "not_configured":
        return Opened("not_configured", None, spec)
    try:
        source = source_near(rasters, name, bounds)
    except Unavailable:
        if not give_up:
            raise
        return Opened("failed", None, spec)
    if source is None:
        return Opened("not_covered", None, spec)
    return Opened("available", GivenUp(source) if give_up else source, spec)


def held_once(opened: Opened, bounds: Bounds) -> Opened:
    """The band with its cells within bounds read when the first is asked for, and held: for plots that are looked at several times."""
    return opened if opened.source is None else replace(opened, source=HeldOnce(opened.source, bounds))


def require_given(rasters: AnyRasters, name: str) -> None:
    """Look into the file that stands in the place of the band `layer.band`, if there is one.

    Raises Unavailable (`layer_unavailable`, `layer_encoding`) when it does not read or holds other numbers than the catalogue says:
    known before any work, not after it was tried again and again.
    """
    _, spec = named(name)
    raster = rasters.header(name, None)
    if raster is not None:
        require_packing(raster.dtype, raster.scale, raster.offset, spec, f"the file given for {name}")


def state_of(opened: Opened, known_share: float) -> LayerState:
    """The state of a band for one plot, of whose area it knows `known_share` (nan: nothing); ask after the source was read."""
    if isinstance(opened.source, GivenUp) and opened.source.failed:
        return "failed"
    if known_share > 0.0:
        return "available"
    return "not_covered" if opened.state == "available" else opened.state
