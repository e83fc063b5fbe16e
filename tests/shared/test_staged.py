"""Chunks of a staged file are read the same from a path and from a file-like, with the footer read once."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from shared.staged import COLUMNS, chunk_sizes, read_chunk


class CountingFile(io.BytesIO):
    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.bytes_read = 0

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size)
        self.bytes_read += len(block)
        return block


@pytest.fixture
def staged_file(tmp_path: Path) -> Path:
    rows = [
        {
            "plot_no": i,
            "plot_id": f"p{i}",
            "feature_index": 9 - i,
            "geometry": shapely.to_wkb(shapely.Point(i, 2)),
            "properties": '{"a": 1.0}',
            "area_ha": None if i == 3 else i / 2,
            "is_point": True,
            "geometry_hash": f"h{i}",
            "notes": ["z_dropped"] if i == 1 else [],
        }
        for i in range(5)
    ]
    path = tmp_path / "plots.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema(COLUMNS)), path, row_group_size=2)
    return path


def test_a_chunk_is_its_row_group(staged_file: Path) -> None:
    assert chunk_sizes(staged_file) == [2, 2, 1]
    chunk = read_chunk(staged_file, 1)
    assert (chunk.plot_no.tolist(), chunk.plot_id, chunk.feature_index.tolist()) == ([2, 3], ["p2", "p3"], [7, 6])
    assert [point.x for point in chunk.geometry] == [2.0, 3.0]
    assert shapely.from_wkb(chunk.wkb[0]) == shapely.Point(2, 2)
    assert chunk.area_ha[0] == 1.0
    assert chunk.area_ha[1] != chunk.area_ha[1]
    assert (chunk.properties, chunk.is_point.tolist(), chunk.geometry_hash) == (['{"a": 1.0}'] * 2, [True, True], ["h2", "h3"])
    assert read_chunk(staged_file, 0).notes == [[], ["z_dropped"]]


def test_a_file_is_read_as_a_path_is(staged_file: Path) -> None:
    chunk = read_chunk(io.BytesIO(staged_file.read_bytes()), 2)
    assert (chunk.plot_no.tolist(), chunk.plot_id) == ([4], ["p4"])


def test_a_named_file_has_its_footer_read_once(staged_file: Path) -> None:
    content = staged_file.read_bytes()
    reads = []
    for _ in range(2):
        file = CountingFile(content)
        read_chunk(file, 0, name=f"collections/{staged_file}")
        reads.append(file.bytes_read)
    assert reads[1] < reads[0]


def test_a_path_that_was_written_anew_is_read_anew(staged_file: Path) -> None:
    before = read_chunk(staged_file, 0)
    staged_file.unlink()
    pq.write_table(pa.Table.from_pylist([], schema=pa.schema(COLUMNS)), staged_file)
    assert chunk_sizes(staged_file) == [0]
    assert (len(before), len(read_chunk(staged_file, 0))) == (2, 0)


@pytest.mark.parametrize("part", [-1, 3])
def test_a_part_that_is_not_there_is_an_index_error(staged_file: Path, part: int) -> None:
    with pytest.raises(IndexError):
        read_chunk(staged_file, part)
