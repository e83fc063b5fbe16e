"""Plots: written in bulk by the uploader, one chunk a transaction, and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.geometry import SRID
from shared.db.rows import MAX_VARIABLES
from shared.db.tables import plots


@dataclass(frozen=True, slots=True)
class PlotRow:
    """One plot as it is stored; the order of the fields is the order of the columns."""

    collection_id: str
    plot_no: int
    plot_id: str
    feature_index: int
    geom: shapely.Geometry
    geojson: str
    """The geometry as GeoJSON text: what the fetch endpoints paste."""
    properties: str
    """The user's properties, JSON text."""
    area_ha: float | None
    geometry_hash: str
    notes: str
    """Codes of remarks, JSON text."""
    country: str | None = None
    """ISO 3166-1 alpha-2."""
    locations_confidence: str | None = None
    """`high`, `medium` or `low`."""


COLUMNS = tuple(PlotRow.__dataclass_fields__)


async def replace(connection: AsyncConnection, collection_id: str, rows: Sequence[PlotRow]) -> None:
    """Write one chunk (consecutive `plot_no`), in the place of what an earlier attempt left of it."""
    if not rows:
        return
    first, last = rows[0].plot_no, rows[-1].plot_no
    await connection.execute(delete(plots).where(plots.c.collection_id == collection_id, plots.c.plot_no.between(first, last)))
    if connection.dialect.name == "postgresql":
        await _copy(connection, rows)
    else:
        marks = ",".join("?" * len(COLUMNS))
        records = [tuple(shapely.to_wkb(v) if isinstance(v, shapely.Geometry) else v for v in as_record(row)) for row in rows]
        await connection.exec_driver_sql(f"insert into plots ({','.join(COLUMNS)}) values ({marks})", records)  # noqa: S608 -- fixed names


def as_record(row: PlotRow) -> tuple[Any, ...]:
    """The fields of `row` in order; `dataclasses.astuple` would copy the geometry."""
    return tuple(getattr(row, name) for name in COLUMNS)


async def _copy(connection: AsyncConnection, rows: Sequence[PlotRow]) -> None:
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    if "geometry_codec" not in connection.info:
        in_schema = "select n.nspname from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typname = 'geometry'"
        schema = (await connection.execute(text(in_schema))).scalar_one()
        await driver.set_type_codec("geometry", schema=schema, format="binary", encoder=_ewkb, decoder=bytes)
        connection.info["geometry_codec"] = True
    await driver.copy_records_to_table("plots", records=[as_record(row) for row in rows], columns=list(COLUMNS))


def _ewkb(geometry: shapely.Geometry) -> bytes:
    wkb: bytes = shapely.to_wkb(shapely.set_srid(geometry, SRID), include_srid=True)
    return wkb


async def count(connection: AsyncConnection, collection_id: str) -> int:
    """Plots of the collection that are stored."""
    query = select(func.count()).select_from(plots).where(plots.c.collection_id == collection_id)
    return int((await connection.execute(query)).scalar_one())


async def numbers_of(connection: AsyncConnection, collection_id: str, plot_ids: Sequence[str]) -> dict[str, list[int]]:
    """The plot numbers of each of these ids of the user's that the collection has; one id may be that of several plots."""
    found: dict[str, list[int]] = {}
    for start in range(0, len(plot_ids), MAX_VARIABLES):
        part = plots.c.plot_id.in_(plot_ids[start : start + MAX_VARIABLES])
        query = select(plots.c.plot_id, plots.c.plot_no).where(plots.c.collection_id == collection_id, part)
        for row in await connection.execute(query.order_by(plots.c.plot_no)):
            found.setdefault(row.plot_id, []).append(row.plot_no)
    return found


async def outlines_after(connection: AsyncConnection, collection_id: str, after: int, limit: int) -> list[Row[Any]]:
    """The next `limit` plots after plot number `after`: `plot_no`, `geom`, `area_ha`, `geometry_hash`, `plot_id`."""
    p = plots.c
    query = select(p.plot_no, p.geom, p.area_ha, p.geometry_hash, p.plot_id).where(p.collection_id == collection_id, p.plot_no > after)
    return list(await connection.execute(query.order_by(p.plot_no).limit(limit)))


async def outlines(connection: AsyncConnection, collection_id: str, plot_nos: Sequence[int]) -> dict[int, shapely.Geometry]:
    """The geometries of these plots by plot number."""
    found: dict[int, shapely.Geometry] = {}
    for start in range(0, len(plot_nos), MAX_VARIABLES):
        part = plots.c.plot_no.in_(plot_nos[start : start + MAX_VARIABLES])
        rows = await connection.execute(select(plots.c.plot_no, plots.c.geom).where(plots.c.collection_id == collection_id, part))
        found.update({row.plot_no: row.geom for row in rows})
    return found
