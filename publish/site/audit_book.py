"""The workbook of a table of the audit pack: every row, in the order of its page, to be sorted and filtered in Excel.

The tables of a province have hundreds of thousands of rows, and a library that writes cell by cell spends a minute on them. So
the database itself puts the rows into the words of a sheet, and the few fixed parts around them are written here (ECMA-376,
inline strings).
Equal rows and an equal time of the release give equal bytes. A text is written as text, whatever it begins with.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape, quoteattr

import duckdb

from junheng.core.sql import identifier, literal, scalar
from publish.words.texts import texts

_MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
_MOST_SIGNS = 32_767
"""Signs of a cell."""
_BATCH = 20_000
_FORMULA = r"^[=+@\t\r-]"
_FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
"""Signs that no XML file may hold."""
_WIDTHS = {"say": 48, "file": 40, "hash": 20, "n": 12, "nowrap": 16, "": 16}
_HEAD, _TEXT, _QUOTED = 1, 2, 3
"""Formats of ``_STYLES``."""
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CORE = "application/vnd.openxmlformats-package.core-properties+xml"
_TOP = '<alignment vertical="top"/>'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFD9E1F2"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf>'
    f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">{_TOP}</xf>'
    f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyAlignment="1">{_TOP}</xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class BookColumn:
    """A column of a workbook: its name in the relation, its header, and its kind (``PageColumn.css``)."""

    name: str
    label: str
    is_number: bool = False
    css: str = ""


@dataclass(frozen=True)
class Book:
    """What a workbook holds: rows of a relation in the order of its column ``_rank`` (1, 2 …), numbers as DOUBLE, else text."""

    title: str
    relation: str
    columns: Sequence[BookColumn]


def write_book(path: Path, book: Book, connection: duckdb.DuckDBPyConnection, created_at: str) -> None:
    """Write all rows of a table; ``created_at`` is the only time in the file (ISO)."""
    total = int(scalar(connection, f"select count(*) from {identifier(book.relation)}"))
    firsts = range(0, max(total, 1), _MOST_ROWS)
    sizes = [min(_MOST_ROWS, total - first) for first in firsts]
    names = [f"{book.title[:25]}{f' {number}' if number > 1 else ''}" for number in range(1, len(firsts) + 1)]
    last = _letter(len(book.columns) - 1)
    with zipfile.ZipFile(path, "w") as file:
        for name, text in _frame(book.title, names, [f"$A$1:${last}${size + 1}" for size in sizes], created_at):
            with _part(file, name) as part:
                part.write((_DECLARATION + text).encode())
        for number, (first, size) in enumerate(zip(firsts, sizes, strict=True), 1):
            with _part(file, f"xl/worksheets/sheet{number}.xml") as part:
                part.write((_DECLARATION + _head(book.columns)).encode())
                for start in range(first, first + size, _BATCH):
                    part.write(_lines(connection, book, first, start, min(start + _BATCH, first + size)).encode())
                part.write(f'</sheetData><autoFilter ref="A1:{last}{size + 1}"/></worksheet>'.encode())


def _part(file: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A member of the file, dated as ZipInfo dates what has no date."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return file.open(info, "w", force_zip64=True)


def _letter(place: int) -> str:
    """Letter of a column, counted from 0."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters


def _head(columns: Sequence[BookColumn]) -> str:
    """A sheet up to its first row of data."""
    widths = [f'<col min="{n}" max="{n}" width="{_WIDTHS[one.css]}" customWidth="1"/>' for n, one in enumerate(columns, 1)]
    cells = [_text_cell(f"{_letter(n)}1", _HEAD, escape(one.label)) for n, one in enumerate(columns)]
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<cols>{"".join(widths)}</cols><sheetData><row r="1">{"".join(cells)}</row>'
    )


def _text_cell(address: str, style: int, text: str) -> str:
    return f'<c r="{address}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _lines(connection: duckdb.DuckDBPyConnection, book: Book, first: int, start: int, end: int) -> str:
    """Rows ``start`` to ``end`` (counted from 0) as they stand in the sheet that begins with row ``first``."""
    cells = " || ".join(_cell(place, column) for place, column in enumerate(book.columns))
    columns = ", ".join(
        identifier(column.name) if column.is_number else f"{_clean(column.name)} as {identifier(column.name)}"
        for column in book.columns
    )
    query = f"""
        with given as (
            select cast(_rank - {first} + 1 as varchar) as _line, {columns} from {identifier(book.relation)}
            where _rank > {start} and _rank <= {end}
        )
        select string_agg('<row r="' || _line || '">' || {cells} || '</row>', '' order by cast(_line as bigint)) from given
        """
    return str(scalar(connection, query))


def _clean(name: str) -> str:
    """A text as a cell may hold it; nothing where it is empty."""
    more = str(texts()["audit_pack"]["cell_cut"])
    text = f"nullif({identifier(name)}, '')"
    short = f"case when length({text}) > {_MOST_SIGNS} then {text}[:{_MOST_SIGNS - len(more)}] || {literal(more)} else {text} end"
    allowed = f"regexp_replace({short}, {literal(_FORBIDDEN)}, '', 'g')"
    return f"regexp_replace({allowed}, '_(x[0-9A-Fa-f]{{4}}_)', '_x005F_\\1', 'g')"


def _cell(place: int, column: BookColumn) -> str:
    """A cell with its contents; none where it is empty."""
    name, letter = identifier(column.name), _letter(place)
    if column.is_number:
        return f"""coalesce('<c r="{letter}' || _line || '" s="{_TEXT}"><v>' || cast({name} as varchar) || '</v></c>', '')"""
    style = f"case when regexp_matches({name}, {literal(_FORMULA)}) then '{_QUOTED}' else '{_TEXT}' end"
    text = f"replace(replace(replace({name}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    return (
        f"""coalesce('<c r="{letter}' || _line || '" s="' || {style} || '" t="inlineStr"><is>"""
        f"""<t xml:space="preserve">' || {text} || '</t></is></c>', '')"""
    )


def _frame(title: str, names: Sequence[str], areas: Sequence[str], created_at: str) -> Iterator[tuple[str, str]]:
    """The parts of a workbook beside its sheets."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in zip(numbers, names, strict=True)
    )
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{n - 1}" hidden="1">\'{name}\'!{area}</definedName>'
        for n, name, area in zip(numbers, names, areas, strict=True)
    )
    parts = {
        "xl/workbook.xml": f"{_TYPE}.sheet.main+xml",
        **{f"xl/worksheets/sheet{n}.xml": f"{_TYPE}.worksheet+xml" for n in numbers},
        "xl/styles.xml": f"{_TYPE}.styles+xml",
        "docProps/core.xml": _CORE,
    }
    types = "".join(f'<Override PartName="/{name}" ContentType="{type_}"/>' for name, type_ in parts.items())
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{types}</Types>',
    )
    yield (
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>",
    )
    created = datetime.fromisoformat(created_at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield (
        "docProps/core.xml",
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<dc:title>{escape(title)}</dc:title><dcterms:created xsi:type="dcterms:W3CDTF">{created}</dcterms:created>'
        "</cp:coreProperties>",
    )
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>'
        f"<definedNames>{filters}</definedNames></workbook>",
    )
    links = "".join(f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
    styles = f'<Relationship Id="rId{len(names) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    yield "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{links}{styles}</Relationships>'
    yield "xl/styles.xml", _STYLES
