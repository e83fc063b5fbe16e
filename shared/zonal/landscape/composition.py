"""Metrics of how area is shared out: among classes (Shannon, Simpson) and among patches (mesh, division, cohesion)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.integer] | Floats


def shannon(areas: Numbers) -> float:
    """Shannon's diversity `-sum p ln p` of areas by class, nat; nan without area. FRAGSTATS SHDI."""
    p = _shares(areas)
    return float(-np.sum(p * np.log(p))) + 0.0 if len(p) else np.nan


def shannon_evenness(areas: Numbers) -> float:
    """Shannon's diversity over `ln m` of the m classes that are there; nan for fewer than two. FRAGSTATS SHEI."""
    present = len(_shares(areas))
    return shannon(areas) / np.log(present) if present > 1 else np.nan


def simpson(areas: Numbers) -> float:
    """Simpson's diversity `1 - sum p^2` of areas by class; nan without area. FRAGSTATS SIDI."""
    p = _shares(areas)
    return float(1.0 - np.sum(p**2)) if len(p) else np.nan


def effective_mesh(patch_areas: Numbers, total: float) -> float:
    """`sum a_i^2 / A`, in the unit of the areas: the size of patches that a landscape cut evenly would have (Jaeger 2000)."""
    return float(np.sum(np.square(patch_areas, dtype=np.float64)) / total)


def division(patch_areas: Numbers, total: float) -> float:
    """`1 - sum (a_i / A)^2`: chance that two places taken at random do not lie in one patch (Jaeger 2000)."""
    return float(1.0 - np.sum((np.asarray(patch_areas, dtype=np.float64) / total) ** 2))


def splitting(patch_areas: Numbers, total: float) -> float:
    """`A^2 / sum a_i^2`: patches of one size that would divide the landscape alike; inf without patches (Jaeger 2000)."""
    squares = np.sum(np.square(patch_areas, dtype=np.float64))
    return float(total**2 / squares) if squares > 0 else np.inf


def cohesion(sides: Numbers, cells: Numbers, total_cells: int) -> float:
    """`100 (1 - sum P_i / sum P_i sqrt(a_i)) / (1 - 1 / sqrt(Z))`, 0 to 100; nan without patches or for one cell (Schumaker 1996).

    Perimeters P in sides of cells, areas a in cells, Z the cells of the landscape.
    """
    if len(cells) == 0 or total_cells < 2:
        return np.nan
    weighted = float(np.sum(sides * np.sqrt(cells)))
    return float((1.0 - np.sum(sides) / weighted) / (1.0 - 1.0 / np.sqrt(total_cells)) * 100.0)


def _shares(areas: Numbers) -> Floats:
    present = np.asarray(areas, dtype=np.float64)
    present = present[present > 0]
    return present / present.sum() if len(present) else present
