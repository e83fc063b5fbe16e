"""How much of each plot Whisp's pieces of evidence cover: exact coverage on the cells of the layer that each is read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.deforestation.whisp.indicators import Seen
from services.deforestation.whisp.pieces import Mask, Piece, Rule, pieces
from shared.rasters.opening import Bounds, Opened, open_band, state_of
from shared.rasters.recorded import AnyRasters
from shared.zonal.block import Source
from shared.zonal.grid import Cells
from shared.zonal.joining import Joined
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class

ROUNDING_SHARE: Final = 1e-6
"""By which the sum of cells may miss the area of a plot."""
_M2_PER_HA: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class Told:
    """A yes or no in each cell of a grid, as a source of the zonal engine; known where all of its bands are."""

    sources: tuple[Source, ...]
    rule: Rule
    nodata: None = None
    scale: float = 1.0
    offset: float = 0.0

    @property
    def cells(self) -> Cells:
        """Of the first band."""
        return self.sources[0].cells

    @property
    def unit(self) -> tuple[int, int]:
        """Of the first band."""
        return self.sources[0].unit

    @property
    def dtype(self) -> np.dtype[Any]:
        """0 or 1."""
        return np.dtype(np.uint8)

    def read(self, top: int, left: int, out: NDArray[Any]) -> Mask:
        """Fill `out` with the window; where it is known."""
        values = [np.empty(out.shape, dtype=source.dtype) for source in self.sources]
        known = np.ones(out.shape, dtype=np.bool_)
        for source, into in zip(self.sources, values, strict=True):
            mask = source.read(top, left, into)
            known &= True if mask is None else mask
        out[:] = self.rule(values)
        return known


def seen_of(
    geometries: NDArray[np.object_], area_ha: NDArray[np.float64], rasters: AnyRasters, bounds: Bounds, give_up: bool
) -> list[dict[str, Seen]]:
    """Of each polygon (lon/lat, [n]; areas in ha), what is seen of each piece of evidence; what is not known is missing.

    Raises Unavailable as `open_band`; with `give_up` a piece whose bands do not read is missing for all plots of the call.
    """
    there = pieces(lambda band: rasters.state(*band.split(".", 1)) == "configured")
    opened = {
        band: open_band(rasters, band, bounds, give_up) for band in sorted({band for piece in there.values() for band in piece.bands})
    }
    told = {name: found for name, piece in there.items() if (found := _told(piece, opened)) is not None}
    areas = zonal(geometries, told, {name: area_by_class(name, Classes.of(1)) for name in told}, checked=True)
    failed = {band for band, one in opened.items() if state_of(one, 1.0) == "failed"}
    kept = {name: areas[name] for name in told if failed.isdisjoint(there[name].bands)}
    return [_seen(kept, at, float(area_ha[at]) * _M2_PER_HA) for at in range(len(geometries))]


def _told(piece: Piece, opened: Mapping[str, Opened]) -> Told | None:
    sources = [source for band in piece.bands if (source := opened[band].source) is not None]
    if len(sources) < len(piece.bands):
        return None
    first = sources[0]
    return Told(tuple(source if source.cells == first.cells else Joined.to(source, first) for source in sources), piece.rule)


def _seen(areas: Mapping[str, NDArray[np.float64]], at: int, plot_m2: float) -> dict[str, Seen]:
    found = {}
    for name, by_answer in areas.items():
        yes_m2, no_m2 = (float(area) for area in by_answer[at])
        if yes_m2 + no_m2 > 0:
            unknown = 1 - (yes_m2 + no_m2) / plot_m2
            found[name] = Seen(min(1.0, yes_m2 / plot_m2), unknown if unknown > ROUNDING_SHARE else 0.0)
    return found
