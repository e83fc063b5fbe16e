"""CloudEvents 1.0 envelopes in JSON structured mode, with ids that are derived from what they carry."""

from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID, uuid5

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

NAMESPACE = UUID("6f1c7d5e-5a55-5c0f-9c58-2f7d3a3c9b10")
"""Every derived id of the system is a uuid5 in this namespace."""

CONTENT_TYPE = "application/cloudevents+json"


class Frozen(BaseModel):
    """A value on the wire: immutable, finite, and tolerant of fields that a newer writer added."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, ser_json_inf_nan="constants")


class Message(Frozen):
    """The data of one message. `data` never holds a clock value, so equal causes give equal ids."""

    TYPE: ClassVar[str]
    """CloudEvents type and routing key: `noun.verb.v1` for orders, `noun.participle.v1` for facts."""
    SCHEMA: ClassVar[str] = "1.0.0"
    """Version of the newest published schema of this type."""
    ONCE: ClassVar[bool] = False
    """Said once in the life of its subject: whoever says it, and why, its id is the same."""

    def routing_key(self) -> str:
        """Where the bus sends the message: its type, unless a subclass is more precise."""
        return self.TYPE

    def subject(self) -> str | None:
        """The CloudEvents subject: what the message is about, for people who filter."""
        return None


M = TypeVar("M", bound=Message)


class Envelope(Frozen, Generic[M]):
    """One CloudEvents 1.0 event (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md)."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=128)
    source: str = Field(min_length=1, max_length=256)
    type: str
    subject: str | None = None
    time: AwareDatetime | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    data: M


def derived_id(message: Message, cause: str | None = None) -> str:
    """The id of `message` when `cause` (an id, or None at the edge) made us say it: equal inputs, equal id.

    Defaults are left out, so that a field which a later version adds changes no id.
    """
    said: list[Any] = [None if message.ONCE else cause, message.TYPE, message.model_dump(mode="json", exclude_defaults=True)]
    return str(uuid5(NAMESPACE, orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode()))


def schema_urn(message: type[Message]) -> str:
    """The `dataschema` of a message type: a name for the file `contracts/schema/<type>/<version>.json`."""
    return f"urn:plotproof:schema:{message.TYPE}:{message.SCHEMA}"
