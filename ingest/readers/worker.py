"""Reads workbooks in a process of its own, asked through a pipe.

The native reader lays a sheet out densely and ends the process when memory runs out. Here that costs this process
alone, whose memory is limited. It imports little, so that it starts quickly. Requests and answers are pickles:
``(bytes or None, sheet name or None)`` → a :class:`Book` or :class:`Cells`, or a :class:`Refused`.
"""

from __future__ import annotations

import copy
import io
import pickle
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook, PasswordError

from ingest.readers.sheet import Merge, column_index

MAX_MEMORY = 2 << 30
MAX_UNPACKED = 1 << 30
MAX_CELLS = 20_000_000

_BLOCK = 1 << 20
_ERROR_CELL = re.compile(rb"""\st\s*=\s*["']e["']""")
_A1 = re.compile(r"([A-Z]+)(\d+)")


class Refused(Exception):
    """The file cannot be taken: a rule of ``faults.yml`` and what fills its sentence."""

    def __init__(self, rule: str, detail: str = "") -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


@dataclass
class Book:
    """Names of the sheets of an opened workbook."""

    names: list[str]


@dataclass
class Cells:
    """One sheet from A1 on, and its formula errors by row and column."""

    rows: list[list[object]]
    merged: list[Merge]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


class Reader:
    """An opened workbook."""

    def __init__(self, data: bytes) -> None:
        self._container = _open_zip(data) if data.startswith(b"PK") else None
        if self._container is None and "EncryptedPackage".encode("utf-16-le") in data:
            raise Refused("encrypted_workbook")
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except PasswordError as error:
            raise Refused("encrypted_workbook") from error
        self._parts = _sheet_parts(self._container) if self._container else {}
        self.names = list(self._book.sheet_names)

    def sheet(self, name: str) -> Cells:
        """Cells of one sheet. Raises Refused when it spreads too far."""
        raw = self._book.get_sheet_by_name(name)
        last_row, last_column = raw.end or (0, 0)
        if (last_row + 1) * (last_column + 1) > MAX_CELLS:
            raise Refused("too_large", f"工作表“{name}”有{last_row + 1}行{last_column + 1}列")
        rows = raw.to_python(skip_empty_area=False)
        return Cells(rows, list(raw.merged_cell_ranges or ()), self._errors(name))

    def _errors(self, name: str) -> dict[tuple[int, int], str]:
        if self._container is None or name not in self._parts:
            return {}
        xml = self._container.read(self._parts[name])
        return dict(_error_cells(xml)) if _ERROR_CELL.search(xml) else {}


def _open_zip(data: bytes) -> zipfile.ZipFile:
    """Refuse a container that is damaged, no workbook or too large."""
    container = zipfile.ZipFile(io.BytesIO(data))
    names = set(container.namelist())
    if "word/document.xml" in names:
        raise Refused("unsupported_format", "Word 文档")
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise Refused("unsupported_format", "压缩包")
    unpacked = 0
    for item in container.infolist():
        part = copy.copy(item)
        part.file_size = MAX_UNPACKED + 1  # read to its true end: the size a container declares may be a lie
        with container.open(part) as stream:
            while block := stream.read(_BLOCK):
                unpacked += len(block)
                if unpacked > MAX_UNPACKED:
                    raise Refused("too_large", f"超过{MAX_UNPACKED >> 20} MB")
    return container


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
    """Formula errors by row and column; a row or cell without a reference follows the one before."""
    row = column = -1
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "start" and tag == "c":
            reference = _A1.fullmatch(element.get("r", ""))
            row, column = (int(reference[2]) - 1, column_index(reference[1])) if reference else (row, column + 1)
        elif event == "end" and tag == "c":
            if element.get("t") == "e":
                value = next((child.text for child in element if child.tag.rpartition("}")[2] == "v"), None)
                yield (row, column), value or "#ERROR!"
            element.clear()
        elif event == "end" and tag == "row":
            element.clear()


def answer(reader: Reader | None, data: bytes | None, name: str | None) -> tuple[Reader | None, Book | Cells | Refused]:
    """Open a workbook, or read a sheet of the open one; whatever is wrong with the file is an answer too."""
    try:
        if data is not None:
            reader = Reader(data)
        assert reader is not None
        return reader, Book(reader.names) if name is None else reader.sheet(name)
    except Refused as refused:
        return reader, refused
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the native reader is no Exception
        return reader, Refused("damaged_workbook", type(error).__name__)


def main() -> None:
    """Answer until the pipe ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reader: Reader | None = None
    while True:
        try:
            data, name = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        reader, reply = answer(reader, data, name)
        pickle.dump(reply, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()
