"""The tables of the audit pack as an auditor reads them: labels for codes, what is wrong first, links from one to the other.

What a table shows and in which order is data (``audit_pack.yml``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import duckdb
from pydantic import Field

from junheng.core.sql import catalog, identifier, literal, records, scalar, tables
from junheng.core.typed import StrictModel, load
from publish.site.audit_book import Book, BookColumn
from publish.tables.artifacts import MARTS
from publish.words.formats import plain
from publish.words.texts import texts

_FILE = Path(__file__).with_name("audit_pack.yml")
_COLUMNS = "select column_name, comment from duckdb_columns() where schema_name = ? and table_name = ? and comment is not null"
_COUNTIES = "select county_code, county_name from marts.dim_county order by school_year"
_NUMBERS = ("INT", "DECIMAL", "DOUBLE")

Labels = dict[tuple[str, str], str]
"""Label by list and code."""


class PackColumnEntry(StrictModel):
    """A column of a table of the pack, as ``audit_pack.yml`` has it."""

    name: str
    label: str | None = None
    list: str | None = None
    to: str | None = None
    key: str | None = None
    filter: str | None = None
    kind: Literal["", "file", "hash", "say", "id"] = Field("", alias="is")


class PackTableEntry(StrictModel):
    """A table of the pack, as ``audit_pack.yml`` has it."""

    title: str
    says: str
    relation: str | None = Field(None, alias="from")
    bad: str
    order: str
    key: str | None = None
    columns: tuple[PackColumnEntry, ...]


class PackSettings(StrictModel):
    """``audit_pack.yml``."""

    most_rows: int
    most_bad_rows: int
    views: dict[str, str]
    tables: dict[str, PackTableEntry]


def settings() -> PackSettings:
    """What the pack holds."""
    return load(_FILE, PackSettings)


@dataclass(frozen=True)
class PageColumn:
    """A column of a page: where its value comes from, how it reads and where its cells lead."""

    name: str
    label: str
    is_number: bool
    list: str | None = None
    to: str | None = None
    key: str | None = None
    filter: str | None = None
    kind: str = ""
    """``file``, ``hash``, ``say`` or ``id``; how a cell is set."""

    @property
    def css(self) -> str:
        """Class of its cells."""
        return "n" if self.is_number else "nowrap" if self.list == "school_year" else self.kind


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and the page of the pack it leads to."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a page. ``key`` is what other pages call it by."""

    key: str
    is_bad: bool
    cells: list[Cell]


@dataclass(frozen=True)
class PackTable:
    """A table of the pack: the rows of its page, and how many there are of all and of the bad ones."""

    name: str
    title: str
    says: str
    columns: list[PageColumn]
    rows: list[Row]
    total: int
    bad: int

    @property
    def cut(self) -> int:
        """How many rows the page leaves out."""
        return self.total - len(self.rows)

    @property
    def bad_shown(self) -> int:
        """How many of the bad rows stand on the page."""
        return min(self.bad, len(self.rows))


def shown(value: Any) -> str:
    """A value as a cell shows it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, bool):
        return str(texts()["page"]["is_true" if value else "is_false"])
    if isinstance(value, int):
        return f"{value:,}"
    return plain(value) if hasattr(value, "as_tuple") else str(value)


class Pack:
    """The tables of a release, read in one connection to its database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        present = tables(connection, catalog(connection), MARTS)
        self.names = [name for name in settings().tables if name in present]
        for name, query in settings().views.items():
            connection.execute(f"create or replace temp view {identifier(name)} as {query}")
        self.labels: Labels = {
            (row["list"], row["code"]): row["label_zh"] for row in records(connection, f"select * from {MARTS}.dim_code")
        }
        self.labels |= {("county", row["county_code"]): row["county_name"] for row in records(connection, _COUNTIES)}
        connection.execute("create or replace temp table labels (list varchar, code varchar, label varchar)")
        connection.executemany("insert into labels values (?, ?, ?)", [[*key, label] for key, label in self.labels.items()])
        self._columns: dict[str, list[PageColumn]] = {}
        self._on_page: dict[str, set[str]] = {}
        for name in self.names:
            self._rank(name)
        for name in self.names:
            self._on_page[name] = self._keys(name)

    def _rank(self, name: str) -> None:
        """Rank the rows of a table: the bad ones first, in an order that nothing is left out of."""
        setting = settings().tables[name]
        relation = f"({setting.relation})" if setting.relation else f"{MARTS}.{identifier(name)}"
        bad = f"coalesce(({setting.bad}), false)"
        self._connection.execute(f"create or replace temp view unranked as select * from {relation}")
        every = ", ".join(identifier(row[0]) for row in self._connection.execute("describe unranked").fetchall())
        self._connection.execute(
            f"""
            create or replace temp table {identifier(f"ranked_{name}")} as
            select *, {bad} as _is_bad, row_number() over (order by {bad} desc, {setting.order}, {every}) as _rank
            from unranked
            """
        )
        self._connection.execute("drop view unranked")
        self._columns[name] = self._described(name)

    def _described(self, name: str) -> list[PageColumn]:
        types = {row[0]: str(row[1]) for row in self._connection.execute(f"describe {identifier(f'ranked_{name}')}").fetchall()}
        comments = {row["column_name"]: row["comment"] for row in records(self._connection, _COLUMNS, MARTS, name)}
        columns = []
        for given in settings().tables[name].columns:
            label = given.label or comments[given.name].partition("：")[0]
            is_number = given.list is None and any(kind in types[given.name] for kind in _NUMBERS)
            links = given.list, given.to, given.key, given.filter
            columns.append(PageColumn(given.name, label, is_number, *links, given.kind))
        return columns

    def _limit(self, name: str) -> int:
        """How many rows the page of a table has."""
        bad = int(scalar(self._connection, f"select count(*) from {identifier(f'ranked_{name}')} where _is_bad"))
        return max(settings().most_rows, min(bad, settings().most_bad_rows))

    def _keys(self, name: str) -> set[str]:
        key = settings().tables[name].key
        if key is None:
            return set()
        query = f"select {identifier(key)} as key from {identifier(f'ranked_{name}')} where _rank <= {self._limit(name)}"
        return {str(row["key"]) for row in records(self._connection, query)}

    def table(self, name: str) -> PackTable:
        """A table with the rows of its page."""
        setting = settings().tables[name]
        ranked = identifier(f"ranked_{name}")
        count = records(self._connection, f"select count(*) as total, count(*) filter (where _is_bad) as bad from {ranked}")[0]
        columns = self._said_of(name)
        ranked_rows = records(self._connection, f"select * from {ranked} where _rank <= {self._limit(name)} order by _rank")
        key = setting.key
        rows = [
            Row(str(row[key]) if key else "", row["_is_bad"], [self._cell(column, row) for column in columns])
            for row in ranked_rows
        ]
        return PackTable(name, setting.title, setting.says, columns, rows, count["total"], count["bad"])

    def _said_of(self, name: str) -> list[PageColumn]:
        """The columns that say anything of any row; one that is empty all the way down is left out of the page."""
        columns = self._columns[name]
        filled = ", ".join(f"count(nullif(cast({identifier(column.name)} as varchar), ''))" for column in columns)
        row = self._connection.execute(f"select count(*), {filled} from {identifier(f'ranked_{name}')}").fetchone() or ()
        total, *counts = row
        return [column for column, count in zip(columns, counts, strict=True) if count or not total]

    def _cell(self, column: PageColumn, row: Mapping[str, Any]) -> Cell:
        value = row[column.name]
        text = self._text(column, value)
        to = row[column.to[1:]] if column.to and column.to.startswith("@") else column.to
        if to is None or to not in self.names or value in (None, 0):
            return Cell(text)
        if column.filter is not None:
            wanted = row[column.filter]
            return Cell(text, f"{to}.html#filter={quote(str(wanted))}" if wanted else "")
        named = str(row[str(column.key)] or "")
        row_of_page = f"#{quote(named)}" if named in self._on_page[to] else ""
        return Cell(text, f"{to}.html{row_of_page}" if named else "")

    def _text(self, column: PageColumn, value: Any) -> str:
        if value is not None and column.kind == "id":
            return str(value)
        if column.list is None or value is None:
            return shown(value)
        return self.labels.get((column.list, str(value)), str(value))

    def book(self, name: str) -> Book:
        """All rows of a table in the order of its page: numbers as they are, labels in the place of codes."""
        ranked, printed = identifier(f"ranked_{name}"), f"printed_{name}"
        types = {row[0]: str(row[1]) for row in self._connection.execute(f"describe {ranked}").fetchall()}
        columns_shown = self._columns[name]
        select = ", ".join(f"{_printed(column, types[column.name])} as {identifier(column.name)}" for column in columns_shown)
        self._connection.execute(f"create or replace temp view {identifier(printed)} as select _rank, {select} from {ranked}")
        columns = [BookColumn(column.name, column.label, column.is_number, column.css) for column in columns_shown]
        return Book(settings().tables[name].title, printed, columns)

    @cached_property
    def states(self) -> list[str]:
        """States of a check, the worst first."""
        return [row["code"] for row in records(self._connection, _STATES)]

    def counted(self, by: tuple[str, ...]) -> Sequence[Mapping[str, Any]]:
        """How the checks that are owed ended, by these columns of ``aud_check_index``, the worst first.

        Each row counts the states of checks and, as ``disagreements``, those of the joint review that found two sources apart.
        """
        states = self.states
        each = [f"count(*) filter (where state = {literal(state)}) as {identifier(state)}" for state in states]
        each.append("count(*) filter (where engine = 'review' and state in ('warn', 'fail')) as disagreements")
        keys = ", ".join(map(identifier, by))
        worst = ", ".join(f"{identifier(state)} desc" for state in states)
        query = f"select {keys}, {', '.join(each)} from {MARTS}.aud_check_index group by {keys} order by {worst}, {keys}"
        return records(self._connection, query)

    def columns(self, name: str) -> list[PageColumn]:
        """The columns of a table; its page leaves out those that are empty."""
        return self._columns[name]

    def label(self, list_: str, code: Any) -> str:
        """The label of a code; the code itself where nothing names it."""
        return self.labels.get((list_, str(code)), str(code))


def _printed(column: PageColumn, type_: str) -> str:
    """What :func:`shown` and the labels make of a value, said by the database."""
    name = identifier(column.name)
    if column.is_number:
        return f"cast({name} as double)"
    if column.list is not None:
        label = f"select label from labels where labels.list = {literal(column.list)} and labels.code = cast({name} as varchar)"
        return f"coalesce(({label}), cast({name} as varchar))"
    if type_.endswith("[]"):
        return f"array_to_string({name}, '、')"
    if type_ == "BOOLEAN":
        yes, no = (literal(str(texts()["page"][word])) for word in ("is_true", "is_false"))
        return f"case {name} when true then {yes} when false then {no} end"
    return f"cast({name} as varchar)"


_STATES = f"select code from {MARTS}.dim_code where list = 'check_state' order by display_order desc"
