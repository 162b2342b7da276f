"""The issue ledger on tables that a test fills, night after night: dbt compiles the models once, DuckDB runs them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from junheng.core.records import ISSUE_EVENTS, SCHEMAS
from tests.oracle import build
from tests.oracle.compiled import CompiledProject

_T = pa.string()
FIGURES = pa.schema(
    [
        *((name, _T) for name in ("issue_id", "figure_kind", "origin", "county_code", "school_code", "stage")),
        ("school_year", pa.int32()),
        ("figure_on", pa.date32()),
        *((name, _T) for name in ("code", "part", "verdict", "title", "description")),
        ("opens", pa.bool_()),
        *((name, _T) for name in ("severity", "category", "rectification_type")),
        ("deadline_days", pa.int32()),
        *((name, _T) for name in ("lead_unit", "cooperating_units", "leader_role", "recheck_level")),
    ]
)
"""int_issue__figure, which a test fills in the place of all the figures of a county."""
_SCHOOLS = pa.schema([("county_code", _T), ("school_year", pa.int32()), ("school_code", _T), ("school_name", _T)])
_COUNTIES = pa.schema([("county_code", _T), ("school_year", pa.int32()), ("county_name", _T)])
_GIVEN = {"intermediate.int_issue__figure": FIGURES, "intermediate.int_census__school": _SCHOOLS, "marts.dim_county": _COUNTIES}
_NIGHTS = pa.schema([("night", pa.int64()), ("as_of", pa.date32())])
_OF_FIGURES = ("int_issue__closed_fold", "int_issue__figure_event", "int_issue__event", "int_issue__fold", "int_issue__mark")
_REPORTS = (
    "stg_ledger__evidence_file",
    "int_ledger__file_name",
    "int_issue__evidence",
    "int_issue__unit",
    "fct_unit_performance",
)
_REPORTS += ("rpt_issue_ledger", "rpt_unit_task", "rpt_key_task", "rpt_issue_evidence", "rpt_rectification_report")
MODELS = (
    "int_ledger__today",
    "int_issue__known_event",
    *_OF_FIGURES,
    "int_issue__due_day",
    "int_issue__issue",
    "int_issue__act",
    "fct_issue",
    "fct_issue_event",
    *_REPORTS,
)


@dataclass(frozen=True)
class Ledger:
    """A build file and the SQL of the models in the order in which they run."""

    path: Path
    models: tuple[tuple[str, str], ...]

    def fill(self, table: str, schema: pa.Schema, rows: Iterable[build.Row]) -> None:
        """Replace the rows of a table that models read."""
        with duckdb.connect(str(self.path)) as connection:
            connection.register("given", pa.Table.from_pylist(list(rows), schema=schema))
            connection.execute(f"delete from {table}")
            connection.execute(f"insert into {table} select * from given")

    def events(self, rows: Iterable[build.Row]) -> None:
        """What earlier builds kept."""
        self.fill("ledger.issue_events", ISSUE_EVENTS, rows)

    def figures(self, rows: Iterable[build.Row]) -> None:
        """Tonight's figures."""
        self.fill("intermediate.int_issue__figure", FIGURES, rows)

    def nights(self, days: Sequence[date]) -> None:
        """Nights 1, 2 … and their days."""
        self.fill("run.night", _NIGHTS, [{"night": number, "as_of": day} for number, day in enumerate(days, 1)])

    def deliver(self, source: str, files: Sequence[tuple[int, Sequence[build.Row]]]) -> None:
        """All files of a source: the night of each and its rows."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("delete from ledger.submissions where source = ?", [source])
        rows, submissions = [], []
        for number, (night, content) in enumerate(files):
            identity = f"{source[:8]:_<8}{number:08d}"
            submissions.append(build.submission(identity, night, source=source))
            rows += [{**row, "_submission_id": identity, "_row": line} for line, row in enumerate(content, 2)]
        self.fill(f"bronze.{source}", bronze_schema(load_source(source)), rows)
        with duckdb.connect(str(self.path)) as connection:
            connection.register("given", pa.Table.from_pylist(submissions, schema=SCHEMAS["submissions"]))
            connection.execute("insert into ledger.submissions select * from given")

    def copy(self, folder: Path) -> Ledger:
        """The same ledger for another test; models know their file by its name."""
        return Ledger(Path(shutil.copy(self.path, folder)), self.models)

    def fold(self, until: str = "") -> None:
        """Run the models; or those before one and that one."""
        with duckdb.connect(str(self.path)) as connection:
            for name, sql in self.models:
                connection.execute(f"create or replace table {name} as {sql}")
                if until and name.endswith(f".{until}"):
                    break

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of a query."""
        return build.query(self.path, sql)


def make(project: CompiledProject, folder: Path) -> Ledger:
    """An empty ledger, with the seeds."""
    path = build.make_build_db(folder, [], nights={})
    wanted = {*MODELS, *project.behind("int_issue__known_event")}
    models = [statement for statement in project.statements if statement.name in wanted and not statement.is_test]
    with duckdb.connect(str(path)) as connection:
        project.lay_seeds(connection)
        for name, schema in _GIVEN.items():
            connection.register("empty_table", schema.empty_table())
            connection.execute(f"create table {name} as select * from empty_table")
        for model in models:
            connection.execute(model.sql)
    assert len(models) > len(MODELS)
    return Ledger(path, tuple((model.relation, model.select) for model in models if model.kind == "table"))
