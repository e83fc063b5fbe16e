"""The tables of two landscapes as FRAGSTATS 4 printed them, with its own rules: 8 neighbours, core one cell deep, no border edge."""

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from shared.zonal.landscape.tables import Rules, Tables, landscape_tables
from tests.shared.zonal.landscape.fragstats_cores import core_columns

DIGITS = 0.5001e-4
"""Half of the last digit printed."""
WITHOUT = {"GYRATE", "FRAC", "CIRCLE", "CONTIG", "DCORE", "PAFRAC", "CLUMPY", "IJI", "AI", "NLSI", "CONTAG"}
"""Columns that have no counterpart here: no metric that we publish is made of them."""
CORE = ("TCA", "CPLAND", "NDCA", "DCAD", "CORE_MN", "CORE_SD", "CORE_CV", "CAI_MN", "CAI_SD", "CAI_CV")


def printed(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "reference" / f"fragstats_{name}.csv").open() as file:
        return list(csv.DictReader(file))


def classes_of(folder: Path, name: str) -> NDArray[np.integer]:
    with rasterio.open(folder / "rasters" / name) as file:
        found: NDArray[np.integer] = file.read(1)
    return found


def tables(folder: Path, name: str, side_m: float) -> Tables:
    classes = classes_of(folder, name)
    return landscape_tables(classes, np.ones(classes.shape, dtype=bool), Rules(side_m, core_depth_m=side_m))


@pytest.fixture(scope="module")
def small(shared_data: Path) -> Tables:
    return tables(shared_data, "lsm_landscape.tif", 1.0)


@pytest.fixture(scope="module")
def augusta(shared_data: Path) -> Tables:
    return tables(shared_data, "lsm_augusta_nlcd.tif", 30.0)


def counterparts(row: dict[str, str]) -> dict[str, float]:
    """The columns of a printed row that we have."""
    named = {name: value for name, value in row.items() if name not in {"LID", "PID", "TYPE"}}
    ours = {name: value for name, value in named.items() if name.split("_", maxsplit=1)[0] not in WITHOUT}
    return {name: float(value) for name, value in ours.items()}


def class_of(row: dict[str, str]) -> int:
    return int(row["TYPE"].removeprefix("cls_"))


def test_every_class_of_the_small_landscape(shared_data: Path, small: Tables) -> None:
    rows = printed(shared_data, "landscape_class")
    assert sorted(class_of(row) for row in rows) == sorted(small.classes)
    for row in rows:
        want = counterparts(row)
        assert {name: small.classes[class_of(row)][name] for name in want} == pytest.approx(want, abs=DIGITS)


def test_the_small_landscape_as_a_whole(shared_data: Path, small: Tables) -> None:
    (row,) = printed(shared_data, "landscape_land")
    want = counterparts(row)
    assert {name: small.landscape[name] for name in want} == pytest.approx(want, abs=DIGITS)


def test_every_patch_of_the_small_landscape(shared_data: Path, small: Tables) -> None:
    """FRAGSTATS numbers patches otherwise, so rows are matched by what they say."""
    rows = printed(shared_data, "landscape_patch")
    names = list(counterparts(rows[0]))
    want = sorted((class_of(row), *counterparts(row).values()) for row in rows)
    mine = sorted(zip(small.patches["TYPE"], *(np.round(small.patches[name], 4) for name in names), strict=True))
    assert np.array(mine) == pytest.approx(np.array(want), abs=DIGITS)


def test_every_class_of_augusta_but_for_core(shared_data: Path, augusta: Tables) -> None:
    for row in printed(shared_data, "augusta_nlcd_class"):
        want = {name: value for name, value in counterparts(row).items() if name not in CORE}
        assert {name: augusta.classes[class_of(row)][name] for name in want} == pytest.approx(want, abs=DIGITS), row["TYPE"]


def test_core_of_augusta_is_ours_but_for_the_cores_that_fragstats_passes_over(shared_data: Path, augusta: Tables) -> None:
    classes = classes_of(shared_data, "lsm_augusta_nlcd.tif")
    cores, core_ha = np.zeros(2), np.zeros(2)
    for row in printed(shared_data, "augusta_nlcd_class"):
        theirs = core_columns(classes, class_of(row), 30.0, passes_over=True)
        assert theirs == pytest.approx({name: float(row[name]) for name in theirs}, abs=DIGITS), row["TYPE"]
        whole = core_columns(classes, class_of(row), 30.0, passes_over=False)
        assert {name: augusta.classes[class_of(row)][name] for name in CORE} == pytest.approx({name: whole[name] for name in CORE})
        cores += whole["NDCA"], theirs["NDCA"]
        core_ha += whole["TCA"], theirs["TCA"]
    assert (cores[0], cores[0] - cores[1]) == (5714, 105), "as METHOD.md of biodiversity says"
    assert np.round(core_ha / 0.09).tolist() == [113025, 113025 - 177]


def test_fragstats_passes_over_no_core_of_the_small_landscape(shared_data: Path) -> None:
    classes = classes_of(shared_data, "lsm_landscape.tif")
    for row in printed(shared_data, "landscape_class"):
        theirs = core_columns(classes, class_of(row), 1.0, passes_over=True)
        assert theirs == pytest.approx({name: float(row[name]) for name in theirs}, abs=DIGITS)
        assert theirs == core_columns(classes, class_of(row), 1.0, passes_over=False)


def test_every_printed_column_is_ours_or_named_as_left_out(shared_data: Path, small: Tables) -> None:
    (land,), klass, patch = (printed(shared_data, f"landscape_{level}") for level in ("land", "class", "patch"))
    ours = {*small.landscape, *next(iter(small.classes.values())), *small.patches, *WITHOUT}
    columns = {name for row in (land, klass[0], patch[0]) for name in row} - {"LID", "PID"}
    assert {name for name in columns if name not in ours and name.split("_", maxsplit=1)[0] not in ours} == set()
