"""Sums by key of records: against a double loop over exact shares, whatever the company, threads and blocks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from shared.zonal.block import Source
from shared.zonal.grid import Grid
from shared.zonal.passes import zonal
from shared.zonal.reductions.records import RecordSums, record, record_sums
from shared.zonal.surroundings import surroundings

RNG = np.random.default_rng(11)
ROWS, COLUMNS = 90, 120
GRID = Grid(10.0, 5.0, 0.001, 0.001, COLUMNS, ROWS)
BYTE: np.dtype[Any] = np.dtype(np.uint8)


@dataclass(frozen=True)
class Records:
    """A source of records that lies in memory."""

    values: NDArray[Any]
    cells: Grid = GRID
    unit: tuple[int, int] = (16, 16)
    nodata: None = None
    scale: float = 1.0
    offset: float = 0.0

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.values.dtype

    def read(self, top: int, left: int, out: NDArray[Any]) -> None:
        out[:] = self.values[top : top + out.shape[0], left : left + out.shape[1]]


def scene() -> Records:
    values = np.zeros((ROWS, COLUMNS), dtype=record(2))
    values["key"] = RNG.integers(-1, 6, (ROWS, COLUMNS))
    values["quantity"] = RNG.normal(100, 20, (ROWS, COLUMNS, 2))
    values["quantity"][RNG.random((ROWS, COLUMNS)) < 0.3, 1] = np.nan
    return Records(values)


def plots(count: int = 30) -> NDArray[np.object_]:
    at = RNG.uniform((10.0, 4.92), (10.11, 4.99), (count, 2))
    size = RNG.uniform(0.0003, 0.02, count)
    return np.array([shapely.Point(x, y).buffer(r, quad_segs=3) for (x, y), r in zip(at, size, strict=True)], dtype=object)


def by_loops(source: Records, shapes: NDArray[np.object_]) -> list[dict[int, list[float]]]:
    """Plot by plot and cell by cell: key → area, known areas and totals."""
    found: list[dict[int, list[float]]] = []
    for window in surroundings(shapes, {"grid": Plain(source)}, 0):
        sums: dict[int, list[float]] = {}
        for row in range(window.share.shape[0]):
            for column in range(window.share.shape[1]):
                weight = window.share[row, column] * window.area_m2[row, 0 if window.area_m2.shape[1] == 1 else column]
                cell = source.values[window.top + row, window.left + column]
                if weight == 0 or cell["key"] < 0:
                    continue
                own = sums.setdefault(int(cell["key"]), [0.0] * 5)
                own[0] += weight
                for at, value in enumerate(cell["quantity"]):
                    if not np.isnan(value):
                        own[1 + at] += weight
                        own[3 + at] += weight * value
        found.append(sums)
    return found


@dataclass(frozen=True)
class Plain:
    """The same grid with a plain band, for the shares."""

    records: Records
    unit: tuple[int, int] = (16, 16)
    nodata: None = None
    scale: float = 1.0
    offset: float = 0.0
    dtype: np.dtype[Any] = BYTE

    @property
    def cells(self) -> Grid:
        return self.records.cells

    def read(self, top: int, left: int, out: NDArray[Any]) -> None:
        out[:] = 0


def sums_of(source: Source, shapes: NDArray[np.object_], threads: int = 1) -> RecordSums:
    return zonal(shapes, {"r": source}, {"s": record_sums("r")}, threads=threads)["s"]


def test_sums_are_those_of_a_double_loop() -> None:
    source, shapes = scene(), plots()
    found = sums_of(source, shapes)
    for index, expected in enumerate(by_loops(source, shapes)):
        assert found.plain_m2[index] == pytest.approx(expected.pop(0, [0.0])[0], rel=1e-12)
        at = slice(found.starts[index], found.starts[index + 1])
        assert found.key[at].tolist() == sorted(expected)
        got = np.column_stack((found.area_m2[at], found.known_m2[at], found.total[at]))
        assert got == pytest.approx(np.array([expected[key] for key in sorted(expected)]).reshape(-1, 5), rel=1e-12)


def test_a_plot_has_the_same_bits_in_any_company_and_with_threads() -> None:
    source, shapes = scene(), plots()
    together = sums_of(source, shapes, threads=2)
    for index in range(len(shapes)):
        alone, at = sums_of(source, shapes[[index]]), slice(together.starts[index], together.starts[index + 1])
        assert alone.key.tolist() == together.key[at].tolist()
        for one, all_ in ((alone.area_m2, together.area_m2), (alone.total, together.total), (alone.known_m2, together.known_m2)):
            assert one.tobytes() == np.ascontiguousarray(all_[at]).tobytes()
        assert alone.plain_m2[0] == together.plain_m2[index]


def test_cells_without_event_add_their_area_only() -> None:
    source = scene()
    source.values["key"] = 0
    found = sums_of(source, plots(3))
    assert found.key.size == 0 and (found.plain_m2 > 0).all()


def test_no_plots_have_no_sums() -> None:
    found = sums_of(scene(), np.empty(0, dtype=object))
    assert found.plain_m2.size == 0 and found.starts.tolist() == [0]
