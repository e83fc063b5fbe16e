"""An integrator publishes the order itself, with inline GeoJSON: the same run as through the gateway, for the owner of its broker user."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import orjson

from contracts.v1.batch import BatchProcess
from shared.bus.topology import exchange
from tests.driving import END_DATE, STAT, Run, ended, fetched, rows_of, speaking_to, submit, until, watching
from tests.system.conftest import FEW, SOMEBODY, user_of
from tests.systems import System


def event(file: Path, name: str, **data: Any) -> dict[str, Any]:
    """The order as an integrator writes it, without our code: no id of ours, no owner."""
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/an/integrator",
        "type": "batch.process.v1",
        "datacontenttype": "application/json",
        "data": {
            "parameters": {"collection_name": name, "stats": [STAT], "end_date": END_DATE},
            "geojson": orjson.loads(file.read_bytes()),
            **data,
        },
    }


async def publish(system: System, said: dict[str, Any], user: str | None) -> None:
    """Publish an order as `user`; the broker refuses a name that is not that of the connection."""
    assert system.rabbitmq_url is not None
    async with await aio_pika.connect(system.rabbitmq_url) as connection:
        channel = await connection.channel()
        target = await channel.get_exchange(exchange(system.prefix), ensure=False)
        message = aio_pika.Message(orjson.dumps(said), content_type="application/cloudevents+json", user_id=user)
        await target.publish(message, BatchProcess.TYPE)


async def test_a_published_order_gives_the_run_that_the_gateway_gives(system: System, few: Path) -> None:
    assert system.rabbitmq_url is not None
    said = event(few, "published")
    collection_id = "0x" + hashlib.sha256(f"{SOMEBODY}\n{said['id']}".encode()).hexdigest()
    await publish(system, said, user_of(system.rabbitmq_url))
    async with speaking_to(system) as client, rows_of(system) as rows:
        parked = await rows.parked()
        query = "select run_id, owner_id, state from runs where collection_id = :c"

        async def over() -> Any:
            found = await rows.all(query, c=collection_id)
            return found[0] if found and found[0].state not in {"SUBMITTED", "PROCESSING"} else None

        row = await until(over, 60, "the published order ends", every_s=0.1)
        assert (row.owner_id, row.state) == (SOMEBODY, "COMPLETED")
        posted = await submit(client, few, "posted")
        async with watching(client, posted) as watched:
            assert await ended(watched) == "COMPLETED"
        published = Run(collection_id, row.run_id)
        assert await results(rows, published) == await results(rows, posted)
        assert (await client.get("/fetch_plots", params={"filename": collection_id})).status_code == 404, "it is another owner's"
        assert len((await fetched(client, "/fetch_plots", posted)).splitlines()) == FEW
        assert await rows.parked() == parked


async def results(rows: Any, run: Run) -> list[tuple[Any, ...]]:
    """The plots of a run with all that was stored for each."""
    query = """select p.plot_no, p.plot_id, p.geojson, p.properties, p.area_ha, p.geometry_hash, p.notes,
                      r.state, r.grade, r.vals, r.reasons
               from plots p join plot_results r on r.plot_no = p.plot_no and r.run_id = :r where p.collection_id = :c order by p.plot_no"""
    found = [tuple(row) for row in await rows.all(query, r=run.run_id, c=run.collection_id)]
    assert len(found) == FEW
    return found


async def test_an_order_that_is_published_twice_is_one_collection(system: System, few: Path) -> None:
    assert system.rabbitmq_url is not None
    said = event(few, "twice")
    async with rows_of(system) as rows:
        parked = await rows.parked()
        for _ in range(2):
            await publish(system, said, user_of(system.rabbitmq_url))
        query = "select state from runs r join collections c on c.collection_id = r.collection_id where c.name = 'twice'"

        async def over() -> Any:
            return [row.state for row in await rows.all(query)] == ["COMPLETED"]

        await until(over, 60, "one run, completed", every_s=0.1)
        assert await rows.one("select count(*) from collections where name = 'twice'") == 1
        assert await rows.parked() == parked


async def test_an_order_of_an_unknown_broker_user_is_parked_and_leaves_nothing(system: System, few: Path) -> None:
    said = event(few, "nobody's", owner_id=SOMEBODY)  # the message may claim what it likes
    async with rows_of(system) as rows:
        parked, blobs = await rows.parked(), blobs_of(system)

        async def fresh() -> list[str]:
            return (await rows.parked())[len(parked) :]

        await publish(system, said, None)  # a publisher that does not say who it is: mapped to nobody
        [reason] = await until(fresh, 30, "the order is parked", every_s=0.1)
        assert reason.startswith("staging: owner_unknown")
        assert await rows.one("select count(*) from collections where name = :n", n="nobody's") == 0
        assert blobs_of(system) == blobs


def blobs_of(system: System) -> set[str]:
    """The collections that have something in the blob store."""
    return {path.name for path in system.data_dir.parent.glob("blobs/collections/*")}
