"""Reads containers of tables in a process of its own, asked through a pipe.

The native reader lays a sheet out densely and ends the process when memory runs out. Here that costs this process
alone, whose memory is limited. It imports little, so that it starts quickly. Requests and answers are pickles:
``(bytes or None, sheet name, None or EVERY_SHEET)`` → a :class:`Book` or :class:`Cells`, or a :class:`Refused`; after FORMULAS
the sheet name → places.
"""

from __future__ import annotations

import copy
import gc
import io
import pickle
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Protocol
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

from ingest.readers import hidden, ole, sniff
from ingest.readers.reply import EVERY_SHEET, FORMULAS, Book, Cells, Refused
from ingest.readers.sheet import MAX_CELLS, column_index

MAX_MEMORY = 2 << 30
MAX_UNPACKED = 1 << 30

_BLOCK = 1 << 20
_ERROR_CELL = re.compile(rb"""\st\s*=\s*["']e["']""")
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""A formula without the value it had when the workbook was saved: a program wrote it that does not calculate."""
_DECLARATION = re.compile(
    b"|".join(re.escape(mark.encode(code)) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be"))
)
_LONGEST_MARK = 18

Marks = dict[bytes, tuple[bytes, ...]]
_MARKS: Marks = {b"!": (b"<!DOCTYPE", b"<!ENTITY")}
"""The same in one byte a sign: quicker to look for, and without a zero byte there is nothing else."""
_TOLD: Marks = {b"e": (b'"e"', b"'e'"), b"h": (b"hidden",), b"f": (b"<f", b":f>", b":f ")}
"""What stands in a sheet with a formula error, a hidden line or a formula, by the byte that most of a sheet does without."""
_A1 = re.compile(r"([A-Z]+)(\d+)")


class Opened(Protocol):
    """An opened file."""

    @property
    def names(self) -> list[str]:
        """Names of its sheets."""
        ...

    def sheet(self, name: str) -> Cells:
        """Cells of one sheet. Raises Refused."""
        ...


class Reader:
    """An opened workbook."""

    def __init__(self, data: bytes) -> None:
        self._container: zipfile.ZipFile | None = None
        self._marked: frozenset[str] = frozenset()
        if data.startswith(b"PK"):
            self._container, self._marked = checked_zip(data)
        if self._container is not None:
            _check_parts(set(self._container.namelist()))
        else:
            ole.check(data)
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except PasswordError as error:
            raise Refused("encrypted_workbook") from error
        self._parts = _sheet_parts(self._container) if self._container else {}
        self.names = list(self._book.sheet_names)
        self.hidden = [sheet.name for sheet in self._book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]

    def sheet(self, name: str) -> Cells:
        """Cells of one sheet. Raises Refused when it spreads too far."""
        raw = self._book.get_sheet_by_name(name)
        last_row, last_column = raw.end or (0, 0)
        if (last_row + 1) * (last_column + 1) > MAX_CELLS:
            raise Refused("too_large", f"工作表“{name}”有{last_row + 1}行{last_column + 1}列")
        rows = raw.to_python(skip_empty_area=False)
        xml = self._xml(name)
        errors = dict(_error_cells(xml)) if _ERROR_CELL.search(xml) or _UNCALCULATED.search(xml) else {}
        lines = hidden.of_sheet(xml) if xml else self._hidden_lines.get(name, hidden.Hidden())
        return Cells(rows, list(raw.merged_cell_ranges or ()), errors, lines.rows, lines.columns)

    def formulas(self, name: str) -> list[tuple[int, int]]:
        """Cells of one sheet with a formula."""
        if xml := self._xml(name):
            return [place for place, held, _ in _cells(xml) if "f" in held]
        if self._container is not None and "content.xml" in self._container.namelist():
            return list(_ods_formulas(self._container.read("content.xml"), name))
        return []

    def _xml(self, name: str) -> bytes:
        """The part of a sheet of an xlsx, where a formula or a hidden line may stand in it; else nothing."""
        part = self._parts.get(name)
        return self._container.read(part) if self._container is not None and part is not None and part in self._marked else b""

    @cached_property
    def _hidden_lines(self) -> dict[str, hidden.Hidden]:
        """Hidden rows and columns of an ods by sheet."""
        is_ods = self._container is not None and "content.xml" in self._container.namelist()
        return hidden.of_ods(self._container.read("content.xml")) if self._container and is_ods else {}


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Refuse a container that is damaged, too large, or declares entities in its XML."""
    return checked_zip(data)[0]


def checked_zip(data: bytes) -> tuple[zipfile.ZipFile, frozenset[str]]:
    """The same, with the XML parts in which a formula, its error or a hidden line may stand."""
    container = zipfile.ZipFile(io.BytesIO(data))
    unpacked = 0
    marked: set[str] = set()
    for item in container.infolist():
        if item.flag_bits & 1:
            raise Refused("encrypted_workbook")
        part = copy.copy(item)
        part.file_size = MAX_UNPACKED + 1  # read to its true end: the size a container declares may be a lie
        is_xml = item.filename.lower().endswith((".xml", ".rels", ".vml"))
        last = b""
        with container.open(part) as stream:
            while block := stream.read(_BLOCK):
                unpacked += len(block)
                if unpacked > MAX_UNPACKED:
                    raise Refused("too_large", f"超过{MAX_UNPACKED >> 20} MB")
                if not is_xml:
                    continue
                seen = last + block
                if _stands(_MARKS, seen) or (b"\0" in seen and _DECLARATION.search(seen)):
                    raise Refused("xml_entities")
                if item.filename not in marked and _stands(_TOLD, seen):
                    marked.add(item.filename)
                last = seen[-_LONGEST_MARK:]
    return container, frozenset(marked)


def _stands(marks: Marks, block: bytes) -> bool:
    """Whether one of the marks stands in the block; looking for one byte is ten times as quick as for several."""
    return any(mark in block for byte, own in marks.items() if byte in block for mark in own)


def _check_parts(names: set[str]) -> None:
    """Refuse a container that is no workbook."""
    if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        return
    if "ppt/presentation.xml" in names:
        raise Refused("unsupported_format", "演示文稿")
    if any(name.endswith(".iwa") or name == "Index.zip" for name in names):
        raise Refused("unsupported_format", "苹果 Numbers 或 Pages 文件")
    raise Refused("unsupported_format", "压缩包")


def open_container(data: bytes) -> Opened:
    """Open whatever container of tables the bytes are. Raises Refused."""
    match sniff.container(data):
        case "markup":
            from ingest.readers.markup import open_markup

            return open_markup(data)
        case "mhtml":
            from ingest.readers.markup import open_mhtml

            return open_mhtml(data)
        case "dbase":
            from ingest.readers.dbase import DbaseBook

            return DbaseBook(data)
        case "zip" if _is_word(data):
            from ingest.readers.word import WordBook

            return WordBook(open_zip(data))
    return Reader(data)


def _is_word(data: bytes) -> bool:
    name = "word/document.xml"
    return name.encode() in data and name in zipfile.ZipFile(io.BytesIO(data)).namelist()


def _sheet_parts(container: zipfile.ZipFile) -> dict[str, str]:
    """Part name of each worksheet of an xlsx, by sheet name."""
    members = set(container.namelist())
    if "xl/workbook.xml" not in members:
        return {}
    relations = {
        item.attrib["Id"]: item.attrib["Target"] for item in ElementTree.fromstring(container.read("xl/_rels/workbook.xml.rels"))
    }
    parts: dict[str, str] = {}
    for item in ElementTree.fromstring(container.read("xl/workbook.xml")).iter():
        if not item.tag.endswith("}sheet"):
            continue
        relation = next((value for key, value in item.attrib.items() if key.endswith("}id")), "")
        target = relations.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in members:
            parts[item.attrib["name"]] = part
    return parts


def _error_cells(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    """Formula errors and formulas never calculated, by place."""
    for place, held, kind in _cells(xml):
        if kind == "e":
            yield place, held.get("v") or "#ERROR!"
        elif "f" in held and not held.get("v") and kind != "str":
            yield place, "#未计算"


def _cells(xml: bytes) -> Iterator[tuple[tuple[int, int], dict[str, str | None], str | None]]:
    """Place, parts and type of every cell; a row or cell without a reference follows the one before."""
    row = column = -1
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "start" and tag == "c":
            reference = _A1.fullmatch(element.get("r", ""))
            row, column = (int(reference[2]) - 1, column_index(reference[1])) if reference else (row, column + 1)
        elif event == "end" and tag == "c":
            yield (row, column), {child.tag.rpartition("}")[2]: child.text for child in element}, element.get("t")
            element.clear()
        elif event == "end" and tag == "row":
            element.clear()


def _ods_formulas(xml: bytes, name: str) -> Iterator[tuple[int, int]]:
    """Cells with a formula of one sheet of an ods; a repeated line or cell counts as often as it stands."""
    inside, row, column = False, 0, 0
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        said = {key.rpartition("}")[2]: value for key, value in element.items()}
        if event == "start":
            if tag == "table":
                inside, row = said.get("name") == name, 0
            elif tag == "table-row":
                column = 0
            continue
        if inside and tag in ("table-cell", "covered-table-cell"):
            if "formula" in said:
                yield row, column
            column += int(said.get("number-columns-repeated", 1))
        elif tag == "table-row":
            row += int(said.get("number-rows-repeated", 1))
            element.clear()


Answer = Book | Cells | Refused | list[tuple[int, int]]


def answer(reader: Opened | None, data: bytes | None, name: str | None) -> tuple[Opened | None, Answer]:
    """Open a file, or read a sheet of the open one; whatever is wrong with the file is an answer too."""
    try:
        if data is not None:
            reader = open_container(data)
        assert reader is not None
        if name is not None and name.startswith(FORMULAS):
            return reader, reader.formulas(name.removeprefix(FORMULAS)) if isinstance(reader, Reader) else []
        if name == EVERY_SHEET:
            return reader, _book(reader, {each: _sheet(reader, each) for each in reader.names})
        return reader, _book(reader, {}) if name is None else _sheet(reader, name)
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return reader, _refused(error)


def _book(reader: Opened, sheets: dict[str, Cells | Refused]) -> Book:
    return Book(reader.names, sheets, getattr(reader, "hidden", []), getattr(reader, "numbered", False))


def _sheet(reader: Opened, name: str) -> Cells | Refused:
    try:
        return reader.sheet(name)
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return _refused(error)


def _refused(error: BaseException) -> Refused:
    """What is wrong with the file; a panic of the native reader is no Exception."""
    return error if isinstance(error, Refused) else Refused("damaged_workbook", type(error).__name__)


def serve(answer: Callable[[Any, bytes | None, str | None], tuple[Any, Any]]) -> None:
    """Answer until the pipe ends, within bounds. ``answer`` gets what is open, and returns it with the reply."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # a sheet is very many objects, none of them garbage while it is made
    gc.freeze()
    opened: Any = None
    while True:
        try:
            data, name = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        opened, reply = answer(opened, data, name)
        pickle.dump(reply, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()
        del data, reply
        gc.collect()


def main() -> None:
    """Run the child that reads tables."""
    serve(answer)
