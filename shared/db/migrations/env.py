"""What Alembic runs for each command: the migrations, on the connection that `shared.db.migrate` hands over."""

from alembic import context

from shared.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
)
context.run_migrations()
