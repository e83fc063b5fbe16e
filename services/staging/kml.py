"""Read KML and KMZ placemark by placemark: no entity is expanded, no reference followed, no position guessed."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

import orjson

from services.staging.archive import open_archive
from services.staging.checks.decimals import decimals_of
from services.staging.columns import Columns, columns_of
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.kml_geometry import GEOMETRIES, Shape, geometry_of, written_positions
from services.staging.layers import chosen_layer
from services.staging.outline import read_outline
from services.staging.properties import candidate_ids, declared_area_ha
from services.staging.rules import MIB, Rules

DEPTH_LIMIT: Final = 64
_SPACE: Final = " "
"""Between namespace and name, as expat is asked to give them."""


def read_kmz(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The placemarks of the one KML file in a KMZ archive."""
    with tempfile.TemporaryDirectory() as folder, open_archive(path, rules.limits.max_archive_bytes) as archive:
        documents = {str(path): path for path in archive.named(".kml")}
        if not documents:
            raise FileRefused("no_features", total=0)
        document = documents[chosen_layer(list(documents), rules.layer)]
        yield from read_kml(archive.unpack(document, Path(folder) / "doc.kml"), rules, notes)


def read_kml(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """Each placemark, in the order of the file, whatever folder it lies in.

    Adds notes about the whole file to `notes`. Raises `FileRefused` when the file turns out to be no KML.
    """
    if rules.assume_crs is not None:
        notes.add("assume_crs_unused")  # KML is longitude and latitude on WGS84 (OGC 12-007r2, clause 6.2)
    yield from columns_of(_placemarks(path, rules, notes))


def _placemarks(path: Path, rules: Rules, notes: set[str]) -> Iterator[Draft]:
    kml = _Kml(rules, notes)
    parser = expat.ParserCreate(namespace_separator=_SPACE)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = kml.start, kml.end, kml.text
    parser.StartDoctypeDeclHandler = kml.refuse_doctype
    kml.place = lambda: {"line": parser.CurrentLineNumber, "column": parser.CurrentColumnNumber + 1}
    with path.open("rb") as file:
        last = False
        while not last:
            block = file.read(MIB)
            last = not block
            try:
                parser.Parse(block, last)
            except expat.ExpatError as error:
                reason = expat.ErrorString(error.code)
                raise FileRefused("kml_malformed", line=error.lineno, column=error.offset + 1, reason=reason) from error
            except LookupError as error:
                raise FileRefused("kml_malformed", reason="an encoding that is not known", **kml.place()) from error
            yield from kml.drafts
            kml.drafts.clear()


@dataclass(slots=True)
class _Placemark:
    id: str | None
    depth: int
    elements: dict[str, str] = field(default_factory=dict)
    """Its own texts, such as `name` and `description`."""
    data: dict[str, str] = field(default_factory=dict)
    """Its extended data, which is what users call properties."""
    repeated: str | None = None
    shapes: list[Shape] = field(default_factory=list)
    """Geometries that are being read, the outermost first."""
    whole: list[Shape] = field(default_factory=list)
    characters: int = 0

    def keep(self, name: str, text: str) -> None:
        if name in self.data:
            self.repeated = name
        self.data[name] = text

    def properties(self) -> dict[str, str]:
        """Both together; where they share a name, the element's own is `kml_` and that name."""
        return {f"kml_{name}" if name in self.data else name: text for name, text in self.elements.items()} | self.data


class _Kml:
    def __init__(self, rules: Rules, notes: set[str]) -> None:
        self.drafts: list[Draft] = []
        self.place: Any = dict
        self._rules = rules
        self._notes = notes
        self._path: list[tuple[str, dict[str, str]]] = []
        self._text: list[str] = []
        self._placemark: _Placemark | None = None
        self._count = 0

    def refuse_doctype(self, *_declaration: Any) -> None:
        raise FileRefused("kml_malformed", reason="a document type declaration, which is never read", **self.place())

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        name = qualified.rpartition(_SPACE)[2]
        if not self._path and name != "kml":
            raise FileRefused("kml_malformed", reason="its first element is not kml", **self.place())
        if len(self._path) >= DEPTH_LIMIT:
            raise FileRefused("nesting_too_deep", **self.place())
        self._path.append((name, attributes))
        self._text = []
        if self._placemark is not None:
            if name in GEOMETRIES:
                self._placemark.shapes.append(Shape(name))
        elif name == "Placemark":
            if self._count >= self._rules.limits.max_plots:
                raise FileRefused("too_many_features", limit=self._rules.limits.max_plots)
            self._placemark = _Placemark(attributes.get("id"), len(self._path))
        elif name in ("NetworkLink", "NetworkLinkControl"):
            self._notes.add("network_link_ignored")

    def text(self, text: str) -> None:
        if self._placemark is None:
            return
        self._placemark.characters += len(text)
        if self._placemark.characters <= self._rules.limits.max_feature_bytes:
            self._text.append(text)

    def end(self, _qualified: str) -> None:
        name, attributes = self._path.pop()
        text, self._text = "".join(self._text), []
        mark = self._placemark
        if mark is None:
            return
        if len(self._path) < mark.depth:
            self.drafts.append(self._draft(mark))
            self._count += 1
            self._placemark = None
        elif mark.shapes:
            self._end_in_shape(mark, name, text)
        elif name == "value" and self._path[-1][0] == "Data":
            mark.keep(self._path[-1][1].get("name", ""), text)
        elif name == "SimpleData":
            mark.keep(attributes.get("name", ""), text)
        elif len(self._path) == mark.depth and text.strip():
            mark.elements[name] = text.strip()

    def _end_in_shape(self, mark: _Placemark, name: str, text: str) -> None:
        shape = mark.shapes[-1]
        if name == "coordinates":
            shape.add_coordinates(text, inner="innerBoundaryIs" in (step for step, _ in self._path[-2:]))
        elif name == shape.kind:
            mark.shapes.pop()
            (mark.shapes[-1].members if mark.shapes else mark.whole).append(shape)

    def _draft(self, mark: _Placemark) -> Draft:
        limit = self._rules.limits.max_feature_bytes
        if mark.characters > limit:
            return Draft(self._count, PlotFault("feature_too_large", limit=limit))
        properties, column = mark.properties(), self._rules.plot_id_column
        ids = candidate_ids(properties, column, properties.__getitem__)
        if "id" not in ids and column in (None, "id") and mark.id is not None:
            ids = {**ids, **candidate_ids({"id": mark.id}, "id", str)}
        text = orjson.dumps(properties).decode()
        try:
            if mark.repeated is not None:
                raise PlotFault("repeated_property", name=mark.repeated)
            outline = read_outline(geometry_of(mark.whole), ())
            area_ha = declared_area_ha(properties) if outline.kind == "Point" else None
        except PlotFault as fault:
            return Draft(self._count, fault, text, ids)
        return Draft(self._count, outline, text, ids, area_ha, decimals_of(written_positions(mark.whole)))
