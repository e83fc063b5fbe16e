"""From the parameters as they were given to `BatchParameters`, or to a problem that names each fault and what is allowed."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.v1.batch import BatchParameters, BlobFile
from contracts.v1.stats import Statistic
from services.gateway.problems import Problem, cut, fault, invalid
from shared.errors import Refused
from shared.geo.country_names import country_code
from shared.payload import PayloadRefused, read_payload
from shared.settings import Settings

NAMES: Final = tuple(BatchParameters.model_fields)
KNOWN_STATS: Final = tuple(stat.value for stat in Statistic)
NEEDS: Final = {"non_biomass": Statistic.LUC_EMISSIONS}
"""Parameters that say nothing without a statistic: refused rather than ignored."""
DATES: Final = ("start_date", "end_date")
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
MAX_DEPTH: Final = 8


def unknown(name: str) -> dict[str, str]:
    """The fault of a parameter that nobody knows."""
    return fault(cut(name), "unknown_parameter", f"There is no parameter {cut(name)}; allowed are file, {', '.join(NAMES)}.")


def parameters_of(given: Mapping[str, Any], settings: Settings, today: date | None = None) -> BatchParameters:
    """The parameters with their defaults; raises `Problem` 422 with every fault that was found."""
    values = dict(given)
    faults = [each for name in given for each in _faults_of(name, given[name])]
    if not str(given.get("collection_name", "")).strip():
        faults.append(fault("collection_name", "missing", "collection_name is required."))
    payload = _payload(values, settings.max_payload_bytes)
    values["stats"], unusable = _stats(given.get("stats"), settings.served_stats)
    faults += payload + unusable
    if faults:
        raise invalid(faults)
    values.setdefault("end_date", today or datetime.now(UTC).date())
    return _checked(values)


def changed_parameters(parameters: BatchParameters, changes: Mapping[str, Any]) -> BatchParameters:
    """The parameters of an earlier order with some of them changed; raises `Problem` 422."""
    return _checked({**parameters.model_dump(), **changes})


def stats_of_request(value: Any, served: Sequence[Statistic]) -> list[str]:
    """The statistics to compute: those named by `value`, all that are served when it is None; raises `Problem` 422."""
    names, faults = _stats(value, served)
    if faults:
        raise invalid(faults)
    return names


def _checked(values: Mapping[str, Any]) -> BatchParameters:
    try:
        parameters = BatchParameters.model_validate(values)
    except ValidationError as error:
        raise invalid([_fault_of(one) for one in error.errors()]) from error
    refused = {name: stat for name, stat in NEEDS.items() if getattr(parameters, name) and stat not in parameters.stats}
    if refused:
        raise invalid([fault(name, "statistic_needed", f"{name} needs {stat} among stats.") for name, stat in refused.items()])
    return parameters


def digest_of(given: Mapping[str, Any], parameters: BatchParameters, file: BlobFile, operation: str) -> str:
    """What makes two requests the same: what is to be done, parameters as given (defaults may change by tomorrow), the file's bytes."""
    chosen = parameters.model_dump(mode="json", include=set(given))
    same = [operation, chosen, file.sha256, file.media_type]
    return hashlib.sha256(orjson.dumps(same, option=orjson.OPT_SORT_KEYS)).hexdigest()


def is_clean(text: str) -> bool:
    """True without control characters (but tabs and line ends) and without halves of surrogate pairs."""
    return all(character in "\t\n\r" or unicodedata.category(character) not in {"Cc", "Cs"} for character in text)


def _faults_of(name: str, value: Any) -> list[dict[str, str]]:
    if isinstance(value, str) and name != "input_payload" and not is_clean(value):
        return [fault(name, "control_character", f"{name} holds a control character.")]
    if name in DATES and not (isinstance(value, str) and DATE.fullmatch(value)):
        return [fault(name, "date_expected", f"{name} must be a date such as 2021-01-31.")]
    if name == "country" and isinstance(value, str) and value.strip():
        try:
            country_code(value)
        except Refused as refused:
            return [fault(name, refused.code, f"{refused.detail}.")]
    return []


def _stats(value: Any, served: Sequence[Statistic]) -> tuple[list[str], list[dict[str, str]]]:
    """The statistics to compute, and what is wrong with those that were named."""
    if value is None or value == "":
        return [stat.value for stat in served], []
    named = value.split(",") if isinstance(value, str) else value
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        return [], [fault("stats", "text_expected", "stats must be names separated by commas.")]
    names = [name.strip() for name in named if name.strip()]
    faults = [_stat_fault(name, served) for name in names if name not in {stat.value for stat in served}]
    return names, faults or ([] if names else [fault("stats", "missing", f"stats names no statistic; allowed are {', '.join(served)}.")])


def _stat_fault(name: str, served: Sequence[Statistic]) -> dict[str, str]:
    if name in KNOWN_STATS:
        return fault("stats", "statistic_not_available", f"This deployment does not compute {name}; it computes {', '.join(served)}.")
    return fault("stats", "unknown_statistic", f"There is no statistic {cut(name)}; allowed are {', '.join(served)}.")


def _payload(values: dict[str, Any], limit_bytes: int) -> list[dict[str, str]]:
    """Decode `input_payload` where it is JSON text, and return what is wrong with it."""
    payload = values.get("input_payload")
    if isinstance(payload, str):
        try:
            payload = values["input_payload"] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return [fault("input_payload", "object_expected", "input_payload is not valid JSON.")]
    if payload is None:
        values.pop("input_payload", None)
        return []
    if depth_of(payload) > MAX_DEPTH:
        return [fault("input_payload", "nesting_too_deep", f"input_payload may be nested {MAX_DEPTH} levels deep.")]
    if len(orjson.dumps(payload)) > limit_bytes:
        raise Problem(413, "payload_too_large", f"input_payload may have {limit_bytes} bytes.")
    if not isinstance(payload, dict):
        return [fault("input_payload", "object_expected", "input_payload must be an object.")]
    try:
        read_payload(payload)
    except PayloadRefused as refused:
        return [fault(each.pointer, each.code, f"{each.path}: {each.detail}.") for each in refused.faults]
    return []


def depth_of(value: Any) -> int:
    """Levels of nesting; 0 for a scalar."""
    level, values = 0, [value]
    while values := [value for value in values if isinstance(value, dict | list)]:
        level += 1
        values = [inner for value in values for inner in (value.values() if isinstance(value, dict) else value)]
    return level


def _fault_of(error: ErrorDetails) -> dict[str, str]:
    place = str(error["loc"][0]) if error["loc"] else ""
    message = error["msg"].removeprefix("Value error, ")
    return fault(place, error["type"], f"{place}: {message}." if place else f"{message}.")
