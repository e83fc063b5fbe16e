"""Reading `POST /batch_process`: parameters in any order round a file, and the file straight into the blob store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

import orjson
from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from contracts.v1.batch import BlobFile
from services.gateway.media_types import GEOJSON, media_type_of
from services.gateway.meter import BLOCK_BYTES, Meter, check_head, read_small, too_large
from services.gateway.parameters import NAMES, depth_of, unknown
from services.gateway.problems import Problem, cut, fault, invalid
from shared.blobs import Blobs
from shared.errors import Refused
from shared.settings import Settings

OVERHEAD_BYTES: Final = 2 * 1024 * 1024
"""What fields and headers of a multipart body may add to its file."""
MAX_GEOJSON_DEPTH: Final = 64
REQUEST_DATA: Final = "request_data"
PLAIN_CODINGS: Final = frozenset({"binary", "8bit", "7bit"})


@dataclass
class Intake:
    """What a request brought: parameters as they were given, and the file, which lies in the blob store."""

    given: dict[str, Any] = field(default_factory=dict)
    file: BlobFile | None = None


async def read_request(request: web.Request, settings: Settings, blobs: Blobs, key: str) -> Intake:
    """Read the whole request; its file lies under `key` afterwards, also when this raises `Problem`."""
    if request.content_type == "application/json":
        return await _read_inline(request, settings, blobs, key)
    if request.content_type != "multipart/form-data":
        accepted = "multipart/form-data with a part named file, or application/json with geojson"
        raise Problem(415, "unsupported_media_type", f"Send {accepted}, not {cut(request.content_type)}.")
    check_head(request, settings.max_file_bytes, OVERHEAD_BYTES)
    return await _read_multipart(request, settings, blobs, key)


async def _read_multipart(request: web.Request, settings: Settings, blobs: Blobs, key: str) -> Intake:
    meter = Meter(request.content, settings.max_file_bytes, OVERHEAD_BYTES)
    intake = Intake()
    with _well_formed():
        reader = MultipartReader(request.headers, cast(StreamReader, meter))
    while True:
        with _well_formed():
            part = await reader.next()
        if part is None:
            return intake
        if not isinstance(part, BodyPartReader):
            raise Problem(400, "malformed_request", "A multipart body inside the multipart body is not read.")
        _check_coding(part)
        if part.name == "file":
            _once(intake.file is None, "file")
            intake.file = await _store(part, settings, blobs, key)
        else:
            _take(intake, part.name or "", await _text(part, settings.max_json_bytes))


@contextmanager
def _well_formed() -> Iterator[None]:
    """What aiohttp's reader raises for damaged bodies, as a problem."""
    try:
        yield
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise Problem(400, "malformed_request", "The multipart body is damaged or ends too early.") from error


async def _blocks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while True:
        with _well_formed():
            block = await part.read_chunk(BLOCK_BYTES)
        if not block:
            return
        yield block


def _check_coding(part: BodyPartReader) -> None:
    coding = part.headers.get("Content-Transfer-Encoding", "binary").strip().lower()
    if "Content-Encoding" in part.headers or coding not in PLAIN_CODINGS:
        raise Problem(415, "unsupported_media_type", "Send each part as it is, without Content-Encoding or Content-Transfer-Encoding.")


async def _store(part: BodyPartReader, settings: Settings, blobs: Blobs, key: str) -> BlobFile:
    return await _put(blobs, key, _blocks(part), settings.max_file_bytes, media_type_of(part))


async def _put(blobs: Blobs, key: str, blocks: AsyncIterator[bytes], limit_bytes: int, media_type: str) -> BlobFile:
    try:
        written = await blobs.put_stream(key, blocks, limit_bytes)
    except Refused as error:
        raise (too_large(limit_bytes) if error.code == "payload_too_large" else error) from error
    return BlobFile(key=key, media_type=media_type, sha256=written.sha256, size_bytes=written.size_bytes)


async def _text(part: BodyPartReader, limit_bytes: int) -> str:
    content = bytearray()
    async for block in _blocks(part):
        content += block
        if len(content) > limit_bytes:
            raise too_large(limit_bytes)
    with _well_formed():
        return content.decode("utf-8")


def _take(intake: Intake, name: str, text: str) -> None:
    """Add a form field to what was given; `request_data` holds several."""
    if name == REQUEST_DATA:
        for inner, value in _object(text).items():
            _add(intake, inner, value)
    elif text:  # an empty field of a form is one that was not filled in
        _add(intake, name, text)
    elif name not in NAMES:
        raise invalid([unknown(name)])


def _add(intake: Intake, name: str, value: Any) -> None:
    if name not in NAMES:
        raise invalid([unknown(name)])
    _once(name not in intake.given, name)
    intake.given[name] = value


def _once(is_first: bool, name: str) -> None:
    if not is_first:
        raise invalid([fault(name, "repeated", f"{cut(name)} is given twice.")])


def too_deep() -> Problem:
    """JSON that is nested deeper than any file of plots is."""
    return Problem(400, "nesting_too_deep", "The JSON is nested too deeply.")


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg:
            raise too_deep() from error
        place = {"code": "malformed_file", "message": error.msg, "line": error.lineno, "column": error.colno}
        detail = f"Not valid JSON at line {error.lineno}, column {error.colno}."
        raise Problem(400, "malformed_file", detail, errors=[place]) from error
    if not isinstance(value, dict):
        raise invalid([fault(REQUEST_DATA, "not_an_object", "The parameters must be one JSON object.")])
    return value


async def _read_inline(request: web.Request, settings: Settings, blobs: Blobs, key: str) -> Intake:
    intake = Intake()
    for name, value in _object(await read_small(request, settings.max_json_bytes)).items():
        if name != "geojson":
            _add(intake, name, value)
        elif not isinstance(value, dict):
            raise invalid([fault("geojson", "not_an_object", "geojson must be one GeoJSON object.")])
        elif depth_of(value) > MAX_GEOJSON_DEPTH:
            raise too_deep()
        else:
            intake.file = await _put(blobs, key, _one(orjson.dumps(value)), settings.max_file_bytes, GEOJSON)
    return intake


async def _one(block: bytes) -> AsyncIterator[bytes]:
    yield block
