"""The catalogue of polygon layers: what each is, its columns, its licence, and how an operator makes its file."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import Refused


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnSpec(_Entry):
    """One column that the file must have."""

    kind: Literal["integer", "number", "text"]
    """`integer` may be stored as whole floating-point numbers and is never null; the others may be."""
    meaning: str


class VectorLayer(_Entry):
    """One set of polygons of one version, longitude and latitude on WGS84."""

    id: str
    title: str
    version: str
    """Of the published file; where `file` names a `{version}`, what stands for it in the name of the file here."""
    licence: str
    licence_url: str
    citation: str
    attribution: str
    source_page: str
    restricted: bool = False
    """The operator needs a licence or a permission of their own; nobody may be given the file by us."""
    coverage: Literal["land", "sites"]
    """`land`: the polygons fill the land, so that nothing is known where there is none. `sites`: where there is none
    within the bounds of the file, there is none on the ground."""
    file: str
    """Name of the GeoParquet file in the layer's folder."""
    prepare: str
    """Commands that make the file from the published one."""
    columns: dict[str, ColumnSpec] = Field(min_length=1)


@cache
def vector_catalogue() -> dict[str, VectorLayer]:
    """Every polygon layer by its id, read from the TOML files of this package."""
    sources = sorted((files("shared.vectors") / "layers").iterdir(), key=lambda entry: entry.name)
    layers = [VectorLayer.model_validate(tomllib.loads(entry.read_text("utf-8"))) for entry in sources if entry.name.endswith(".toml")]
    return {layer.id: layer for layer in layers}


def vector_layer_of(layer_id: str) -> VectorLayer:
    """The polygon layer of that id; raises Refused (`layer_unknown`)."""
    if layer_id not in vector_catalogue():
        raise Refused(f"no polygon layer is called {layer_id}; there are {', '.join(vector_catalogue())}", code="layer_unknown")
    return vector_catalogue()[layer_id]
