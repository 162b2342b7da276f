"""Papers made of tables as one page of the web: what the workbook says, in the look of the site, without anything beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from junheng.core.home import write_atomically
from publish.papers.sheets import PaperColumn, PaperPage, PaperTable, paper_book, sheet_style
from publish.words.environment import environment

_LONGEST, _LONGEST_FIRST = 15, 60
"""Rows of a table that stand open, on the first sheet more."""


@dataclass(frozen=True)
class PageCell:
    """A cell or a header, as it is read."""

    text: str
    is_number: bool


@dataclass(frozen=True)
class PageTable:
    """A table, as it is read."""

    heading: str
    heads: list[PageCell]
    rows: list[list[PageCell]]


@dataclass(frozen=True)
class PageSheet:
    """A sheet of the workbook as a section."""

    name: str
    title: str
    lines: Sequence[str]
    tables: list[PageTable]
    notes: Sequence[str]


def write_papers(pages: Sequence[PaperPage], edges: Mapping[str, str], out: Path, book: str) -> Path:
    """The workbook ``book`` and, beside it, the same as a page. ``edges``: as of :func:`paper_page`."""
    path = out / book
    write_atomically(path, paper_book(pages, edges))
    write_atomically(path.with_suffix(".html"), paper_page(pages, edges))
    return path


def paper_page(pages: Sequence[PaperPage], edges: Mapping[str, str]) -> bytes:
    """HTML of these pages, one below the other. ``edges``: as of ``paper_book``, and ``year``."""
    sheets = [
        PageSheet(page.name, page.title, page.lines, [_table(table) for table in page.tables], page.notes) for page in pages
    ]
    template = environment().get_template("paper_page.html.j2")
    return template.render(
        sheets=sheets, edges=edges, longest=_LONGEST, longest_first=_LONGEST_FIRST, style=sheet_style()
    ).encode()


def _table(table: PaperTable) -> PageTable:
    rows = [[_cell(column, row[column.shows]) for column in table.columns] for row in table.rows]
    heads = [PageCell(column.header, any(row[place].is_number for row in rows)) for place, column in enumerate(table.columns)]
    return PageTable(table.heading, heads, rows)


def _cell(column: PaperColumn, value: object) -> PageCell:
    style = sheet_style()
    if value is None or value == "":
        return PageCell(column.empty, False)
    if isinstance(value, bool):
        return PageCell(style.when_true if value else style.when_false, False)
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        places = column.decimals
        if places is None:
            places = max(-int(number.normalize().as_tuple().exponent), 0)
        return PageCell(f"{number:,.{places}f}", True)
    return PageCell(value.isoformat() if isinstance(value, date) else str(value), False)
