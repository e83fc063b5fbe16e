"""The landscape of many plots, counted: neighbourhood by neighbourhood, each on a plane of its own, window by window."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.ground import Ground, Lattice, values_on
from services.biodiversity.landscapes import Cover, natural_by_sbtn, natural_by_worldcover
from services.biodiversity.rules import LAND_COVER, Thresholds
from services.biodiversity.structure import M2_PER_HA, Cells, Network, Structure, structure_from
from services.biodiversity.windows import windows_of
from shared.errors import Refused
from shared.zonal.landscape.distances import gaps_between
from shared.zonal.landscape.network import connected_square
from shared.zonal.landscape.patches import core_cells
from shared.zonal.landscape.runs import RunPatches, Runs, patches_of_runs, runs_of, together

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass
class Survey:
    """What has been counted so far; feed it every neighbourhood, in one order."""

    rules: Thresholds
    by_sbtn: bool
    """Whether SBTN tells habitat, or WorldCover."""
    cells: Cells = field(default_factory=Cells)
    sbtn: int = 0
    """Cells of the landscape that each layer knows."""
    worldcover: int = 0
    cover: Ints = field(default_factory=lambda: np.zeros(len(LAND_COVER), dtype=np.int64))
    """Cells by class of WorldCover."""
    networked: bool = True
    """False: a neighbourhood has too many patches for its network."""
    _patch_cells: list[Ints] = field(default_factory=list)
    _patch_sides: list[Ints] = field(default_factory=list)
    _joined: int = 0
    _square_ha2: float = 0.0

    def add(self, places: NDArray[np.object_], cover: Cover) -> None:
        """Count the landscape of one neighbourhood of plots (polygons or points in lon/lat).

        Raises Refused (`landscape_too_large`, `landscape_too_wide`), and what the sources raise.
        """
        rules = self.rules
        margin_m = rules.core_depth_m + rules.landscape_cell_m
        lattice = Lattice.round(places, rules.habitat_buffer_m, rules.landscape_cell_m, margin_m)
        if lattice.reach_m > rules.max_collection_reach_m:
            raise Refused(f"plots that hang together reach {lattice.reach_m:.0f} m from their middle", code="landscape_too_wide")
        found: list[Runs] = []
        runs = 0
        for row, column, rows, columns in windows_of(lattice):
            found.append(self._look(lattice.window(row, column, rows, columns), cover, row, column, lattice.margin))
            runs += len(found[-1])
            if self.cells.inside > rules.max_collection_cells or runs > rules.max_collection_runs:
                limits = f"{rules.max_collection_cells} cells, {rules.max_collection_runs} runs of habitat"
                raise Refused(f"the landscape is larger than what is measured: {limits}", code="landscape_too_large")
        habitat = together(found)
        patches = patches_of_runs(habitat)
        self._patch_cells.append(patches.cells)
        self._patch_sides.append(patches.sides)
        self._link(habitat, patches)

    def structure(self) -> Structure | None:
        """That of the whole landscape; None where too little of it is known."""
        if not self.cells.enough(self.rules):
            return None
        cells, sides = np.concatenate(self._patch_cells), np.concatenate(self._patch_sides)
        network = Network(np.nan, np.nan)
        if self.networked:
            pairs = len(cells) * (len(cells) - 1) / 2
            network = Network(100.0 * self._joined / pairs if pairs else np.nan, float(np.sqrt(self._square_ha2)))
        return structure_from(self.cells, cells, sides, network, self.rules)

    def _look(self, ground: Ground, cover: Cover, row: int, column: int, margin: int) -> Runs:
        """Count a window, of which the margin is only looked at; the runs of its habitat."""
        own, inside = np.s_[margin:-margin, margin:-margin], ground.inside
        sbtn, classes = (_nothing(ground) if source is None else values_on(ground, source) for source in (cover.sbtn, cover.worldcover))
        self.sbtn += _count(sbtn[1] & inside, own)
        self.worldcover += _count(classes[1] & inside, own)
        self.cover += np.array([_count((classes[0] == one) & classes[1] & inside, own) for one in LAND_COVER])
        habitat, told = natural_by_sbtn(sbtn) if self.by_sbtn else natural_by_worldcover(classes)
        land, mine = inside & told, inside & told & habitat
        core = core_cells(habitat & told, self.rules.core_depth_m / self.rules.landscape_cell_m, beyond=True) & land
        sides = sum(_count((mine & np.roll(land & ~habitat, step, axis)), own) for axis in (0, 1) for step in (1, -1))
        self.cells += Cells(_count(inside, own), _count(land, own), _count(core, own), sides)
        return runs_of(mine[own], row, column)

    def _link(self, habitat: Runs, patches: RunPatches) -> None:
        """Add what the patches of one neighbourhood are to each other; those of another are too far off."""
        rules, count = self.rules, len(patches)
        self.networked &= count <= rules.max_collection_patches
        if not self.networked or count == 0:
            return
        gaps = gaps_between(habitat, patches.patch, count, rules.max_link_m / rules.landscape_cell_m)
        gap_m = gaps.cells * rules.landscape_cell_m
        area_ha = patches.cells * np.float64(rules.landscape_cell_m**2 / M2_PER_HA)
        self._joined += int(np.count_nonzero(gap_m <= rules.connectance_gap_m))
        self._square_ha2 += connected_square(area_ha, gaps.one, gaps.other, gap_m, rules.median_dispersal_m)


def _count(cells: Mask, own: tuple[slice, slice]) -> int:
    return int(np.count_nonzero(cells[own]))


def _nothing(ground: Ground) -> tuple[NDArray[np.uint8], Mask]:
    return np.zeros(ground.inside.shape, dtype=np.uint8), np.zeros(ground.inside.shape, dtype=np.bool_)
