"""What differs between two releases, and why: figures by the grain of their marts, causes from both releases' own records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from ingest.values.cells import plain
from junheng.core.sql import columns, identifier, literal, records, tables
from publish.release.release import Release, read_manifest_of
from publish.tables.artifacts import MARTS
from publish.tables.mart_docs import questions
from publish.tables.release_manifest import PublishedTable, ReleaseManifest, UsedRuleset

_LEDGER = "aud_"
"""Tables that say why, not what."""
_COUNTY = "county_code"

_COMMENTS = """
    select column_name, comment from duckdb_columns()
    where database_name = 'b' and table_name = ? and comment is not null
"""
_IN_FORCE = """
    select distinct submission_id, file_name, source, county_code from {one}.marts.aud_submission
    where status = 'accepted' and submission_id not in (
        select submission_id from {other}.marts.aud_submission where status = 'accepted'
    )
    order by all
"""


@dataclass(frozen=True)
class Changed:
    """One row that differs: its key and the columns that do, each with label, before, after."""

    key: list[tuple[str, str]]
    cells: list[tuple[str, str, str]]


@dataclass
class TableDiff:
    """What differs in one mart."""

    name: str
    question: str
    """What the mart answers, in Chinese."""
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: list[tuple[str, int]] = field(default_factory=list)
    """Label of each column that differs and in how many rows, most first."""
    examples: list[Changed] = field(default_factory=list)
    shape: list[str] = field(default_factory=list)
    """Columns that only one of the releases has."""
    counties: dict[str, int] = field(default_factory=dict)
    """Rows that differ, by county."""

    @property
    def is_different(self) -> bool:
        """Whether any row or column differs."""
        return bool(self.added or self.removed or self.changed or self.shape)


@dataclass(frozen=True)
class ChangedInput:
    """Something that was different when the second release was made. ``kind`` is a key of the texts."""

    kind: str
    values: dict[str, str]
    county: str | None = None


@dataclass
class Difference:
    """All that differs between two releases."""

    tables: list[TableDiff]
    causes: list[ChangedInput]
    only_in_one: list[str]
    """Marts that only one of the releases has."""

    @property
    def is_different(self) -> bool:
        """Whether any figure differs."""
        return bool(self.tables or self.only_in_one)

    @property
    def counties(self) -> dict[str, int]:
        """Rows that differ, by county."""
        counts: dict[str, int] = {}
        for table in self.tables:
            for county, count in table.counties.items():
                counts[county] = counts.get(county, 0) + count
        return dict(sorted(counts.items()))

    def causes_of(self, county: str) -> list[ChangedInput]:
        """Causes that concern one county alone."""
        return [cause for cause in self.causes if cause.county == county]


@contextmanager
def _both(before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(str(before))} as a (read_only); attach {literal(str(after))} as b (read_only)")
        yield connection


def difference(before: Release, after: Release, most: int) -> Difference:
    """Compare two releases; of each mart at most ``most`` rows are shown."""
    first, second = read_manifest_of(before.path), read_manifest_of(after.path)
    with _both(before.database, after.database) as connection:
        there, here = (set(tables(connection, database, MARTS)) for database in "ab")
        figures = sorted(name for name in there & here if not name.startswith(_LEDGER))
        compared = [
            _Table(connection, name, first["tables"][name], second["tables"][name]).compare(most)
            for name in figures
            if first["tables"][name]["sha256"] != second["tables"][name]["sha256"]
        ]
        causes = [*_deliveries(connection), *_corrections(connection), *_rules(first, second), *_code(first, second)]
    only = sorted(name for name in there ^ here if not name.startswith(_LEDGER))
    return Difference([table for table in compared if table.is_different], causes, only)


class _Table:
    """One mart in both releases."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str, before: PublishedTable, after: PublishedTable) -> None:
        self._connection = connection
        self._name = name
        names = [[column for column, _ in columns(connection, database, MARTS, name)] for database in "ab"]
        volatile = {*before.get("volatile", ()), *after.get("volatile", ())}
        self._common = [column for column in names[1] if column in names[0] and column not in volatile]
        self._shape = sorted(set(names[0]) ^ set(names[1]))
        grain = after.get("grain") or before.get("grain") or self._common
        self._key = grain if set(grain) <= set(self._common) else self._common
        self._values = [column for column in self._common if column not in self._key]
        comments = records(connection, _COMMENTS, name)
        self._labels: dict[str, str] = {row["column_name"]: row["comment"].partition("：")[0] for row in comments}

    def _label(self, column: str) -> str:
        return self._labels.get(column, column)

    def compare(self, most: int) -> TableDiff:
        name, quoted = identifier(self._name), [identifier(column) for column in self._key]
        keys = [f"coalesce(a.{column}, b.{column}) as {column}" for column in quoted]
        pairs = [f"{one}.{identifier(c)} as {identifier(f'{one}.{c}')}" for c in self._values for one in "ab"]
        differ = [f"a.{identifier(c)} is distinct from b.{identifier(c)}" for c in self._values]
        self._connection.execute(
            f"""
            create or replace temp table joined as
            select
                case when a.here is null then 'added' when b.here is null then 'removed' else 'changed' end as how,
                {", ".join(keys + pairs)}
            from (select *, true as here from a.{MARTS}.{name}) as a
            full join (select *, true as here from b.{MARTS}.{name}) as b
                on {" and ".join(f"a.{column} is not distinct from b.{column}" for column in quoted)}
            where a.here is null or b.here is null or {" or ".join(differ) or "false"}
            """
        )
        counts = {row["how"]: row["n"] for row in records(self._connection, "select how, count(*) as n from joined group by how")}
        return TableDiff(
            name=self._name,
            question=asked.question_zh if (asked := questions().get(self._name)) else "",
            added=counts.get("added", 0),
            removed=counts.get("removed", 0),
            changed=counts.get("changed", 0),
            columns=self._column_counts(),
            examples=self._examples(most),
            shape=[self._label(column) for column in self._shape],
            counties=self._counties(),
        )

    def _column_counts(self) -> list[tuple[str, int]]:
        if not self._values:
            return []
        pairs = [(c, identifier(f"a.{c}"), identifier(f"b.{c}")) for c in self._values]
        counts = ", ".join(f"count(*) filter ({a} is distinct from {b}) as {identifier(c)}" for c, a, b in pairs)
        (row,) = records(self._connection, f"select {counts} from joined where how = 'changed'")
        return sorted(((self._label(c), n) for c, n in row.items() if n), key=lambda pair: -pair[1])

    def _examples(self, most: int) -> list[Changed]:
        order = ", ".join(identifier(column) for column in self._key)
        rows = records(self._connection, f"select * from joined where how = 'changed' order by {order} limit {most}")
        return [
            Changed(
                key=[(self._label(column), _text(row[column])) for column in self._key],
                cells=[
                    (self._label(column), _text(row[f"a.{column}"]), _text(row[f"b.{column}"]))
                    for column in self._values
                    if row[f"a.{column}"] != row[f"b.{column}"]
                ],
            )
            for row in rows
        ]

    def _counties(self) -> dict[str, int]:
        if _COUNTY not in self._key:
            return {}
        query = f"select {_COUNTY}, count(*) as n from joined where {_COUNTY} is not null group by all"
        return {row[_COUNTY]: row["n"] for row in records(self._connection, query)}


def _text(value: Any) -> str:
    if value is None:
        return "—"
    return plain(value) if hasattr(value, "as_tuple") else str(value)


def _deliveries(connection: duckdb.DuckDBPyConnection) -> Iterable[ChangedInput]:
    """Deliveries in force in one of the releases alone."""
    for kind, one, other in (("delivery_new", "b", "a"), ("delivery_gone", "a", "b")):
        for row in records(connection, _IN_FORCE.format(one=one, other=other)):
            values = {"file": row["file_name"], "source": row["source"] or "", "submission": row["submission_id"]}
            yield ChangedInput(kind, values, row["county_code"])


def _corrections(connection: duckdb.DuckDBPyConnection) -> Iterable[ChangedInput]:
    shown = "county_code, school_year, school_code, school_name, field, field_name, corrected_value, document"
    applied = f"select {shown} from {{}}.marts.aud_correction where state = 'applied'"
    for kind, one, other in (("correction_new", "b", "a"), ("correction_gone", "a", "b")):
        query = f"({applied.format(one)}) except ({applied.format(other)}) order by all"
        for row in records(connection, query):
            values = {
                "school": row["school_name"] or row["school_code"],
                "field": row["field_name"] or row["field"],
                "value": _text(row["corrected_value"]),
                "document": row["document"] or "",
            }
            yield ChangedInput(kind, values, row["county_code"])


def _decisive(rules: UsedRuleset) -> tuple[object, ...]:
    return rules.get("version"), rules.get("sha256"), rules.get("settings")


def _rules(before: ReleaseManifest, after: ReleaseManifest) -> Iterable[ChangedInput]:
    there, here = ({rules["ruleset_id"]: rules for rules in manifest["rules"]} for manifest in (before, after))
    for name in sorted(there.keys() | here.keys()):
        if name not in there or name not in here:
            yield ChangedInput("ruleset_new" if name in here else "ruleset_gone", {"ruleset": name})
        elif _decisive(there[name]) != _decisive(here[name]):
            versions = {"before": str(there[name]["version"]), "after": str(here[name]["version"])}
            yield ChangedInput("ruleset_changed", {"ruleset": name, **versions})


def _code(before: ReleaseManifest, after: ReleaseManifest) -> Iterable[ChangedInput]:
    if "code" not in before or "code" not in after:
        yield ChangedInput("code_unknown", {})
    else:
        for part in sorted(before["code"].keys() | after["code"].keys()):
            if part != "rules" and before["code"].get(part) != after["code"].get(part):
                yield ChangedInput("code_changed", {"part": part})
    for name in sorted(before["versions"].keys() | after["versions"].keys()):
        there, here = before["versions"].get(name, "—"), after["versions"].get(name, "—")
        if there != here:
            yield ChangedInput("version_changed", {"name": name, "before": there, "after": here})
