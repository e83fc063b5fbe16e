"""Results in each format that the command writes: the server's own bytes, or GeoParquet made of its features."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Final

from cli.geoparquet import write_geoparquet
from cli.reporting import BadInput
from client import PlotproofClient

ENDINGS: Final = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}
Writer = Callable[[PlotproofClient, str, str | None, IO[bytes]], int]
"""Writes every plot of a collection (id) from its newest run or that of the given id, and answers how many."""


def format_of(path: Path) -> str:
    """The format that the ending of `path` names; raises `BadInput`."""
    try:
        return ENDINGS[path.suffix.lower()]
    except KeyError:
        raise BadInput(f"{path}: results are written to a file that ends in {', '.join(ENDINGS)}") from None


def write_ndjson(client: PlotproofClient, collection_id: str, run_id: str | None, out: IO[bytes]) -> int:
    """One Feature a line."""
    return _write(out, (line + b"\n" for line in client.fetch_lines(collection_id, run_id=run_id)))


def write_geojson(client: PlotproofClient, collection_id: str, run_id: str | None, out: IO[bytes]) -> int:
    """One FeatureCollection (RFC 7946) of the same lines."""
    out.write(b'{"type":"FeatureCollection","features":[')
    features = enumerate(client.fetch_lines(collection_id, run_id=run_id))
    count = _write(out, ((b",\n" if number else b"\n") + line for number, line in features))
    out.write(b"\n]}\n")
    return count


def write_csv(client: PlotproofClient, collection_id: str, run_id: str | None, out: IO[bytes]) -> int:
    """The server's CSV."""
    rows = RowCount()
    _write(out, map(rows.passed, client.fetch_csv(collection_id, run_id=run_id)))
    return rows.rows - 1


def write_parquet(client: PlotproofClient, collection_id: str, run_id: str | None, out: IO[bytes]) -> int:
    """GeoParquet 1.1, a column for each property."""
    return write_geoparquet(client.fetch_lines(collection_id, run_id=run_id), out)


WRITERS: Final[dict[str, Writer]] = {"ndjson": write_ndjson, "geojson": write_geojson, "csv": write_csv, "parquet": write_parquet}


class RowCount:
    """Counts the rows of a CSV text that passes in chunks: line feeds outside quotation marks."""

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = False

    def passed(self, chunk: bytes) -> bytes:
        """The chunk, counted."""
        for number, part in enumerate(chunk.split(b'"')):
            self._quoted ^= number > 0
            self.rows += 0 if self._quoted else part.count(b"\n")
        return chunk


def _write(out: IO[bytes], parts: Iterable[bytes]) -> int:
    count = 0
    for part in parts:
        out.write(part)
        count += 1
    return count
