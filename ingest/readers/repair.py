"""Writes cells into a file, in a process of its own: everything else of a workbook (xlsx) or a delimited text stays as it is.

The process runs ``main``; it is asked with the file and, as JSON, a list of sheet (nothing for the only one), row and column
(0-based) and value, and gives the bytes. The same question gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import posixpath
import zipfile
from typing import Any

from lxml import etree

from ingest.readers.reply import Refused
from ingest.readers.sheet import column_index, column_letter
from ingest.readers.text import BadByte, TextFile
from ingest.readers.texts import TEXT
from ingest.readers.worker import serve
from ingest.values.causes import cause

ENCODINGS = ("utf-8", "gb18030")
"""Encodings of a delimited text that can be repaired, besides those with a mark."""
_DELIMITERS = ",\t;|"
_MAX_UNPACKED = 512 << 20
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"

Cell = tuple[str | None, int, int, object]
"""Sheet, row, column, value."""


def delimiter_of(text: str) -> str:
    """The delimiter that stands most often in the first line."""
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def repaired(data: bytes, cells: list[Cell]) -> bytes:
    """The file with these cells. Raises Refused for a kind of file that is not written here."""
    if not data.startswith(b"PK"):
        return _text(data, cells)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        if _BOOK not in book.namelist():
            raise Refused("unreadable", TEXT("not_repaired"))
        if sum(item.file_size for item in book.infolist()) > _MAX_UNPACKED:
            raise Refused("too_large", TEXT("over_budget"))
        return _workbook(book, cells)


def _text(data: bytes, cells: list[Cell]) -> bytes:
    text = TextFile(data).decode(list(ENCODINGS))
    if isinstance(text, BadByte):
        raise Refused("unreadable", TEXT("not_repaired"))
    delimiter = delimiter_of(text)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    for _, row, column, value in cells:
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = "" if value is None else str(value)
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def _workbook(book: zipfile.ZipFile, cells: list[Cell]) -> bytes:
    parts = _parts(book)
    changed: dict[str, Any] = {}
    for sheet, row, column, value in cells:
        part = parts[sheet if sheet is not None else next(iter(parts))]
        if part not in changed:
            changed[part] = _tree(book.read(part))
        _set(changed[part], row, column, value)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
        for item in book.infolist():
            content = book.read(item)
            if item.filename in changed:
                content = etree.tostring(changed[item.filename], xml_declaration=True, encoding="UTF-8", standalone=True)
            copy.writestr(zipfile.ZipInfo(item.filename, item.date_time), content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _tree(content: bytes) -> Any:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Parts of the sheets by their names, in their order."""
    targets = {
        relation.get("Id"): posixpath.normpath(posixpath.join("xl", relation.get("Target", "")))
        if not relation.get("Target", "").startswith("/")
        else relation.get("Target", "").lstrip("/")
        for relation in _tree(book.read(_RELATIONS))
    }
    sheets = _tree(book.read(_BOOK)).iter(f"{_MAIN}sheet")
    return {sheet.get("name"): targets[sheet.get(_RELATION)] for sheet in sheets}


def _set(root: Any, row: int, column: int, value: object) -> None:
    """Put a value into a cell of a sheet; its style stays, its formula goes."""
    rows = root.find(f"{_MAIN}sheetData")
    line = _at(rows, "row", str(row + 1), lambda name: int(name) < row + 1)
    cell = _at(line, "c", f"{column_letter(column)}{row + 1}", lambda name: _column_of(name) < column)
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)
    if isinstance(value, int | float):
        etree.SubElement(cell, f"{_MAIN}v").text = repr(value)
    elif value is not None:
        cell.set("t", "inlineStr")
        etree.SubElement(etree.SubElement(cell, f"{_MAIN}is"), f"{_MAIN}t").text = str(value)


def _at(parent: Any, tag: str, name: str, is_before: Any) -> Any:
    """The child with this name (r); a new one in its order where there is none."""
    place = 0
    for place, child in enumerate(parent, 1):
        if child.get("r") == name:
            return child
        if not is_before(child.get("r")):
            place -= 1
            break
    made = etree.Element(f"{_MAIN}{tag}", r=name)
    parent.insert(place, made)
    return made


def _column_of(name: str) -> int:
    return column_index(name.rstrip("0123456789"))


def answer(opened: bytes | None, data: bytes | None, asked: str | None) -> tuple[bytes | None, bytes | Refused]:
    """The repaired file; whatever is wrong with it is an answer too."""
    data = opened if data is None else data
    try:
        return data, repaired(data or b"", [tuple(cell) for cell in json.loads(asked or "[]")])
    except Refused as refused:
        return data, refused
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return data, Refused("unreadable", cause(error))


def main() -> None:
    """Answer until the pipe ends."""
    serve(answer)
