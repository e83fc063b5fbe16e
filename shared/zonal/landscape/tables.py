"""Patch, class and landscape tables of a raster of classes, by the names and units of FRAGSTATS 4.

Areas in ha, lengths in m, densities in 1/100 ha and m/ha, shares in %, division and Simpson from 0 to 1; nan for what is
not defined. SD is of the population, CV in % of the mean, as there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.zonal.landscape import composition as parts
from shared.zonal.landscape.distances import nearest_cells
from shared.zonal.landscape.patches import Labels, Mask, Patches, core_cells, patches_of, patches_of_mask, shared_sides

Floats = NDArray[np.float64]
Row = dict[str, float]
M2_PER_HA = 10_000.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What metrics depend on beside the raster."""

    side_m: float
    """Of the cells, which are squares."""
    neighbours: int = 8
    core_depth_m: float = 100.0
    core_beyond: bool = False
    """Whether classes go on beyond the border of the raster, where core is asked for; FRAGSTATS: they end there."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Metrics of every patch, class and of the whole."""

    patches: dict[str, Floats]
    """By metric, [patches]; TYPE is the class."""
    classes: dict[int, Row]
    landscape: Row


def landscape_tables(classes: NDArray[np.integer], inside: Mask, rules: Rules) -> Tables:
    """The tables of a raster [rows, columns]; cells that are not `inside` are no part of the landscape."""
    patches = patches_of(classes, inside, rules.neighbours)
    by_patch = _patch_table(classes, inside, patches, rules)
    present = np.unique(patches.value)
    index = np.where(inside, np.searchsorted(present, classes) + 1, 0).astype(np.int32)
    sides = shared_sides(index, len(present))
    total = int(np.count_nonzero(inside))
    by_class = {
        int(value): _class_row(by_patch, patches.value == value, sides[at], at, total, patches, rules) for at, value in enumerate(present)
    }
    return Tables(by_patch, by_class, _landscape_row(by_patch, sides, total, patches, rules))


def _patch_table(classes: NDArray[np.integer], inside: Mask, patches: Patches, rules: Rules) -> dict[str, Floats]:
    count, cell_ha = len(patches), rules.side_m**2 / M2_PER_HA
    core, cores, nearest = np.zeros(count), np.zeros(count), np.full(count, np.nan)
    for value in np.unique(patches.value).tolist():
        of = patches.value == value
        mask = (classes == value) & inside
        within = core_cells(mask, rules.core_depth_m / rules.side_m, rules.core_beyond)
        core += np.bincount(patches.label[within], minlength=count + 1)[1:]
        disjunct = patches_of_mask(within, rules.neighbours)
        owner = np.zeros(len(disjunct) + 1, dtype=np.int64)
        owner[disjunct.label[within]] = patches.label[within]
        cores += np.bincount(owner[1:], minlength=count + 1)[1:]
        nearest[of] = _nearest_m(patches.label, of, rules)
    area, perimeter = patches.cells * cell_ha, patches.sides * rules.side_m
    return {
        "TYPE": patches.value.astype(np.float64),
        "AREA": area,
        "PERIM": perimeter,
        "PARA": perimeter / area,
        "SHAPE": patches.sides / least_sides(patches.cells),
        "CORE": core * cell_ha,
        "NCORE": cores,
        "CAI": 100.0 * core / patches.cells,
        "ENN": nearest,
    }


def _nearest_m(label: Labels, of: NDArray[np.bool_], rules: Rules) -> Floats:
    """From each patch of a class to the next one, between the centres of cells; nan for the only one."""
    count = int(of.sum())
    number = np.zeros(len(of) + 1, dtype=np.int32)
    number[1:][of] = np.arange(1, count + 1)
    return nearest_cells(number[label], count) * rules.side_m


def least_sides(cells: NDArray[np.int64]) -> Floats:
    """Sides round the most compact shape of so many cells: FRAGSTATS' min p and min e."""
    n = np.floor(np.sqrt(cells))
    over = cells - n**2
    return np.where(over == 0, 4 * n, np.where(over <= n, 4 * n + 2, 4 * n + 4))


def _spread(name: str, values: Floats) -> Row:
    mean, deviation = float(np.mean(values)), float(np.std(values))
    return {f"{name}_MN": mean, f"{name}_SD": deviation, f"{name}_CV": 100.0 * deviation / mean if mean else np.nan}


def _of_patches(table: dict[str, Floats], of: NDArray[np.bool_], total: int, patches: Patches, rules: Rules) -> Row:
    """What classes and the landscape have alike: of the patches that are `of` it."""
    total_ha = total * rules.side_m**2 / M2_PER_HA
    area, core, cores = (table[name][of] for name in ("AREA", "CORE", "NCORE"))
    found = table["ENN"][of]
    spreads = {"AREA": area, "SHAPE": table["SHAPE"][of], "PARA": table["PARA"][of], "CORE": core, "CAI": table["CAI"][of]}
    row: Row = {
        "NP": float(of.sum()),
        "PD": 100.0 * float(of.sum()) / total_ha,
        "LPI": 100.0 * float(area.max()) / total_ha,
        "TCA": float(core.sum()),
        "NDCA": float(cores.sum()),
        "DCAD": 100.0 * float(cores.sum()) / total_ha,
        "COHESION": parts.cohesion(patches.sides[of], patches.cells[of], total),
        "DIVISION": parts.division(area, total_ha),
        "MESH": parts.effective_mesh(area, total_ha),
        "SPLIT": parts.splitting(area, total_ha),
    }
    for name, values in (spreads | {"ENN": found[~np.isnan(found)]}).items():
        row |= _spread(name, values) if len(values) else dict.fromkeys((f"{name}_MN", f"{name}_SD", f"{name}_CV"), np.nan)
    return row


def _class_row(
    table: dict[str, Floats], of: NDArray[np.bool_], sides: NDArray[np.int64], at: int, total: int, patches: Patches, rules: Rules
) -> Row:
    cells = patches.cells[of].sum()
    total_ha, class_ha = (float(some) * rules.side_m**2 / M2_PER_HA for some in (total, cells))
    edge_m = float(sides.sum() - sides[at]) * rules.side_m
    row = _of_patches(table, of, total, patches, rules)
    return row | {
        "CA": class_ha,
        "PLAND": 100.0 * class_ha / total_ha,
        "TE": edge_m,
        "ED": edge_m / total_ha,
        "LSI": float(patches.sides[of].sum() / least_sides(cells)),
        "CPLAND": 100.0 * row["TCA"] / total_ha,
        "PLADJ": 100.0 * float(2 * sides[at]) / float(2 * sides[at] + patches.sides[of].sum()),
    }


def _landscape_row(table: dict[str, Floats], sides: NDArray[np.int64], total: int, patches: Patches, rules: Rules) -> Row:
    of = np.ones(len(patches), dtype=np.bool_)
    total_ha = total * rules.side_m**2 / M2_PER_HA
    between = int(np.triu(sides, k=1).sum())
    edge_m = between * rules.side_m
    border = int(patches.sides.sum()) - 2 * between
    areas = np.bincount(np.unique(patches.value, return_inverse=True)[1], weights=patches.cells)
    alike = 2 * int(np.trace(sides))
    simpson, count = parts.simpson(areas), len(areas)
    several = count > 1
    return _of_patches(table, of, total, patches, rules) | {
        "TA": total_ha,
        "TE": edge_m,
        "ED": edge_m / total_ha,
        "LSI": 0.25 * (between + border) / np.sqrt(total),
        "PLADJ": 100.0 * alike / (alike + int(patches.sides.sum())),
        "PR": float(count),
        "PRD": 100.0 * count / total_ha,
        "SHDI": parts.shannon(areas),
        "SHEI": parts.shannon_evenness(areas),
        "SIDI": simpson,
        "SIEI": simpson / (1.0 - 1.0 / count) if several else np.nan,
        "MSIDI": -np.log(1.0 - simpson),
        "MSIEI": -np.log(1.0 - simpson) / np.log(count) if several else np.nan,
    }
