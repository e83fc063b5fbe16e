"""The structure of one landscape: how much habitat, how it is cut up, and how far its patches reach each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.rules import Thresholds
from shared.zonal.landscape import composition, network
from shared.zonal.landscape.distances import patch_distances
from shared.zonal.landscape.patches import Patches, core_cells, patches_of, shared_sides

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


def structure_of(habitat: Mask, known: Mask, inside: Mask, rules: Thresholds) -> Structure | None:
    """The structure of the habitat on the known cells inside a landscape; None where too few are known. Masks [rows, columns].

    Cells beyond the landscape say where core ends; no edge, patch or area of theirs counts. Unknown ground is never core.
    """
    land = inside & known
    total, all_cells = int(np.count_nonzero(land)), int(np.count_nonzero(inside))
    if total == 0 or total < rules.min_valid_share * all_cells:
        return None
    side_m = rules.landscape_cell_m
    cell_ha = np.float64(side_m**2 / M2_PER_HA)
    mine = habitat & land
    patches = patches_of(mine.astype(np.int64), mine)
    sides = shared_sides(np.where(land, np.where(habitat, 1, 2), 0).astype(np.int32), 2)
    core = core_cells(habitat & known, rules.core_depth_m / side_m, beyond=True) & land
    area, total_ha = patches.cells * cell_ha, total * cell_ha
    connectance, eca_ha, cut = _network(patches, rules)
    return Structure(
        landscape_ha=total_ha,
        known_share=total / all_cells,
        habitat_pct=100.0 * float(area.sum()) / total_ha,
        patches=len(patches),
        patch_density=100.0 * len(patches) / total_ha,
        edge_density_m_ha=float(sides[0, 1]) * side_m / total_ha,
        core_pct=100.0 * np.count_nonzero(core) / total,
        cohesion=composition.cohesion(patches.sides, patches.cells, total),
        effective_mesh_ha=composition.effective_mesh(area, total_ha),
        division=composition.division(area, total_ha),
        connectance_pct=connectance,
        eca_ha=eca_ha,
        connectivity=eca_ha / total_ha,
        network_cut=cut,
    )


def _network(patches: Patches, rules: Thresholds) -> tuple[float, float, bool]:
    """Connectance (%) and ECA (ha); of the largest patches alone, and each of the others by itself, where there are too many."""
    side_m = rules.landscape_cell_m
    area = patches.cells * np.float64(side_m**2 / M2_PER_HA)
    kept = np.sort(np.argsort(-patches.cells, kind="stable")[: rules.max_network_patches])
    number = np.zeros(len(patches) + 1, dtype=np.int32)
    number[kept + 1] = np.arange(1, len(kept) + 1)
    label = patches.label if len(kept) == len(patches) else number[patches.label]
    gap_m = patch_distances(label, len(kept), rules.max_link_m / side_m, centres=False) * side_m
    joined = network.equivalent_connected_area(area[kept], network.path_lengths(gap_m), rules.median_dispersal_m)
    alone = np.delete(area, kept)
    eca_ha = float(np.sqrt(joined**2 + np.sum(alone**2))) if len(alone) else joined
    return network.connectance(gap_m, rules.connectance_gap_m), eca_ha, len(alone) > 0
