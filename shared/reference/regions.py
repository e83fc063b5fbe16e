"""Regions of a polygon layer by their ids, and what a statistic's values in them depend on."""

import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

import numpy as np
import orjson
import shapely

from shared.errors import Refused
from shared.vectors.layer import PolygonLayer

LONGEST_ID: Final = 100


@dataclass(frozen=True, slots=True)
class RegionColumns:
    """The columns of a layer that name its regions (layers.toml)."""

    id: str
    name: str | None = None


@cache
def region_columns() -> dict[str, RegionColumns]:
    """The layers that regions may be taken from."""
    text = files("shared.reference").joinpath("layers.toml").read_text()
    return {layer: RegionColumns(**columns) for layer, columns in tomllib.loads(text).items()}


def columns_of_layer(layer_id: str) -> RegionColumns:
    """Raises Refused (`layer_unknown`) for a layer that has no regions."""
    if layer_id not in region_columns():
        raise Refused(f"{layer_id} is no layer of regions; these are {', '.join(region_columns())}", code="layer_unknown")
    return region_columns()[layer_id]


def region_facts(layer: PolygonLayer, feature: int) -> dict[str, Any]:
    """What is told of a region: id, name, layer, version, checksum."""
    columns = columns_of_layer(layer.id)
    found = str(layer.column(columns.id)[feature])
    name = None if columns.name is None else layer.column(columns.name)[feature]
    facts = {"id": found, "name": found if name is None else str(name)}
    return {**facts, "layer": layer.id, "version": layer.version, "checksum": layer.checksum}


def region_key(facts: dict[str, Any]) -> str:
    """What tells a region from every other, and from itself in another file; at most 200 characters."""
    digest = str(facts["checksum"]).partition(":")[2][:16]
    found = facts["id"] if len(facts["id"]) <= LONGEST_ID else sha256(facts["id"].encode()).hexdigest()
    return f"{facts['layer']}@{digest}/{found}"


def region_geometry(layer: PolygonLayer, region_id: str) -> shapely.Geometry:
    """The ground of a region: the union of all features with its id."""
    ids = layer.column(columns_of_layer(layer.id).id)
    features = [at for at, value in enumerate(ids) if str(value) == region_id]
    return shapely.union_all(np.array(layer.geometry)[features])


def basis(method: Any, layers: Any, terms: Any) -> str:
    """Digest of what a statistic's numbers depend on beside the place and the dates: method, layers as pinned, terms."""
    return sha256(orjson.dumps([method, layers, terms], option=orjson.OPT_SORT_KEYS)).hexdigest()
