"""Tables in HTML, in single-file web pages (MHTML) and in Excel 2003 XML (SpreadsheetML)."""

from __future__ import annotations

import datetime as dt
import email
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lxml import etree, html

from ingest.readers.facts import UNCALCULATED, UNNAMED_ERROR
from ingest.readers.grid import MAX_COLUMNS, MAX_ROWS, Grid
from ingest.readers.reply import Cells, Refused
from ingest.readers.sheet import Place
from ingest.readers.sniff import utf16_without_mark
from ingest.readers.texts import TEXT, table_name

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.IGNORECASE)
_ENCODINGS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "x-gbk", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("big5", "iso-8859-1", "windows-1252", "utf-16"), ""),
    "utf-8": "utf-8",
}
_DOCTYPE = re.compile(r"<!(?:doctype|entity)", re.IGNORECASE)
_XML = re.compile(r"\s*<(?:\?xml|\?mso|(?:ss:)?workbook)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
_MARKS = re.compile(r"<(?:/?table|tr)(?=[\s>/])", re.IGNORECASE)
_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_SHEETS = "urn:schemas-microsoft-com:office:spreadsheet"
_EXCEL = "urn:schemas-microsoft-com:office:excel"
_NOT_SHOWN = {"SheetHidden", "SheetVeryHidden"}
_UNREAD = {"script", "style", "head", "title", "template", "noscript"}
_BLOCKS = {"p", "div", "li", "tr"}
_TALLEST, _WIDEST = 65534, 1000


def decoded(data: bytes) -> str:
    """Text of markup: its byte-order mark, else UTF-8 where that fits, else what it declares, else GB18030. Raises Refused."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif order := utf16_without_mark(data):
        candidates = [order]
    else:
        match = _DECLARED.search(data[:4096])
        declared = match[1].decode().lower() if match else ""
        candidates = ["utf-8-sig", _ENCODINGS.get(declared) or (declared if declared in _ENCODINGS else "gb18030")]
    for encoding in candidates:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("undecodable", candidates[-1].upper())


class MarkupBook:
    """The tables of one page or XML workbook."""

    def __init__(self, sheets: dict[str, Cells], hidden: Sequence[str] = (), numbered: bool = True) -> None:
        self._sheets = sheets
        self.hidden = list(hidden)
        self.names = list(sheets)
        self.numbered = numbered

    def sheet(self, name: str) -> Cells:
        """Cells of one sheet."""
        return self._sheets[name]


def open_markup(data: bytes) -> MarkupBook:
    """Open HTML or SpreadsheetML. Raises Refused."""
    text = decoded(data)
    if _XML.match(text) and not _PAGE.search(text[:4096]):
        return _spreadsheet(text)
    return MarkupBook(_named(_tables(text)))


def open_mhtml(data: bytes) -> MarkupBook:
    """Open a single-file web page. Raises Refused."""
    tables: list[Cells] = []
    for part in email.message_from_bytes(data).walk():
        if part.get_content_type() == "text/html":
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                tables += _tables(decoded(body))
    return MarkupBook(_named(tables))


def _named(tables: list[Cells]) -> dict[str, Cells]:
    if not tables:
        raise Refused("unsupported_format", TEXT("page_without_table"))
    return {table_name(number): cells for number, cells in enumerate(tables, 1)}


def _tables(text: str) -> list[Cells]:
    """Every table that holds anything, one within another being two.

    The parser mends what it can and ends without a word where it cannot: a page that was cut, or some of whose rows are missing
    in what was read, is refused.
    """
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True)
    page = html.document_fromstring(text.removeprefix("\ufeff").encode(), parser=parser)
    written = Counter(mark.lower() for mark in _MARKS.findall(_HIDDEN.sub("", text)))
    if written["<table"] > written["</table"] or written["<tr"] > sum(1 for _ in page.iter("tr")):
        raise Refused("damaged_workbook", TEXT("page_cut"))
    grids = (_html_grid(table) for table in page.iter("table"))
    return [grid.cells() for grid in grids if not grid.is_empty]


def _html_grid(table: Any) -> Grid:
    grid = Grid()
    for row, line in enumerate(_lines(table)):
        column = 0
        for cell in line:
            column = grid.free(row, column)
            height, width = _span(cell, "rowspan", _TALLEST), _span(cell, "colspan", _WIDEST)
            grid.put(row, column, _shown("".join(_texts(cell))), height or _TALLEST, max(width, 1))
            column += max(width, 1)
    return grid


def _lines(table: Any) -> Iterator[list[Any]]:
    """Cells of each row of this table, not of one inside."""
    for child in table:
        if child.tag == "tr":
            yield [cell for cell in child if cell.tag in ("td", "th")]
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _lines(child)


def _span(cell: Any, name: str, most: int) -> int:
    stated = (cell.get(name) or "1").strip()
    return min(int(stated), most) if stated.isascii() and stated.isdigit() and len(stated) < 10 else 1


def _texts(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _UNREAD and child.tag != "table":
            yield "\n" if child.tag == "br" or child.tag in _BLOCKS else ""
            yield from _texts(child)
        yield child.tail or ""


def _shown(text: str) -> str:
    return "\n".join(line for part in text.split("\n") if (line := " ".join(part.split())))


def _spreadsheet(text: str) -> MarkupBook:
    """Worksheets of Excel 2003 XML."""
    if _DOCTYPE.search(text):
        raise Refused("xml_entities")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        book = etree.fromstring(text.removeprefix("\ufeff").lstrip().encode(), parser)
    except etree.XMLSyntaxError as error:
        if _SHEETS in text:
            raise Refused("damaged_workbook", TEXT("xml_cut")) from error
        raise Refused("unsupported_format", TEXT("markup")) from error
    if book.tag != f"{{{_SHEETS}}}Workbook":
        raise Refused("unsupported_format", TEXT("xml"))
    sheets: dict[str, Cells] = {}
    hidden: list[str] = []
    for number, sheet in enumerate(book.iterchildren(f"{{{_SHEETS}}}Worksheet"), 1):
        name = sheet.get(f"{{{_SHEETS}}}Name") or table_name(number)
        name = name if name not in sheets else f"{name}_{number}"
        sheets[name] = _xml_cells(sheet)
        if sheet.findtext(f"{{{_EXCEL}}}WorksheetOptions/{{{_EXCEL}}}Visible") in _NOT_SHOWN:
            hidden.append(name)
    return MarkupBook(sheets, hidden, numbered=False)


def _xml_cells(sheet: Any) -> Cells:
    grid = Grid()
    hidden_rows: list[int] = []
    row = -1
    for line in sheet.iterfind(f"{{{_SHEETS}}}Table/{{{_SHEETS}}}Row"):
        row = _index(line, row + 1)
        if _is_hidden(line):
            hidden_rows += range(row, min(row + _number(line, "Span"), MAX_ROWS) + 1)
        column = 0
        for cell in line.iterchildren(f"{{{_SHEETS}}}Cell"):
            column = grid.free(row, _index(cell, column))
            width, height = 1 + _number(cell, "MergeAcross"), 1 + _number(cell, "MergeDown")
            grid.put(row, column, _xml_cell(cell, grid, (row, column)), height, width)
            column += width
        row += _number(line, "Span")
    return replace(grid.cells(), hidden_rows=hidden_rows, hidden_columns=_hidden_columns(sheet))


def _xml_cell(cell: Any, grid: Grid, place: Place) -> object:
    data = cell.find(f"{{{_SHEETS}}}Data")
    if data is not None:
        return _xml_value(data, grid, place)
    if not cell.get(f"{{{_SHEETS}}}Formula"):
        return ""
    grid.errors[place] = UNCALCULATED
    return UNCALCULATED


def _is_hidden(element: Any) -> bool:
    return bool(element.get(f"{{{_SHEETS}}}Hidden") == "1")


def _hidden_columns(sheet: Any) -> list[int]:
    hidden: list[int] = []
    column = 0
    for element in sheet.iterfind(f"{{{_SHEETS}}}Table/{{{_SHEETS}}}Column"):
        column = _index(element, column)
        following = column + _number(element, "Span") + 1
        hidden += range(column, min(following, MAX_COLUMNS)) if _is_hidden(element) else ()
        column = following
    return hidden


def _number(element: Any, name: str) -> int:
    stated = element.get(f"{{{_SHEETS}}}{name}") or "0"
    if not (stated.isascii() and stated.isdigit() and len(stated) < 8):
        raise Refused("damaged_workbook", f"ss:{name}")
    return int(stated)


def _index(element: Any, following: int) -> int:
    """0-based place of a row or cell: stated, or the one after."""
    stated = _number(element, "Index")
    if stated and stated - 1 < following:
        raise Refused("damaged_workbook", TEXT("xml_numbers"))
    return stated - 1 if stated else following


def _xml_value(data: Any, grid: Grid, place: Place) -> object:
    text = "".join(data.itertext())
    match data.get(f"{{{_SHEETS}}}Type"):
        case "Number" if text.strip():
            return float(text)
        case "Boolean" if text.strip() in ("0", "1"):
            return text.strip() == "1"
        case "DateTime" if text.strip():
            moment = dt.datetime.fromisoformat(text.strip())
            return moment.date() if moment.time() == dt.time() else moment
        case "Error":
            grid.errors[place] = text or UNNAMED_ERROR
            return text or UNNAMED_ERROR
    return text
