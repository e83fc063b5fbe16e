"""Read a zipped shapefile: the files of its one layer are unpacked under our own names, and nothing beside them is looked at."""

import codecs
import struct
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
import pyarrow as pa
import shapely

from services.staging.archive import Archive, open_archive
from services.staging.columns import Columns
from services.staging.crs import ToWgs84, to_wgs84
from services.staging.faults import FileRefused, PlotFault
from services.staging.layers import chosen_layer
from services.staging.rules import SLICE, Rules
from services.staging.shapefile_rings import Rings
from services.staging.table_columns import columns_of_table
from services.staging.wkb import Decoded, read_degrees, read_wkb

NEEDED: Final = (".shp", ".shx", ".dbf")
TEXT_BYTES: Final = 1 << 16
"""Largest .prj and .cpg."""
_MAGIC: Final = b"\x00\x00\x27\x0a"
_HEAD_BYTES: Final = 100
_INDEX_BYTES: Final = 8
_CODE_PAGES: Final = {"65001": "UTF-8", "88591": "ISO-8859-1", "UTF8": "UTF-8"}
_LANGUAGES: Final = {0x01: "CP437", 0x02: "CP850", 0x03: "CP1252", 0x57: "CP1252", 0x59: "CP1252", 0xC8: "CP1250", 0xC9: "CP1251"}
"""Code pages by the language byte of a .dbf, where it is one that everybody reads alike."""
_LANGUAGE_AT: Final = 29
_DBF_HEAD_BYTES: Final = 32


def read_shapefile(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The shapes of the one layer in a ZIP archive, in the order of the file; raises `FileRefused`.

    Adds notes about the whole file to `notes`.
    """
    with tempfile.TemporaryDirectory() as scratch, open_archive(path, rules.limits.max_archive_bytes) as archive:
        layer = _only_layer(archive, rules.layer)
        sides = {side.suffix.lower(): side for side in archive.files if _stem(side) == _stem(layer)}
        if missing := [suffix for suffix in NEEDED if suffix not in sides]:
            raise FileRefused("shapefile_incomplete", layer=layer.name, missing=", ".join(missing))
        folder = Path(scratch)
        for suffix in NEEDED:
            archive.unpack(sides[suffix], folder / f"layer{suffix}")
        _judge(folder, layer.name)
        crs = _crs(_text(archive, sides.get(".prj"), folder), layer.name, rules, notes)
        encoding = _encoding(_text(archive, sides.get(".cpg"), folder), _head(folder / "layer.dbf")[_LANGUAGE_AT], layer.name)
        yield from _shapes(folder / "layer.shp", layer.name, encoding, rules, crs)


def _only_layer(archive: Archive, wanted: str | None) -> PurePosixPath:
    layers = {str(path.with_suffix("")): path for path in archive.named(".shp")}
    if not layers:
        raise FileRefused("shapefile_incomplete", layer="in the ZIP archive", missing=", ".join(NEEDED))
    return layers[chosen_layer(list(layers), wanted)]


def _stem(path: PurePosixPath) -> str:
    return str(path.with_suffix("")).casefold()


def _judge(folder: Path, layer: str) -> None:
    """The files are what their names say, and there is a row of attributes for each shape."""
    for suffix in (".shp", ".shx"):
        if not _head(folder / f"layer{suffix}").startswith(_MAGIC):
            raise FileRefused("shapefile_malformed", layer=layer, reason=f"its {suffix} is none")
    head = _head(folder / "layer.dbf")
    if len(head) < _DBF_HEAD_BYTES:
        raise FileRefused("shapefile_malformed", layer=layer, reason="its .dbf is none")
    rows: int = struct.unpack("<I", head[4:8])[0]
    shapes = ((folder / "layer.shx").stat().st_size - _HEAD_BYTES) // _INDEX_BYTES
    if not Rings(folder / "layer.shp", folder / "layer.shx").is_complete:
        raise FileRefused("shapefile_malformed", layer=layer, reason="its .shx points beyond its .shp")
    if rows != shapes:
        raise FileRefused("shapefile_malformed", layer=layer, reason=f"it has {shapes} shapes but {rows} rows of attributes")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_DBF_HEAD_BYTES)


def _text(archive: Archive, side: PurePosixPath | None, folder: Path) -> str | None:
    if side is None:
        return None
    content = archive.unpack(side, folder / f"read{side.suffix.lower()}").read_bytes()[:TEXT_BYTES]
    return content.decode("utf-8-sig", errors="replace").strip("\0 \t\r\n")


def _crs(prj: str | None, layer: str, rules: Rules, notes: set[str]) -> ToWgs84 | None:
    if prj:
        if rules.assume_crs is not None:
            notes.add("assume_crs_unused")
        return to_wgs84(prj)
    if rules.assume_crs is None:
        raise FileRefused("crs_unknown", part=f"the shapefile {layer} has no .prj, which would name it")
    return to_wgs84(rules.assume_crs)


def _encoding(cpg: str | None, language: int, layer: str) -> str:
    """The encoding that a .cpg names, else the .dbf, else UTF-8: a text that is none is then refused."""
    if not cpg:
        return _LANGUAGES.get(language, "UTF-8")
    name = _CODE_PAGES.get(cpg.upper(), f"CP{cpg}" if cpg.isdecimal() else cpg)
    try:
        codecs.lookup(name)
    except (LookupError, ValueError) as error:  # the latter for U+0000
        raise FileRefused("shapefile_malformed", layer=layer, reason=f"its .cpg names the unknown encoding {cpg}") from error
    return name


def _judge_holes(decoded: Decoded, rings: Rings, first: int) -> None:
    """Refuse a plot one of whose holes lies outside its shells: GDAL makes another part of it.

    Where no ring is wound as a shell the writer did not care, and nothing is to be learned from winding.
    """
    for row in map(int, np.flatnonzero(shapely.get_num_geometries(decoded.geometry) > 1)):
        shells = rings.shells(first + row)
        if shells is not None and 0 < shells < shapely.get_num_geometries(decoded.geometry[row]):
            decoded.faults.setdefault(row, PlotFault("invalid_geometry", reason="Hole lies outside shell", hint=""))


def _shapes(path: Path, layer: str, encoding: str, rules: Rules, crs: ToWgs84 | None) -> Iterator[Columns]:
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
    from pyogrio.raw import open_arrow

    total = 0
    rings = Rings(path, path.with_suffix(".shx"))
    try:
        with open_arrow(path, layer=0, encoding=encoding, batch_size=SLICE, use_pyarrow=True) as (about, batches):
            for batch in batches:
                batch.validate(full=True)  # GDAL hands over texts unread
                total += batch.num_rows
                if total > rules.limits.max_plots:
                    raise FileRefused("too_many_features", limit=rules.limits.max_plots)
                repeated = [name for name, times in Counter(batch.schema.names).items() if times > 1]
                if repeated:
                    raise FileRefused("shapefile_malformed", layer=layer, reason=f"its column {repeated[0] or '(no name)'} occurs twice")
                geometry = about["geometry_name"] or "wkb_geometry"
                table = {name: batch.column(name) for name in batch.schema.names if name != geometry}
                wkb = batch.column(geometry)
                decoded = read_degrees(wkb, None, rules) if crs is None else read_wkb(wkb, None)
                _judge_holes(decoded, rings, total - batch.num_rows)
                yield columns_of_table(decoded, table, rules, crs)
    except (UnicodeDecodeError, pa.ArrowInvalid) as error:
        raise FileRefused("shapefile_malformed", layer=layer, reason=f"its texts are not {encoding}, and no .cpg says otherwise") from error
    except (DataSourceError, DataLayerError, FeatureError) as error:
        raise FileRefused("shapefile_malformed", layer=layer, reason="a record in it is damaged") from error
