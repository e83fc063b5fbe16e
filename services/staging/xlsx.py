"""Read an XLSX workbook: the sheet that holds the plots, by the same rules as a CSV file."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

import python_calamine as calamine

from services.staging.archive import Archive, open_archive
from services.staging.columns import Columns, columns_of
from services.staging.crs import to_wgs84
from services.staging.csv_header import Header, header_of
from services.staging.faults import FileRefused
from services.staging.layers import chosen_layer
from services.staging.rules import MIB, Rules
from services.staging.table_rows import TableRows

WORKBOOK: Final = PurePosixPath("xl/workbook.xml")
MAX_CELLS: Final = 50_000_000
"""Cells of a sheet, empty ones too: the reader keeps all of them at once."""
_CELL: Final = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]{0,9})([0-9]{1,20})\s*["']""")
"""The place of a cell or of a row."""
_LONGEST_PLACE: Final = 64


def read_xlsx(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The rows in slices, in the order of the sheet, empty rows left out.

    Read is the sheet that `rules.layer` names, else the first, or when that has no columns of a geometry the only one that
    has. Adds notes about the whole file to `notes`. Raises `FileRefused` when the file as a whole cannot be read.
    """
    with open_archive(path, rules.limits.max_archive_bytes) as archive:
        if WORKBOOK not in archive.files:
            raise FileRefused("xlsx_malformed", reason="the archive holds no workbook")
        _judge_extent(archive)
    crs = None if rules.assume_crs is None else to_wgs84(rules.assume_crs)
    try:
        with calamine.CalamineWorkbook.from_path(path) as workbook:
            header, sheet = _sheet(workbook, rules.layer)
            yield from columns_of(TableRows(header, rules, notes).drafts(_rows(sheet, len(header.names))), crs)
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, calamine.PasswordError) as error:
        raise FileRefused("xlsx_malformed", reason=str(error)) from error


def _judge_extent(archive: Archive) -> None:
    """Refuse a sheet whose cells are so far apart that what lies between them fills the memory: the reader keeps it all."""
    with tempfile.TemporaryDirectory() as scratch:
        for sheet in archive.named(".xml"):
            unpacked = _unpacked(archive, sheet, Path(scratch))
            with unpacked.open("rb") as file:
                width, height = _extent(file)
            unpacked.unlink()
            if width * height > MAX_CELLS:
                raise FileRefused("decoded_size_limit", part=f"the sheet {sheet.name} with its empty cells", limit=MAX_CELLS)


def _unpacked(archive: Archive, sheet: PurePosixPath, folder: Path) -> Path:
    try:
        return archive.unpack(sheet, folder / "sheet.xml")
    except FileRefused as damaged:
        raise FileRefused("xlsx_malformed", reason=str(damaged.values.get("reason"))) from damaged


def _extent(file: BinaryIO) -> tuple[int, int]:
    """Columns and rows that the places of cells in a sheet span, counted from A1; 0 and 0 without cells."""
    columns: set[bytes] = set()
    last_row, rest = 0, b""
    while block := file.read(MIB):
        places = _CELL.findall(rest + block)
        columns.update(column for column, _ in places)
        last_row = max(last_row, *(int(row) for _, row in places)) if places else last_row
        rest = block[-_LONGEST_PLACE:]
    return max((_number(column) for column in columns), default=0), last_row


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number


def _sheet(workbook: calamine.CalamineWorkbook, wanted: str | None) -> tuple[Header, calamine.CalamineSheet]:
    if wanted is not None:
        named = workbook.get_sheet_by_name(chosen_layer(workbook.sheet_names, wanted))
        return _header(named), named
    first = workbook.get_sheet_by_index(0)
    try:
        return _header(first), first
    except FileRefused as refused:
        found = []
        for index in range(1, len(workbook.sheet_names)):
            with suppress(FileRefused):
                sheet = workbook.get_sheet_by_index(index)
                found.append((_header(sheet), sheet))
        if not found:
            raise
        if len(found) > 1:
            raise FileRefused("ambiguous_layers", layers=", ".join(sheet.name for _, sheet in found)) from refused
        return found[0]


def _header(sheet: calamine.CalamineSheet) -> Header:
    if (sheet.total_height or 0) * (sheet.total_width or 0) > MAX_CELLS:
        raise FileRefused("decoded_size_limit", part=f"the sheet {sheet.name} with its empty cells", limit=MAX_CELLS)
    names = [str(value).strip() for value in next(iter(sheet.iter_rows()), [])]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise FileRefused("no_features", total=0)
    return header_of(names, ",")


def _rows(sheet: calamine.CalamineSheet, width: int) -> Iterator[tuple[list[Any], int]]:
    """Rows below the header with the number that the sheet shows; cells right of the header count as too many only when filled."""
    rows = iter(sheet.iter_rows())
    next(rows)
    for number, row in enumerate(rows, start=(sheet.start or (0, 0))[0] + 2):
        cells = [_value(cell) for cell in row]
        if all(cell == "" for cell in cells):
            continue
        while len(cells) > width and cells[-1] == "":
            cells.pop()
        yield cells + [""] * (width - len(cells)), number


def _value(cell: Any) -> Any:
    """A cell as JSON can hold it: a sheet knows no integers, so 7.0 is written 7 as the sheet shows it."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell
