"""Rows of CSV and XLSX: encodings, delimiters, decimal signs, headers and cells."""

from collections.abc import Iterator
from functools import partial

from tests.services.staging import pack
from tests.services.staging.corpus.archives import damaged
from tests.services.staging.corpus.case import Case, Kept, Outcome, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import square, wkt
from tests.services.staging.corpus.writers import csv

ONE = [(square(), {"plotid": "A"})]
WKT = wkt(square())
AT = "5.123457,10.123457"
"""Latitude and longitude of a point in Cameroon."""


def lines(*texts: str) -> bytes:
    return "\n".join(texts).encode()


def refused(code: str, status: int = 422, **place: int) -> Refused:
    return Refused(status, code, place=tuple(place.items()))


HEADERS: dict[str, tuple[list[str], Outcome]] = {
    "missing columns": (["a", "b"], refused("csv_missing_columns")),
    "missing columns: no longitude": (["lat", "b"], refused("csv_missing_columns")),
    "repeated columns": (["lat", "lon", "a", "a"], refused("csv_repeated_column")),
    "mixed columns": (["wkt", "lat", "lon"], refused("mixed_geometry_columns")),
    "mixed columns: two geometries": (["wkt", "geometry"], refused("mixed_geometry_columns")),
    "mixed columns: two latitudes": (["lat", "latitude", "lon"], refused("mixed_geometry_columns")),
}
CELLS: dict[str, tuple[str, str, Outcome]] = {
    "a coordinate is missing": ("5.1", "", no_usable_plot("non_finite_coordinate")),
    "a coordinate is NaN": ("nan", "10.1", no_usable_plot("non_finite_coordinate")),
    "coordinates are missing": ("", "x", no_usable_plot("non_numeric_coordinate")),
    "a coordinate is in degrees and minutes": ("5°7'N", "10.1", no_usable_plot("non_numeric_coordinate")),
    "lat not in ±90, as a column": ("95.123457", "10.123457", no_usable_plot("coordinate_out_of_range")),
}
GEOMETRIES: dict[str, tuple[str, Outcome]] = {
    "hexadecimal number": ("POINT (0x1A 5.123456)", no_usable_plot("non_numeric_coordinate")),
    "WKT with SRID≠4326": ("SRID=3857;POINT (1126912.1 571234.1)", no_usable_plot("crs_not_supported")),
    "WKT with SRID=4326": (f"SRID=4326;{WKT}", Kept(1)),
    "WKT that is none": ("hello", no_usable_plot("malformed_geometry")),
    "WKT with something behind it": (f"{WKT} x", no_usable_plot("malformed_geometry")),
    "WKT of a curve": ("CURVEPOLYGON ((10 5, 11 6, 12 5, 10 5))", no_usable_plot("geometry_type_not_supported")),
    "WKT, measured": ("POINT M (10.123457 5.123457 7)", Kept(1, (), {"z_dropped": 1})),
    "WKT that nests for ever": ("GEOMETRYCOLLECTION(" * 3000, no_usable_plot("geometry_type_not_supported")),
}
CSV: dict[str, tuple[bytes, Outcome]] = {
    "ragged row": (lines("lat,lon,a", f"{AT},x", AT), Kept(1, ("csv_ragged_row",))),
    "NUL": (lines("lat,lon,a", f"{AT},x\0y"), no_usable_plot("csv_nul")),
    "field > 1 MiB": (lines("lat,lon,a", f"{AT},x", f"{AT}," + "x" * 1_100_000), refused("csv_field_too_large", line=3)),
    "a quotation mark that is never closed": (lines("lat,lon,a", f'{AT},"x', f"{AT},y"), refused("csv_malformed", line=3)),
    "no UTF-8": (f"lat,lon,a\n{AT},é\n".encode("cp1252"), refused("encoding", byte_offset=10 + len(AT) + 1)),
    "UTF-16 that is not declared": (f"lat,lon\n{AT}\n".encode("utf-16"), refused("encoding", byte_offset=0)),
    "only a header": (b"lat,lon\n", refused("no_features")),
    "decimal comma: ambiguous": (lines("lat,lon,a", '"5,123457","10,123457",x'), no_usable_plot("decimal_comma")),
    "decimal comma: not consistent": (lines("lat;lon", "5,123457;10,123457", "5.2;10.2"), refused("decimal_comma", line=3)),
    "decimal comma": (lines("lat;lon", "5,123457;10,123457"), Kept(1, (), {"csv_decimal_comma": 1, "csv_delimiter": 1})),
    "delimiter ;": (lines("wkt;plotid", f"{WKT};A"), Kept(1, (), {"csv_delimiter": 1})),
    "delimiter tab": (lines("wkt\tplotid", f"{WKT}\tA"), Kept(1, (), {"csv_delimiter": 1})),
    "BOM": (b"\xef\xbb\xbf" + csv(ONE), Kept(1, (), {"bom_removed": 1})),
    "formula-like cell that names an address": (lines("lat,lon,a", f'{AT},=WEBSERVICE("http://127.0.0.1:9")'), Kept(1)),
}
SPARSE = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def cases() -> Iterator[Case]:
    for row, (header, outcome) in HEADERS.items():
        values = [str(number) for number in range(len(header))]
        yield Case(row, "csv", partial(lines, ",".join(header), ",".join(values)), outcome)
        yield Case(row, "xlsx", partial(sheet, header, values), outcome)
    for row, (latitude, longitude, outcome) in CELLS.items():
        yield Case(row, "csv", partial(lines, "lat,lon", f"{latitude},{longitude}"), outcome)
        yield Case(row, "xlsx", partial(sheet, ["lat", "lon"], [latitude, longitude]), outcome)
    for row, (text, outcome) in GEOMETRIES.items():
        yield Case(row, "csv", partial(lines, "wkt,plotid", f'"{text}",A'), outcome)
        yield Case(row, "xlsx", partial(sheet, ["wkt", "plotid"], [text, "A"]), outcome)
    for row, (body, outcome) in CSV.items():
        yield Case(row, "csv", partial(bytes, body), outcome)
    yield Case("UTF-16 with BOM, declared", "csv", partial(_utf16), Kept(1), declared="text/csv; charset=utf-16")
    latin = f"lat,lon,a\n{AT},é\n".encode("cp1252")
    yield Case("no UTF-8, declared", "csv", partial(bytes, latin), CSV["no UTF-8"][1], declared="text/csv; charset=windows-1252")
    for charset in ("utf-16", "utf-16be", "utf-7", "ebcdic"):
        yield Case(
            f"UTF-8 that is declared as {charset}",
            "csv",
            partial(csv, ONE),
            refused("encoding", byte_offset=0),
            declared=f"text/csv; charset={charset}",
        )
    yield Case(
        "UTF-8 that is declared as another",
        "csv",
        partial(bytes, f"lat,lon,a\n{AT},é\n".encode()),
        CSV["no UTF-8"][1],
        declared="text/csv; charset=windows-1252",
    )
    yield Case("ASCII that is declared as another", "csv", partial(csv, ONE), Kept(1), declared="text/csv; charset=ISO-8859-1")
    yield Case("decimal comma", "xlsx", partial(sheet, ["lat", "lon"], ["5,123457", "10,123457"]), no_usable_plot("decimal_comma"))
    yield Case("a sheet without cells", "xlsx", partial(pack.workbook, ""), refused("no_features"))
    yield Case("cells at both ends of a sheet", "xlsx", partial(pack.workbook, SPARSE), Refused(422, "decoded_size_limit"))
    yield Case("malformed XML", "xlsx", partial(pack.workbook, "<row><c"), refused("xlsx_malformed", 400))
    yield Case("malformed: bytes are changed", "xlsx", partial(damaged, sheet(["wkt"], [WKT])), refused("xlsx_malformed", 400))


def sheet(*rows: list[str]) -> bytes:
    return pack.workbook(pack.cells(*rows))


def _utf16() -> bytes:
    return csv(ONE).decode().encode("utf-16")
