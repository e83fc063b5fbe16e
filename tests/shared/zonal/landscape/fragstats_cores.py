"""Core as FRAGSTATS 4 prints it: its scan passes over some cores of patches with several. Inferred from its tables, not read there."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

NEXT = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))
"""N E S W, NE SE SW NW: the plainest of the 80 orders of 40,320 that give the numbers of Augusta; all pass over the same cores."""


def cores_of_patch(core: Mask, passes_over: bool) -> list[int]:
    """Cells of each disjunct core of one patch, in the order in which a scan by rows meets them.

    A core is filled with a stack. With `passes_over` the scan then goes on behind the cell that was filled last and not
    behind the one that it had come to, as FRAGSTATS' seems to: cores in between are never met, unless it is set back.
    """
    rows, columns = core.shape
    free, sizes, at = core.copy(), [], 0
    while at < rows * columns:
        first = at
        row, column = divmod(at, columns)
        if free[row, column]:
            free[row, column] = False
            stack, size = [(row, column)], 0
            while stack:
                row, column = stack.pop()
                size += 1
                for down, right in NEXT:
                    there = row + down, column + right
                    if 0 <= there[0] < rows and 0 <= there[1] < columns and free[there]:
                        free[there] = False
                        stack.append(there)
            sizes.append(size)
            at = row * columns + column if passes_over else first
        at += 1
    return sizes


def core_columns(classes: NDArray[np.integer], value: int, side_m: float, passes_over: bool) -> dict[str, float]:
    """FRAGSTATS' core columns of a class of a raster [rows, columns] of square cells; core one cell deep by 4 neighbours, patches by 8."""
    cell_ha = side_m**2 / 1e4
    mine = classes == value
    labels, _ = ndimage.label(mine, np.ones((3, 3)))
    core = ndimage.binary_erosion(mine)
    windows = ndimage.find_objects(labels)
    sizes = [cores_of_patch((labels[window] == number) & core[window], passes_over) for number, window in enumerate(windows, 1)]
    area_ha = np.bincount(labels.ravel())[1:] * cell_ha
    core_ha = np.array([sum(some) for some in sizes]) * cell_ha
    disjunct_ha = np.concatenate([np.array(some, dtype=np.float64) for some in sizes]) * cell_ha
    total_ha = classes.size * cell_ha
    return {
        "TCA": float(core_ha.sum()),
        "CPLAND": 100.0 * float(core_ha.sum()) / total_ha,
        "NDCA": float(len(disjunct_ha)),
        "DCAD": 100.0 * len(disjunct_ha) / total_ha,
        **_spread("CORE", core_ha),
        **_spread("DCORE", disjunct_ha),
        **_spread("CAI", 100.0 * core_ha / area_ha),
    }


def _spread(name: str, values: Floats) -> dict[str, float]:
    mean, deviation = (float(np.mean(values)), float(np.std(values))) if len(values) else (0.0, 0.0)
    return {f"{name}_MN": mean, f"{name}_SD": deviation, f"{name}_CV": 100.0 * deviation / mean if mean else 0.0}
