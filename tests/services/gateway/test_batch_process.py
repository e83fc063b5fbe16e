"""A file that is taken: its answer, its rows, its blob, its doorbell; and uploads that are slow, cut off or too large."""

import asyncio
from pathlib import Path

import aiohttp
import orjson
import pytest

from contracts.v1.batch import BatchProcess
from shared.db import collections
from shared.errors import Unavailable
from shared.settings import MIB
from tests.services.gateway.conftest import Start
from tests.services.gateway.scene import SQUARE, Scene, a_file


async def test_the_answer_has_the_documented_shape_and_what_staging_found(start: Start) -> None:
    here = await start(stages=True, gateway_staging_wait_s=10)
    answer = await here.submit(a_file(3), description="my first")
    assert answer.status == 202, answer.body
    body = answer.json
    found = body["collection_id"]
    assert found.startswith("0x") and len(found) == 66 and int(found, 16)
    assert body == {
        "status": "PROCESSING",
        "collection_id": found,
        "tracking_id": found,
        "collection_name": "farm",
        "run_id": body["run_id"],
        "stats": list(here.resources.settings.served_stats),
        "plot_number": 3,
        "locations_confidence": "low",
        "country": "CD",
        "country_override_info": None,
        "links": {
            "progress": f"/batch_progress?tracking_id={found}",
            "results": f"/fetch_plots?filename={found}",
            "events": f"/batch_progress/events?tracking_id={found}",
        },
    }


async def test_rows_and_blob_are_there_before_the_answer_and_the_queue_holds_the_order(here: Scene) -> None:
    answer = await here.submit(a_file(2), country="Ghana", crop_type="Cocoa", processing_type="washed")
    assert answer.status == 202 and answer.json["plot_number"] is None
    found = answer.json["collection_id"]
    assert await here.resources.blobs.get(f"collections/{found}/source") == a_file(2)
    async with here.database.read() as connection:
        row = await collections.get(connection, found, "local")
    assert row is not None
    order = BatchProcess.model_validate_json(row.order_data)
    assert (order.parameters.country, order.parameters.crop_type, order.parameters.processing_type) == ("Ghana", "Cocoa", "washed")
    assert order.file is not None and order.file.size_bytes == len(a_file(2)) and order.ring == 1
    assert await here.resources.bus.depth("staging") == 1


async def test_parameters_may_stand_before_or_after_the_file(here: Scene) -> None:
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("file", a_file(), content_type="application/geo+json", filename="x")
    form.add_field(
        "request_data",
        orjson.dumps({"collection_name": "after", "stats": ["eudr_deforestation"], "input_payload": {"cft_payload": {}}}).decode(),
    )
    answer = await here.ask("POST", "/batch_process/", data=form)
    assert answer.status == 202 and answer.json["collection_name"] == "after"


async def test_true_and_capital_letters_of_python_clients_are_read(here: Scene) -> None:
    answer = await here.submit(
        validate_locations="True", skip_on_low_confidence="False", input_payload='{"cft_payload": {"fertilisers": []}}', country=""
    )
    assert answer.status == 202, answer.body


async def test_small_geojson_may_come_inline(here: Scene) -> None:
    body = {
        "collection_name": "inline",
        "geojson": {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}]},
    }
    answer = await here.ask("POST", "/batch_process", json=body)
    assert answer.status == 202
    assert orjson.loads(await here.resources.blobs.get(f"collections/{answer.json['collection_id']}/source")) == body["geojson"]


@pytest.mark.parametrize(
    ("media_type", "file_name", "stored"),
    [
        ("application/json", "x", "application/geo+json"),
        ("application/octet-stream", "x.geojson", "application/geo+json"),
        ("application/octet-stream", "x.CSV", "text/csv"),
        ("text/csv; charset=utf-16", "x", "text/csv; charset=utf-16"),
    ],
)
async def test_the_type_is_the_declared_one_or_follows_from_the_name(here: Scene, media_type: str, file_name: str, stored: str) -> None:
    answer = await here.submit(media_type=media_type, file_name=file_name)
    assert answer.status == 202, answer.body
    async with here.database.read() as connection:
        row = await collections.get(connection, answer.json["collection_id"])
    assert row is not None
    order = BatchProcess.model_validate_json(row.order_data)
    assert order.file is not None and order.file.media_type == stored


async def test_a_bus_that_is_away_only_delays_what_is_durable(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("no confirm", "bus_unavailable")

    monkeypatch.setattr(here.resources.bus, "publish", away)
    answer = await here.submit()
    assert answer.status == 202
    assert await here.count("tasks") == 1


async def test_the_same_name_again_is_refused_and_its_file_is_gone(here: Scene) -> None:
    assert (await here.submit()).status == 202
    again = await here.submit(a_file(2))
    assert again.status == 409 and again.json["code"] == "collection_exists"
    assert await here.count("collections") == 1 and len(here.blobs()) == 1


async def test_a_slow_upload_is_waited_for(here: Scene) -> None:
    async def slowly() -> object:
        file = a_file()
        for at in range(0, len(file), 100):
            yield file[at : at + 100]
            await asyncio.sleep(0.05)

    with aiohttp.MultipartWriter("form-data") as parts:
        part = parts.append(slowly(), {"Content-Type": "application/geo+json"})
        part.set_content_disposition("form-data", name="file", filename="x")
        parts.append("farm").set_content_disposition("form-data", name="collection_name")
    answer = await here.ask("POST", "/batch_process", data=parts)
    assert answer.status == 202, answer.body
    assert await here.resources.blobs.get(f"collections/{answer.json['collection_id']}/source") == a_file()


async def raw(here: Scene, head: str, body: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send bytes of a request by hand."""
    reader, writer = await asyncio.open_connection(here.gateway.host, here.gateway.port)
    host = f"Host: {here.gateway.host}:{here.gateway.port}\r\n"
    writer.write(head.replace("\r\n", f"\r\n{host}", 1).encode() + b"\r\n" + body)
    await writer.drain()
    return reader, writer


PART = b'--xx\r\nContent-Disposition: form-data; name="file"; filename="x"\r\nContent-Type: application/geo+json\r\n\r\n'


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(here: Scene) -> None:
    head = "POST /batch_process HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xx\r\nContent-Length: 50000000\r\n"
    _, writer = await raw(here, head, PART + b" " * 12_000_000)
    while not here.blobs():  # noqa: ASYNC110 no event tells it; pytest's timeout ends it
        await asyncio.sleep(0.02)
    writer.transport.abort()
    while not await here.is_empty():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def test_a_body_of_300_mb_is_refused_before_it_is_sent(here: Scene) -> None:
    head = f"POST /batch_process HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=xx\r\nContent-Length: {300 * MIB}\r\n"
    reader, writer = await raw(here, head)
    async with asyncio.timeout(30):
        status = await reader.readline()
    assert b" 413 " in status
    writer.close()
    assert await here.is_empty()


@pytest.mark.parametrize("preamble", [b"", b"no boundary yet\r\n" * 200_000])
async def test_a_body_that_hides_its_size_is_cut_at_the_limit(start: Start, preamble: bytes) -> None:
    here = await start(max_file_bytes=20_000)

    async def endless() -> object:
        yield preamble + PART
        for _ in range(40):
            yield b" " * 100_000

    answer = await here.ask("POST", "/batch_process", data=endless(), headers={"Content-Type": "multipart/form-data; boundary=xx"})
    assert answer.status == 413 and answer.json["code"] == "payload_too_large" and "20000" in answer.json["detail"]
    assert await here.is_empty()


async def test_too_many_open_runs_are_429_with_a_time_to_come_back(start: Start, tmp_path: Path) -> None:
    here = await start(max_running_runs=1)
    assert (await here.submit()).status == 202
    answer = await here.submit(collection_name="second")
    assert answer.status == 429 and answer.json["code"] == "quota_exceeded" and int(answer.headers["Retry-After"]) > 0
    assert len(here.blobs()) == 1
