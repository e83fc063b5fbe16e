"""Which files are taken: by the declared type of the part, or by the ending of its name when it declares none."""

from pathlib import PurePath
from typing import Final

from aiohttp import BodyPartReader

from contracts.formats import BY_MEDIA_TYPE, BY_SUFFIX, CSV, GEOJSON as GEOJSON_FORMAT, Format
from services.gateway.problems import Problem, cut

GEOJSON: Final = GEOJSON_FORMAT.media_types[0]
ACCEPTED: Final = tuple(BY_MEDIA_TYPE)
UNDECLARED: Final = frozenset({"", "application/octet-stream", "text/plain"})
CHARSET_CHARACTERS: Final = 40


def media_type_of(part: BodyPartReader) -> str:
    """The media type of a file part, with its charset when it names one; raises `Problem` 415."""
    declared = part.headers.get("Content-Type", "")
    kind = declared.partition(";")[0].strip().lower()
    if kind in UNDECLARED:
        suffix = PurePath(part.filename or "").suffix.lower()
        return _stored(BY_SUFFIX.get(suffix) or _refuse(suffix or "unknown type"), part)
    return _stored(BY_MEDIA_TYPE.get(kind) or _refuse(kind), part)


def _stored(form: Format, part: BodyPartReader) -> str:
    media_type = form.media_types[0]
    charset = part.get_charset("")
    if form is CSV and charset.replace("-", "").replace("_", "").isalnum() and len(charset) <= CHARSET_CHARACTERS:
        return f"{media_type}; charset={charset.lower()}"
    return media_type


def _refuse(kind: str) -> Format:
    accepted = ", ".join(ACCEPTED)
    raise Problem(415, "unsupported_media_type", f"Files of type {cut(kind)} are not read; accepted are {accepted}.")
