"""Everything that can be wrong with a file or a request: the status, the code, and nothing left behind."""

import aiohttp
import orjson
import pytest

from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import SQUARE, Scene, a_file


@pytest.fixture
def database_address() -> None:
    """What is tested here is the same on every database: SQLite."""


def one(geometry: str) -> bytes:
    """A collection of one plot with this geometry, as text that need not be JSON."""
    return b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":' + geometry.encode() + b"}]}"


def ring(*positions: str) -> bytes:
    return one('{"type":"Polygon","coordinates":[[' + ",".join(positions) + "]]}")


FILES = {
    "not JSON": (b"Dear all, here are my plots.", 400, "malformed_file", None),
    "cut off": (a_file()[:-20], 400, "malformed_file", None),
    "empty collection": (b'{"type":"FeatureCollection","features":[]}', 422, "no_features", None),
    "line": (one('{"type":"LineString","coordinates":[[30,2],[31,3]]}'), 422, "no_usable_plot", "geometry_type_not_supported"),
    "NaN": (ring("[30,2]", "[NaN,2]", "[30,3]", "[30,2]"), 400, "malformed_file", None),
    "latitude 95": (ring("[30,94]", "[31,94]", "[31,95]", "[30,94]"), 422, "no_usable_plot", "coordinate_out_of_range"),
    "metres": (
        ring("[500000,100000]", "[500100,100000]", "[500100,100100]", "[500000,100000]"),
        422,
        "no_usable_plot",
        "coordinate_out_of_range",
    ),
    "null geometry": (one("null"), 422, "no_usable_plot", "empty_geometry"),
    "another format": (b"PK\x03\x04 not geojson", 415, "content_mismatch", None),
}


@pytest.mark.parametrize(("file", "status", "code", "plot_code"), FILES.values(), ids=FILES)
async def test_a_bad_file_is_answered_with_its_reason_and_leaves_nothing(
    start: Start, file: bytes, status: int, code: str, plot_code: str | None
) -> None:
    here = await start(stages=True, gateway_staging_wait_s=20)
    answer = await here.submit(file)
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    if plot_code is not None:
        assert [error["code"] for error in answer.json["errors"]] == [plot_code]
        assert answer.json["errors"][0]["feature_index"] == 0
    assert await here.is_empty()
    assert (await here.submit()).status == 202, "the name is free"


FORMS = {
    "unknown statistic": ({"stats": "eudr_deforestation,carbon"}, 422, "validation_error", "/stats", "eudr_deforestation"),
    "no statistic": ({"stats": " , "}, 422, "validation_error", "/stats", "eudr_deforestation"),
    "statistic twice": ({"stats": "eudr_deforestation,eudr_deforestation"}, 422, "validation_error", "", "twice"),
    "unknown parameter": ({"colection_name": "x"}, 422, "validation_error", "/colection_name", "collection_name"),
    "unknown parameter within": ({"request_data": '{"owner_id": "x"}'}, 422, "validation_error", "/owner_id", "collection_name"),
    "no name": ({"collection_name": None}, 422, "validation_error", "/collection_name", "required"),
    "blank name": ({"collection_name": "  "}, 422, "validation_error", "/collection_name", "required"),
    "name twice": ({"request_data": '{"collection_name": "y"}'}, 422, "validation_error", "/collection_name", "twice"),
    "NUL in the name": ({"collection_name": "a\0b"}, 422, "validation_error", "/collection_name", "control character"),
    "long name": ({"collection_name": "x" * 201}, 422, "validation_error", "/collection_name", "200"),
    "confidence without locations": (
        {"skip_on_low_confidence": "true", "validate_locations": "false"},
        422,
        "validation_error",
        "",
        "skip_on_low_confidence needs validate_locations",
    ),
    "no yes or no": ({"validate_locations": "perhaps"}, 422, "validation_error", "/validate_locations", "boolean"),
    "no choice": ({"repair": "magic"}, 422, "validation_error", "/repair", "safe"),
    "a number for a date": ({"start_date": "1700000000"}, 422, "validation_error", "/start_date", "2021-01-31"),
    "no such day": ({"end_date": "2021-02-30"}, 422, "validation_error", "/end_date", "date"),
    "start after end": ({"start_date": "2022-01-01", "end_date": "2021-01-01"}, 422, "validation_error", "", "after"),
    "broken payload": ({"input_payload": "{"}, 422, "validation_error", "/input_payload", "JSON"),
    "deep payload": ({"input_payload": "[" * 9 + "]" * 9}, 422, "validation_error", "/input_payload", "8 levels"),
    "a key that the payload has not": (
        {"input_payload": '{"cft_payload": {"crop": {"yeld": 1}}}'},
        422,
        "validation_error",
        "/input_payload/cft_payload/crop/yeld",
        "input_payload.cft_payload.crop.yeld: is no key",
    ),
    "a unit that does not fit": (
        {"input_payload": '{"cft_payload": {"machinery": [{"fuel_type": "diesel", "fuel_consumption": {"value": 1, "unit": "km/h"}}]}}'},
        422,
        "validation_error",
        "/input_payload/cft_payload/machinery/0/fuel_consumption/unit",
        "l/ha",
    ),
    "a list as payload": ({"input_payload": "[]"}, 422, "validation_error", "/input_payload", "object"),
    "farm practices without their statistic": (
        {"non_biomass": "true", "stats": "eudr_deforestation"},
        422,
        "validation_error",
        "/non_biomass",
        "luc_emissions",
    ),
    "broken request_data": ({"request_data": "{'a': 1}"}, 400, "malformed_file", None, "line 1"),
    "a list as request_data": ({"request_data": "[]"}, 422, "validation_error", "/request_data", "object"),
}


@pytest.mark.parametrize(("fields", "status", "code", "pointer", "words"), FORMS.values(), ids=FORMS)
async def test_a_bad_parameter_is_named_and_leaves_nothing(
    here: Scene, fields: dict[str, str], status: int, code: str, pointer: str | None, words: str
) -> None:
    answer = await here.submit(None, **fields)
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert words in answer.json["detail"]
    if pointer is not None:
        assert answer.json["errors"][0]["pointer"] == pointer
    assert await here.is_empty()


async def test_a_statistic_that_is_not_served_is_refused(start: Start) -> None:
    here = await start(served_stats=("eudr_deforestation",))
    answer = await here.submit(None, stats="water")
    assert (answer.status, answer.json["code"], answer.json["errors"][0]["pointer"]) == (422, "statistic_not_available", "/stats")
    assert "eudr_deforestation" in answer.json["detail"]
    assert await here.is_empty()


async def test_every_fault_is_named_at_once(here: Scene) -> None:
    answer = await here.submit(collection_name=None, stats="carbon", start_date="yesterday")
    assert {error["pointer"] for error in answer.json["errors"]} == {"/collection_name", "/stats", "/start_date"}


async def test_a_request_without_a_file_is_told_so(here: Scene) -> None:
    form = aiohttp.FormData({"collection_name": "farm"}, default_to_multipart=True)
    answer = await here.ask("POST", "/batch_process", data=form)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/file")
    assert await here.is_empty()


async def test_two_files_are_one_too_many(here: Scene) -> None:
    form = aiohttp.FormData({"collection_name": "farm"}, default_to_multipart=True)
    for _ in range(2):
        form.add_field("file", a_file(), content_type="application/geo+json", filename="x")
    answer = await here.ask("POST", "/batch_process", data=form)
    assert answer.status == 422 and answer.json["errors"][0]["code"] == "repeated"
    assert await here.is_empty()


@pytest.mark.parametrize(
    ("media_type", "file_name"), [("application/pdf", "x.pdf"), ("application/octet-stream", "x.dwg"), ("text/html", "x.geojson")]
)
async def test_a_type_that_is_not_read_is_415_with_the_types_that_are(here: Scene, media_type: str, file_name: str) -> None:
    answer = await here.submit(media_type=media_type, file_name=file_name)
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
    assert "application/geo+json" in answer.json["detail"] and "text/csv" in answer.json["detail"]
    assert await here.is_empty()


BODIES = {
    "compressed": ({"Content-Encoding": "gzip", "Content-Type": "multipart/form-data; boundary=xx"}, b"", 415, "unsupported_media_type"),
    "urlencoded": ({"Content-Type": "application/x-www-form-urlencoded"}, b"collection_name=x", 415, "unsupported_media_type"),
    "no boundary": ({"Content-Type": "multipart/form-data"}, b"--xx--", 400, "malformed_request"),
    "another boundary": ({"Content-Type": "multipart/form-data; boundary=xx"}, b"--yy\r\n\r\n--yy--\r\n", 400, "malformed_request"),
    "cut off in a part": (
        {"Content-Type": "multipart/form-data; boundary=xx"},
        b'--xx\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: text/csv\r\n\r\nlat,lon\r\n1,2',
        400,
        "malformed_request",
    ),
    "compressed part": (
        {"Content-Type": "multipart/form-data; boundary=xx"},
        b'--xx\r\nContent-Disposition: form-data; name="file"\r\nContent-Encoding: gzip\r\nContent-Type: text/csv\r\n\r\nx\r\n--xx--\r\n',
        415,
        "unsupported_media_type",
    ),
    "broken JSON": ({"Content-Type": "application/json"}, b"{", 400, "malformed_file"),
    "NaN in JSON": ({"Content-Type": "application/json"}, b'{"geojson": {"a": NaN}}', 400, "malformed_file"),
    "deep JSON": ({"Content-Type": "application/json"}, b'{"geojson":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "nesting_too_deep"),
    "JSON too deep to write": (
        {"Content-Type": "application/json"},
        b'{"geojson":' + b'{"a":' * 500 + b"1" + b"}" * 501,
        400,
        "nesting_too_deep",
    ),
    "payload too deep to write": (
        {"Content-Type": "application/json"},
        b'{"collection_name": "x", "input_payload":' + b"[" * 500 + b"]" * 500 + b"}",
        422,
        "validation_error",
    ),
    "large payload": (
        {"Content-Type": "application/json"},
        b'{"input_payload": {"a": "' + b"x" * 300_000 + b'"}}',
        413,
        "payload_too_large",
    ),
    "large JSON": ({"Content-Type": "application/json"}, b" " * 1_100_000, 413, "payload_too_large"),
}


@pytest.mark.parametrize(("headers", "body", "status", "code"), BODIES.values(), ids=BODIES)
async def test_a_damaged_body_is_answered_and_leaves_nothing(
    here: Scene, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    answer = await here.ask("POST", "/batch_process", data=body, headers=headers)
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert await here.is_empty()


async def test_no_message_repeats_more_than_64_characters_of_the_input(here: Scene) -> None:
    answers = [
        await here.submit(None, **{"x" * 500: "1"}),
        await here.submit(stats="y" * 200),
        await here.submit(media_type="text/" + "z" * 100),
        await here.get("/batch_progress", params={"tracking_id": "w" * 250}),
        await here.get("/get_collections", params={"v" * 500: "1"}),
        await here.get("/" + "u" * 500),
    ]
    for answer in answers:
        assert 400 <= answer.status < 500
        assert not any(letter * 65 in answer.body.decode() for letter in "uvwxyz")


async def test_a_plot_inline_that_is_no_object_is_refused(here: Scene) -> None:
    answer = await here.ask("POST", "/batch_process", json={"collection_name": "x", "geojson": [SQUARE]})
    assert answer.status == 422 and answer.json["errors"][0]["pointer"] == "/geojson"


async def test_a_file_that_staging_cannot_judge_in_time_is_answered_and_fails_in_progress(start: Start) -> None:
    here = await start(stages=True, gateway_staging_wait_s=0)
    answer = await here.submit(b"no json")
    assert answer.status == 202
    problem = None
    while problem is None:  # pytest's timeout ends it
        problem = (await here.get("/batch_progress", params={"tracking_id": answer.json["collection_id"]})).json["problem"]
    assert (problem["code"], problem["status"]) == ("malformed_file", 400)


def test_the_table_covers_what_the_issue_lists() -> None:
    assert {"not JSON", "empty collection", "line", "NaN", "latitude 95", "metres"} <= FILES.keys()
    assert orjson.loads(FILES["line"][0])
