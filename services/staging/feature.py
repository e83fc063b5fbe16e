"""Read one GeoJSON Feature from its own bytes: strict JSON, no ambiguous keys, properties kept as they were written."""

import json
from typing import Any, Final

import orjson

from services.staging.checks.decimals import decimals_of_json
from services.staging.crs import crs_verdict, is_wgs84
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.outline import read_outline
from services.staging.properties import candidate_ids, declared_area_ha, holds_nul
from services.staging.rules import Rules
from services.staging.scanner import Cursor, written

DEPTH_LIMIT: Final = 64
"""Deepest nesting of properties: whoever reads the results must survive it too."""
GEOMETRY_DEPTH: Final = 10
"""A MultiPolygon in a GeometryCollection needs seven levels."""
_FEATURE_KEYS: Final = frozenset({"type", "geometry", "properties", "id", "crs"})
_GEOMETRY_KEYS: Final = frozenset({"type", "coordinates", "geometries", "crs"})

Spans = dict[str, tuple[int, int]]


def read_feature(index: int, raw: bytes, rules: Rules) -> Draft:
    """One feature as a draft; raises `orjson.JSONDecodeError` when `raw` is no strict JSON."""
    feature = orjson.loads(raw)
    text, ids = "{}", {}
    try:
        spans = _spans(feature, raw)
        properties = _properties(feature)
        text = raw[slice(*spans["properties"])].decode() if properties else text
        ids = _ids(feature, properties, raw, spans, rules.plot_id_column)
        if b"\\u0000" in raw and holds_nul([properties, feature.get("id")]):
            raise PlotFault("nul_character")
        geometry = _geometry(feature, raw, spans, rules.assume_crs)
        outline = read_outline(geometry, ())
        area_ha = declared_area_ha(properties) if outline.kind == "Point" else None
    except PlotFault as fault:
        return Draft(index, fault, text, ids)
    return Draft(index, outline, text, ids, area_ha, decimals_of_json(raw[slice(*spans["geometry"])]))


def json_fault(error: orjson.JSONDecodeError, line: int, column: int) -> FileRefused:
    """The fault of a file whose text from `line` and `column` on (both from 1) is no strict JSON."""
    place: dict[str, Any] = {"line": line + error.lineno - 1, "column": error.colno if error.lineno > 1 else column + error.colno - 1}
    if error.msg.startswith("depth limit"):
        return FileRefused("nesting_too_deep", **place)
    return FileRefused("malformed_file", reason=error.msg, **place)


def read_geometry_text(raw: bytes, file_crs: str | None) -> Any:
    """The decoded geometry of a GeoJSON text in a file whose system is `file_crs`, None for WGS84; raises `PlotFault`."""
    try:
        geometry = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise PlotFault("malformed_geometry", reason=error.msg) from error
    _judge_geometry(geometry, raw, file_crs)
    return geometry


def _spans(feature: Any, raw: bytes) -> Spans:
    """Where the value of each member lies in `raw`, which is valid JSON."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise PlotFault("not_a_feature")
    cursor = Cursor(raw)
    spans: Spans = {}
    for key in cursor.members():
        if key in spans and key in _FEATURE_KEYS:
            raise PlotFault("duplicate_json_key", key=key)
        spans[key] = cursor.value()
    return spans


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    if properties is None:
        return {}
    if not isinstance(properties, dict):
        raise PlotFault("malformed_properties")
    if _deeper_than(properties, DEPTH_LIMIT):
        raise PlotFault("nesting_too_deep", limit=DEPTH_LIMIT)
    return properties


def _ids(feature: dict[str, Any], properties: dict[str, Any], raw: bytes, spans: Spans, column: str | None) -> dict[str, str]:
    """The ids that the properties offer; the `id` of the feature itself stands in for a missing property `id`."""
    found = candidate_ids(properties, column, lambda key: written(raw, spans["properties"][0], key))
    if "id" not in found and column in (None, "id"):
        own = candidate_ids(feature, "id", lambda key: raw[slice(*spans[key])].decode())
        found.update(own)
    return found


def _geometry(feature: dict[str, Any], raw: bytes, spans: Spans, file_crs: str | None) -> Any:
    _judge_crs(feature, file_crs)
    geometry = feature.get("geometry")
    if geometry is not None:
        _judge_geometry(geometry, raw[slice(*spans["geometry"])], file_crs)
    return geometry


def _judge_geometry(geometry: Any, raw: bytes, file_crs: str | None) -> None:
    """Refuse what two readers could read differently: repeated keys, another reference system."""
    if raw.count(b'"type"') > 1 or raw.count(b'"coordinates"') > 1 or b"\\" in raw:  # else no key can be there twice
        if _deeper_than(geometry, GEOMETRY_DEPTH):
            raise PlotFault("malformed_geometry", reason="it is nested too deep")
        json.loads(raw, object_pairs_hook=_unambiguous)
    if isinstance(geometry, dict):
        _judge_crs(geometry, file_crs)


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs if key in _GEOMETRY_KEYS]
    if len(set(keys)) < len(keys):
        raise PlotFault("duplicate_json_key", key=next(key for key in keys if keys.count(key) > 1))
    return dict(pairs)


def _judge_crs(member: dict[str, Any], file_crs: str | None) -> None:
    """A plot may name WGS84 where its file means that, and no other system: what names two is never guessed."""
    code, name = crs_verdict(member.get("crs"))
    if code == "legacy_crs_member" and file_crs is not None and not is_wgs84(file_crs):
        code = "crs_not_supported"
    if code not in ("none", "legacy_crs_member"):
        raise PlotFault(code, crs=name)


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        layer = [inner for outer in layer for inner in _contained(outer) if isinstance(inner, dict | list)]
        if not layer:
            return False
    return True


def _contained(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value
