"""Builders of GIS files for the tests of staging."""

import io
import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import geopandas
import pyarrow.parquet as pq
import pytest
import shapely

from services.staging.faults import FileRefused
from services.staging.staged import Staged

ZIP = "application/zip"
SHAPEFILE = "application/shapefile"
GEOPACKAGE = "application/geopackage+sqlite3"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KML = "application/vnd.google-earth.kml+xml"
KMZ = "application/vnd.google-earth.kmz"
RING = "10,5 10.01,5 10.01,5.01 10,5.01 10,5"
"""A square as KML writes it."""


SQUARE = shapely.box(10, 5, 10.01, 5.01)
WITH_HOLE = SQUARE.difference(shapely.box(10.004, 5.004, 10.006, 5.006))
TWO = shapely.MultiPolygon([shapely.box(10.02, 5, 10.03, 5.01), shapely.box(10.04, 5, 10.05, 5.01)])


def zipped(members: Mapping[str, bytes], mode: int | None = None) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode if mode is not None else stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return packed.getvalue()


def shapefile(frame: geopandas.GeoDataFrame, folder: Path, name: str = "plots", **options: Any) -> dict[str, bytes]:
    """The files of a shapefile by name, as GDAL writes them."""
    target = folder / f"written-{name}"
    target.mkdir(exist_ok=True)
    frame.to_file(target / f"{name}.shp", driver="ESRI Shapefile", **options)
    return {path.name: path.read_bytes() for path in target.iterdir()}


def geopackage(frame: geopandas.GeoDataFrame, folder: Path, **options: Any) -> Path:
    path = folder / "written.gpkg"
    path.unlink(missing_ok=True)
    frame.to_file(path, driver="GPKG", **options)
    return path


def placemark(geometry: str, extra: str = "<name>A</name>") -> str:
    return f"<Placemark>{extra}{geometry}</Placemark>"


def kml_polygon(ring: str = RING, *holes: str) -> str:
    inner = "".join(f"<innerBoundaryIs><LinearRing><coordinates>{hole}</coordinates></LinearRing></innerBoundaryIs>" for hole in holes)
    outer = f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
    return f"<Polygon>{outer}{inner}</Polygon>"


def kml(*placemarks: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(placemarks)}</Document></kml>'.encode()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENTS = "http://schemas.openxmlformats.org/package/2006/content-types"


def cells(*lines: list[str]) -> str:
    rows = ("".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in line) for line in lines)
    return "".join(f"<row>{row}</row>" for row in rows)


def workbook(rows: str, head: str = "", members: Mapping[str, str] | None = None) -> bytes:
    """An XLSX of one sheet; `head` comes first in its XML, `members` are further files."""
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{CONTENTS}"><Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KINDS}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATED}">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="plots" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATED}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        **(members or {}),
    }
    return zipped({name: text.encode() for name, text in texts.items()})


def frame(*geometries: Any, crs: str | None = "EPSG:4326", **columns: Any) -> geopandas.GeoDataFrame:
    chosen = geometries or (SQUARE, WITH_HOLE, TWO, shapely.Point(10.1, 5.1))
    return geopandas.GeoDataFrame(columns or {"plotid": [f"P{i}" for i in range(len(chosen))]}, geometry=list(chosen), crs=crs)


def rows(result: Staged) -> list[tuple[Any, ...]]:
    table = pq.read_table(result.path)
    properties = [json.loads(text) for text in table["properties"].to_pylist()]
    return [*zip(table["plot_id"].to_pylist(), table["geometry"].to_pylist(), table["area_ha"].to_pylist(), properties, strict=True)]


def code_of(staged: Any, *arguments: Any, **options: Any) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        staged(*arguments, **options)
    return caught.value
