"""What statistics are computed with: the manifest of each statistic's workers, and the files that a run was read from."""

from collections.abc import Iterable
from typing import Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.clock import now
from shared.db.rows import dumps, insert_or_nothing, upsert
from shared.db.tables import methods, run_sources
from shared.errors import Unavailable


async def announce(connection: AsyncConnection, stat: str, manifest: dict[str, Any]) -> None:
    """A worker of `stat` started: runs that are planned from now on are computed with `manifest`."""
    await upsert(connection, methods, {"stat": stat, "manifest": dumps(manifest), "announced_at": now()})


async def manifests(connection: AsyncConnection, stats: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The newest manifest of each of these statistics that has one."""
    query = select(methods.c.stat, methods.c.manifest).where(methods.c.stat.in_(list(stats)))
    return {row.stat: orjson.loads(row.manifest) for row in await connection.execute(query)}


async def record_sources(connection: AsyncConnection, run_id: str, sources: list[dict[str, str]]) -> None:
    """Record the files (`layer`, `band`, `name`, `version`, `checksum`) that a chunk was read from.

    Raises `Unavailable` (`layer_changed`) when a file differs from what the same run read before.
    """
    if not sources:
        return
    await insert_or_nothing(connection, run_sources, [{"run_id": run_id, **source} for source in sources])
    known = {(row.layer, row.band, row.name): row.checksum for row in await sources_of(connection, run_id)}
    for source in sources:
        if known[source["layer"], source["band"], source["name"]] != source["checksum"]:
            name = f"{source['layer']}/{source['name']}"
            raise Unavailable(f"{name} has changed since this run began: retry the run as a new one", "layer_changed")


async def sources_of(connection: AsyncConnection, run_id: str) -> list[Row[Any]]:
    """The files that the run was read from, in order."""
    c = run_sources.c
    query = select(c.layer, c.band, c.name, c.version, c.checksum).where(c.run_id == run_id)
    return list(await connection.execute(query.order_by(c.layer, c.band, c.name)))
