"""The audit pack of a release: what it was made of, every delivery, check, quarantined row and correction, and who signed.

A folder of plain pages with relative links alone, readable from a disk without a network, and the same tables as Parquet. Which
tables it holds is data (``audit_pack.yml``).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from junheng.home import Home
from junheng.sql import catalog, columns, identifier, records, scalar, tables
from publish.artifacts import MARTS
from publish.environment import environment
from publish.facts import NightFacts
from publish.formats import plain
from publish.texts import texts

FOLDER = "audit"
_FILE = Path(__file__).with_name("audit_pack.yml")
_COLUMNS = "select column_name, comment from duckdb_columns() where schema_name = ? and table_name = ? and comment is not null"


@dataclass(frozen=True)
class Table:
    """A table of the pack and how many of its rows the page shows."""

    name: str
    title: str
    says: str
    labels: list[str]
    rows: list[list[str]]
    total: int


@lru_cache(maxsize=1)
def _settings() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, bool):
        return str(texts()["page"]["is_true" if value else "is_false"])
    return plain(value) if hasattr(value, "as_tuple") else str(value)


def read_table(connection: duckdb.DuckDBPyConnection, name: str) -> Table:
    """One table as its page shows it."""
    setting = _settings()["tables"][name]
    there = [column for column, _ in columns(connection, catalog(connection), MARTS, name)]
    shown = [column for column in setting.get("columns", there) if column in there]
    comments = {row["column_name"]: row["comment"] for row in records(connection, _COLUMNS, MARTS, name)}
    first = f"{setting['first']}, " if "first" in setting else ""
    query = f"select {', '.join(map(identifier, shown))} from {MARTS}.{identifier(name)} order by {first}all"
    if first:
        query = query.removesuffix("all") + ", ".join(map(identifier, shown))
    found = records(connection, f"{query} limit {_settings()['most_rows']}")
    return Table(
        name=name,
        title=setting["title"],
        says=setting["says"],
        labels=[comments.get(column, column).partition("：")[0] for column in shown],
        rows=[[_cell(value) for value in row.values()] for row in found],
        total=scalar(connection, f"select count(*) from {MARTS}.{identifier(name)}"),
    )


def _nights(connection: duckdb.DuckDBPyConnection, facts: NightFacts) -> list[int]:
    """The nights that judged what is in force, and the last one."""
    found = records(connection, f"select distinct night from {MARTS}.aud_submission where status = 'accepted'")
    return sorted({row["night"] for row in found} | {facts.number})


def _reports(home: Home, nights: list[int], target: Path) -> list[tuple[int, bool]]:
    """Copy the check reports of these nights. Returns each night and whether there is a report."""
    found = []
    for night in nights:
        report = home.warehouse / "data_docs" / f"night-{night}"
        if report.is_dir():
            shutil.copytree(report, target / "data_docs" / report.name)
        found.append((night, report.is_dir()))
    return found


def write_audit_pack(home: Home, release: Path, facts: NightFacts, manifest: dict[str, Any]) -> None:
    """Write ``audit/`` into the folder of a release that has its database and Parquet files. ``manifest``: all but its files."""
    target = release / FOLDER
    (target / "parquet").mkdir(parents=True)
    pages = environment()
    shared = {"release": manifest, "facts": facts, "audit": ""}
    with duckdb.connect(str(release / "junheng.duckdb"), read_only=True) as connection:
        present = tables(connection, catalog(connection), MARTS)
        found = [read_table(connection, name) for name in _settings()["tables"] if name in present]
        nights = _nights(connection, facts)
    for table in found:
        shutil.copyfile(release / "parquet" / f"{table.name}.parquet", target / "parquet" / f"{table.name}.parquet")
        html = pages.get_template("audit_table.html.j2").render(table=table, **shared)
        (target / f"{table.name}.html").write_text(html, encoding="utf-8")
    reports = _reports(home, nights, target)
    index = pages.get_template("audit_index.html.j2").render(tables=found, reports=reports, **shared)
    (target / "index.html").write_text(index, encoding="utf-8")
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
