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
from collections.abc import Callable
from typing import Any, Protocol

from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

from ingest.readers import biff, ods, ole, sniff, xlsb, xlsx
from ingest.readers.budget import CPU_SECONDS, limit_process
from ingest.readers.facts import Telling, Told
from ingest.readers.package import Package
from ingest.readers.reply import EVERY_SHEET, FORMULAS, Book, Cells, Refused
from ingest.readers.sheet import MAX_CELLS, PICTURE, is_picture
from ingest.readers.texts import TEXT
from ingest.values.causes import cause
from ingest.values.texts import row_place

MAX_MEMORY = 2 << 30
MAX_UNPACKED = 1 << 30

_BLOCK = 1 << 20
_DECLARATION = re.compile(
    b"|".join(re.escape(mark.encode(code)) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be"))
)
_LONGEST_MARK = 18

Marks = dict[bytes, tuple[bytes, ...]]
_MARKS: Marks = {b"!": (b"<!DOCTYPE", b"<!ENTITY")}
"""The same in one byte a sign: quicker to look for, and without a zero byte there is nothing else."""
_TOLD: Marks = {b"e": (b'"e"', b"'e'"), b"h": (b"hidden",), b"f": (b"<f", b":f>", b":f ")}
"""What stands in a sheet with a formula error, a hidden line or a formula, by the byte that most of a sheet does without."""


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
        self._telling = _of_package(data) if data.startswith(b"PK") else _of_compound(data)
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except PasswordError as error:
            raise Refused("encrypted_workbook") from error
        self.names = list(self._book.sheet_names)
        self.hidden = [sheet.name for sheet in self._book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]

    def sheet(self, name: str) -> Cells:
        """Cells of one sheet. Raises Refused when it spreads too far."""
        raw = self._book.get_sheet_by_name(name)
        last_row, last_column = raw.end or (0, 0)
        if (last_row + 1) * (last_column + 1) > MAX_CELLS:
            raise Refused("too_large", TEXT("extent_of_sheet", place=row_place(name), rows=last_row + 1, columns=last_column + 1))
        rows = raw.to_python(skip_empty_area=False)
        facts = self._telling.facts(self.names.index(name), name)
        pictures = [(row, column) for row, column in facts.formulas if _holds_picture(rows, row, column)]
        facts.errors |= dict.fromkeys(pictures, PICTURE)
        merged = list(raw.merged_cell_ranges or ()) if facts.merged is None else facts.merged
        return Cells(rows, merged, facts.errors, facts.hidden_rows, facts.hidden_columns)

    def formulas(self, name: str) -> list[tuple[int, int]]:
        """Cells of one sheet with a formula, pictures apart."""
        number = self.names.index(name)
        pictures = {place for place, text in self.sheet(name).errors.items() if text == PICTURE}
        return [place for place in self._telling.formulas(number, name) if place not in pictures]


def _holds_picture(rows: list[list[object]], row: int, column: int) -> bool:
    """Whether a formula gave the text that a picture leaves behind where its function is not known."""
    return row < len(rows) and column < len(rows[row]) and is_picture(rows[row][column])


def _of_compound(data: bytes) -> Telling:
    """Raises Refused for what is no workbook, or one with a password."""
    compound = ole.open_workbook(data)
    return Told(lambda: biff.facts_of(compound.read("workbook" if "workbook" in compound.names else "book")))


def _of_package(data: bytes) -> Telling:
    """Raises Refused for a container that is no workbook."""
    container, marked = checked_zip(data)
    package = Package(container)
    if package.holds(xlsx.WORKBOOK):
        return xlsx.XlsxFacts(package, marked)
    if package.holds(xlsb.WORKBOOK):
        return Told(lambda: xlsb.sheets_of(package))
    if package.holds(ods.CONTENT):
        return ods.OdsFacts(package.read(ods.CONTENT))
    if package.holds("ppt/presentation.xml"):
        raise Refused("unsupported_format", TEXT("slides"))
    if any(name.endswith(".iwa") or name == "index.zip" for name in package.names):
        raise Refused("unsupported_format", TEXT("apple"))
    raise Refused("unsupported_format", TEXT("archive"))


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
                    raise Refused("too_large", TEXT("larger_than", megabytes=MAX_UNPACKED >> 20))
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
    return any(mark in block for byte, of_byte in marks.items() if byte in block for mark in of_byte)


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

            return WordBook(Package(open_zip(data)))
    return Reader(data)


def _is_word(data: bytes) -> bool:
    name = "word/document.xml"
    return b"document.xml" in data.lower() and Package(zipfile.ZipFile(io.BytesIO(data))).holds(name)


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
    return error if isinstance(error, Refused) else Refused("damaged_workbook", cause(error))


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
        limit_process(CPU_SECONDS)
        opened, reply = answer(opened, data, name)
        pickle.dump(reply, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()
        del data, reply
        gc.collect()


def main() -> None:
    """Run the child that reads tables."""
    serve(answer)
