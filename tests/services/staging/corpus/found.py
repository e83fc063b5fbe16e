"""Files that fuzzing found to end in no code of their own or to take minutes, and what they are answered with since."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.services.staging import pack
from tests.services.staging.corpus.archives import BROKEN, MALFORMED, UNSAFE, UTM_32N, files
from tests.services.staging.corpus.case import Case, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import square, wkt
from tests.services.staging.corpus.tables import lines, sheet
from tests.services.staging.corpus.writers import WRITERS, shapefile
from tests.services.staging.pack import zipped

ONE = [(square(), {"plotid": "A"})]
FILES = Path(__file__).with_name("files")
UNCLOSED = f"{wkt(square()).rpartition(',')[0]})"
"""A ring without its last position, and a bracket too few: of GEOS, asked to close the ring, there is then no answer at all."""
MANY = 100_000
_DIRECTORY_AT = 16
"""Where the last record of an archive says at which byte its directory begins."""


def directory_elsewhere(packed: bytes) -> bytes:
    """The archive says that its directory begins later, so that its members begin before the file does."""
    at = packed.rindex(b"PK\x05\x06") + _DIRECTORY_AT
    return packed[:at] + struct.pack("<I", struct.unpack_from("<I", packed, at)[0] + 1000) + packed[at + 4 :]


def many_columns() -> bytes:
    """Names of columns were once compared each with each."""
    return lines(",".join(["wkt", *map(str, range(MANY))]))


def cases() -> Iterator[Case]:
    unclosed = no_usable_plot("malformed_geometry")
    yield Case("unclosed ring, and a bracket too few", "csv", partial(lines, "wkt,plotid", f'"{UNCLOSED}",A'), unclosed)
    yield Case("unclosed ring, and a bracket too few", "xlsx", partial(sheet, ["wkt", "plotid"], [UNCLOSED, "A"]), unclosed)
    yield Case("a hundred thousand columns", "csv", many_columns, Refused(422, "no_features"))
    unknown = files(prj=UTM_32N.replace("Transverse_Mercator", "Of_Nobody").encode())
    yield Case(
        "shapefile: .prj of a projection that nobody knows", "shapefile", partial(zipped, unknown), Refused(422, "crs_not_supported")
    )
    for name in ("shapefile", "kmz", "xlsx"):
        yield Case("a member without a name", name, partial(zipped, {"": b"x"}), UNSAFE)
    for name in ("shapefile", "kmz"):
        yield Case("members before the start of the archive", name, partial(_moved, name), MALFORMED)
    yield Case("shapefile: .cpg with U+0000", "shapefile", partial(zipped, files(cpg=b"UTF-8\0x")), BROKEN)
    twice = shapefile([(square(), {"first": "A", "again": "B"})])
    twice["plots.dbf"] = twice["plots.dbf"].replace(b"again", b"first")
    yield Case("shapefile: repeated columns", "shapefile", partial(zipped, twice), replace(BROKEN, words="first occurs twice"))
    far = pack.workbook(pack.cells(["wkt", "plotid"], [wkt(square()), "A"]) + '<row r="900000"><c r="WVV900000"><v>1</v></c></row>')
    yield Case("a cell far from the others", "xlsx", partial(bytes, far), Refused(422, "decoded_size_limit"))
    aborts = (FILES / "aborts_pyarrow.parquet").read_bytes()
    yield Case("malformed parquet: what pyarrow aborts at", "geoparquet", partial(bytes, aborts), Refused(400, "parquet_malformed"))


def _moved(name: str) -> bytes:
    return directory_elsewhere(WRITERS[name](ONE))
