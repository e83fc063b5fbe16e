"""The schema that the migrations make is the one that the tables describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text

from shared.db import Database
from shared.db.migrate import is_current, migrate
from shared.db.tables import metadata, plots
from tests.databases import ordered
from tests.shared.db.test_plots import plot_row


def differences(connection: Connection) -> object:
    ours = {"include_name": lambda name, kind, _parents: kind != "table" or name in metadata.tables}
    return [one for one in compare_metadata(MigrationContext.configure(connection, opts=ours), metadata) if "ix_plots_geom" not in str(one)]


async def test_migrations_make_the_tables_and_may_run_twice(database: Database) -> None:
    await migrate(database)
    assert await is_current(database)
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_geometry_comes_back_as_it_went_in(database: Database) -> None:
    from shared.db import plots as repository

    await ordered(database)
    row = plot_row(0)
    async with database.write() as connection:
        await repository.replace(connection, "0x1", [row])
    async with database.read() as connection:
        assert (await connection.execute(select(plots.c.geom))).scalar_one().equals_exact(row.geom, 0)


async def test_postgis_knows_the_geometry_and_indexes_it(database: Database) -> None:
    if database.is_sqlite:
        return
    async with database.read() as connection:
        kind = await connection.execute(text("select type, srid from geometry_columns where f_table_name = 'plots'"))
        assert tuple(kind.one()) == ("GEOMETRY", 4326)
        index = await connection.execute(text("select indexdef from pg_indexes where indexname = 'ix_plots_geom'"))
        assert "gist" in index.scalar_one()
