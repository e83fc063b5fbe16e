"""OpenAPI 3.1 from the one table of routes: served at /openapi.json, and written to docs/ by `python -m services.gateway.openapi`."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.gateway.answers import FEATURE, PARTS_OF_RESULTS, ProblemBody
from services.gateway.endpoints import ENDPOINTS, OPERATIONS, Endpoint
from services.gateway.problems import MEDIA_TYPE

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "openapi.json"
API_VERSION: Final = "1.0.0"
REF: Final = "#/components/schemas/{model}"


def description() -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {"Feature": FEATURE, **PARTS_OF_RESULTS}
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    for path, summary in OPERATIONS.items():
        answer = {"description": "See the summary.", "content": {"text/plain" if path == "/metrics" else "application/json": {}}}
        paths[path] = {
            "get": {"operationId": path.strip("/.").replace(".", "_"), "summary": summary, "responses": {"200": answer}, "security": []}
        }
    _resolve(ProblemBody, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Plotproof",
            "version": API_VERSION,
            "description": "Evidence for farm plots. What is marked as ours is not part of the API that this one is compatible with. "
            "A trailing slash is accepted everywhere. Errors are application/problem+json (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"bearer": []}],
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint, schemas),
        "responses": {str(status): _answer(words, content, schemas) for status, (words, content) in endpoint.answers.items()},
    }
    for status in endpoint.problems:
        operation["responses"][str(status)] = _answer(HTTPStatus(status).phrase, {MEDIA_TYPE: ProblemBody}, schemas)
    if endpoint.body:
        content = {kind: {"schema": _schema(shape, schemas)} for kind, shape in endpoint.body.items()}
        operation["requestBody"] = {"required": True, "content": content}
    if endpoint.public:
        operation["security"] = []
    return operation


def _parameters(endpoint: Endpoint, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")]
    found: list[dict[str, Any]] = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    model = endpoint.query.model_json_schema()
    for name, schema in model["properties"].items() if "properties" in model else ():
        words = {"description": schema.pop("description")} if "description" in schema else {}
        schema.pop("title", None)
        found.append({"name": name, "in": "query", "required": name in model.get("required", []), **words, "schema": schema})
    for name, words_of_header in endpoint.headers.items():
        found.append({"name": name, "in": "header", "required": False, "description": words_of_header, "schema": {"type": "string"}})
    return found


def _answer(words: str, content: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    shapes = {kind: {} if shape is None else {"schema": _schema(shape, schemas)} for kind, shape in content.items()}
    return {"description": words, "content": shapes}


def _schema(shape: Any, schemas: dict[str, Any]) -> Any:
    """A JSON Schema, in which pydantic models stand as references."""
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return _resolve(shape, schemas)
    if isinstance(shape, dict):
        return {key: _schema(value, schemas) for key, value in shape.items()}
    return shape


def _resolve(model: type[BaseModel], schemas: dict[str, Any]) -> dict[str, str]:
    _, defined = models_json_schema([(model, "serialization")], ref_template=REF)
    schemas.update(defined["$defs"])
    return {"$ref": REF.format(model=model.__name__)}


@cache
def document() -> bytes:
    """The document as bytes: equal tables, equal bytes."""
    return orjson.dumps(description(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_bytes(document())
