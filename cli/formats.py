"""Results in each format that the command writes: the server's own bytes, or GeoParquet made of its features."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Final

from cli.reporting import BadInput

ENDINGS: Final = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}


def format_of(path: Path) -> str:
    """The format that the ending of `path` names; raises `BadInput`."""
    try:
        return ENDINGS[path.suffix.lower()]
    except KeyError:
        raise BadInput(f"{path}: results are written to a file that ends in {', '.join(ENDINGS)}") from None


def write_ndjson(features: Iterable[bytes], out: IO[bytes]) -> int:
    """Write features, one JSON text each, one a line; answers how many."""
    return _write(out, (feature + b"\n" for feature in features))


def write_geojson(features: Iterable[bytes], out: IO[bytes]) -> int:
    """Write features, one JSON text each, as one FeatureCollection (RFC 7946); answers how many."""
    out.write(b'{"type":"FeatureCollection","features":[')
    count = _write(out, ((b",\n" if number else b"\n") + feature for number, feature in enumerate(features)))
    out.write(b"\n]}\n")
    return count


def write_parquet(features: Iterable[bytes], out: IO[bytes]) -> int:
    """Write features, one JSON text each, as GeoParquet; answers how many."""
    from cli.geoparquet import write_geoparquet

    return write_geoparquet(features, out)


def write_csv(chunks: Iterable[bytes], out: IO[bytes]) -> int:
    """Write the chunks of a CSV text; answers how many rows it has below its header."""
    rows = RowCount()
    _write(out, map(rows.passed, chunks))
    return rows.rows - 1


FROM_FEATURES: Final[dict[str, Callable[[Iterable[bytes], IO[bytes]], int]]] = {
    "ndjson": write_ndjson,
    "geojson": write_geojson,
    "parquet": write_parquet,
}
"""Writers of the formats that are made of the server's features; CSV is the server's own."""


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
