"""Accepted rows of earlier nights that tonight's may meet."""

from __future__ import annotations

import duckdb

from expectations.catalogue import Rules, SourceCatalogue
from expectations.workspace import Delivery, load_deliveries, load_rows
from junheng.core.deliveries import create_deliveries
from junheng.core.home import Home
from junheng.core.records import ParseResult, Status
from junheng.core.sql import records


def load_history(
    con: duckdb.DuckDBPyConnection,
    rules: Rules,
    home: Home,
    catalogue: SourceCatalogue,
    history: str,
    good: str,
) -> dict[str, str]:
    """Create the table of accepted rows that tonight's may meet: those of the same counties, this year and last.

    Returns the file names of its submissions.
    """
    create_deliveries(con, home)
    accepted = records(
        con,
        f"""
        with wanted as (
            select distinct {catalogue.county} as county_code, {catalogue.year} - back.n as school_year
            from {good}, (values (0), (1)) as back (n)
        )
        select distinct deliveries.submission_id, deliveries.delivery_night, deliveries.contract, deliveries.file_name,
            deliveries.area_code, deliveries.sha256, deliveries.folder_school_year
        from int_ledger__delivery as deliveries
        inner join stg_ledger__coverage as coverage using (submission_id, delivery_night, night)
        inner join wanted using (county_code, school_year)
        where deliveries.status = ? and deliveries.source = ?
        """,
        Status.ACCEPTED,
        catalogue.source,
    )
    past = []
    for row in accepted:
        result = ParseResult(row["submission_id"], row["sha256"], row["file_name"], row["area_code"], row["folder_school_year"])
        past.append(Delivery(result, rules.contracts[row["contract"]], row["delivery_night"]))
    load_deliveries(con, past, "past_deliveries")
    ids = sorted({d.id for d in past})
    load_rows(con, rules, home, catalogue.source, ids, table=history, deliveries="past_deliveries")
    con.execute(
        f"""
        delete from {history} as r using (
            from stg_ledger__quarantined_row inner join int_ledger__delivery using (submission_id, night)
        ) as left_out
        where left_out.submission_id = r._submission_id and left_out.delivery_night = r._delivery_night
            and left_out.row_number = r._row and left_out.sheet is not distinct from r._sheet
        """
    )
    return {d.id: d.result.file_name for d in past}
