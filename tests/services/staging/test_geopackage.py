"""GeoPackages that contradict themselves, and values of any kind in them."""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.services.staging.pack import GEOPACKAGE, SQUARE, code_of, frame, geopackage, rows


def geopackage_with(tmp_path: Path, *statements: str) -> bytes:
    path = geopackage(frame(SQUARE), tmp_path, layer="plots")
    with closing(sqlite3.connect(path)) as database, database:
        triggers = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for statement in (*(f'DROP TRIGGER "{name}"' for name in triggers), *statements):  # they call functions of GDAL
            database.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("wkb", "code"),
    [
        (b"\x01\x0a\x00\x00\x00\x00\x00\x00\x00", "geometry_type_not_supported"),  # CURVEPOLYGON
        (b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 50_000, "geometry_type_not_supported"),
        (b"\x01\x03\x00\x00\x00\xff\xff\xff\xff", "malformed_geometry"),
        (b"\x01\x03\x00\x00\x00\x00\x00\x00\x00", "empty_geometry"),
        (b"", "malformed_geometry"),
        (SQUARE.wkb.replace(struct.pack("<d", 5.01), struct.pack("<d", float("nan"))), "non_finite_coordinate"),
    ],
)
def test_a_geometry_of_a_geopackage_that_is_no_plot_is_rejected(staged: Any, tmp_path: Path, wkb: bytes, code: str) -> None:
    blob = (b"GP\x00\x01" + struct.pack("<i", 4326) + wkb).hex()
    error = code_of(staged, geopackage_with(tmp_path, f"UPDATE plots SET geom = x'{blob}'"), GEOPACKAGE)
    assert [one.code for one in error.rejected] == [code]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gpkg_geometry_columns SET column_name = 'nowhere'",
        "UPDATE gpkg_contents SET table_name = 'nowhere'",
        "DELETE FROM gpkg_spatial_ref_sys WHERE srs_id = 4326",
        "UPDATE gpkg_geometry_columns SET srs_id = 31370",
    ],
)
def test_a_geopackage_that_contradicts_itself_is_refused(staged: Any, tmp_path: Path, statement: str) -> None:
    body = geopackage_with(tmp_path, "PRAGMA foreign_keys = OFF", statement)
    assert code_of(staged, body, GEOPACKAGE).code in ("geopackage_malformed", "no_features", "no_usable_plot")


def test_values_of_any_type_are_kept(staged: Any, tmp_path: Path) -> None:
    columns = {"photo": "x'ffd8'", "planted": "'2019-05-01'", "trees": "'many'", "share": "9e999", "big": "9007199254740993"}
    statements = [f"ALTER TABLE plots ADD COLUMN {name} INTEGER" for name in columns]
    body = geopackage_with(tmp_path, *statements, "UPDATE plots SET " + ", ".join(f"{name} = {value}" for name, value in columns.items()))
    [(_, _, _, found)] = rows(staged(body, GEOPACKAGE))
    expected = {"photo": "ffd8", "planted": "2019-05-01", "trees": "many", "share": "inf", "big": 9007199254740993}
    assert {name: found[name] for name in columns} == expected


def test_a_text_with_nul_rejects_its_plot(staged: Any, tmp_path: Path) -> None:
    error = code_of(staged, geopackage_with(tmp_path, "UPDATE plots SET plotid = 'a' || char(0) || 'b'"), GEOPACKAGE)
    assert [one.code for one in error.rejected] == ["nul_character"]


def test_a_damaged_geopackage_is_refused(staged: Any, tmp_path: Path) -> None:
    body = geopackage_with(tmp_path)
    assert code_of(staged, body[:5000], GEOPACKAGE).code == "geopackage_malformed"
    assert code_of(staged, body[:100] + bytes(len(body) - 100), GEOPACKAGE).code == "geopackage_malformed"
