"""Papers made of tables: pages of a workbook, laid out for A4, with real numbers and dates in their cells.

The tables of a page lie below each other. Each has columns of its own: the columns of the sheet begin wherever one of them does,
and a cell that is wider than one is merged.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import xlsxwriter
from pydantic import Field
from xlsxwriter.worksheet import Worksheet

from junheng.core.printable import in_paper
from junheng.core.typed import StrictModel, load
from publish.words.formats import wrapped_lines

_A4, _A3 = 9, 8
_LINE_POINTS = 15
_LONGEST_SHEET_NAME = 31
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\']")
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class PaperColumn(StrictModel):
    """A column: what stands above it, the name of the value below, its width in characters."""

    header: str
    shows: str = Field(alias="from")
    width: float
    empty: str = ""
    """What stands where there is no value."""
    decimals: int | None = None
    """Of a number; without them as many as it has."""


class PageTexts(StrictModel):
    """A page that is a list."""

    name: str
    title: str
    lines: tuple[str, ...] = ()
    columns: tuple[PaperColumn, ...]


class SheetStyle(StrictModel):
    """``sheets.yml``: how pages look, and what stands at their edges."""

    font: str
    header: str
    footer: str
    none: str
    """What stands in a table without rows."""
    when_true: str
    when_false: str
    rows: str
    """Opens a long table of a page."""
    origin: str
    """At the end of a page."""


@dataclass(frozen=True)
class PaperTable:
    """A table, below its heading if it has one."""

    columns: Sequence[PaperColumn]
    rows: Sequence[Mapping[str, object]]
    heading: str = ""


@dataclass(frozen=True)
class PaperPage:
    """A sheet of a workbook."""

    name: str
    title: str
    tables: Sequence[PaperTable]
    lines: Sequence[str] = ()
    """Sentences below the title."""
    notes: Sequence[str] = ()
    """Sentences below the tables."""
    is_landscape: bool = False
    is_one_page: bool = False
    is_a3: bool = False
    is_list: bool = False
    """A long table: its header stays in sight, on each printed page too."""


def list_page(
    texts: PageTexts, rows: Sequence[Mapping[str, object]], values: Mapping[str, object], notes: Sequence[str] = ()
) -> PaperPage:
    """The page of one long table. ``values``: what its title and its sentences name."""
    lines = [line.format(**values) for line in texts.lines]
    table = PaperTable(texts.columns, rows)
    return PaperPage(texts.name, texts.title.format(**values), [table], lines, notes, is_landscape=True, is_list=True)


def sheet_names(names: Iterable[str]) -> list[str]:
    """Names that a workbook takes for its sheets, no two alike."""
    taken: set[str] = set()
    chosen = []
    for name in names:
        plain = _NOT_IN_SHEET_NAMES.sub("_", name)[:_LONGEST_SHEET_NAME] or "_"
        unique, number = plain, 1
        while unique.casefold() in taken:
            number += 1
            unique = f"{plain[: _LONGEST_SHEET_NAME - len(str(number)) - 1]}_{number}"
        taken.add(unique.casefold())
        chosen.append(unique)
    return chosen


def sheet_style() -> SheetStyle:
    """``sheets.yml``."""
    return load(Path(__file__).with_suffix(".yml"), SheetStyle)


def paper_book(pages: Sequence[PaperPage], edges: Mapping[str, str]) -> bytes:
    """A workbook of these pages. ``edges``: what header and footer name (``release``, ``state``, ``county``), ``created_at``."""
    style, data = sheet_style(), io.BytesIO()
    workbook = xlsxwriter.Workbook(data, _OPTIONS)
    workbook.set_properties({"created": datetime.fromisoformat(edges["created_at"])})
    drawn = _PaperDrawing(workbook, style)
    for page, name in zip(pages, sheet_names(page.name for page in pages), strict=True):
        sheet = drawn.add(page, name)
        sheet.set_header(style.header.format(**edges))
        sheet.set_footer(style.footer.format(**edges))
    workbook.close()
    return data.getvalue()


class _PaperDrawing:
    """Pages drawn into a workbook."""

    def __init__(self, workbook: xlsxwriter.Workbook, style: SheetStyle) -> None:
        self._workbook, self._style = workbook, style
        base = {"font_name": style.font, "font_size": 10, "valign": "vcenter"}
        self._title = workbook.add_format(base | {"bold": True, "font_size": 16, "align": "center"})
        self._heading = workbook.add_format(base | {"bold": True, "font_size": 11})
        self._line = workbook.add_format(base | {"text_wrap": True})
        self._head = workbook.add_format(
            base | {"bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#F2F2F2"}
        )
        self._cell = base | {"border": 1, "text_wrap": True}
        self._text = workbook.add_format(self._cell | {"indent": 1})
        self._day = workbook.add_format(self._cell | {"num_format": "yyyy-mm-dd", "align": "center"})
        self._numbers: dict[int, object] = {}

    def add(self, page: PaperPage, name: str) -> Worksheet:
        """Draw one page."""
        sheet = self._workbook.add_worksheet(name)
        starts = _starts(page.tables)
        for place, (start, end) in enumerate(pairwise(starts)):
            sheet.set_column(place, place, end - start)
        last = max(len(starts) - 2, 0)
        width = starts[-1]
        row = self._wide(sheet, 0, last, page.title, self._title, width / 1.7, 1.7)
        for line in page.lines:
            row = self._wide(sheet, row, last, line, self._line, width)
        for table in page.tables:
            if table.heading:
                row = self._wide(sheet, row, last, table.heading, self._heading, width)
            if page.is_list:
                sheet.freeze_panes(row + 1, 0)
                sheet.repeat_rows(0, row)
            row = self._table(sheet, row, table, starts)
        for note in page.notes:
            row = self._wide(sheet, row, last, note, self._line, width)
        sheet.set_paper(_A3 if page.is_a3 else _A4)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        if page.is_landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 1 if page.is_one_page else 0)
        sheet.center_horizontally()
        return sheet

    def _wide(self, sheet: Worksheet, row: int, last: int, text: str, style: object, width: float, height: float = 1) -> int:
        """A text over the whole width. Returns the row below."""
        if last:
            sheet.merge_range(row, 0, row, last, "", style)
        sheet.write_string(row, 0, in_paper(text), style)
        sheet.set_row(row, _LINE_POINTS * height * wrapped_lines(text, width) + 4)
        return row + 1

    def _table(self, sheet: Worksheet, row: int, table: PaperTable, starts: Sequence[float]) -> int:
        """A table with its header. Returns the row below."""
        spans = _spans(table.columns, starts)
        widths = [starts[last + 1] - starts[first] - 2 for first, last in spans]
        lines = max(wrapped_lines(column.header, width) for column, width in zip(table.columns, widths, strict=True))
        for column, span in zip(table.columns, spans, strict=True):
            self._write(sheet, row, span, column.header, self._head)
        sheet.set_row(row, _LINE_POINTS * lines + 4)
        row += 1
        if not table.rows:
            self._write(sheet, row, (0, len(starts) - 2), self._style.none, self._text)
            return row + 1
        for values in table.rows:
            lines = 1
            for column, span, width in zip(table.columns, spans, widths, strict=True):
                shown = self._shown(column, values[column.shows])
                self._write(sheet, row, span, shown, self._format(shown, column.decimals))
                if isinstance(shown, str):
                    lines = max(lines, wrapped_lines(shown, width))
            sheet.set_row(row, _LINE_POINTS * lines + 4)
            row += 1
        return row

    def _shown(self, column: PaperColumn, value: object) -> str | int | Decimal | date:
        if value is None or value == "":
            return column.empty
        if isinstance(value, bool):
            return self._style.when_true if value else self._style.when_false
        if isinstance(value, float):
            return Decimal(repr(value))
        return value if isinstance(value, int | Decimal | date) else in_paper(str(value))

    def _format(self, shown: str | int | Decimal | date, places: int | None) -> object:
        if isinstance(shown, str):
            return self._text
        if isinstance(shown, date):
            return self._day
        if places is None:
            places = max(-int(Decimal(shown).normalize().as_tuple().exponent), 0)
        if places not in self._numbers:
            pattern = f"#,##0.{'0' * places}" if places else "#,##0"
            self._numbers[places] = self._workbook.add_format(self._cell | {"num_format": pattern, "align": "right"})
        return self._numbers[places]

    def _write(self, sheet: Worksheet, row: int, span: tuple[int, int], shown: str | int | Decimal | date, style: object) -> None:
        first, last = span
        if last > first:
            sheet.merge_range(row, first, row, last, "", style)
        if shown == "":
            sheet.write_blank(row, first, None, style)
        elif isinstance(shown, str):
            sheet.write_string(row, first, shown, style)
        elif isinstance(shown, date):
            sheet.write_datetime(row, first, shown, style)
        else:
            sheet.write_number(row, first, float(shown), style)


def _starts(tables: Sequence[PaperTable]) -> list[float]:
    """Where the columns of a sheet begin, in characters, and where the last one ends. All tables are as wide as the widest."""
    widest = max((sum(column.width for column in table.columns) for table in tables), default=1.0)
    return sorted({round(start, 2) for table in tables for start in _edges(table.columns, widest)} | {0.0, round(widest, 2)})


def _edges(columns: Sequence[PaperColumn], widest: float) -> list[float]:
    """Where columns begin that are stretched to a width, and where the last one ends."""
    factor = widest / sum(column.width for column in columns)
    edges = [0.0]
    for column in columns:
        edges.append(round(edges[-1] + column.width * factor, 2))
    return [*edges[:-1], round(widest, 2)]


def _spans(columns: Sequence[PaperColumn], starts: Sequence[float]) -> list[tuple[int, int]]:
    """First and last column of the sheet of each column."""
    edges = [round(edge, 2) for edge in _edges(columns, starts[-1])]
    return [(starts.index(begin), starts.index(end) - 1) for begin, end in pairwise(edges)]
