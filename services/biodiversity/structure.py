"""The structure of one landscape: how much habitat, how it is cut up, and how far its patches reach each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.rules import Thresholds
from shared.zonal.landscape import composition, network as networks
from shared.zonal.landscape.distances import patch_distances
from shared.zonal.landscape.patches import Patches, core_cells, patches_of_mask, shared_sides

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class Structure:
    """The habitat of one landscape; nan for what is not defined."""

    landscape_ha: float
    """Known ground, habitat or not."""
    known_share: float
    """Of the landscape."""
    habitat_pct: float
    patches: int
    patch_density: float
    """In 100 ha."""
    edge_density_m_ha: float
    core_pct: float
    cohesion: float
    effective_mesh_ha: float
    division: float
    connectance_pct: float
    eca_ha: float
    connectivity: float
    network_cut: bool
    """Patches were left out of the network."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The ground of a landscape, counted; of landscapes that touch nowhere it adds up."""

    inside: int = 0
    land: int = 0
    """Known ground."""
    core: int = 0
    edge_sides: int = 0
    """Sides of cells between habitat and other ground."""

    def __add__(self, other: "Cells") -> "Cells":
        return Cells(*(getattr(self, name) + getattr(other, name) for name in Cells.__slots__))

    def enough(self, rules: Thresholds) -> bool:
        """Whether the landscape is known well enough to be measured."""
        return self.land > 0 and self.land >= rules.min_valid_share * self.inside


@dataclass(frozen=True, slots=True)
class Network:
    """How patches reach each other; nan for what is not defined or not known."""

    connectance_pct: float
    eca_ha: float
    cut: bool = False
    """Patches were left out."""


def structure_of(habitat: Mask, known: Mask, inside: Mask, rules: Thresholds) -> Structure | None:
    """The structure of the habitat on the known cells inside a landscape; None where too few are known. Masks [rows, columns].

    Cells beyond the landscape say where core ends; no edge, patch or area of theirs counts. Unknown ground is never core.
    """
    land = inside & known
    cells = Cells(int(np.count_nonzero(inside)), int(np.count_nonzero(land)))
    if not cells.enough(rules):
        return None
    patches = patches_of_mask(habitat & land)
    sides = shared_sides(np.where(land, np.where(habitat, 1, 2), 0).astype(np.int32), 2)
    core = core_cells(habitat & known, rules.core_depth_m / rules.landscape_cell_m, beyond=True) & land
    cells += Cells(core=int(np.count_nonzero(core)), edge_sides=int(sides[0, 1]))
    return structure_from(cells, patches.cells, patches.sides, _network(patches, rules), rules)


def structure_from(cells: Cells, patch_cells: Ints, patch_sides: Ints, network: Network, rules: Thresholds) -> Structure:
    """The structure of a landscape of which enough is known; cells and sides of its patches, [patches]."""
    side_m = rules.landscape_cell_m
    cell_ha = np.float64(side_m**2 / M2_PER_HA)
    area, total_ha = patch_cells * cell_ha, cells.land * cell_ha
    return Structure(
        landscape_ha=total_ha,
        known_share=cells.land / cells.inside,
        habitat_pct=100.0 * float(area.sum()) / total_ha,
        patches=len(area),
        patch_density=100.0 * len(area) / total_ha,
        edge_density_m_ha=float(cells.edge_sides) * side_m / total_ha,
        core_pct=100.0 * cells.core / cells.land,
        cohesion=composition.cohesion(patch_sides, patch_cells, cells.land),
        effective_mesh_ha=composition.effective_mesh(area, total_ha),
        division=composition.division(area, total_ha),
        connectance_pct=network.connectance_pct,
        eca_ha=network.eca_ha,
        connectivity=network.eca_ha / total_ha,
        network_cut=network.cut,
    )


def _network(patches: Patches, rules: Thresholds) -> Network:
    """Of the largest patches alone, and each of the others by itself, where there are too many."""
    side_m = rules.landscape_cell_m
    area = patches.cells * np.float64(side_m**2 / M2_PER_HA)
    kept = np.sort(np.argsort(-patches.cells, kind="stable")[: rules.max_network_patches])
    number = np.zeros(len(patches) + 1, dtype=np.int32)
    number[kept + 1] = np.arange(1, len(kept) + 1)
    label = patches.label if len(kept) == len(patches) else number[patches.label]
    gap_m = patch_distances(label, len(kept), rules.max_link_m / side_m, centres=False) * side_m
    joined = networks.equivalent_connected_area(area[kept], networks.path_lengths(gap_m), rules.median_dispersal_m)
    alone = np.delete(area, kept)
    eca_ha = float(np.sqrt(joined**2 + np.sum(alone**2))) if len(alone) else joined
    return Network(networks.connectance(gap_m, rules.connectance_gap_m), eca_ha, len(alone) > 0)
