"""The sample of docs/queue.md runs as it stands, and a file by reference gives the run of the same plots inline."""

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.driving import rows_of, until
from tests.system.conftest import FEW, SOMEBODY, user_of
from tests.system.test_direct_publish import event, publish
from tests.systems import System

PAGE = Path(__file__).parents[2] / "docs" / "queue.md"
[CODE] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


async def over(system: System, name: str) -> Any:
    """The run of the collection of this name, once it has ended."""
    query = """select r.run_id, r.owner_id, r.state, r.problem, c.plots_accepted
               from runs r join collections c on c.collection_id = r.collection_id where c.name = :n"""
    async with rows_of(system) as rows:

        async def end() -> Any:
            found = await rows.all(query, n=name)
            return found[0] if found and found[0].state not in {"SUBMITTED", "PROCESSING"} else None

        return await until(end, 60, "the order ends", every_s=0.1)


async def test_the_sample_publishes_the_plots_and_hears_the_end(system: System, few: Path) -> None:
    assert system.rabbitmq_url is not None
    more = {"RABBITMQ_URL": system.rabbitmq_url, "PLOTPROOF_EXCHANGE": f"{system.prefix}plotproof", "PLOTS": str(few)}
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", CODE], env={**os.environ, **more}, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    fact = json.loads(done.stdout)
    assert (fact["status"], fact["plots"]) == ("COMPLETED", FEW)
    row = await over(system, "queue sample")
    assert (row.owner_id, row.run_id) == (SOMEBODY, fact["run_id"])


def reference(system: System, file: Path, key: str, /, **changed: Any) -> dict[str, Any]:
    """The file laid into the blob store, as an order refers to it."""
    path = system.data_dir.parent / "blobs" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.read_bytes())
    body = file.read_bytes()
    return {
        "key": key,
        "media_type": "application/geo+json",
        "sha256": hashlib.sha256(body).hexdigest(),
        "size_bytes": len(body),
        **changed,
    }


async def order(system: System, file: Path, name: str, blob: dict[str, Any]) -> Any:
    said = event(file, name)
    del said["data"]["geojson"]
    said["data"]["file"] = blob
    assert system.rabbitmq_url is not None
    await publish(system, said, user_of(system.rabbitmq_url))
    return await over(system, name)


async def test_a_file_by_reference_gives_a_run(system: System, few: Path) -> None:
    row = await order(system, few, "by reference", reference(system, few, "collections/incoming-erp/few.geojson"))
    assert (row.owner_id, row.state, row.plots_accepted) == (SOMEBODY, "COMPLETED", FEW)


@pytest.mark.parametrize(
    ("name", "key", "changed", "code"),
    [
        ("of somebody else", "collections/0xforeign/source", {}, "file_missing"),
        ("not there", "collections/incoming/here", {"key": "collections/incoming/nowhere"}, "file_missing"),
        ("changed", "collections/incoming/changed", {"sha256": "0" * 64}, "file_changed"),
        ("cut off", "collections/incoming/cut", {"size_bytes": 1}, "file_changed"),
    ],
)
async def test_a_reference_that_is_not_sound_fails_with_its_reason(
    system: System, few: Path, name: str, key: str, changed: dict[str, Any], code: str
) -> None:
    row = await order(system, few, name, reference(system, few, key, **changed))
    assert (row.state, json.loads(row.problem)["code"]) == ("FAILED", code)
