"""Read the header of a table: the delimiter of a CSV file, the columns, and which of them are the geometry."""

import csv
from collections import Counter
from dataclasses import dataclass
from typing import Final, TextIO

from services.staging.faults import FileRefused
from services.staging.rules import MIB

DELIMITERS: Final = (",", ";", "\t")
HEADER_CHARACTERS: Final = MIB
NAME_CHARACTERS: Final = 200
_GEOMETRY: Final = frozenset({"wkt", "geometry"})
_LATITUDE: Final = frozenset({"lat", "latitude"})
_LONGITUDE: Final = frozenset({"lon", "lng", "longitude"})


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says."""

    delimiter: str
    names: list[str]
    geometry: int | None
    """Column of WKT or GeoJSON text."""
    latitude_longitude: tuple[int, ...]
    """The two columns of a point; empty when there is a geometry column."""
    kept: tuple[int, ...]
    """Columns that are properties: all others."""
    lines: int = 1
    """Lines that the header takes."""


def read_header(file: TextIO, notes: set[str]) -> Header:
    """Read the first line of `file`, whose delimiter is the commonest of `DELIMITERS` outside quotation marks."""
    line = file.readline(HEADER_CHARACTERS)
    if not line.strip():
        raise FileRefused("no_features")
    if len(line) == HEADER_CHARACTERS:
        raise FileRefused("csv_field_too_large", line=1, limit=HEADER_CHARACTERS)
    unquoted = "".join(line.split('"')[::2])
    delimiter = max(DELIMITERS, key=unquoted.count)
    if delimiter != ",":
        notes.add("csv_delimiter")
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        raise FileRefused("csv_malformed", line=1, reason=str(error)) from error
    return header_of(names, delimiter)


def header_of(names: list[str], delimiter: str) -> Header:
    """The header that columns with these names make; raises `FileRefused`."""
    _judge_names(names)
    return _columns(delimiter, names)


def _judge_names(names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise FileRefused("csv_repeated_column", column=name or "(no name)")
        if len(name) > NAME_CHARACTERS or "\0" in name:
            raise FileRefused("csv_malformed", line=1, reason=f"a column name is longer than {NAME_CHARACTERS} characters or holds U+0000")


def _columns(delimiter: str, names: list[str]) -> Header:
    geometries, latitudes, longitudes = (
        [i for i, name in enumerate(names) if name.lower() in group] for group in (_GEOMETRY, _LATITUDE, _LONGITUDE)
    )
    if len(geometries) > 1 or len(latitudes) > 1 or len(longitudes) > 1 or (geometries and latitudes and longitudes):
        found = ", ".join(names[i] for i in (*geometries, *latitudes, *longitudes))
        raise FileRefused("mixed_geometry_columns", columns=found)
    if geometries:
        return Header(delimiter, names, geometries[0], (), tuple(i for i in range(len(names)) if i != geometries[0]))
    if not latitudes or not longitudes:
        lacking = "longitude" if latitudes else "latitude" if longitudes else "wkt, geometry, or lat and lon"
        raise FileRefused("csv_missing_columns", reason=f"{lacking} is missing")
    place = (latitudes[0], longitudes[0])
    return Header(delimiter, names, None, place, tuple(i for i in range(len(names)) if i not in place))
