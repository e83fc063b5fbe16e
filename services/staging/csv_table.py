"""Read a CSV file row by row: a header, geometry from WKT or GeoJSON text or from latitude and longitude, all else kept as text."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.staging.columns import Columns, columns_of
from services.staging.crs import to_wgs84
from services.staging.csv_header import read_header
from services.staging.faults import FileRefused
from services.staging.rules import MIB, Rules
from services.staging.table_rows import TableRows

FIELD_BYTES: Final = MIB
_BLOCK_BYTES: Final = MIB


def read_csv(path: Path, rules: Rules, notes: set[str], charset: str = "utf-8") -> Iterator[Columns]:
    """The rows in slices, in the order of the file, blank lines left out.

    Adds notes about the whole file to `notes`. Raises `FileRefused` when the file as a whole cannot be read.
    """
    encoding = _encoding(path, charset, notes)
    crs = None if rules.assume_crs is None else to_wgs84(rules.assume_crs)
    csv.field_size_limit(FIELD_BYTES)  # of the process, and always this
    with path.open(encoding=encoding, newline="") as file:
        header = read_header(file, notes)
        rows = csv.reader(file, delimiter=header.delimiter, strict=True)
        try:
            yield from columns_of(TableRows(header, rules, notes).drafts((row, header.lines + rows.line_num) for row in rows), crs)
        except csv.Error as error:
            line = header.lines + rows.line_num
            if "field limit" in str(error):
                raise FileRefused("csv_field_too_large", line=line, limit=FIELD_BYTES) from error
            raise FileRefused("csv_malformed", line=line, reason=str(error)) from error


def _encoding(path: Path, charset: str, notes: set[str]) -> str:
    """The codec to read with; the whole file is held against it first, so that a fault has a byte offset."""
    with path.open("rb") as file:
        start = file.read(4)
    encoding = "utf-8"
    if start.startswith(codecs.BOM_UTF8):
        notes.add("bom_removed")
        encoding = "utf-8-sig"
    elif start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and charset.lower().replace("-", "") == "utf16":
        encoding = "utf-16"
    decoder, offset = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                raise FileRefused("encoding", encoding=encoding, byte_offset=offset - waiting + error.start) from error
            offset += len(block)
    if waiting := len(decoder.getstate()[0]):
        raise FileRefused("encoding", encoding=encoding, byte_offset=offset - waiting)
    return encoding
