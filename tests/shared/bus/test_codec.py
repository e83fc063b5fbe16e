"""Bytes on the wire: CloudEvents 1.0 in JSON structured mode, with derived ids, and every bad byte refused by name."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st

from contracts.envelope import derived_id
from contracts.routes import MESSAGES
from contracts.v1.batch import BatchParameters, BatchProcess
from contracts.v1.plots import PlotsStaged
from contracts.v1.stats import StatCompute, Statistic
from shared.bus import Delivery
from shared.bus.codec import MAX_READ_BYTES, decode, encode, parked_id
from shared.errors import Refused, Unreadable
from tests.shared.bus.heard import staged

SOURCE = "/plotproof/staging"
PARAMETERS = BatchParameters(collection_name="Café", stats=(Statistic.WATER,), end_date=date(2024, 12, 31))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def order(geojson: dict[str, Any]) -> BatchProcess:
    return BatchProcess(parameters=PARAMETERS, geojson=geojson)


def event(**changes: Any) -> bytes:
    body: dict[str, Any] = orjson.loads(encode(staged(), SOURCE).body)
    return orjson.dumps(body | changes)


def test_an_event_has_the_attributes_of_cloudevents() -> None:
    body = orjson.loads(encode(staged(), SOURCE).body)
    said = datetime.fromisoformat(body.pop("time"))
    assert said.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - said) < timedelta(minutes=1)
    assert body == {
        "specversion": "1.0",
        "id": derived_id(staged()),
        "source": "/plotproof/staging",
        "type": "plots.staged.v1",
        "subject": "c0",
        "datacontenttype": "application/json",
        "dataschema": "urn:plotproof:schema:plots.staged.v1:1.0.0",
        "data": {"collection_id": "c0", "run_id": "r0", "ring": 1},
    }


def test_an_effect_names_its_cause_and_the_first_cause_of_all() -> None:
    first = Delivery(staged(1), "id-of-the-first")
    second = Delivery(staged(2), "id-of-the-second", correlation_id="id-of-the-first")
    for cause in (first, second):
        body = orjson.loads(encode(staged(3), SOURCE, cause).body)
        assert (body["causationid"], body["correlationid"]) == (cause.id, "id-of-the-first")
        assert body["id"] == derived_id(staged(3), cause.id)


@given(collection_id=TEXT, run_id=TEXT, ring=st.integers(1, 2**53))
def test_every_message_comes_back_as_it_was(collection_id: str, run_id: str, ring: int) -> None:
    message = PlotsStaged(collection_id=collection_id, run_id=run_id, ring=ring)
    encoded = encode(message, SOURCE)
    decoded = decode(encoded.body, "uploader")
    assert (decoded.data, decoded.id, decoded.source) == (message, encoded.id, SOURCE)


def test_dates_and_statistics_come_back_as_they_were() -> None:
    message = order({"type": "FeatureCollection", "features": []})
    assert decode(encode(message, SOURCE).body, "staging").data == message


def test_what_a_newer_writer_added_is_ignored() -> None:
    body = event(data={"collection_id": "c0", "run_id": "r0", "new": 1}, traceparent="00-1")
    assert decode(body, "uploader").data == staged()


def test_inline_geojson_of_256_kib_fits() -> None:
    geojson = {"type": "FeatureCollection", "note": "x" * (256 * 1024 - 60), "features": []}
    assert 255 * 1024 < len(orjson.dumps(geojson)) <= 256 * 1024
    message = order(geojson)
    assert decode(encode(message, SOURCE).body, "staging").data == message


def test_more_than_512_kib_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        encode(order({"note": "x" * 512 * 1024}), SOURCE)
    assert refused.value.code == "message_too_large"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", object()])
def test_what_json_cannot_hold_is_refused_and_not_written_as_null(value: object) -> None:
    with pytest.raises(Refused) as refused:
        encode(order({"elevation_m": value}), SOURCE)
    assert refused.value.code == "message_not_serialisable"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"type": NaN}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "unknown type"),
        (event(type="plots.staged.v2"), "unknown type 'plots.staged.v2'"),
        (event(type=["plots.staged.v1"]), "unknown type"),
        (event(specversion="0.3"), "specversion"),
        (event(id=""), "id"),
        (event(id=None), "id"),
        (event(source=None), "source"),
        (event(time="yesterday"), "time"),
        (event(time="2024-01-01T00:00:00"), "time"),
        (event(data=None), "data"),
        (event(data={"collection_id": "c"}), "data.run_id"),
        (event(data={"collection_id": "c" * 81, "run_id": "r"}), "data.collection_id"),
        (event(data={"collection_id": "c", "run_id": "r", "ring": 0}), "data.ring"),
        (event(note="x" * MAX_READ_BYTES), "bytes, the limit is 1048576"),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, detail: str) -> None:
    with pytest.raises(Unreadable, match=detail.replace(".", r"\.")):
        decode(body, "uploader")


@pytest.mark.parametrize("queue", ["tracker", "deforestation", "no-such-queue"])
def test_a_message_in_a_queue_that_does_not_hear_it_is_unreadable(queue: str) -> None:
    with pytest.raises(Unreadable, match="does not belong"):
        decode(encode(staged(), SOURCE).body, queue)


def test_a_statistic_in_the_queue_of_another_is_unreadable() -> None:
    body = encode(StatCompute(run_id="r", stat=Statistic.WATER, part=0), SOURCE).body
    assert decode(body, "water").data.stat is Statistic.WATER
    with pytest.raises(Unreadable):
        decode(body, "biodiversity")


def test_an_error_never_repeats_the_values_of_the_message() -> None:
    with pytest.raises(Unreadable) as unreadable:
        decode(event(data={"collection_id": "c" * 81 + "SECRET", "run_id": "r"}), "uploader")
    assert "SECRET" not in unreadable.value.detail


@given(body=st.binary(max_size=200) | st.from_regex(rb'\{"type": ?"[a-z.]*v1"[^}]*\}?', fullmatch=True))
def test_no_bytes_raise_anything_but_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body, "uploader")


def test_every_message_type_has_an_envelope() -> None:
    for name in MESSAGES:
        with pytest.raises(Unreadable, match="data"):
            decode(event(type=name, data=None), "tracker")


def test_the_id_of_a_parked_message_follows_its_queue_and_bytes() -> None:
    assert parked_id("uploader", b"x") == parked_id("uploader", b"x")
    assert len({parked_id("uploader", b"x"), parked_id("tracker", b"x"), parked_id("uploader", b"y")}) == 3
