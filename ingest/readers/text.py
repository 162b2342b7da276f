"""Delimited text: a byte-order mark decides; else the encodings a contract names, each strictly, in order."""

from __future__ import annotations

import codecs
import csv
import io
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from ingest.readers.sheet import MAX_CELLS, ColumnRows, Sheet, without_pictures
from ingest.readers.sniff import utf16_without_mark
from ingest.readers.texts import TEXT
from ingest.values.causes import cause
from ingest.values.faults import Refusal

HEAD_ROWS = 40
_HEAD_SIGNS = 1 << 20
"""Signs that hold the first rows of any file with a header."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BOM = "\ufeff"
_MARKED_DIGITS = re.compile(r"'[0-9]+[Xx]?")
_END_MARK = "\x1a"
_FILLING = f"{_END_MARK}\0\r\n"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SHARED, _SHORT = 1 << 16, 8
"""So many different cells of so many signs are kept once, however often they stand in a text: most cells are short numbers."""
_BLOCK = 4096
"""Rows that are cut into columns at once."""
_SURELY_UTF8 = 10
"""So many valid UTF-8 sequences before the first bad byte: damaged UTF-8, not another encoding."""


@dataclass(frozen=True)
class BadByte:
    """Where strict decoding failed, and what can be read with a placeholder there."""

    encoding: str
    offset: int
    line: int
    byte: int
    data: bytes = field(repr=False)

    @property
    def lenient(self) -> str:
        """The text with a placeholder where it is wrong."""
        return self.data.decode(self.encoding, errors="replace").removeprefix(_BOM)

    @property
    def beginning(self) -> str:
        """What of it holds its first rows."""
        return self.data[: 4 * _HEAD_SIGNS].decode(self.encoding, errors="replace").removeprefix(_BOM)

    def refusal(self) -> Refusal:
        """The file refused for this byte."""
        byte = f"0x{self.byte:02X}"
        return Refusal("bad_encoding", line=self.line, offset=self.offset, byte=byte, encoding=self.encoding.upper())


class TextFile:
    """Bytes of a text file, decoded on demand and only once per encoding until they are told to be forgotten."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._decoded: dict[str, str | BadByte] = {}
        marked = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), None)
        self._bom = marked or utf16_without_mark(data)

    def decode(self, encodings: list[str]) -> str | BadByte:
        """Text under the first encoding that fits strictly, else the failure that came latest in the file."""
        failures: list[BadByte] = []
        for encoding in [self._bom] if self._bom else encodings:
            decoded = self._strict(encoding)
            if isinstance(decoded, str):
                return decoded
            failures.append(decoded)
            if encoding == "utf-8":
                good = self._data[: decoded.offset].decode("utf-8")
                if sum(character > "\x7f" for character in good) >= _SURELY_UTF8:
                    return decoded
        return max(failures, key=lambda bad: bad.offset)

    def forget(self) -> None:
        """Keep no text any more: the file was read."""
        self._decoded.clear()

    def _strict(self, encoding: str) -> str | BadByte:
        if encoding not in self._decoded:
            try:
                self._decoded[encoding] = _to_its_end(self._data.decode(encoding))
            except UnicodeDecodeError as error:
                self._decoded[encoding] = BadByte(
                    encoding=encoding.removesuffix("-sig"),
                    offset=error.start,
                    line=self._data.count(b"\n", 0, error.start) + 1,
                    byte=self._data[min(error.start, len(self._data) - 1)],
                    data=self._data,
                )
        return self._decoded[encoding]


def _to_its_end(text: str) -> str:
    """Text without the mark (Ctrl-Z) that programs for DOS set behind the last line: what stands before it is whole."""
    kept = text.rstrip(_FILLING)
    return kept + "\n" if _END_MARK in text[len(kept) :] else text


def _unmarked(cell: object) -> object:
    """A cell without the apostrophe that an export puts before digits, so that Excel takes them for text."""
    return cell[1:] if isinstance(cell, str) and _MARKED_DIGITS.fullmatch(cell) else cell


def beginning(text: str) -> str:
    """What of a text holds its first rows."""
    return text[:_HEAD_SIGNS]


def head(text: str, delimiter: str) -> list[list[object]]:
    """The first rows, read leniently, to look for a header."""
    reader = csv.reader(io.StringIO(text[:_HEAD_SIGNS], newline=""), delimiter=delimiter)
    try:
        return [list(row) for row in islice(reader, HEAD_ROWS)]
    except csv.Error:
        return []


class _Kept:
    """Rows of a text: of a long one by columns, which takes half of what a list of each row takes."""

    def __init__(self) -> None:
        self._block: list[list[object]] = []
        self._columns: list[list[object]] = []
        self._lengths = array("i")
        self._cells = 0
        self._is_long = True

    def add(self, row: list[object]) -> None:
        """Keep a row."""
        self._block.append(row)
        if self._is_long and len(self._block) == _BLOCK:
            self._turn()

    def _turn(self) -> None:
        """Cut the last rows into columns; where that would be mostly padding, they stay rows."""
        block, lengths = self._block, array("i", map(len, self._block))
        self._cells += sum(lengths)
        before, size = len(self._lengths), len(self._lengths) + len(block)
        width = max(len(self._columns), *lengths)
        if width * size > 2 * self._cells:
            self._block, self._is_long = [*ColumnRows(self._columns, self._lengths), *block] if before else block, False
            self._columns, self._lengths = [], array("i")
            return
        self._columns += [[None] * before for _ in range(width - len(self._columns))]
        turned = list(zip_longest(*block))
        for number, column in enumerate(self._columns):
            column += turned[number] if number < len(turned) else [None] * len(block)
        self._lengths += lengths
        self._block = []

    def rows(self) -> Sequence[list[object]]:
        """All of them."""
        if not self._lengths:
            return self._block
        if self._block:
            self._turn()
        return ColumnRows(self._columns, self._lengths) if self._lengths else self._block


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, one after the other: no second copy of the text."""
    return (line[0] for line in _LINE.finditer(text))


def read(text: str, delimiter: str) -> Sheet:
    """All rows, read strictly. Raises Refusal where quotes do not pair, and for more cells than a sheet may have."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    kept = _Kept()
    shared: dict[str, str] = {}
    left, is_marked = MAX_CELLS, "'" in text
    try:
        for row in reader:
            left -= len(row) or 1
            if left < 0:
                raise Refusal("too_large", detail=TEXT("more_cells_than", cells=MAX_CELLS))
            if len(shared) < _SHARED:
                for cell in row:
                    if len(cell) <= _SHORT:
                        shared.setdefault(cell, cell)
            cells: list[object] = list(map(shared.get, row, row))
            kept.add(list(map(_unmarked, cells)) if is_marked else cells)
    except csv.Error as error:
        raise Refusal("bad_quotes", line=reader.line_num, detail=cause(error)) from error
    sheet = Sheet(name=None, rows=kept.rows(), unterminated=not text.endswith(("\n", "\r")))
    return without_pictures(sheet) if "DISPIMG" in text else sheet
