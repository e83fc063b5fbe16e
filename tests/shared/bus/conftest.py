"""The bus under test: each test of `bus` and `rig` runs on both implementations."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.bus import Bus
from tests.shared.bus.rig import RabbitRig, Rig, memory_rig, rabbit_rig


@pytest_asyncio.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.services)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "memory":
        async with memory_rig() as memory:
            yield memory
    else:
        async with rabbit_rig(request.getfixturevalue("rabbitmq_url")) as rabbit:
            yield rabbit


@pytest_asyncio.fixture
async def bus(rig: Rig) -> Bus:
    return await rig.open()


@pytest_asyncio.fixture
async def rabbit(rabbitmq_url: str) -> AsyncIterator[RabbitRig]:
    async with rabbit_rig(rabbitmq_url) as rig:
        yield rig
