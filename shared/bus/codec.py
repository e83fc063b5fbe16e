"""Messages to bytes and back: CloudEvents 1.0, JSON structured mode."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import uuid5

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from contracts.envelope import NAMESPACE, Envelope, Message, derived_id, schema_urn
from contracts.routes import HEARS, MESSAGES
from shared.bus import Delivery
from shared.errors import Refused, Unreadable

MAX_SENT_BYTES: Final = 512 * 1024
"""Largest message that we publish: an order with 256 KiB of inline GeoJSON fits, a file does not."""
MAX_READ_BYTES: Final = 1024 * 1024
"""Largest message that we read, whoever published it."""

_ENVELOPES: Final[Mapping[str, type[Envelope[Any]]]] = {name: Envelope[message] for name, message in MESSAGES.items()}  # type: ignore[valid-type]


class Encoded(NamedTuple):
    """A message ready to send."""

    id: str
    body: bytes


def encode(message: Message, source: str, cause: Delivery[Any] | None = None) -> Encoded:
    """`message` as the CloudEvent that `source` says because of `cause`; equal message and cause give an equal id.

    Raises `Refused` for what no reader of ours would accept: more than `MAX_SENT_BYTES`, NaN, broken Unicode.
    """
    try:
        # Not `model_dump`: orjson writes a NaN that hides in free-form data as null, its parser refuses it.
        data = orjson.loads(message.model_dump_json())
        event_id = derived_id(message, cause.id if cause else None)
        body = orjson.dumps(_attributes(message, event_id, source, cause) | {"data": data}, option=orjson.OPT_UTC_Z)
    except (PydanticSerializationError, TypeError, ValueError) as error:
        raise Refused(f"{message.TYPE} cannot be written as JSON: {error}", "message_not_serialisable") from error
    if len(body) > MAX_SENT_BYTES:
        raise Refused(f"{message.TYPE} has {len(body)} bytes, the limit is {MAX_SENT_BYTES}", "message_too_large")
    return Encoded(event_id, body)


def _attributes(message: Message, event_id: str, source: str, cause: Delivery[Any] | None) -> dict[str, Any]:
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": message.TYPE,
        "subject": message.subject(),
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "dataschema": schema_urn(type(message)),
        "correlationid": (cause.correlation_id or cause.id) if cause else None,
        "causationid": cause.id if cause else None,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def decode(body: bytes, queue: str) -> Envelope[Any]:
    """The event in `body`, which arrived in `queue`; anything that does not belong there raises `Unreadable`."""
    if len(body) > MAX_READ_BYTES:
        raise Unreadable(f"{len(body)} bytes, the limit is {MAX_READ_BYTES}")
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(event, dict):
        raise Unreadable("not a JSON object")
    envelope = _validated(event)
    key = envelope.data.routing_key()
    if key not in HEARS.get(queue, ()):
        raise Unreadable(f"{key} does not belong in the queue {queue}")
    return envelope


def _validated(event: dict[str, Any]) -> Envelope[Any]:
    kind = event.get("type")
    model = _ENVELOPES.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Unreadable(f"unknown type {str(kind)[:80]!r}")
    try:
        return model.model_validate(event)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"{kind}: {place}: {first['msg']} ({error.error_count()} errors)") from error


def parked_id(queue: str, body: bytes) -> str:
    """The id of a parked message: the same bytes meant for the same queue are one parked message."""
    return str(uuid5(NAMESPACE, f"parked {queue} {sha256(body).hexdigest()}"))
