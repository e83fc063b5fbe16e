"""The database fixture of this folder."""

from tests.databases import database, database_address

__all__ = ["database", "database_address"]
