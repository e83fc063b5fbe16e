"""Orders as the staging service hears them: from the gateway's rows, or published to the broker directly."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import orjson
import pytest

from contracts.envelope import Message, derived_id
from contracts.v1.batch import BatchParameters, BatchProcess
from contracts.v1.plots import PlotsStaged
from contracts.v1.stage import StageEvent
from contracts.v1.stats import Statistic
from services.staging.parsers import parsers
from services.staging.worker import stage_orders
from shared.blobs import open_blobs
from shared.bus import Delivery
from shared.bus.memory import MemoryBus
from shared.db import Database, collections, runs
from shared.errors import Unreadable
from shared.service import Resources
from shared.settings import Settings
from tests.databases import database, database_address

__all__ = ["database", "database_address"]

SQUARE = {"type": "Polygon", "coordinates": [[[10.0, 10.0], [10.001, 10.0], [10.001, 10.001], [10.0, 10.001], [10.0, 10.0]]]}


@pytest.fixture
def resources(database: Database, tmp_path: Path) -> Resources:
    served = (Statistic.EUDR_DEFORESTATION,)
    settings = Settings(data_dir=tmp_path, broker_owners={"cooperative": "owner-7"}, served_stats=served)
    return Resources(settings, MemoryBus(source="/plotproof/staging"), database, open_blobs(None, tmp_path))


def published(stats: Sequence[Statistic] = (Statistic.EUDR_DEFORESTATION,), user: str | None = "cooperative") -> Delivery[BatchProcess]:
    parameters = BatchParameters(collection_name="direct", stats=tuple(stats), end_date=date(2025, 12, 31))
    order = BatchProcess(parameters=parameters, geojson={"type": "Feature", "properties": {"id": "P-1"}, "geometry": SQUARE})
    return Delivery(order, derived_id(order), user=user)


async def said(resources: Resources, delivery: Delivery[BatchProcess]) -> list[Message]:
    async with parsers(resources.settings) as pool:
        return [message async for message in stage_orders(resources, pool)(delivery)]


async def test_a_published_order_is_staged_for_the_owner_of_its_broker_user_once(resources: Resources) -> None:
    delivery = published()
    staged, event = await said(resources, delivery)
    assert isinstance(staged, PlotsStaged) and isinstance(event, StageEvent) and event.state == "done"
    assert await said(resources, delivery) == [staged, event]  # heard again: the same is said, nothing is done
    async with resources.database.read() as connection:
        collection = await collections.get(connection, staged.collection_id, "owner-7")
    assert collection is not None
    assert (collection.plots_total, collection.plots_accepted) == (1, 1)


async def test_an_order_of_an_unmapped_broker_user_is_unreadable_and_leaves_nothing(resources: Resources) -> None:
    with pytest.raises(Unreadable, match="mapped to no owner"):
        await said(resources, published(user="stranger"))
    async with resources.database.read() as connection:
        assert await runs.open_ones(connection) == []


async def test_an_order_for_a_statistic_that_is_not_served_fails_with_its_problem(resources: Resources) -> None:
    [event] = await said(resources, published([Statistic.WATER]))
    assert isinstance(event, StageEvent)
    assert (event.state, event.code) == ("failed", "statistic_not_available")
    async with resources.database.read() as connection:
        run = await runs.get(connection, event.run_id)
    assert run is not None
    assert "it serves eudr_deforestation" in orjson.loads(run.problem)["detail"]


async def test_an_order_under_a_name_that_is_taken_fails_with_its_problem_and_leaves_the_other_alone(resources: Resources) -> None:
    first, _ = await said(resources, published())
    assert isinstance(first, PlotsStaged)
    again = published()
    again = Delivery(again.message, f"{again.id}-again", user=again.user)
    [event] = await said(resources, again)
    assert isinstance(event, StageEvent)
    assert (event.state, event.code) == ("failed", "collection_exists")
    assert await said(resources, again) == [event]  # heard again: nothing else is said
    async with resources.database.read() as connection:
        run = await runs.get(connection, event.run_id)
        live = await collections.find(connection, "direct", "owner-7")
    assert run is not None and live is not None
    assert "you have a collection named 'direct'" in orjson.loads(run.problem)["detail"]
    assert live.collection_id == first.collection_id
