"""What the tests of the gateway do: send files, and write the rows that staging, uploader, workers and tracker would."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import shapely
from sqlalchemy import func, select

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.gateway.app import Gateway, serve
from shared.db import Database, collections, plots, results, runs, tables, tasks
from shared.db.rows import dumps
from shared.service import Resources
from tests.databases import STAT

RING = [[30.0, 2.0], [30.01, 2.0], [30.01, 2.01], [30.0, 2.01], [30.0, 2.0]]
SQUARE = {"type": "Polygon", "coordinates": [RING]}
PINS = {
    "methods": {STAT.value: {"version": "1.0.0", "thresholds": {"critical_area_ha": 0.09}}},
    "layers": {"hansen_gfc": {"title": "t", "version": "2023-v1.11", "licence": "l", "citation": "c", "sources": {"a.tif": "sha256:1"}}},
    "engine": {"name": "exactextract"},
}


def a_file(count: int = 1, **properties: object) -> bytes:
    """A FeatureCollection of `count` good plots beside each other."""
    features = []
    for number in range(count):
        ring = [[x + 0.02 * number, y] for x, y in RING]
        features.append(
            {"type": "Feature", "properties": {"id": f"P{number}", **properties}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    return orjson.dumps({"type": "FeatureCollection", "features": features})


@dataclass
class Answer:
    """A response that has been read."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        return [orjson.loads(line) for line in self.body.splitlines()]


@dataclass
class Scene:
    """A running gateway and what it stands on."""

    resources: Resources
    gateway: Gateway
    http: aiohttp.ClientSession
    folder: Path

    @property
    def database(self) -> Database:
        return self.resources.database

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        async with self.http.request(method, path, **options) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def submit(
        self, file: bytes | None = None, media_type: str = "application/geo+json", file_name: str = "plots.geojson", **fields: Any
    ) -> Answer:
        """POST a form: the file after the fields; `headers` are those of the request."""
        headers = fields.pop("headers", {})
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in {"collection_name": "farm", **fields}.items():
            if value is not None:
                form.add_field(name, value)
        form.add_field("file", a_file() if file is None else file, content_type=media_type, filename=file_name)
        return await self.ask("POST", "/batch_process", data=form, headers=headers)

    async def count(self, table: str) -> int:
        """Rows of a table."""
        async with self.database.read() as connection:
            query = select(func.count()).select_from(tables.metadata.tables[table])
            return int((await connection.execute(query)).scalar_one())

    def blobs(self) -> list[Path]:
        """Every file of the blob store, unfinished ones too."""
        return [path for path in (self.folder / "blobs").rglob("*") if path.is_file()]

    async def is_empty(self) -> bool:
        """True when no request has left a row or a file."""
        return not self.blobs() and not any([await self.count(table) for table in ("collections", "runs", "tasks", "rejections")])


@asynccontextmanager
async def scene(resources: Resources, folder: Path) -> AsyncIterator[Scene]:
    """Run a gateway and a client of it."""
    async with serve(resources) as gateway, aiohttp.ClientSession(gateway.url, auto_decompress=False) as http:
        yield Scene(resources, gateway, http, folder)


async def end_task(database: Database, key: tasks.Key, plots_done: int, failed: int = 0) -> None:
    """Take a task and end it as its holder does."""
    async with database.write() as connection:
        held = await tasks.take(connection, key, "bell", False, 60)
        assert held is not None
        await tasks.finish(connection, held, "done", plots=plots_done, plots_failed=failed)


def evidence(**changed: Any) -> EudrDeforestation:
    """A plot without loss, with some fields changed."""
    values: dict[str, Any] = {name: None for name, field in EudrDeforestation.model_fields.items() if field.is_required()}
    values |= {"alert_class": "none", "verdict": "deforestation-free", "confidence": "medium", "noncompliance_area_ha": 0.0}
    values |= {"plot_area_ha": 123.0, "families_available": 2, "families_flagging": 0, "boundary_sensitive": False}
    values |= {"degradation_assessed": False, "layer_states": {"hansen_gfc": "available"}, "flags": (), "annual_defor_ha": (0.0, 0.0, 0.5)}
    values |= {"window_start": "2021-01-01", "window_end": "2026-01-01"}
    return EudrDeforestation.model_validate({**values, **changed})


def stored(value: EudrDeforestation) -> str:
    """A result as the workers store it: a list in the order of the fields."""
    return orjson.dumps(list(value.model_dump(mode="json").values())).decode()


async def upload(database: Database, number: int, count: int, properties: Sequence[dict[str, Any]] = ()) -> None:
    """Stage and upload the collection of `tests.databases.order(number)`: `count` plots named P0, P1, … and one rejection."""
    run_id, collection_id = f"run-{number}", f"0x{number}"
    await end_task(database, tasks.Key(run_id, "staging"), count + 1)
    facts = {"plots_total": count + 1, "plots_accepted": count, "plots_rejected": 1, "area_ha": 123.0 * count, "chunks": dumps([count])}
    crossed = {
        "feature_index": count,
        "code": "self_intersection",
        "plot_id": "bad",
        "severity": "error",
        "message": "Plot bad crosses itself.",
    }
    async with database.write() as connection:
        await collections.staged(connection, collection_id, facts, [crossed])
        await tasks.create(connection, run_id, "uploading", [count])
        rows = [_plot(collection_id, at, properties[at] if at < len(properties) else {"name": f"plot {at}"}) for at in range(count)]
        await plots.replace(connection, collection_id, rows)
    await end_task(database, tasks.Key(run_id, "uploading"), count)
    async with database.write() as connection:
        await runs.pin(connection, run_id, PINS)
        await tasks.create(connection, run_id, STAT, [count])
        await tasks.create(connection, run_id, "summarising", [count])


def _plot(collection_id: str, at: int, properties: dict[str, Any]) -> plots.PlotRow:
    geometry = shapely.from_geojson(orjson.dumps(SQUARE))
    return plots.PlotRow(
        collection_id=collection_id,
        plot_no=at,
        plot_id=f"P{at}",
        feature_index=at,
        geom=geometry,
        geojson=orjson.dumps(SQUARE).decode(),
        properties=orjson.dumps(properties).decode(),
        area_ha=123.0,
        geometry_hash=f"{at:064x}",
        notes="[]",
    )


async def compute(database: Database, number: int, values: Sequence[EudrDeforestation | None], state: str = "COMPLETED") -> None:
    """Store a result for each plot (None: failed), sum up, and end the run."""
    run_id = f"run-{number}"
    rows = [_result(at, value) for at, value in enumerate(values)]
    async with database.write() as connection:
        await results.put(connection, run_id, STAT, rows)
        vals = dumps({STAT.value: {"n_plots": len(values), "noncompliance_area_ha": 1.5, "annual_defor_ha": [0.5, 1.0]}})
        await results.put_region(connection, run_id, "supply_shed", f"0x{number}", None, vals)
    await end_task(database, tasks.Key(run_id, STAT), len(values), sum(value is None for value in values))
    await end_task(database, tasks.Key(run_id, "summarising"), len(values))
    async with database.write() as connection:
        assert await runs.end(connection, run_id, state)  # type: ignore[arg-type]


def _result(at: int, value: EudrDeforestation | None) -> results.ResultRow:
    if value is None:
        return results.ResultRow(at, "failed", None, None, None, '["worker_crashed"]')
    return results.ResultRow(at, "ok", value.alert_class, value.noncompliance_area_ha, stored(value), "[]")
