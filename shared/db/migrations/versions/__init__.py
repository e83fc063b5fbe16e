"""Schema changes, applied in order by Alembic; the first one makes every table."""
