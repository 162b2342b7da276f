"""Accepted rows of earlier nights that tonight's may meet."""

from __future__ import annotations

import duckdb

from expectations.catalogue import Rules, SourceCatalogue
from expectations.workspace import (
    Delivery,
    create_from_arrow,
    load_deliveries,
    load_rows,
)
from junheng.core.home import Home
from junheng.core.ledger import Ledger
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
    ledger = Ledger(home)
    for table in ("submissions", "coverage", "quarantined_rows"):
        create_from_arrow(con, f"past_{table}", ledger.table(table))
    found = records(
        con,
        f"""
        with wanted as (
            select distinct {catalogue.county} as county, {catalogue.year} - back.n as year
            from {good}, (values (0), (1)) as back (n)
        )
        select distinct s.submission_id, s.delivery_night, s.night, s.contract, s.file_name, s.area_code, s.sha256,
            s.folder_school_year
        from past_submissions as s
        inner join past_coverage as c on c.submission_id = s.submission_id and c.night = s.night
        inner join wanted on wanted.county = c.county_code and wanted.year = c.school_year
        where s.status = ? and s.source = ?
        """,
        Status.ACCEPTED,
        catalogue.source,
    )
    past = []
    for row in found:
        result = ParseResult(row["submission_id"], row["sha256"], row["file_name"], row["area_code"], row["folder_school_year"])
        past.append(Delivery(result, rules.contracts[row["contract"]], row["delivery_night"]))
    load_deliveries(con, past, "past_deliveries")
    ids = sorted({d.id for d in past})
    load_rows(con, rules, home, catalogue.source, ids, table=history, deliveries="past_deliveries")
    con.execute(
        f"""
        delete from {history} as r using past_quarantined_rows as q
        where q.submission_id = r._submission_id and q.row = r._row and q.sheet is not distinct from r._sheet
            and q.night = (
                select max(s.night) from past_submissions as s
                where s.submission_id = r._submission_id and s.delivery_night = r._delivery_night
            )
        """
    )
    return {d.id: d.result.file_name for d in past}
