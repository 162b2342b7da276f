"""A SQLAlchemy dialect through which the report engine reads DuckDB.

It calls itself ``postgresql`` so that the metrics for regular expressions are found, and it begins, commits and rolls
back nothing: the report engine rolls back before it fetches, which in DuckDB discards the pending result. Only for
databases opened read-only.
"""

from __future__ import annotations

from typing import Any

import duckdb_engine
from sqlalchemy.dialects import registry

DRIVER = "postgresql.duckdb"


class ReadOnlyDuckDB(duckdb_engine.Dialect):  # type: ignore[misc]
    """duckdb-engine's dialect without transactions."""

    name = "postgresql"
    supports_statement_cache = False

    def do_begin(self, connection: Any) -> None:
        """Do nothing."""

    def do_commit(self, connection: Any) -> None:
        """Do nothing."""

    def do_rollback(self, connection: Any) -> None:
        """Do nothing."""


def register() -> None:
    """Make ``postgresql+duckdb:///…`` known.

    Call after the report engine is imported, which registers its own dialects.
    """
    registry.register(DRIVER, __name__, ReadOnlyDuckDB.__name__)
