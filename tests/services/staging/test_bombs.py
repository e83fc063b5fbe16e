"""Small files that unpack to something vast end with a code within the memory that reading may take, and the next file is read."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from contracts.v1.batch import BatchParameters
from services.staging.faults import FileRefused
from services.staging.parsers import Parsers, parsers
from services.staging.rules import MIB
from services.staging.staged import Staged
from shared.settings import Settings
from tests.services.staging.make import collection, feature, square
from tests.services.staging.pack import KML, KMZ, XLSX, kml, kml_polygon, placemark, workbook, zipped

MEMORY_MIB = 512
DECODED_BYTES = 128 * MIB
"""In the proportion of the defaults."""
GEOJSON = "application/geo+json"
PARQUET = "application/geoparquet"
GEO = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}


def parquet_bomb(folder: Path, text: str) -> bytes:
    """One text, named by thousands of rows: the footer tells only of the one."""
    rows = 4000
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([text]))
    table = pa.table({"geometry": pa.array([shapely.box(10, 5, 10.01, 5.01).wkb] * rows), "text": texts})
    path = folder / "bomb.parquet"
    pq.write_table(table.replace_schema_metadata({"geo": orjson.dumps(GEO)}), path, compression="zstd")
    return path.read_bytes()


def noise(characters: int) -> str:
    return Random(1).randbytes(characters // 2).hex()


def sparse_sheet(_folder: Path) -> bytes:
    """Two cells at the far corners of a sheet: whoever fills it needs billions."""
    return workbook('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def repeated_entities(_folder: Path) -> bytes:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x" * 100}">' for i in range(12))
    return kml(placemark(kml_polygon(), "<name>&e11;</name>"), head=f"<!DOCTYPE kml [{entities}]>")


BOMBS: dict[str, tuple[str, Callable[[Path], bytes], set[str]]] = {
    "a Parquet file that packs well": (PARQUET, lambda folder: parquet_bomb(folder, "x" * 20 * MIB), {"decoded_size_limit"}),
    "a Parquet file that repeats": (PARQUET, lambda folder: parquet_bomb(folder, noise(MIB)), {"decoded_size_limit"}),
    "a ZIP archive": (KMZ, lambda _: zipped({"doc.kml": bytes(200 * MIB)}), {"archive_limits"}),
    "a long text": (KML, lambda _: kml(placemark(kml_polygon(), f"<name>{'x' * 60 * MIB}</name>")), {"no_usable_plot"}),
    "deep brackets": (GEOJSON, lambda _: b'{"type":"FeatureCollection","features":[' + b"[" * MIB, {"malformed_file"}),
    "entities of entities": (KML, repeated_entities, {"kml_malformed"}),
    "a sparse sheet": (XLSX, sparse_sheet, {"parser_limit", "decoded_size_limit", "parser_crashed"}),
}


async def read(pool: Parsers, folder: Path, body: bytes, media_type: str) -> Staged:
    source = folder / "source"
    source.write_bytes(body)
    parameters = BatchParameters.model_validate({"collection_name": "c", "stats": ("eudr_deforestation",), "end_date": date(2025, 12, 31)})
    async with pool.folder() as place:
        return await pool.stage(source, media_type, place, parameters, lambda _done, _total: None)


async def test_bombs_end_with_their_codes_and_the_next_file_is_read(tmp_path: Path) -> None:
    next_one = orjson.dumps(collection(feature(square(15, 15))))
    async with parsers(Settings(data_dir=tmp_path, parser_memory_mib=MEMORY_MIB, max_decoded_bytes=DECODED_BYTES)) as pool:
        for name, (media_type, make, codes) in BOMBS.items():
            with pytest.raises(FileRefused) as caught:
                await read(pool, tmp_path, make(tmp_path), media_type)
            assert caught.value.code in codes, f"{name}: {caught.value.detail}"
            assert [path.name for path in pool.workshop.iterdir()] == ["lock"], name
            assert (await read(pool, tmp_path, next_one, GEOJSON)).accepted == 1, name
