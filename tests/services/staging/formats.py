"""Writers of plots in the formats that staging reads, for its tests."""

import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

GEOPARQUET = "application/geoparquet"
LINES = "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def frame(geometries: Sequence[Any], crs: Any = "OGC:CRS84", **columns: Any) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns, geometry=list(geometries), crs=crs)


def geoparquet(plots: geopandas.GeoDataFrame, **options: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plots.parquet"
        plots.to_parquet(path, **options)
        return path.read_bytes()


def parquet(table: pa.Table, geo: Any = None, **options: Any) -> bytes:
    """A Parquet file with `geo` metadata as given: an object, or text that is no JSON."""
    if geo is not None:
        text = geo if isinstance(geo, str) else json.dumps(geo)
        table = table.replace_schema_metadata({"geo": text})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def geo(version: str = "1.1.0", column: str = "geometry", **members: Any) -> dict[str, Any]:
    return {"version": version, "primary_column": column, "columns": {column: {"encoding": "WKB", "geometry_types": [], **members}}}


def wkb_parquet(wkb: Sequence[bytes | None], **columns: Any) -> bytes:
    return parquet(pa.table({"geometry": pa.array(wkb, pa.binary()), **columns}), geo())


def geojson(plots: geopandas.GeoDataFrame) -> bytes:
    """With a `crs` member before the features where the plots are not on WGS84."""
    features = json.loads(plots.to_json())["features"]
    members: dict[str, Any] = {"type": "FeatureCollection"}
    if plots.crs.to_epsg() not in (None, 4326):
        members["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{plots.crs.to_epsg()}"}}
    return json.dumps({**members, "features": features}).encode()


def lines(plots: geopandas.GeoDataFrame, separator: str = "") -> bytes:
    features = json.loads(plots.to_json())["features"]
    return "".join(separator + json.dumps(each) + "\n" for each in features).encode()


def wkt_rows(plots: geopandas.GeoDataFrame) -> list[list[Any]]:
    kept = [name for name in plots.columns if name != "geometry"]
    texts = shapely.to_wkt(plots.geometry.to_numpy(), rounding_precision=-1)
    return [["wkt", *kept], *([text, *values] for text, values in zip(texts, plots[kept].to_numpy().tolist(), strict=True))]


def csv_of(rows: list[list[Any]]) -> bytes:
    return "\n".join(",".join('"{}"'.format(str(cell).replace('"', '""')) for cell in row) for row in rows).encode()


def xlsx(*sheets: list[list[Any]]) -> bytes:
    """A workbook of sheets of rows; numbers are numbers, all else is text, None leaves a cell out."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        + "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        + "".join(f'<Relationship Id="r{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
        + "</Relationships>",
    }
    for n, rows in zip(numbers, sheets, strict=True):
        body = "".join(
            f'<row r="{y}">' + "".join(_cell(cell, x, y) for x, cell in enumerate(row)) + "</row>" for y, row in enumerate(rows, start=1)
        )
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return buffer.getvalue()


def _cell(value: Any, x: int, y: int) -> str:
    place = f"{chr(ord('A') + x)}{y}"
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
