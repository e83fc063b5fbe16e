"""How much of each plot Whisp's pieces of evidence cover: exact coverage on the cells of the layer that each is read from."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.deforestation.whisp.indicators import Seen
from services.deforestation.whisp.pieces import Piece, pieces
from shared.geo.areas import M2_PER_HA
from shared.rasters.opening import Bounds, Opened, held_once, open_band, state_of
from shared.rasters.recorded import AnyRasters
from shared.zonal.block import Block, Source
from shared.zonal.joining import Joined
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.reductions.reduction import Partial, Reduction
from shared.zonal.strips import Strips

ROUNDING_SHARE: Final = 1e-6
"""By which the sum of cells may miss the area of a plot."""


def seen_of(
    geometries: NDArray[np.object_], area_ha: NDArray[np.float64], rasters: AnyRasters, bounds: Bounds, give_up: bool
) -> dict[str, Seen]:
    """What is seen of each piece of evidence on each polygon (lon/lat, [n]; areas in ha), nan where it is not known.

    Pieces that are known nowhere are missing. Raises Unavailable as `open_band`; with `give_up` a piece whose bands do not
    read is missing.
    """
    there = pieces(lambda band: rasters.state(*band.split(".", 1)) == "configured")
    opened = {
        band: open_band(rasters, band, bounds, give_up) for band in sorted({band for piece in there.values() for band in piece.bands})
    }
    opened = opened if give_up else {band: held_once(one, bounds) for band, one in opened.items()}
    sources: dict[str, Source] = {}
    asked = {name: asking for name, piece in there.items() if (asking := _asking(piece, opened, sources)) is not None}
    areas = zonal(geometries, sources, asked, checked=True)
    failed = {band for band, one in opened.items() if state_of(one, 1.0) == "failed"}
    return {name: _seen(areas[name], area_ha * M2_PER_HA) for name in asked if failed.isdisjoint(there[name].bands)}


def _asking(piece: Piece, opened: Mapping[str, Opened], sources: dict[str, Source]) -> Reduction | None:
    """Areas where a piece says yes and no, on the cells of its first band; its bands are added to the `sources` that are read.

    None where one of its bands is not there.
    """
    held = [opened[band].source for band in piece.bands]
    first, names = held[0], list(piece.bands)
    for at, (band, source) in enumerate(zip(piece.bands, held, strict=True)):
        if source is None or first is None:
            return None
        if source.cells != first.cells:
            names[at], source = f"{band} on {piece.bands[0]}", Joined.to(source, first)
        sources[names[at]] = source
    answer = area_by_class("", Classes.of(1))

    def of_block(strips: Strips, blocks: tuple[Block, ...]) -> Partial:
        known = np.ones(len(blocks[0].values), dtype=np.bool_)
        for block in blocks:
            known &= True if block.known is None else block.known
        says = piece.rule([block.values for block in blocks])
        return answer.of_block(strips, (Block(says.view(np.uint8), known, None, 1.0, 0.0),))

    return Reduction(tuple(names), of_block, answer.joining)


def _seen(areas_m2: NDArray[np.float64], plot_m2: NDArray[np.float64]) -> Seen:
    """From the areas of yes and no [n, 2] and those of the plots [n]."""
    yes_m2, known_m2 = areas_m2[:, 0], areas_m2.sum(axis=1)
    is_known = known_m2 > 0
    unknown = 1 - known_m2 / plot_m2
    return Seen(
        np.where(is_known, np.minimum(1.0, yes_m2 / plot_m2), np.nan),
        np.where(is_known, np.where(unknown > ROUNDING_SHARE, unknown, 0.0), np.nan),
    )
