"""Tables in Word documents (.docx, .docm, and what WPS writes under these names)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from ingest.readers.grid import Grid
from ingest.readers.package import Package
from ingest.readers.reply import Cells, Refused
from ingest.readers.texts import TEXT, table_name

DOCUMENT = "word/document.xml"
_UNREAD = {"tbl", "Fallback", "moveFrom"}
"""A table inside is one of its own; a fallback repeats what stands before it; moved text stands where it was moved to."""


class WordBook:
    """The tables of a document, as sheets 表1, 表2 and so on."""

    numbered = True

    def __init__(self, container: Package) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
        root = etree.fromstring(container.read(DOCUMENT), parser)
        grids = (_grid(element) for element in root.iter("{*}tbl"))
        tables = [grid.cells() for grid in grids if not grid.is_empty]
        if not tables:
            raise Refused("text_document", TEXT("document_without_table"))
        self._sheets = {table_name(number): cells for number, cells in enumerate(tables, 1)}
        self.names = list(self._sheets)

    def sheet(self, name: str) -> Cells:
        """Cells of one table."""
        return self._sheets[name]


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Any, wanted: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, also those inside content controls and insertions."""
    for child in element:
        if _name(child) == wanted:
            yield child
        elif _name(child) in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
            yield from _children(child, wanted)


def _grid(table: Any) -> Grid:
    grid = Grid()
    open_cells: dict[int, tuple[int, int, str, int]] = {}
    """Cells that reach down, by column: first row, width, text, rows so far."""
    for row, line in enumerate(_children(table, "tr")):
        if line.find("{*}trPr/{*}del") is not None:  # taken out, the change not yet accepted
            continue
        column = _property(line, "trPr", "gridBefore", 0)
        reaching: set[int] = set()
        for cell in _children(line, "tc"):
            width = max(_property(cell, "tcPr", "gridSpan", 1), 1)
            merge = cell.find("{*}tcPr/{*}vMerge")
            start = open_cells.get(column)
            if merge is not None and _value(merge, "continue") != "restart" and start is not None and start[1] == width:
                open_cells[column] = (*start[:3], start[3] + 1)
                reaching.add(column)
            else:
                if start is not None:
                    _close(grid, column, open_cells.pop(column))
                open_cells[column] = (row, width, _text(cell), 1)
                reaching.add(column)
            column += width
        for ended in set(open_cells) - reaching:
            _close(grid, ended, open_cells.pop(ended))
    for column, cell_open in open_cells.items():
        _close(grid, column, cell_open)
    return grid


def _close(grid: Grid, column: int, cell: tuple[int, int, str, int]) -> None:
    row, width, text, height = cell
    grid.put(row, column, text, height, width)


def _value(element: Any, default: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == "val"), default)


def _property(element: Any, group: str, name: str, default: int) -> int:
    value = element.find(f"{{*}}{group}/{{*}}{name}")
    stated = "" if value is None else _value(value, "")
    return int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 6 else default


def _text(cell: Any) -> str:
    return "\n".join(line for line in "".join(_texts(cell)).split("\n") if line.strip())


def _texts(element: Any) -> Iterator[str]:
    for child in element:
        name = _name(child)
        if name in _UNREAD:
            continue
        if name == "t":
            yield child.text or ""
        elif name == "tab":
            yield " "
        elif name in ("br", "cr"):
            yield "\n"
        else:
            yield from _texts(child)
            yield "\n" if name == "p" else ""
