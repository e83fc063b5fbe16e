"""The shell that every statistic's workers share: take a chunk's task, compute it in a thread, store its results."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import structlog

from contracts.envelope import Frozen, Message
from contracts.routes import SERVICE_OF
from contracts.v1.stage import StageEvent
from contracts.v1.stats import StatCompute, Statistic, region_stage, whole_stage
from shared.bus import Delivery, Handler
from shared.db import collections, methods, results, runs, tasks
from shared.db.rows import dumps
from shared.db.runs import AnyRow
from shared.errors import Refused, Unavailable
from shared.isolation import compute_alone
from shared.lease import Lease, hold
from shared.outcome import Outcome, Plots, Terms, Window, joined
from shared.rasters.recorded import RecordedRasters, layer_manifest, open_rasters, open_vectors
from shared.regional import compute_region
from shared.service import Resources
from shared.staged import STAGED_FILE, StagedPlots, chunk_sizes, read_chunk
from shared.tuning import CODE, changed_thresholds
from shared.vectors.opening import Polygons
from shared.whole import ComputeTogether, compute_whole

log = structlog.get_logger()
VANISHED_BEFORE_ALONE: Final = 2
"""A task whose holders vanished this often is computed plot by plot in a child process."""
WARM_UP: Final = Window(date(2021, 1, 1), date(2021, 12, 31))
ENGINE: Final = ("numba", "numpy", "rasterio", "shapely")
"""Packages whose versions are part of a run's pins."""


@dataclass(frozen=True, slots=True)
class Method:
    """One statistic: its numbers, what they need, and what users filter its results by."""

    stat: Statistic
    version: str
    thresholds: dict[str, Any]
    layers: tuple[str, ...]
    """Ids of the layers that it reads, rasters and polygons."""
    compute: Callable[[Plots, Terms, Any, bool], Sequence[Outcome]]
    """(plots, terms, rasters, give_up) → one outcome a plot; with `give_up` a layer that is away is `failed`."""
    columns: Callable[[Any], tuple[str | None, float | None]]
    """Values → the grade and the area (ha) that are stored as columns."""
    warm_up: Window = WARM_UP
    """Window of the plot in the middle of nowhere that is computed at the start; a method of long series names one without bands."""
    together: ComputeTogether | None = None
    """What it finds of all plots of a run together: the fields that are `NOT_ADDITIVE`. None where there are none."""
    tuned: "Callable[[Mapping[str, Any]], Method] | None" = None
    """The same with some thresholds changed, by name; raises Refused for one that it does not know. None: it has none to change."""


def method_of(method: Method, thresholds_file: Path | None) -> Method:
    """The method as this deployment has it. Raises Refused (`thresholds_invalid`)."""
    changes = changed_thresholds(thresholds_file, method.stat)
    if not changes:
        return method
    if method.tuned is None:
        raise Refused(f"{method.stat} has no thresholds to change", code=CODE)
    return method.tuned(changes)


def stat_service(given: Method) -> Callable[[Resources], Any]:
    """A service that hears the statistic's queue, with the thresholds of the deployment."""

    @asynccontextmanager
    async def service(resources: Resources) -> AsyncIterator[None]:
        method = method_of(given, resources.settings.thresholds_file)
        rasters, vectors = open_rasters(resources.settings), open_vectors(resources.settings)
        manifest = await asyncio.to_thread(_manifest, method, rasters, vectors)
        await asyncio.to_thread(_warm_up, method, RecordedRasters(rasters, vectors))
        async with resources.database.write() as connection:
            await methods.announce(connection, method.stat, manifest)
        threads = ThreadPoolExecutor(resources.settings.compute_threads, thread_name_prefix=SERVICE_OF[method.stat])
        worker = Worker(resources, method, rasters, vectors, manifest, threads)
        handlers: dict[type[Message], Handler] = {StatCompute: worker.compute_chunk}
        # One more in hand than threads: the next chunk is read while the last one's results are stored.
        await resources.bus.subscribe(SERVICE_OF[method.stat], handlers, at_once=resources.settings.compute_threads + 1)
        try:
            yield
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    return service


def _manifest(method: Method, rasters: Any, vectors: Polygons) -> dict[str, Any]:
    return {
        "method": {"version": method.version, "thresholds": method.thresholds},
        "layers": layer_manifest(rasters, vectors, method.layers),
        "engine": {name: package_version(name) for name in ENGINE},
    }


def _warm_up(method: Method, rasters: Any) -> None:
    """Load what the first chunk would load: a plot in the middle of nowhere."""
    import numpy as np
    import shapely

    nowhere = shapely.box(-30.0, 0.0, -29.9999, 0.0001)
    plots = Plots(np.array([0]), np.array([nowhere], dtype=object), np.array([0.0123]), np.array([False]))
    method.compute(plots, Terms(method.warm_up), rasters, True)


@dataclass
class Worker:
    """What the handler of one statistic's queue stands on."""

    resources: Resources
    method: Method
    rasters: Any
    vectors: Polygons
    manifest: dict[str, Any]
    threads: ThreadPoolExecutor

    async def compute_chunk(self, delivery: Delivery[StatCompute]) -> AsyncIterator[Message]:
        """The handler of `stat.compute.v1`: the chunk's results are rows, then its end is said."""
        order = delivery.message
        key = tasks.Key(order.run_id, order.stage, order.part)
        async with hold(self.resources.database, self.resources.settings, key, delivery) as lease:
            if lease is not None:
                await self._compute(lease)
        async with self.resources.database.read() as connection:
            task = await tasks.get(connection, key)
        if task is not None and task.state in ("done", "failed"):
            yield StageEvent(run_id=key.run_id, stage=key.stage, part=key.part, state=task.state, code=task.code)

    async def _compute(self, lease: Lease) -> None:
        database = self.resources.database
        async with database.read() as connection:
            run = await runs.get(connection, lease.taken.key.run_id)
            collection = None if run is None else await collections.get(connection, run.collection_id)
        if run is None or collection is None:
            return
        self._check_pins(run)
        terms = terms_of(run, collection)
        recorded = RecordedRasters(self.rasters, self.vectors)
        stage, stat, asked = lease.taken.key.stage, self.method.stat, runs.asked_plots(run)
        if stage == region_stage(stat):
            await compute_region(database, lease, run, stat, self.method.compute, terms, recorded, self.threads)
            return
        if stage == whole_stage(stat) and self.method.together is not None:
            read = partial(self._all_plots, run.collection_id, asked)
            await compute_whole(database, lease, run, stat, self.method.together, read, terms, recorded, self.threads)
            return
        loop = asyncio.get_running_loop()
        rows, plots = await loop.run_in_executor(self.threads, self._rows, run.collection_id, terms, lease, recorded, asked)
        failed = sum(row.state == "failed" for row in rows)
        async with database.write() as connection:
            await tasks.finish(connection, lease.taken, "done", plots=plots, plots_failed=failed)
            await methods.record_sources(connection, run.run_id, recorded.sources())
            await results.put(connection, run.run_id, stat, rows)

    def _check_pins(self, run: AnyRow) -> None:
        """Raise `Unavailable` when this run was planned with another method or other layers than ours."""
        pins = orjson.loads(run.pins)
        mine = orjson.loads(dumps(self.manifest))
        same = pins["methods"][self.method.stat] == mine["method"]
        for layer, facts in mine["layers"].items():
            same = same and all(pins["layers"][layer].get(name) == value for name, value in facts.items())
        if not same:
            raise Unavailable("this worker's method or layers are not those that the run was planned with", "pins_differ")

    def _rows(
        self, collection_id: str, terms: Terms, lease: Lease, rasters: RecordedRasters, asked: Sequence[int] | None
    ) -> tuple[list[results.ResultRow], int]:
        """Read the chunk, compute its plots (of these, those of `asked`), and make rows of the outcomes; runs in a thread."""
        source, key = self._staged(collection_id)
        plots = asked_of(as_plots(read_chunk(source, lease.taken.key.part, key)), asked)
        outcomes: Sequence[Outcome]
        if lease.vanished >= VANISHED_BEFORE_ALONE:
            outcomes, read = compute_alone(self.method.compute, plots, terms, self.resources.settings, lease.advance)
            rasters.read |= read
        else:
            outcomes = self.method.compute(plots, terms, rasters, lease.last_try)
        return [self._row(outcome) for outcome in outcomes], len(plots)

    def _all_plots(self, collection_id: str, asked: Sequence[int] | None) -> Plots:
        """The plots of all chunks (of these, those of `asked`), in the order of `plot_no`."""
        source, key = self._staged(collection_id)
        parts = range(len(chunk_sizes(source, key)))
        return joined([asked_of(as_plots(read_chunk(source, part, key)), asked) for part in parts])

    def _staged(self, collection_id: str) -> tuple[Any, str]:
        """The staged file of a collection, and its name."""
        store, key = self.resources.blobs, f"collections/{collection_id}/{STAGED_FILE}"
        return store.local_path(key) or store.range_file(key), key

    def _row(self, outcome: Outcome) -> results.ResultRow:
        grade, area_ha = (None, None) if outcome.values is None else self.method.columns(outcome.values)
        vals = None if outcome.values is None else values_text(outcome.values)
        return results.ResultRow(outcome.plot_no, outcome.state, grade, area_ha, vals, dumps(list(outcome.reasons)))


def values_text(values: Frozen) -> str:
    """The values of a result in the order of its model's fields, as JSON text."""
    held = (getattr(values, name) for name in type(values).model_fields)
    return dumps([value.model_dump(mode="json") if isinstance(value, Frozen) else value for value in held])


def as_plots(staged: StagedPlots) -> Plots:
    """A staged chunk as what methods take."""
    country = np.array(staged.country, dtype=object)
    return Plots(staged.plot_no, staged.geometry, staged.area_ha, staged.is_point, country)


def asked_of(plots: Plots, asked: Sequence[int] | None) -> Plots:
    """Of the plots those that a run was asked for, by number; all for None."""
    return plots if asked is None else plots.where(np.isin(plots.plot_no, asked))


def terms_of(run: AnyRow, collection: AnyRow) -> Terms:
    """What a run asks for, from its row and its collection's."""
    given = orjson.loads(run.parameters)
    return Terms(
        Window(date.fromisoformat(run.window_start), date.fromisoformat(run.window_end)),
        crop_type=given.get("crop_type"),
        non_biomass=bool(given.get("non_biomass")),
        input_payload=given.get("input_payload") or {},
        country=collection.country,
    )
