"""Which polygon layers are configured here, and the layers themselves, each read once by a process."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from contracts.v1.results.eudr_deforestation import LayerState
from shared.errors import Refused, Unavailable
from shared.vectors.catalogue import VectorLayer, vector_catalogue, vector_layer_of
from shared.vectors.layer import PolygonLayer
from shared.vectors.reading import read_features

LOCAL_VERSION: Final = "local"
LIMIT_BYTES: Final = 2 << 30
_VERSION: Final = "{version}"


@dataclass(frozen=True, slots=True)
class VectorFile:
    """The file of a layer on this machine."""

    path: Path
    version: str


@dataclass(frozen=True, slots=True)
class OpenedPolygons:
    """A layer, or why there is none."""

    state: LayerState
    """`available` when there is a layer, else `failed` or `not_configured`."""
    layer: PolygonLayer | None


class Polygons:
    """The configured polygon layers of a process; safe to use from several threads.

    A layer is read when it is first asked for and then stays as it was, whatever becomes of its file: what a run is
    computed with is what its pins say. Another file is taken by starting anew.
    """

    def __init__(self, layers_dir: Path | None = None, files: Mapping[str, Path] | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        """`files` gives files by layer id, in the place of those in the layers' folders. Raises Refused (`layer_unknown`,
        `layer_file_missing`)."""
        for layer_id, path in (files or {}).items():
            if not path.is_file():
                raise Refused(f"the file for {vector_layer_of(layer_id).id} does not exist: {path}", code="layer_file_missing")
        self._layers_dir = layers_dir
        self._files = files or {}
        self._limit_bytes = limit_bytes
        self._lock = Lock()
        self._read: dict[str, PolygonLayer | None] = {}
        self._pinned: dict[str, str] = {}

    def layer(self, layer_id: str) -> PolygonLayer | None:
        """The layer; None when it is not configured. Raises Unavailable (see `open_polygons`) and Refused (`layer_unknown`)."""
        with self._lock:
            if layer_id not in self._read:
                self._read[layer_id] = self._opened(vector_layer_of(layer_id))
            return self._read[layer_id]

    def configured(self, layer_id: str) -> bool:
        """True when the layer has a file here, whether it reads or not."""
        spec = vector_layer_of(layer_id)
        return spec.id in self._files or bool(_mirrored(spec, self._layers_dir))

    def facts(self, layer_id: str) -> dict[str, Any]:
        """What a run pins of the layer: what it is, and of its file the checksum, the features, and how many had to be mended.

        The last three are None when the layer is not configured, or does not read.
        """
        spec = vector_layer_of(layer_id)
        try:
            layer = self.layer(layer_id)
        except Unavailable:
            layer = None
        return {
            "title": spec.title,
            "version": layer.version if layer else spec.version,
            "licence": spec.licence,
            "citation": spec.citation,
            "checksum": layer.checksum if layer else self._pinned.get(layer_id),
            "features": len(layer) if layer else None,
            "features_mended": layer.mended if layer else None,
        }

    def _opened(self, spec: VectorLayer) -> PolygonLayer | None:
        file = file_of(spec, self._layers_dir, self._files)
        if file is None:
            return None
        checksum = _checksum(spec, file.path)
        if self._pinned.setdefault(spec.id, checksum) != checksum:
            raise Unavailable(f"the file of {spec.id} has changed since this process began: start it anew", code="layer_changed")
        return _read(spec, file, checksum, self._limit_bytes)


def open_polygons(
    layers_dir: Path | None, layer_id: str, files: Mapping[str, Path] | None = None, limit_bytes: int = LIMIT_BYTES
) -> PolygonLayer | None:
    """The layer read anew from `layers_dir/<id>/<file>` or the file given for it; None when it has none.

    Raises Refused (`layer_unknown`, `layer_file_missing`); Unavailable: `layer_unavailable` when the file does not read,
    `layer_encoding` when it does not hold what the catalogue says, `layer_too_large`, `layer_ambiguous`, `layer_changed`.
    """
    return Polygons(layers_dir, files, limit_bytes).layer(layer_id)


def open_layer(rasters: Any, layer_id: str, give_up: bool = False) -> OpenedPolygons:
    """The layer as a statistic gets it from its `rasters`. Raises Unavailable, unless `give_up`: then its state is `failed`."""
    try:
        layer = rasters.polygons(layer_id)
    except Unavailable:
        if not give_up:
            raise
        return OpenedPolygons("failed", None)
    return OpenedPolygons("not_configured" if layer is None else "available", layer)


def state_of(opened: OpenedPolygons, known: bool | np.bool_) -> LayerState:
    """The state of a layer for one plot, of which it knows something (`PolygonLayer.known`) or not."""
    if opened.layer is None:
        return opened.state
    return "available" if known else "not_covered"


def file_of(spec: VectorLayer, layers_dir: Path | None, files: Mapping[str, Path]) -> VectorFile | None:
    """Where the layer's file lies here; raises Unavailable (`layer_ambiguous`) when there are several versions of it."""
    if spec.id in files:
        return VectorFile(files[spec.id], LOCAL_VERSION)
    found = _mirrored(spec, layers_dir)
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise Unavailable(f"{spec.id} has several files: leave one ({names})", code="layer_ambiguous")
    before, marked, after = spec.file.partition(_VERSION)
    return VectorFile(found[0], found[0].name[len(before) : -len(after)] if marked else spec.version) if found else None


def _mirrored(spec: VectorLayer, layers_dir: Path | None) -> list[Path]:
    return [] if layers_dir is None else sorted((layers_dir / spec.id).glob(spec.file.replace(_VERSION, "*")))


def is_vector(layer_id: str) -> bool:
    """True for the id of a polygon layer."""
    return layer_id in vector_catalogue()


def _checksum(spec: VectorLayer, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return f"sha256:{file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise Unavailable(f"the file of {spec.id} does not read: {error}", code="layer_unavailable") from error


def _read(spec: VectorLayer, file: VectorFile, checksum: str, limit_bytes: int) -> PolygonLayer:
    features = read_features(file.path, spec, limit_bytes)
    if _checksum(spec, file.path) != checksum:
        raise Unavailable(f"the file of {spec.id} changed while it was read", code="layer_changed")
    return PolygonLayer(
        id=spec.id,
        version=file.version,
        checksum=checksum,
        name=file.path.name,
        coverage=spec.coverage,
        geometry=features.geometry,
        columns=features.columns,
        mended=features.mended,
    )
