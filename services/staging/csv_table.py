"""Read a CSV file row by row: a header, geometry from WKT or GeoJSON text or from latitude and longitude, all else kept as text."""

import codecs
import csv
import re
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
_UTF16: Final = {"utf16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf16le": (codecs.BOM_UTF16_LE,), "utf16be": (codecs.BOM_UTF16_BE,)}
"""The first bytes that such a text must have."""
_ABOVE_ASCII: Final = re.compile("(?:us)?ascii|latin[0-9]+|iso8859[0-9]+|(?:windows|cp)125[0-9]")
"""Declared character sets of which we read what they share with ours: their other bytes are nobody's to guess."""


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
    """The codec to read with; the whole file is held against it first, so that a fault has a byte offset.

    Raises `FileRefused` when the text is not in `charset`, or `charset` is none that is read.
    """
    encoding = _codec(path, charset)
    if encoding == "utf-8-sig":
        notes.add("bom_removed")
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


def _codec(path: Path, charset: str) -> str:
    """The codec of a declared `charset` and of the first bytes, which must not contradict it."""
    with path.open("rb") as file:
        start = file.read(4)
    declared = re.sub("[-_]", "", charset.lower())
    if declared == "utf8":
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    if _ABOVE_ASCII.fullmatch(declared):
        return "ascii"
    if not start.startswith(_UTF16.get(declared, ())):
        raise FileRefused("encoding", encoding=charset, byte_offset=0)
    return "utf-16"
