"""Shapes of bodies as the API description shows them, where no contract of ours defines them already."""

from typing import Any, Final

from pydantic import AwareDatetime, BaseModel

from contracts.routes import RESULT_OF
from contracts.v1.batch import BatchParameters

OBJECT: Final = {"type": "object"}


class CountryOverride(BaseModel):
    """The country that was given and the one that most plots lie in."""

    was_overridden: bool
    original_country: str
    detected_country: str
    message: str


class Links(BaseModel):
    """Ours: where to go on."""

    progress: str
    results: str
    events: str


class Submitted(BaseModel):
    """The answer of `POST /batch_process`; what staging has not found within a few seconds is null."""

    status: str
    collection_id: str
    tracking_id: str
    collection_name: str
    run_id: str
    stats: list[str]
    plot_number: int | None
    locations_confidence: str | None
    country: str | None
    country_override_info: CountryOverride | None
    links: Links


class Skipped(BaseModel):
    """The answer of `POST /batch_process` when locations cannot be trusted and `skip_on_low_confidence` was sent."""

    status: str
    collection_id: str
    reason: str


class Cancelled(BaseModel):
    """The answer of `POST /collections/{collection_id}/cancel`: ids of the runs that it ended, oldest first."""

    collection_id: str
    cancelled: list[str]


class Job(BaseModel):
    """One run of a collection; `run_id` is ours."""

    outcome: str
    complete_task_ids: list[str]
    failed_task_ids: list[str]
    start_date: str
    end_date: str
    stats: list[str]
    status: str
    run_id: str


class Listed(BaseModel):
    """One collection of `GET /get_collections`."""

    collection_id: str
    description: str | None
    ingestion_time: AwareDatetime
    plot_number: int | None
    locations_confidence: str | None
    country: str | None
    country_override_info: CountryOverride | None
    batch_jobs: list[Job]


class Rejection(BaseModel):
    """Why one plot of the file was left out."""

    feature_index: int
    plot_id: str | None
    code: str
    severity: str
    message: str


class Finding(Rejection):
    """What was remarked on one plot, and where that is."""

    lon: float | None
    lat: float | None


class Repair(BaseModel):
    """How one plot was mended; areas are geodesic, geometries WKB in hexadecimal."""

    feature_index: int
    plot_id: str
    rules: list[str]
    area_before_ha: float
    area_after_ha: float
    geometry_before_wkb: str
    geometry_after_wkb: str


class Place(BaseModel):
    """One fault: a code, words, and where it is (a JSON pointer to a parameter, or the feature, plot or line of a file)."""

    code: str
    message: str
    pointer: str | None = None
    feature_index: int | None = None
    plot_id: str | None = None
    line: int | None = None
    column: int | None = None


class ProblemBody(BaseModel):
    """RFC 9457; `code` is stable and snake_case."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None
    errors: list[Place] = []
    errors_total: int | None = None
    truncated: bool | None = None


def _parameters() -> dict[str, Any]:
    """The parameters of a batch as the caller gives them: every one optional but the name."""
    schema = BatchParameters.model_json_schema(mode="validation")
    properties = dict(schema["properties"])
    properties["stats"] = {"type": "string", "description": "Names separated by commas; all that the deployment serves when absent"}
    properties["input_payload"] = {"anyOf": [OBJECT, {"type": "string"}], "description": "An object, or its JSON text"}
    properties["end_date"] = {"type": "string", "format": "date", "description": "Ours: last day of the window; today when absent"}
    return properties


def _form() -> dict[str, Any]:
    parts = {
        "file": {"type": "string", "contentMediaType": "application/octet-stream", "description": "GeoJSON or CSV, by the part's type"},
        "request_data": {"type": "string", "contentMediaType": "application/json", "description": "The parameters as one JSON object"},
    }
    return {"type": "object", "properties": {**parts, **_parameters()}, "required": ["file"]}


def _inline() -> dict[str, Any]:
    geojson = {"type": "object", "description": "Ours: the plots inline, for small files"}
    properties = {"geojson": geojson, **_parameters()}
    return {"type": "object", "properties": properties, "required": ["geojson", "collection_name"], "additionalProperties": False}


def _described(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template="#/components/schemas/{model}")


PARTS_OF_RESULTS: Final = {name: part for model in RESULT_OF.values() for name, part in _described(model).get("$defs", {}).items()}
"""Schemas that the fields of results refer to."""


def _feature() -> dict[str, Any]:
    results = {name: field for model in RESULT_OF.values() for name, field in _described(model)["properties"].items()}
    for model in RESULT_OF.values():
        for name, field in model.model_fields.items():
            if isinstance(field.json_schema_extra, dict) and "first_year" in field.json_schema_extra:
                by_year = {"type": ["object", "null"], "additionalProperties": {"type": "number"}}
                results[name] = {**by_year, "description": f"{field.description}; a member for each year"}
    ours = {
        "plotid": {"type": "string", "description": "The user's own plot id"},
        "plot_no": {"type": "integer", "description": "Ours: the plot's place in the collection"},
        "collection_id": {"type": "string"},
        "country": {"type": ["string", "null"], "description": "Ours: ISO 3166-1 alpha-2 of the country that the plot lies in"},
        "locations_confidence": {
            "type": ["string", "null"],
            "description": "high, medium or low: how far the plot's location can be trusted",
        },
        **{
            name: {**schema, "type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else schema
            for name, schema in results.items()
        },
        "state": {"enum": ["ok", "not_covered", "failed", "pending", "not_computed"], "description": "Ours: state of the result"},
        "reasons": {"type": "array", "items": {"type": "string"}, "description": "Ours: why values are missing"},
        "notes": {"type": "array", "items": {"type": "string"}, "description": "Ours: remarks of staging on the plot"},
        "properties_original": {"type": "object", "description": "Ours: the user's properties whose names are those of ours"},
        "provenance": {"type": "object", "description": "Ours: geometry hash, and versions of methods and layers"},
    }
    properties = {"type": "object", "properties": ours, "description": "The user's properties, then ours"}
    geometry = {"type": ["object", "null"]}
    return {"type": "object", "properties": {"type": {"const": "Feature"}, "geometry": geometry, "properties": properties}}


BATCH_FORM: Final = _form()
BATCH_JSON: Final = _inline()
FEATURE: Final = _feature()
_REF: Final = {"$ref": "#/components/schemas/Feature"}
_COLLECTION: Final = {
    "type": "object",
    "properties": {"type": {"const": "FeatureCollection"}, "features": {"type": "array", "items": _REF}},
}
FETCHED: Final = {"application/x-ndjson": _REF, "application/geo+json": _COLLECTION, "text/csv": None, "application/geoparquet": None}
"""What a fetch answers, by media type."""
FETCHED_WHOLE: Final = {
    "application/x-ndjson": {"type": "object", "description": "A Feature: sums by statistic, in `properties`"},
    "application/geo+json": {"type": "object", "description": "A FeatureCollection of them"},
}
"""What a fetch of whole collections and regions answers."""
COLLECTIONS: Final = {"type": "object", "additionalProperties": Listed}
