"""Which files are taken: by the declared type of the part, or by the ending of its name when it declares none."""

from pathlib import PurePath
from typing import Final

from aiohttp import BodyPartReader

from services.gateway.problems import Problem, cut

GEOJSON: Final = "application/geo+json"
CSV: Final = "text/csv"
ACCEPTED: Final = (GEOJSON, "application/json", CSV)
UNDECLARED: Final = frozenset({"", "application/octet-stream", "text/plain"})
BY_SUFFIX: Final = {".geojson": GEOJSON, ".json": GEOJSON, ".csv": CSV}
CHARSET_CHARACTERS: Final = 40


def media_type_of(part: BodyPartReader) -> str:
    """The media type of a file part, with its charset when it names one; raises `Problem` 415."""
    declared = part.headers.get("Content-Type", "")
    kind = declared.partition(";")[0].strip().lower()
    if kind in UNDECLARED:
        return BY_SUFFIX.get(PurePath(part.filename or "").suffix.lower()) or _refuse(
            PurePath(part.filename or "").suffix or "unknown type"
        )
    if kind not in ACCEPTED:
        return _refuse(kind)
    charset = part.get_charset("")
    if kind == CSV and charset.replace("-", "").replace("_", "").isalnum() and len(charset) <= CHARSET_CHARACTERS:
        return f"{CSV}; charset={charset.lower()}"
    return CSV if kind == CSV else GEOJSON


def _refuse(kind: str) -> str:
    accepted = ", ".join(ACCEPTED)
    raise Problem(415, "unsupported_media_type", f"Files of type {cut(kind)} are not read; accepted are {accepted}.")
