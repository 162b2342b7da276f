"""What became of deliveries, as the models of the dbt project say it over the committed nights: asked outside of a build."""

from __future__ import annotations

import duckdb

from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.sql import create_models

_STAGED = """
create or replace temp view stg_ledger__submission as from past_submissions;
create or replace temp view stg_ledger__coverage as from past_coverage;
create or replace temp view stg_ledger__quarantined_row as select *, "row" as row_number from past_quarantined_rows;
"""


def create_deliveries(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Create ``int_ledger__delivery``, the judgement that counts of each delivery, and the ``stg_ledger__*`` beside it."""
    ledger = Ledger(home)
    for name in ("submissions", "coverage", "quarantined_rows"):
        connection.register(f"past_{name}", ledger.table(name))
    connection.execute(_STAGED)
    create_models(connection, "int_ledger__delivery")
