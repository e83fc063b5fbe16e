"""What a statistic finds in a reference region: computed by the first run that needs it, read by all others."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import numpy as np
import orjson

from contracts.routes import RESULT_OF
from contracts.v1.stats import Statistic
from shared.alone import Compute
from shared.db import Database, methods, parked, regions, tasks
from shared.db.regions import ValueKey
from shared.db.rows import dumps
from shared.db.runs import AnyRow
from shared.errors import Unavailable
from shared.lease import Lease
from shared.outcome import Outcome, Plots, Terms
from shared.rasters.recorded import RecordedRasters
from shared.reference.regions import basis, region_geometry, region_key
from shared.reference.sample import sample_of
from shared.reference.windows import Windows, draw

CLAIM_S: Final = 600.0
"""How long others wait for whoever computes a region."""
CHUNK: Final = 160
"""Windows that are computed at once."""
TERMS: Final = ("crop_type", "non_biomass", "input_payload")
"""Parameters of a run that may change its numbers."""


def value_key(run: AnyRow, stat: str, facts: dict[str, Any]) -> ValueKey:
    """What the values of a region depend on, for a planned run."""
    pins, given = orjson.loads(run.pins), orjson.loads(run.parameters)
    method = pins["methods"][stat]
    found = basis(method, pins["layers_of"][stat], {name: given.get(name) for name in TERMS})
    return ValueKey(stat, region_key(facts), method["version"], found, run.window_start, run.window_end, facts["size_ha"])


async def compute_region(
    database: Database, lease: Lease, run: AnyRow, stat: Statistic, compute: Compute, terms: Terms, rasters: RecordedRasters, threads: Any
) -> None:
    """End a region's task once the region's row is there: read, or computed and written.

    Raises Unavailable (`region_is_computed`) while another run computes it, and as `compute`.
    """
    async with database.read() as connection:
        region = await regions.region(connection, run.run_id, lease.taken.key.part)
    if region is None:
        return
    facts = orjson.loads(region.facts)
    key = value_key(run, stat, facts)
    async with database.read() as connection:
        known = await regions.value(connection, key)
    if known is None:
        await _claim(database, lease, key)
        vals = await asyncio.get_running_loop().run_in_executor(threads, _sampled, stat, compute, terms, rasters, facts, lease.last_try)
        sources = rasters.sources()
    else:
        vals, sources = known.vals, orjson.loads(known.sources)
    async with database.write() as connection:
        await tasks.finish(connection, lease.taken, "done", plots=lease.taken.plots)
        await methods.record_sources(connection, run.run_id, sources)
        if known is None:
            await regions.put_value(connection, key, vals, sources)
            await parked.drop_claim(connection, _claim_name(key))


async def _claim(database: Database, lease: Lease, key: ValueKey) -> None:
    """Be the one who computes a region; on the last try do it whoever else does."""
    async with database.write() as connection:
        mine = await parked.claim(connection, _claim_name(key), lease.taken.key.run_id, CLAIM_S)
    if not mine and not lease.last_try:
        raise Unavailable("another run computes this region", "region_is_computed")


def _claim_name(key: ValueKey) -> str:
    return "region:" + sha256(repr(key).encode()).hexdigest()[:32]


def _sampled(stat: Statistic, compute: Compute, terms: Terms, rasters: RecordedRasters, facts: Mapping[str, Any], give_up: bool) -> str:
    """The row's values; runs in a thread. Raises Unavailable (`layer_changed`) when the layer is not the one that was pinned."""
    layer = rasters.polygons(str(facts["layer"]))
    if layer is None or layer.checksum != facts["checksum"]:
        raise Unavailable(f"the regions of {facts['layer']} are not those that the run was planned with", "layer_changed")
    windows = draw(region_geometry(layer, str(facts["id"])), float(facts["size_ha"]), region_key(dict(facts)))
    return dumps(sample_of(RESULT_OF[stat], windows, _computed(compute, windows, terms, rasters, give_up)))


def _computed(compute: Compute, windows: Windows, terms: Terms, rasters: RecordedRasters, give_up: bool) -> Sequence[Outcome]:
    n = len(windows)
    plots = Plots(np.arange(n), windows.geometry, np.full(n, windows.size_ha), np.zeros(n, dtype=bool))
    return [one for start in range(0, n, CHUNK) for one in compute(plots.span(start, start + CHUNK), terms, rasters, give_up)]
