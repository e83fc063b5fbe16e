"""GeoJSON by compiled code: what it reads is what the parser reads that explains itself, bit for bit, and it reads nothing else."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from contracts.v1.batch import BatchParameters
from services.staging.columns import Columns
from services.staging.faults import FileRefused
from services.staging.geojson import read_geojson
from services.staging.geojson_lines import read_geojson_lines
from services.staging.plain.coordinates import read_rings
from services.staging.rules import Limits, Rules

SQUARE = [[[10.0, 5.0], [10.001, 5.0], [10.001, 5.001], [10.0, 5.001], [10.0, 5.0]]]
POLYGON = {"type": "Polygon", "coordinates": SQUARE}


def rules(**given: Any) -> Rules:
    asked = {"collection_name": "c", "stats": ("eudr_deforestation",), "end_date": "2025-12-31", **given}
    return Rules.of(BatchParameters.model_validate(asked), Limits(max_plots=20_000))


def told(slices: list[Columns]) -> list[tuple[Any, ...]]:
    """What the columns say of each plot, whether its outline was found to be plain or has yet to be judged."""
    found: list[tuple[Any, ...]] = []
    for columns in slices:
        outline = [_wound(one) for one in columns.geometry]
        if columns.plain is not None:
            for row, wkb in zip(columns.plain.rows.tolist(), columns.plain.wkb.to_pylist(), strict=True):
                assert outline[row] is None
                outline[row] = _wound(shapely.from_wkb(wkb))
        decimals = [-1] * len(columns) if columns.decimals is None else columns.decimals.tolist()
        for row in range(len(columns)):
            fault = columns.faults.get(row)
            ids = {name: texts[row].as_py() for name, texts in columns.ids.items() if texts[row].as_py() is not None}
            place = None if fault is None else (fault.code, fault.values)
            found.append((outline[row], columns.properties[row].as_py(), ids, place, columns.notes.get(row), decimals[row]))
    return found


def _wound(outline: Any) -> str | None:
    """Plain outlines are turned counterclockwise at once, others later."""
    return None if outline is None else shapely.to_wkt(shapely.orient_polygons(outline), rounding_precision=-1)


def both_ways(folder: Path, features: list[str], **given: Any) -> tuple[Any, Any, int]:
    """What the two ways say of these features, or the fault with which they refuse the file; and how many were plain."""

    def attempt(separators: tuple[str, str, str], read: Any, asked: Rules) -> Any:
        path = folder / "plots"
        path.write_text(separators[0] + separators[1].join(features) + separators[2], encoding="utf-8")
        slices: list[Columns] = []
        try:
            slices = [*read(path, asked, set())]
        except FileRefused as refused:
            return (refused.code, refused.values), 0
        return told(slices), sum(len(one.plain) for one in slices if one.plain is not None)

    array = ('{"type":"FeatureCollection","features":[', ",", "]}")
    quick, plain = attempt(array, read_geojson, rules(**given))
    if all("\n" not in one and "\r" not in one for one in features):
        assert attempt(("", "\n", "\n"), read_geojson_lines, rules(**given))[0] == quick or not isinstance(quick, list)
    slow, none = attempt(array, read_geojson, rules(assume_crs="EPSG:4258", **given))  # a system that nobody reads by compiled code
    assert none == 0
    return quick, slow, plain


def feature(geometry: Any = POLYGON, **members: Any) -> str:
    return json.dumps({"type": "Feature", "properties": {"plotid": "a"}, "geometry": geometry, **members})


USUAL = [
    feature(),
    feature(id="f-1"),
    feature(id=17, properties={"name": "n"}),
    feature(properties={"id": 1.50, "ID": "x", "s": 'q"\\u00e9\\', "deep": [{"a": [1]}]}),
    feature(properties={}),
    feature(properties={"a": "Tür é\u2028", "b": None, "plot_id": " "}),
    '{"geometry": {"coordinates": [ [ [10, 5], [10.01, 5.0], [10.01,5.01],[10, 5]]], "type": "Polygon"},"type":"Feature","properties":{}}',
    feature(properties={"a": "}{]["}).replace(":", "\t: ").replace("[", " [ ").replace(",", " ,  "),
]
UNUSUAL = [
    feature({"type": "Point", "coordinates": [10, 5]}),
    feature({"type": "MultiPolygon", "coordinates": [SQUARE]}),
    feature(None),
    feature({**POLYGON, "bbox": [1, 2, 3, 4]}),
    feature(bbox=[10, 5, 11, 6]),
    feature(properties=None),
    feature(properties=[1]),
    feature(properties={"nul": "a\0b"}),
    feature(id={"no": "id"}),
    feature({"type": "Polygon", "coordinates": [SQUARE[0][:-1]]}),
    feature({"type": "Polygon", "coordinates": [[[x, y, 3.0] for x, y in SQUARE[0]]]}),
    feature({"type": "Polygon", "coordinates": [*SQUARE, *SQUARE]}),
    feature({"type": "Polygon", "coordinates": []}),
    feature({"type": "Polygon", "coordinates": [[["10", "5"]]]}),
    feature({"type": "Polygon", "coordinates": [[[1e1, 5], [1.0001e1, 5], [10.001, 5.001], [10, 5]]]}).replace("10.0,", "1e1,"),
    '{"type":"Feature","type":"Feature","properties":{},"geometry":null}',
    '{"type":"Feature","properties":{"a":1},"properties":{"b":1},"geometry":' + json.dumps(POLYGON) + "}",
    '{"type":"Feature","properties":{},"geometry":{"type":"Polygon","type":"Polygon","coordinates":' + json.dumps(SQUARE) + "}}",
    '{"type":"Polygon","coordinates":[]}',
    "17",
]
BROKEN = [
    feature().replace("10.001", "010.001"),
    feature().replace("10.001", "+10.001"),
    feature().replace("10.001", "10."),
    feature().replace("10.001", ".5"),
    feature().replace("10.001", "NaN"),
    feature().replace("]]", "],]", 1),
    feature().replace('"plotid"', "plotid"),
    feature().replace('"a"', "'a'"),
    feature().replace('"a"', '"\t"'),
    feature()[:-1],
    feature()[:-1] + ",}",
    feature() + feature(),
    "",
    '{"type":"Feature","properties":{"a":[}],"geometry":null}',
]


@pytest.mark.parametrize("text", USUAL)
def test_the_usual_forms_are_read_by_compiled_code(tmp_path: Path, text: str) -> None:
    quick, slow, plain = both_ways(tmp_path, [text])
    assert plain == 1
    assert quick == slow


@pytest.mark.parametrize("text", UNUSUAL + BROKEN)
def test_every_other_form_is_told_as_it_always_was(tmp_path: Path, text: str) -> None:
    quick, slow, plain = both_ways(tmp_path, [USUAL[1], text, USUAL[0]])
    assert quick == slow
    assert plain in (0, 2)


@pytest.mark.parametrize("column", [None, "id", "plotid", "name", "none"])
def test_ids_are_offered_alike(tmp_path: Path, column: str | None) -> None:
    quick, slow, plain = both_ways(tmp_path, USUAL + UNUSUAL, plot_id_column=column)
    assert quick == slow
    assert plain == len(USUAL)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_text_ends_alike(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    features = data.draw(st.lists(st.sampled_from(USUAL), min_size=1, max_size=3))
    text = "\x1d".join(features)
    at = data.draw(st.integers(0, len(text) - 1))
    text = text[:at] + data.draw(st.sampled_from(["", '"', "{", "}", "[", "]", ",", "\\", "0", "-", " ", "e"])) + text[at + 1 :]
    quick, slow, _ = both_ways(tmp_path_factory.mktemp("damaged"), text.split("\x1d"))
    assert quick == slow


@pytest.mark.long
def test_slices_end_where_features_end(tmp_path: Path) -> None:
    quick, slow, plain = both_ways(tmp_path, [USUAL[0], UNUSUAL[0]] * 2501 + USUAL * 700)
    assert len(quick) == 5002 + 5600
    assert quick == slow
    assert plain == 2501 + 5600


numbers = st.one_of(
    st.floats(-180, 180).map(repr),
    *(st.decimals(-180, 180, places=places).map(str) for places in (0, 1, 6, 7, 14, 15, 16, 17)),
)


@settings(max_examples=500, deadline=None)
@given(numbers)
def test_numbers_are_read_to_the_last_bit_or_not_at_all(text: str) -> None:
    raw = f"[[[{text},5],[1,5],[1,6]]]".encode()
    offsets, decimals, wkb = np.empty(2, np.int64), np.empty((1, 3), np.int64), np.empty(10 * len(raw) + 64, np.uint8)
    read_rings(np.frombuffer(raw, np.uint8), np.array([0]), np.array([len(raw)]), 6, wkb, offsets, decimals)
    if offsets[1]:
        assert wkb[13:21].tobytes() == np.float64(orjson.loads(text)).tobytes()
        assert decimals[0, 1] == len(text.partition(".")[2])
