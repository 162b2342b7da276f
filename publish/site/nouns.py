"""Pages of single things and topics of a county, as ``nouns.yml`` has them: their kinds, their rows, the links between them.

One query reads the rows of a section for all pages of a kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

import duckdb
from markupsafe import Markup, escape

from junheng.core.printable import file_name
from junheng.core.sql import catalog, identifier, records, tables
from publish.site.maps import Outlines, PlaceMap, Shown, shade
from publish.site.noun_kinds import NounColumnEntry, NounKind, NounLines, NounMap, NounSection, noun_settings
from publish.site.trend import TrendChart, YearValue, trend_chart
from publish.tables.artifacts import MARTS
from publish.words import formats
from publish.words.texts import texts

_COMMENTS = f"select table_name, column_name, comment from duckdb_columns() where schema_name = '{MARTS}' and comment is not null"
_TOPIC = f"""
    select county_code, '' as page_key, county_name as page_name
    from {MARTS}.dim_county join newest_county using (county_code, school_year)
"""
_VERDICTS = {"verdict", "veto_verdict"}
PagePlace = tuple[str, str, str]
"""Kind, county and key of a page."""
_LEAST_ROWS = 10
"""Rows of a section on a page that is full already."""


@dataclass(frozen=True)
class NounCell:
    """What a cell shows, its class and the page it leads to."""

    text: str
    css: str = ""
    link: str = ""


@lru_cache(maxsize=1 << 14)
def _written(cell: NounCell) -> str:
    """A cell as HTML."""
    css = f' class="{escape(cell.css)}"' if cell.css else ""
    text = f'<a href="{escape(cell.link)}">{escape(cell.text)}</a>' if cell.link else escape(cell.text)
    return f"<td{css}>{text}</td>"


def _line(name: str, cells: Iterable[NounCell]) -> str:
    """A row as HTML, with the id that links lead to: a template would take thrice as long for as many cells."""
    named = f' id="{escape(name)}"' if name else ""
    return f"<tr{named}>{''.join(map(_written, cells))}</tr>"


@dataclass
class NounTable:
    """A section of a page: a table, or charts."""

    title: str
    note: str
    mart: str
    heads: list[tuple[str, str]]
    """Label and class of each column."""
    rows: list[str] = field(default_factory=list)
    """As HTML."""
    more: int = 0
    charts: list[TrendChart] = field(default_factory=list)
    map: PlaceMap | None = None
    unread: str = ""
    """Names of files with outlines that could not be used."""

    @property
    def body(self) -> Markup:
        """Its rows, as a template takes them."""
        return Markup("\n".join(self.rows))


@dataclass
class NounPage:
    """A page of one thing or topic of a county."""

    kind: str
    title: str
    county_code: str
    key: str
    name: str
    path: str
    """Below the folder of the site."""
    facts: list[tuple[str, NounCell]]
    tables: list[NounTable] = field(default_factory=list)
    size: int = 0
    """Bytes of the rows it has."""


@dataclass(frozen=True)
class FoundPlace:
    """What the search finds, and where it leads to, below the folder of the site."""

    name: str
    kind: str
    county_code: str
    link: str


class Nouns:
    """The pages of a release, known to each other before any is written."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        counties: int,
        others: Mapping[PagePlace, str],
        outlines: Outlines | None = None,
    ) -> None:
        """``others``: paths of pages that are written elsewhere. Temp table ``newest_county`` is there."""
        self._connection = connection
        self._outlines = outlines or Outlines(None)
        self._present = set(tables(connection, catalog(connection), MARTS))
        self._settings = noun_settings()
        self._paths: dict[PagePlace, str] = dict(others)
        self._labels: dict[str, dict[str, str]] = defaultdict(dict)
        for row in records(connection, f"select list, code, label_zh from {MARTS}.dim_code"):
            self._labels[row["list"]][row["code"]] = row["label_zh"]
        self._comments = {
            (row["table_name"], row["column_name"]): str(row["comment"]).partition("：")[0]
            for row in records(connection, _COMMENTS)
        }
        for name, query in self._settings.views.items():
            if self._can_read(query):
                connection.execute(f"create or replace temp view {identifier(name)} as {query}")
        self.places: list[FoundPlace] = []
        self.kinds = {
            name: kind for name, kind in self._settings.kinds.items() if kind.from_counties <= counties <= kind.up_to_counties
        }
        self._pages = {name: self._listed(name, kind) for name, kind in self.kinds.items()}

    def _can_read(self, query: str) -> bool:
        """Whether every mart that a query names is in the release: one that an earlier version made may lack some."""
        named = {
            word.partition(".")[2] for word in query.replace("(", " ").replace(")", " ").split() if word.startswith(f"{MARTS}.")
        }
        views = {name for name in self._settings.views if name in query.split()}
        return named <= self._present and all(self._can_read(self._settings.views[view]) for view in views)

    def _listed(self, name: str, kind: NounKind) -> list[NounPage]:
        query = kind.pages or _TOPIC
        if not self._can_read(query):
            return []
        pages = []
        known = "county_code = '' or county_code in (select county_code from newest_county)"
        for row in records(self._connection, f"select * from ({query}) where {known} order by county_code, page_key"):
            key, county = str(row["page_key"]), str(row["county_code"])
            path = f"{name}/{file_name('-'.join(part for part in (county, key) if part), '.html')}"
            self._paths[name, county, key] = path
            columns = kind.facts.columns if kind.facts else ()
            facts = [
                (self._label(str(kind.facts and kind.facts.mart), column), cell)
                for column in columns
                if (cell := self._cell(column, row, county)).text
            ]
            pages.append(NounPage(name, kind.title, county, key, str(row["page_name"] or key), path, facts))
        return pages

    def path(self, kind: str, county: str, key: str = "") -> str:
        """Path of a page below the folder of the site; empty where there is none."""
        return quote(self._paths.get((kind, county, key), ""))

    def topics(self, county: str) -> list[tuple[str, str]]:
        """Title and path of each page of a topic of a county."""
        return [(self.kinds[name].title, path) for name in self.kinds if (path := self.path(name, county))]

    def areas(self) -> list[tuple[str, str]]:
        """Name and path of each page that is not one county's."""
        return [(page.name, quote(page.path)) for pages in self._pages.values() for page in pages if not page.county_code]

    def pages(self) -> Iterator[NounPage]:
        """Every page with its sections; one without any says so."""
        for name, kind in self.kinds.items():
            by_page = {(page.county_code, page.key): page for page in self._pages[name]}
            for section in kind.sections:
                if self._can_read(section.relation or f"{MARTS}.{section.mart}"):
                    self._fill(section, by_page)
            for page in by_page.values():
                self.places.append(FoundPlace(page.name, page.title, page.county_code, quote(page.path)))
            yield from by_page.values()

    def _fill(self, section: NounSection, by_page: Mapping[tuple[str, str], NounPage]) -> None:
        """Add a section to every page that has rows of it."""
        rows_of: dict[tuple[str, str], list[dict[str, object]]] = defaultdict(list)
        for row in records(self._connection, self._query(section)):
            rows_of[row["county_code"], str(row["_key"])].append(row)
        for place, rows in rows_of.items():
            if page := by_page.get(place):
                page.tables.append(self._table(section, rows, page))

    def _query(self, section: NounSection) -> str:
        names = [column.name for column in section.columns]
        names += [name for column in section.columns for name in (column.key, column.row, column.beside, column.needed) if name]
        names += [section.id] if section.id else []
        names += [section.map.place, section.map.name, section.map.says] if section.map else []
        names += [section.lines.x, section.lines.y, section.lines.limit] if section.lines else []
        select = ", ".join(identifier(name) for name in dict.fromkeys(names) if name != "county_code")
        relation = f"({section.relation})" if section.relation else f"{MARTS}.{identifier(section.mart)}"
        newest = "join newest_county using (county_code, school_year)" if section.newest else ""
        where = f"where {section.where}" if section.where else ""
        key = identifier(section.by) if section.by else "''"
        return (
            f"select county_code, {key} as _key, {select} from {relation} {newest} {where} order by county_code, {section.order}"
        )

    def _table(self, section: NounSection, rows: list[dict[str, object]], page: NounPage) -> NounTable:
        if section.lines:
            return NounTable(section.title, section.note, section.mart, [], charts=self._charts(section, section.lines, rows))
        used = [
            column
            for column in section.columns
            if any(row[column.name] not in (None, "") or _is_lacking(column, row) for row in rows)
        ]
        numbers = {
            column.name
            for column in used
            if all(_is_number(row[column.name]) for row in rows) and not (column.list or column.kind)
        }
        heads = [(self._label(section.mart, column), "n" if column.name in numbers else "") for column in used]
        drawn = self._map(section.map, section, rows, page) if section.map else None
        unread = "、".join(self._outlines.faults) if section.map else ""
        page.size += sum(len(place.path) for place in drawn.places) if drawn else 0
        lines: list[str] = []
        for row in rows[: self._settings.most_rows]:
            cells = [self._cell(column, row, page.county_code) for column in used]
            line = _line(str(row[section.id]) if section.id else "", cells)
            page.size += len(line.encode())
            if page.size > self._settings.most_bytes and len(lines) >= _LEAST_ROWS:
                break
            lines.append(line)
            if section.search and section.id:
                link = f"{quote(page.path)}#{quote(str(row[section.id]))}"
                self.places.append(FoundPlace(str(row[section.search]), section.title, page.county_code, link))
        return NounTable(
            section.title, section.note, section.mart, heads, lines, len(rows) - len(lines), map=drawn, unread=unread
        )

    def _map(self, entry: NounMap, section: NounSection, rows: list[dict[str, object]], page: NounPage) -> PlaceMap | None:
        """The map over a table; of several rows of a place the first one is shown."""
        columns = {column.name: column for column in section.columns}
        says, name = columns[entry.says], columns[entry.name]
        first: dict[str, dict[str, object]] = {}
        for row in rows:
            first.setdefault(str(row[entry.place]), row)
        most = max((float(cast(Decimal, row[says.name]) or 0) for row in first.values()), default=0.0) if not says.list else 0.0
        shown = {
            place: Shown(
                self._cell(name, row, page.county_code).text,
                self._cell(says, row, page.county_code).text,
                self._css(says, row[says.name]) if says.list else shade(float(cast(Decimal, row[says.name]) or 0), most),
                self._link(name, row, page.county_code),
            )
            for place, row in first.items()
        }
        return self._outlines.drawn(f"{section.title}，{self._label(section.mart, says)}", shown)

    def _charts(self, section: NounSection, lines: NounLines, rows: list[dict[str, object]]) -> list[TrendChart]:
        series: dict[str, list[dict[str, object]]] = defaultdict(list)
        for row in rows:
            title = " ".join(self._cell(column, row, "").text for column in section.columns)
            series[title].append(row)
        return [
            trend_chart(title, [cast(YearValue, (row[lines.x], row[lines.y], row[lines.limit])) for row in of_one], lines.falling)
            for title, of_one in series.items()
        ]

    def _label(self, mart: str, column: NounColumnEntry) -> str:
        return column.label or self._comments.get((mart, column.name), column.name)

    def _cell(self, column: NounColumnEntry, row: Mapping[str, Any], county: str) -> NounCell:
        value = row[column.name]
        if value is None or value == "":
            return NounCell(column.empty if _is_lacking(column, row) else "", column.kind)
        return NounCell(self._text(column, value, row), self._css(column, value), self._link(column, row, county))

    def _css(self, column: NounColumnEntry, value: Any) -> str:
        if column.list in _VERDICTS:
            return f"verdict {value}"
        return column.kind or ("n" if _is_number(value) and not column.list else "")

    def _text(self, column: NounColumnEntry, value: Any, row: Mapping[str, Any]) -> str:
        if column.list:
            label = self._labels[column.list].get(str(value), str(value))
            symbol = (
                texts()["verdicts"][str(value)]["symbol"] if column.list in _VERDICTS and value in texts()["verdicts"] else ""
            )
            return f"{symbol} {label}" if symbol else label
        if isinstance(value, bool):
            return str(texts()["page"]["is_true" if value else "is_false"])
        if column.kind or not _is_number(value):
            return str(value)
        if column.percent:
            return f"{formats.fixed(value * 100, 1)}%"
        if column.beside:
            return formats.beside(value, row[column.beside], column.decimals)
        return formats.plain(Decimal(formats.fixed(value, column.decimals).replace(",", "")))

    def _link(self, column: NounColumnEntry, row: Mapping[str, Any], county: str) -> str:
        if column.to is None:
            return ""
        path = self.path(column.to, county, str(row[column.key] or "") if column.key else "")
        if not path or (column.key and not row[column.key]):
            return ""
        return f"../{path}#{quote(str(row[column.row]))}" if column.row else f"../{path}"


def _is_lacking(column: NounColumnEntry, row: Mapping[str, Any]) -> bool:
    """Whether a value that is not there has to be told."""
    return bool(column.empty and row[column.name] is None and (column.needed is None or row[column.needed]))


def _is_number(value: Any) -> bool:
    return value is None or (not isinstance(value, bool) and (isinstance(value, int | float) or hasattr(value, "as_tuple")))
