"""Countries by any common name or ISO code, in any language; no geometry is needed here."""

import gzip
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from shared.errors import Refused

NAMES: Final = "names.json.gz"
SPELLINGS: Final = "spellings"
ECHO_CHARACTERS: Final = 64
"""Of what the user sent, no message repeats more than this."""
ALIASES: Final = (
    ("DRC", "CD"),
    ("DR Congo", "CD"),
    ("Congo DR", "CD"),
    ("Congo-Kinshasa", "CD"),
    ("Zaire", "CD"),
    ("Congo-Brazzaville", "CG"),
    ("Congo Republic", "CG"),
    ("Ivory Coast", "CI"),
    ("Burma", "MM"),
    ("Swaziland", "SZ"),
    ("Cape Verde", "CV"),
    ("East Timor", "TL"),
    ("Macedonia", "MK"),
    ("Czech Republic", "CZ"),
    ("Holland", "NL"),
    ("Great Britain", "GB"),
    ("England", "GB"),
    ("Scotland", "GB"),
    ("Wales", "GB"),
    ("Northern Ireland", "GB"),
    ("United States", "US"),
    ("U.S.", "US"),
    ("America", "US"),
    ("PNG", "PG"),
    ("UAE", "AE"),
    ("Viet Nam", "VN"),
    ("Lao PDR", "LA"),
    ("Turkey", "TR"),
    ("Sao Tome", "ST"),
    ("Bosnia", "BA"),
    ("Iran", "IR"),
    ("Syria", "SY"),
    ("Brunei", "BN"),
    ("Palestine", "PS"),
    ("Taiwan", "TW"),
    ("Federated States of Micronesia", "FM"),
)
"""Spellings that neither Natural Earth nor CLDR is sure to have."""
AMBIGUOUS: Final = {
    "congo": ("CD", "CG"),
    "kongo": ("CD", "CG"),
    "korea": ("KP", "KR"),
    "virginislands": ("VG", "VI"),
}
"""Spellings that people use for more than one country."""
_ARTICLES: Final = re.compile(r"^(the|la|le|les|el) ")
_SAINT: Final = re.compile(r"\bst\b")
_INVERTED: Final = re.compile(r"([^,(]+?)\s*[,(]\s*([^,()]+?)\s*\)?")


def folded(name: str) -> str:
    """A spelling without case, accents, punctuation, spaces and a leading article: what two spellings are compared by."""
    text = "".join(sign for sign in unicodedata.normalize("NFKD", name.replace("&", " and ")) if unicodedata.category(sign) != "Mn")
    words = " ".join("".join(sign if sign.isalnum() or unicodedata.category(sign) == "Mc" else " " for sign in text.casefold()).split())
    return _SAINT.sub("saint", _ARTICLES.sub("", words)).replace(" ", "")


def country_code(text: str) -> str:
    """The ISO 3166-1 alpha-2 code (XK for Kosovo) of a name in any language, or of an ISO code.

    Raises `Refused`: `unknown_country`, or `ambiguous_country` with the choices.
    """
    if (code := iso_code(text)) is not None:
        return code
    choices = AMBIGUOUS.get(folded(text)) or _spelled(_book(), text)
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[:ECHO_CHARACTERS])
    if not choices:
        raise Refused(f"'{shown}' is no country that is known here; give its English name or its ISO code", "unknown_country")
    if len(choices) > 1:
        listed = " or ".join(f"{code} ({country_name(code)})" for code in choices)
        raise Refused(f"'{shown}' means several countries; write {listed}", "ambiguous_country")
    return choices[0]


def iso_code(text: str) -> str | None:
    """The alpha-2 code of an ISO 3166-1 code, also of a retired or reserved one; None for anything else."""
    found: str | None = _book()["codes"].get(text.strip().upper())
    return found


def country_name(code: str) -> str:
    """The English name of a country by its alpha-2 code; the code itself when a boundary set of the user's has one of its own."""
    return str(_book()["titles"].get(code, code))


def alpha3(code: str) -> str | None:
    """The ISO 3166-1 alpha-3 code of an alpha-2 code (XKX for Kosovo)."""
    found: str | None = _book()["alpha3"].get(code)
    return found


def _spelled(book: dict[str, Any], text: str) -> tuple[str, ...]:
    """Countries with this spelling, or with its halves turned round ("Tanzania, United Republic of")."""
    turned = _INVERTED.fullmatch(text.strip())
    for key in (folded(text), folded(f"{turned[2]} {turned[1]}") if turned else ""):
        if key and key in book[SPELLINGS]:
            return tuple(book[SPELLINGS][key].split())
    return ()


@cache
def _book() -> dict[str, Any]:
    packed = files("shared.geo").joinpath("boundaries", NAMES).read_bytes()
    book: dict[str, Any] = orjson.loads(gzip.decompress(packed))
    return book
