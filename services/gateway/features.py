"""From a stored row to a GeoJSON Feature or a CSV line: pure, and equal values give equal bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from contracts.v1.stats import Statistic
from services.gateway.columns import named, result_columns

WORST_FIRST: Final = ("failed", "pending", "not_computed", "not_covered", "ok")
ORIGINAL: Final = "properties_original"


@dataclass(frozen=True, slots=True)
class Source:
    """What the rows of one collection have in common."""

    collection_id: str
    stats: tuple[Statistic, ...]
    open_stats: frozenset[Statistic]
    """Statistics whose run goes on: a plot without a result is still to come."""
    provenance: bytes
    """Members of `provenance` that are the same for every plot: a JSON object."""
    regions: Mapping[int, Any] | None = None
    """Reference regions by plot number, where they are asked for."""


def properties_of(row: Any, source: Source) -> dict[str, Any]:
    """Our properties of a plot (`results.page`), by the names of `columns_of`; null where a value is not known."""
    ours: dict[str, Any] = {
        "plotid": row.plot_id,
        "plot_no": row.plot_no,
        "collection_id": source.collection_id,
        "country": row.country,
        "locations_confidence": row.locations_confidence,
    }
    states: list[str] = []
    reasons: dict[Statistic, list[str]] = {}
    for stat in source.stats:
        stored = getattr(row, f"{stat}_vals", None)
        columns = result_columns(stat, source.stats)
        values = named(stat, orjson.loads(stored)) if stored else {}
        ours.update({column: values.get(name) for name, column in columns.items()})
        states.append(getattr(row, f"{stat}_state", None) or ("pending" if stat in source.open_stats else "not_computed"))
        reasons[stat] = orjson.loads(getattr(row, f"{stat}_reasons", None) or "[]")
    if len(source.stats) > 1:
        for stat, state in zip(source.stats, states, strict=True):
            ours |= {f"{stat}_state": state, f"{stat}_reasons": sorted(reasons[stat])}
    if source.stats:
        ours["state"] = min(states, key=WORST_FIRST.index)
        ours["reasons"] = sorted({reason for each in reasons.values() for reason in each})
    if source.regions is not None:
        ours["regions"] = source.regions[row.plot_no]
    ours["notes"] = orjson.loads(row.notes)
    return ours


def feature(row: Any, source: Source) -> bytes:
    """One GeoJSON Feature on one line: the user's properties, then ours, then `provenance`.

    A user's property that has the name of one of ours stays in `properties_original`, unless it is the same.
    """
    ours = properties_of(row, source)
    theirs = _theirs(row.properties, ours)
    written = orjson.dumps(ours)[1:-1]
    provenance = provenance_bytes(row, source)
    joint = b"," if theirs else b""
    head = b'{"type":"Feature","geometry":' + row.geojson.encode() + b',"properties":{'
    return b"".join((head, theirs, joint, written, b',"provenance":', provenance, b"}}"))


def provenance_bytes(row: Any, source: Source) -> bytes:
    """`provenance` of a plot, a JSON object."""
    return b'{"geometry_hash":"' + str(row.geometry_hash).encode() + b'",' + source.provenance[1:]


def _theirs(properties: str, ours: Mapping[str, Any]) -> bytes:
    """Members of the user's object, as stored where possible: numbers of any size stay what they are."""
    given = json.loads(properties)
    clashing = {name for name in given if name in ours or name in {"provenance", ORIGINAL}}
    if not clashing:
        return properties.strip().encode()[1:-1].strip()
    kept = {name: value for name, value in given.items() if name not in clashing}
    original = {name: given[name] for name in given if name in clashing and not _same(given[name], ours.get(name))}
    if original:
        kept[ORIGINAL] = original
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()[1:-1]


def _same(given: Any, ours: Any) -> bool:
    return type(given) is type(ours) and bool(given == ours)


def provenance_of(runs_by_stat: Mapping[Statistic, Any]) -> bytes:
    """What every plot of these runs was computed with: methods, layers by version and checksum, engine, stored labels."""
    methods: dict[str, Any] = {}
    layers: dict[str, Any] = {}
    engine: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for stat, run in runs_by_stat.items():
        pins = orjson.loads(run.pins) if run.pins else {}
        method = pins.get("methods", {}).get(stat, {})
        window = {"start_date": run.window_start, "end_date": run.window_end}
        methods[stat.value] = {
            "version": method.get("version"),
            "thresholds": method.get("thresholds", {}),
            "run_id": run.run_id,
            "window": window,
        }
        for name, layer in sorted(pins.get("layers", {}).items()):
            layers[name] = {"version": layer.get("version"), "checksums": layer.get("sources", {})}
        engine = pins.get("engine", engine)
        labels = _labels(orjson.loads(run.parameters))
    provenance: dict[str, Any] = {"methods": methods, "layers": layers, "engine": engine}
    if labels:
        provenance["labels"] = {**labels, "effect": "none: stored as given, they change no number"}
    return orjson.dumps(provenance, option=orjson.OPT_SORT_KEYS)


def _labels(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in ("processing_type", "system_type") if parameters.get(name)}
