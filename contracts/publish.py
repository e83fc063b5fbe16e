"""Writes what the models say where integrators read it: JSON Schemas and AsyncAPI; `--check` only compares."""

import sys
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from contracts import routes
from contracts.envelope import CONTENT_TYPE, Envelope, Message, schema_urn
from contracts.v1.payload import InputPayload

HERE: Final = Path(__file__).parent
RESULTS: Final[dict[str, Any]] = {f"result.{stat}.v1": model for stat, model in routes.RESULT_OF.items()} | {
    "input_payload.v1": InputPayload
}
"""Models that are published beside the messages: results, and what a batch says of farms and products."""
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[Path, bytes]:
    """The newest schema of every message and result, by file."""
    found = {HERE / "schema" / name / f"{model.SCHEMA}.json": _schema(Envelope[model], name) for name, model in routes.MESSAGES.items()}  # type: ignore[valid-type]
    for name, result in RESULTS.items():
        found[HERE / "schema" / name / f"{result.SCHEMA}.json"] = _schema(result, name)
    return {path: _text(schema) for path, schema in found.items()}


def _schema(model: Any, title: str) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(mode="serialization")
    return {"$schema": DIALECT, **schema, "title": title}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of the exchange: what is said, and which of our services hears it."""
    keys = sorted({key for keys in routes.HEARS.values() for key in keys} | {name for name in routes.MESSAGES if name != "stat.compute.v1"})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Plotproof queue",
            "version": "1.0.0",
            "license": {"name": "Apache-2.0"},
            "description": (
                f"Every message is a CloudEvents 1.0 event in JSON structured mode ({CONTENT_TYPE}) on the topic exchange "
                f"`{routes.EXCHANGE}`, by routing key. Orders are `noun.verb`, facts `noun.participle`. Bind a queue of your "
                "own to hear facts; publish `batch.process.v1` to start a run."
            ),
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {key: _channel(key) for key in keys},
        "operations": {**{f"say.{key}": _operation("send", key) for key in keys}, **_hearing()},
        "components": {"messages": {name: _message(name, model) for name, model in routes.MESSAGES.items()}},
    }


def _channel(key: str) -> dict[str, Any]:
    name = _type_of(key)
    return {
        "address": key,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": routes.EXCHANGE, "type": "topic", "durable": True}}},
    }


def _type_of(key: str) -> str:
    return next(name for name in routes.MESSAGES if key == name or key.startswith(f"{name}."))


def _operation(action: str, key: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{key}"}}


def _hearing() -> dict[str, Any]:
    heard = ((queue, key) for queue, keys in routes.HEARS.items() for key in keys)
    return {f"{queue}.hears.{key}": _operation("receive", key) for queue, key in heard}


def _message(name: str, model: type[Message]) -> dict[str, Any]:
    schema = _schema(Envelope[model], name)  # type: ignore[valid-type]
    definitions = schema.pop("$defs", {})
    text = orjson.dumps(schema).replace(b"#/$defs/", f"#/components/messages/{name}/payload/$defs/".encode())
    parts = orjson.loads(orjson.dumps(definitions).replace(b"#/$defs/", f"#/components/messages/{name}/payload/$defs/".encode()))
    summary = (model.__doc__ or name).strip().splitlines()[0]
    return {
        "name": name,
        "summary": summary,
        "contentType": CONTENT_TYPE,
        "x-schema": schema_urn(model),
        "payload": {**orjson.loads(text), "$defs": parts},
    }


def _text(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def main(arguments: list[str]) -> int:
    """Write every file, or with `--check` name those that are not current; a published schema is never changed by this."""
    wanted = {**schemas(), HERE / "asyncapi.json": _text(asyncapi())}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_bytes() != text]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"not current: {path.relative_to(HERE.parent)} (run `make schemas`)" + "\n")
        return 1 if stale else 0
    for path in stale:
        if path.exists() and path.name != "asyncapi.json":
            sys.stderr.write(f"{path.relative_to(HERE.parent)} is published and never changes: raise the version of its model" + "\n")
            return 1
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path])
        sys.stdout.write(f"wrote {path.relative_to(HERE.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
